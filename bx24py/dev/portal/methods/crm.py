"""crm.deal/lead/contact/company .list .get .add .update .delete .fields, crm.status.list, crm.category.list.

Values are as in the documentation (`api-reference/crm`): numbers as str, amounts with two digits, flags Y and N, times
in ISO 8601, empty values null.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from bx24py.dev.portal.company import Company
from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Context, Methods, Rows, upper
from bx24py.dev.portal.phpform import php_int
from bx24py.dev.portal.sample.directories import CATEGORIES, semantics, status_extra
from bx24py.dev.portal.sample.drawing import DAY
from bx24py.dev.portal.sample.items import EQUIPMENT
from bx24py.dev.portal.tables.dialect import Dialect
from bx24py.dev.portal.tables.fields import DATES, INTEGERS, Field, iso
from bx24py.dev.portal.tables.paging import start_of
from bx24py.dev.portal.tables.query import Query
from bx24py.dev.portal.tables.table import Table

METHODS = Methods()
DIALECT = Dialect(str.upper)


@dataclass(frozen=True)
class Entity:
    """A CRM entity type.

    Args:
        name: as in `crm.NAME.list`.
        type_id: `entityTypeId` of crm.item.*.
        table: its table in the company.
        stage, group: the fields with the stage and its group, if they have stages.
        directory: ENTITY_ID of the stages' directory.
    """

    name: str
    type_id: int
    table: Callable[[Company], Table]
    stage: str | None = None
    group: str | None = None
    directory: str = ""


ENTITIES = (
    Entity("lead", 1, lambda company: company.leads, "STATUS_ID", "STATUS_SEMANTIC_ID", "STATUS"),
    Entity("deal", 2, lambda company: company.deals, "STAGE_ID", "STAGE_SEMANTIC_ID", "DEAL_STAGE"),
    Entity("contact", 3, lambda company: company.contacts),
    Entity("company", 4, lambda company: company.companies),
    Entity("quote", 7, lambda company: company.quotes),
)
"""The types with their own methods."""

ITEMS = (
    *ENTITIES,
    Entity("invoice", 31, lambda company: company.invoices),
    Entity("equipment", EQUIPMENT, lambda company: company.equipment),
)
"""The types of `crm.item.*`."""


def show(field: Field, value: Any) -> Any:
    """Return a stored value as the crm.deal.* family does."""
    if value is None or isinstance(value, list):
        return [str(item) if isinstance(item, int) else item for item in value] if value else value
    if field.type == "double":
        return f"{value:.2f}"
    if field.type in DATES:
        return iso(value)
    return str(value) if field.type in INTEGERS else value


def show_rows(table: Table, numbers: Iterable[int], names: Iterable[str]) -> list[dict[str, Any]]:
    """Return rows as the crm.deal.* family does."""
    columns = [(name, table.fields[name], table.reader(name)) for name in names]
    return [{name: show(field, read(number)) for name, field, read in columns} for number in numbers]


def mapping(params: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a parameter that must be a mapping; empty if it is missing.

    Raises:
        RestFault: it is not a mapping.
    """
    given = params.get(name.upper())
    if given in (None, "", []):
        return {}
    if isinstance(given, list):
        return {str(index): item for index, item in enumerate(given)}
    if not isinstance(given, dict):
        raise RestFault("", f"Parameter '{name}' must be array.")
    return given


def values_for(fields: dict[str, Any], table: Table, company: Company, *, number: int | None = None) -> dict[str, Any]:
    """Convert a client's fields to stored values; unknown and read-only ones are ignored, as documented."""
    values: dict[str, Any] = {}
    for given, value in fields.items():
        name = given.upper()
        field = table.fields.get(name)
        if field is None or field.read_only or (field.immutable and number is not None):
            continue
        if field.type == "crm_multifield":
            old = [] if number is None else table.value(number, name) or []
            values[name] = _communications(name, old, value, company)
            values[f"HAS_{name}"] = "Y" if values[name] else "N"
        else:
            values[name] = field.keep(value)
    if "CONTACT_IDS" in values:
        values["CONTACT_ID"] = values["CONTACT_IDS"][0] if values["CONTACT_IDS"] else None
    elif "CONTACT_ID" in values and "CONTACT_IDS" in table.fields:
        values["CONTACT_IDS"] = [values["CONTACT_ID"]] if values["CONTACT_ID"] else []
    return values


