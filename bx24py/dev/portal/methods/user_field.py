"""Descriptions of custom fields: crm.deal.userfield.list and the like, user.userfield.list, userfieldconfig.list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Context, Methods, Rows, upper
from bx24py.dev.portal.methods.crm import ENTITIES, describe_classic
from bx24py.dev.portal.tables.fields import Field
from bx24py.dev.portal.tables.paging import CONTROLLER, start_of
from bx24py.dev.portal.tables.table import Table

METHODS = Methods()


def _custom(table: Table) -> Iterator[tuple[int, str, Field]]:
    """Yield number, name and field; numbers start at 1 in each table."""
    found = [(name, field) for name, field in table.fields.items() if name.startswith("UF_")]
    return ((number, name, field) for number, (name, field) in enumerate(found, 1))


def _rows(table: Table, entity: str) -> list[dict[str, Any]]:
    rows = []
    for number, name, field in _custom(table):
        row: dict[str, Any] = {
            "ID": str(number),
            "ENTITY_ID": entity,
            "FIELD_NAME": name,
            "USER_TYPE_ID": field.type,
            "XML_ID": None,
            "SORT": str(100 * number),
            "MULTIPLE": "Y" if field.multiple else "N",
            "MANDATORY": "Y" if field.required else "N",
            "EDIT_FORM_LABEL": {"en": field.title},
        }
        if field.items:
            row["LIST"] = [
                {"ID": str(item), "SORT": str(10 * at), "VALUE": word, "DEF": "N"}
                for at, (item, word) in enumerate(field.items, 1)
            ]
        rows.append(row)
    return rows


for _entity in ENTITIES:

    @METHODS(f"crm.{_entity.name}.userfield.list", "crm")
    def crm_userfield_list(_params: dict[str, Any], call: Context, entity: Any = _entity) -> Rows:
        """List the custom fields of an entity type, all at once."""
        rows = _rows(entity.table(call.company), f"CRM_{entity.name.upper()}")
        return Rows(rows, len(rows))


@METHODS("user.userfield.list", "user.userfield", "user")
def user_userfield_list(_params: dict[str, Any], call: Context) -> Rows:
    """List the custom fields of users, all at once; for administrators only."""
    call.require_admin()
    rows = _rows(call.company.users, "USER")
    return Rows(rows, len(rows))


@METHODS("userfieldconfig.list", "crm")
def userfieldconfig_list(params: dict[str, Any], call: Context) -> Rows:
    """List custom fields of a module under the key `fields`, in pages."""
    given = upper(params)
    if given.get("MODULEID") != "crm":
        raise RestFault("100", "Could not find value for parameter {moduleId}")
    order = given.get("ORDER")
    if isinstance(order, dict) and "ID" in order:
        raise RestFault("0", "Unknown field definition `I_D`")
    every = [
        {
            "id": 100 * entity.type_id + number,
            "entityId": f"CRM_{entity.name.upper()}",
            "fieldName": name,
            "userTypeId": field.type,
            "multiple": "Y" if field.multiple else "N",
        }
        for entity in ENTITIES
        for number, name, field in _custom(entity.table(call.company))
    ]
    found = CONTROLLER.page(range(len(every)), start_of(params))
    return Rows({"fields": [every[at] for at in found.numbers]}, found.total, found.next)


@METHODS("crm.product.fields", "crm")
def crm_product_fields(_params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Return the descriptions of the fields of products."""
    fields = call.company.others["products"].fields
    return {name: describe_classic(name, field) for name, field in fields.items() if name != "IBLOCK_ID"}


@METHODS("crm.invoice.fields", "crm")
def crm_invoice_fields(_params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Return the descriptions of the fields of old invoices."""
    return {name: describe_classic(name, field) for name, field in call.company.others["old_invoices"].fields.items()}