def _communications(kind: str, old: list[dict[str, str]], given: Any, company: Company) -> list[dict[str, str]]:
    """Return phones or e-mails after a write: an entry with a known ID is changed, or removed by DELETE or no VALUE."""
    kept = {entry["ID"]: entry for entry in old}
    entries = list(given.values()) if isinstance(given, dict) else given if isinstance(given, list) else []
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        number = str(entry.get("ID") or "")
        value = str(entry.get("VALUE", kept.get(number, {}).get("VALUE", "")))
        if not value or entry.get("DELETE") == "Y":
            kept.pop(number, None)
            continue
        number = number if number in kept else str(company.next_multifield_id())
        type_ = str(entry.get("VALUE_TYPE") or kept.get(number, {}).get("VALUE_TYPE", "WORK"))
        kept[number] = {"ID": number, "VALUE_TYPE": type_, "VALUE": value, "TYPE_ID": kind}
    return list(kept.values())


def add_row(entity: Entity, values: dict[str, Any], call: Context) -> int:
    """Add an item with the documented defaults, and return its number."""
    now, user = int(time.time()), call.state.user_id
    table = entity.table(call.company)
    row: dict[str, Any] = {
        "OPENED": "Y", "ASSIGNED_BY_ID": user, "CREATED_BY_ID": user, "MODIFY_BY_ID": user, "LAST_ACTIVITY_BY": user,
        "DATE_CREATE": now, "DATE_MODIFY": now, "LAST_ACTIVITY_TIME": now, "HAS_PHONE": "N", "HAS_EMAIL": "N",
        "HAS_IMOL": "N", "SOURCE_ID": "CALL", "CURRENCY_ID": "EUR", "OPPORTUNITY": 0.0, "TAX_VALUE": 0.0,
        "IS_MANUAL_OPPORTUNITY": "N", "IS_NEW": "Y", "IS_RECURRING": "N", "IS_RETURN_CUSTOMER": "N",
        "IS_REPEATED_APPROACH": "N", "CLOSED": "N", "CATEGORY_ID": 0,
        "TYPE_ID": "SALE" if entity.name == "deal" else "CLIENT",
        "BEGINDATE": now // DAY * DAY, "CLOSEDATE": (now // DAY + 7) * DAY, "MOVED_BY_ID": user, "MOVED_TIME": now,
        "EXPORT": "Y", "IS_MY_COMPANY": "N", "COMPANY_TYPE": "CUSTOMER", "REVENUE": 0.0,
        "TITLE": f"{entity.name.capitalize()} #{table.last + 1}",
    }  # fmt: skip
    row = {name: value for name, value in row.items() if name in table.fields}
    row.update({name: value for name, value in values.items() if value not in (None, "") or name != "TITLE"})
    if entity.stage and not row.get(entity.stage):
        category = row.get("CATEGORY_ID")
        row[entity.stage] = f"C{category}:NEW" if category else "NEW"
    _group(entity, row)
    return table.add(row)


def update_row(entity: Entity, number: int, values: dict[str, Any], call: Context) -> None:
    """Update an existing item."""
    now, user = int(time.time()), call.state.user_id
    table = entity.table(call.company)
    row = {**values, "DATE_MODIFY": now, "MODIFY_BY_ID": user}
    if entity.stage in values and values[entity.stage] != table.value(number, str(entity.stage)):
        row.update({"MOVED_TIME": now, "MOVED_BY_ID": user})
        _group(entity, row)
    table.update(number, row)


def _group(entity: Entity, row: dict[str, Any]) -> None:
    """Set the fields that depend on the stage.

    Raises:
        RestFault: CRM_FIELD_ERROR_VALUE_NOT_VALID, there is no such stage.
    """
    if not entity.stage or not entity.group:
        return
    group = semantics(entity.directory, row.get(entity.stage))
    if group is None:
        raise RestFault("CRM_FIELD_ERROR_VALUE_NOT_VALID", f'Invalid value for field "{entity.stage}"')
    row[entity.group] = group
    if entity.name == "deal":
        row["CLOSED"] = "N" if group == "P" else "Y"
        row["IS_NEW"] = "Y" if str(row[entity.stage]).endswith("NEW") else "N"
    else:
        row["DATE_CLOSED"] = None if group == "P" else int(time.time())


def describe_classic(name: str, field: Field) -> dict[str, Any]:
    """Return the description of a field as in crm.deal.fields and the like."""
    if not name.startswith("UF_"):
        return describe(field)
    # The title of a custom field is its name; the words are in the labels.
    labels = dict.fromkeys(("listLabel", "formLabel", "filterLabel"), field.title)
    return {**describe(field), "isDynamic": True, "title": name, **labels}


def describe(field: Field) -> dict[str, Any]:
    """Return the description of a field as in the `.fields` methods."""
    text: dict[str, Any] = {
        "type": field.type,
        "isRequired": field.required,
        "isReadOnly": field.read_only,
        "isImmutable": field.immutable,
        "isMultiple": field.multiple,
        "isDynamic": False,
    }
    if field.status_type:
        text["statusType"] = field.status_type
    if field.items:
        text["items"] = [{"ID": str(number), "VALUE": word} for number, word in field.items]
    return {**text, "title": field.title}


def _number(params: dict[str, Any], table: Table) -> int:
    number = php_int(params.get("ID"))
    if number <= 0:
        raise RestFault("", "ID is not defined or invalid")
    if number not in table:
        raise RestFault("", "Not found")
    return number


def _define(entity: Entity) -> None:
    """Add the six methods of one entity type."""

    @METHODS(f"crm.{entity.name}.list", "crm")
    def crm_list(params: dict[str, Any], call: Context) -> Rows:
        given, table = upper(params), entity.table(call.company)
        where = DIALECT.where(mapping(given, "filter"), table)
        order = DIALECT.order(mapping(given, "order"), table)
        found = table.find(Query(where, order, start_of(params)))
        names = DIALECT.select(given.get("SELECT"), table)
        return Rows(show_rows(table, found.numbers, names), found.total, found.next)

    @METHODS(f"crm.{entity.name}.get", "crm")
    def crm_get(params: dict[str, Any], call: Context) -> dict[str, Any]:
        table = entity.table(call.company)
        number = _number(upper(params), table)
        shown = show_rows(table, [number], [name for name in table.fields if name != "CONTACT_IDS"])[0]
        # Phones and e-mails are in the answer only if there are any.
        return {name: value for name, value in shown.items() if value or table.fields[name].type != "crm_multifield"}

    @METHODS(f"crm.{entity.name}.add", "crm")
    def crm_add(params: dict[str, Any], call: Context) -> int:
        given, table = upper(params), entity.table(call.company)
        mapping(given, "params")
        return add_row(entity, values_for(mapping(given, "fields"), table, call.company), call)

    @METHODS(f"crm.{entity.name}.update", "crm")
    def crm_update(params: dict[str, Any], call: Context) -> bool:
        given, table = upper(params), entity.table(call.company)
        number = _number(given, table)
        mapping(given, "params")
        values = values_for(mapping(given, "fields"), table, call.company, number=number)
        update_row(entity, number, values, call)
        return True

    @METHODS(f"crm.{entity.name}.delete", "crm")
    def crm_delete(params: dict[str, Any], call: Context) -> bool:
        table = entity.table(call.company)
        table.delete(_number(upper(params), table))
        return True

    @METHODS(f"crm.{entity.name}.fields", "crm")
    def crm_fields(_params: dict[str, Any], call: Context) -> dict[str, Any]:
        return {name: describe_classic(name, field) for name, field in entity.table(call.company).fields.items()}


for _entity in ENTITIES:
    _define(_entity)


@METHODS("crm.status.list", "crm")
def crm_status_list(params: dict[str, Any], call: Context) -> Rows:
    """List directory entries: stages, sources, types; all at once, without pages."""
    given, company = upper(params), call.company
    table = company.statuses
    where = DIALECT.where(mapping(given, "filter"), table)
    order = DIALECT.order(mapping(given, "order"), table)
    numbers = table.found(Query(where, order))
    return Rows([_status(company, number) for number in numbers], len(numbers))


def _status(company: Company, number: int) -> dict[str, Any]:
    row = company.statuses.row(number)
    shown = {name: show(company.statuses.fields[name], value) for name, value in row.items()}
    shown["NAME_INIT"] = row["NAME"] if row["SYSTEM"] == "Y" else ""
    if row["COLOR"]:
        shown["EXTRA"] = status_extra(row["SEMANTICS"], row["COLOR"])
    return shown


@METHODS("crm.category.list", "crm")
def crm_category_list(params: dict[str, Any], _call: Context) -> Rows:
    """List the sales funnels of deals."""
    type_id = php_int(upper(params).get("ENTITYTYPEID"))
    entity = next((entity for entity in ENTITIES if entity.type_id == type_id), None)
    if entity is None:
        raise RestFault("NOT_FOUND", "Smart process not found")
    if entity.name != "deal":
        raise RestFault("ENTITY_TYPE_NOT_SUPPORTED", f"Entity type {entity.name.upper()} is not supported")
    rows: list[dict[str, Any]] = []
    for at, (number, name) in enumerate(CATEGORIES):
        row = {"id": number, "name": name, "sort": 200 + 100 * at, "entityTypeId": 2}
        origin = {} if number == 0 else {"originId": "", "originatorId": ""}
        rows.append({**row, "isDefault": "N" if number else "Y", **origin})
    return Rows({"categories": rows}, len(rows))
