"""crm.item.list .get .add .update .delete .fields (documentation, `api-reference/crm/universal`).

The same items as in crm.deal.* and the others, with camelCase names and numbers as int.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Context, Methods, Rows, upper
from bx24py.dev.portal.methods.crm import ITEMS, Entity, add_row, describe, mapping, update_row, values_for
from bx24py.dev.portal.phpform import php_int
from bx24py.dev.portal.tables.dialect import Dialect
from bx24py.dev.portal.tables.fields import DATES, Field, iso
from bx24py.dev.portal.tables.paging import CONTROLLER, start_of
from bx24py.dev.portal.tables.query import Query
from bx24py.dev.portal.tables.table import Table

METHODS = Methods()

_RENAMED = {
    "DATE_CREATE": "createdTime",
    "DATE_MODIFY": "updatedTime",
    "CREATED_BY_ID": "createdBy",
    "MODIFY_BY_ID": "updatedBy",
    "MOVED_BY_ID": "movedBy",
    "STATUS_ID": "stageId",
    "STATUS_SEMANTIC_ID": "stageSemanticId",
}
"""Fields with different names in crm.item.*."""

_CUSTOM = re.compile(r"UF_CRM_(?:(\d+)_)?(\w+)")


@cache
def camel(name: str) -> str:
    """Return the camelCase name of a field: `UF_CRM_2_1639` is `ufCrm2_1639`, `UF_CRM_1720` is `ufCrm_1720`."""
    if name in _RENAMED:
        return _RENAMED[name]
    if custom := _CUSTOM.fullmatch(name):
        return f"ufCrm{custom[1] or ''}_{custom[2]}"
    first, *others = name.lower().split("_")
    return first + "".join(word.capitalize() for word in others)


def _entity(given: dict[str, Any]) -> Entity:
    type_id = php_int(given.get("ENTITYTYPEID"))
    for entity in ITEMS:
        if entity.type_id == type_id:
            return entity
    raise RestFault("NOT_FOUND", "Smart process not found")


def _original(given: dict[str, Any]) -> bool:
    return str(given.get("USEORIGINALUFNAMES", "N")).upper() in {"Y", "1", "TRUE"}


def _dialect(table: Table, original: bool) -> Dialect:
    names = {camel(name): name for name in table.fields if name not in {"PHONE", "EMAIL"}}
    if original:
        names.update({name: name for name in table.fields if name.startswith("UF_")})
    return Dialect(names.get, strict=True, read=lambda field, value: field.read(_plain(field, value)))


def _show(field: Field, value: Any) -> Any:
    if value is None:
        # Empty references are 0 in these methods.
        return 0 if field.type in {"crm_company", "crm_contact"} else None
    if field.type in DATES:
        return iso(value)
    if field.type == "double":
        return int(value) if value == int(value) else value
    return value


def _item(entity: Entity, table: Table, number: int, names: list[str], original: bool, whole: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name in names:
        field = table.fields[name]
        if field.type == "crm_multifield":
            continue
        key = name if original and name.startswith("UF_") else camel(name)
        shown[key] = _show(field, table.value(number, name))
    if whole:
        if "PHONE" in table.fields:
            entries = [*(table.value(number, "PHONE") or []), *(table.value(number, "EMAIL") or [])]
            shown["fm"] = [
                {
                    "id": int(e["ID"]),
                    "valueType": e["VALUE_TYPE"],
                    "value": e["VALUE"],
                    "typeId": e["TYPE_ID"],
                }
                for e in entries
            ]
        shown["observers"] = []
        shown["entityTypeId"] = entity.type_id
    return shown


def _whole(entity: Entity, number: int, call: Context, original: bool) -> dict[str, Any]:
    table = entity.table(call.company)
    return {"item": _item(entity, table, number, list(table.fields), original, True)}


def _number(given: dict[str, Any], table: Table) -> int:
    number = php_int(given.get("ID"))
    if number not in table:
        raise RestFault("NOT_FOUND", "Item not found")
    return number


def _fields(given: dict[str, Any], table: Table, original: bool) -> dict[str, Any]:
    """Return the client's fields by the table's names; `fm` becomes phones and e-mails."""
    rename = _dialect(table, original).rename
    fields: dict[str, Any] = {}
    for key, value in mapping(given, "fields").items():
        if key == "fm" and "PHONE" in table.fields:
            for entry in value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else ():
                if isinstance(entry, dict) and entry.get("typeId") in {"PHONE", "EMAIL"}:
                    fields.setdefault(entry["typeId"], []).append(
                        {
                            "ID": entry.get("id"),
                            "VALUE": entry.get("value", ""),
                            "VALUE_TYPE": entry.get("valueType"),
                        }
                    )
        elif name := rename(key):
            if table.fields[name].multiple and not isinstance(value, list | dict) and value not in ("", None):
                raise RestFault(
                    "100",
                    f"Expected iterable value for multiple field, but got {type(value).__name__} instead",
                )
            fields[name] = _plain(table.fields[name], value)
    return fields


def _plain(field: Field, value: Any) -> Any:
    """Return Y or N for a boolean: unlike crm.deal.* and the like, these methods also accept 1 and 0."""
    if field.type != "char" or not isinstance(value, str | int):
        return value
    return {1: "Y", "1": "Y", 0: "N", "0": "N"}.get(value, value)


@METHODS("crm.item.list", "crm")
def crm_item_list(params: dict[str, Any], call: Context) -> Rows:
    """List items under the key `items`; an unknown field in filter or order is an error."""
    given = upper(params)
    entity, original = _entity(given), _original(given)
    table = entity.table(call.company)
    dialect = _dialect(table, original)
    _check_bounds(mapping(given, "filter"))
    where = dialect.where(mapping(given, "filter"), table)
    order = dialect.order(mapping(given, "order"), table)
    found = table.find(Query(where, order, start_of(params)), CONTROLLER)
    select = given.get("SELECT")
    whole = not select or "*" in (select if isinstance(select, list) else [select])
    names = list(table.fields) if whole else dialect.select(select, table)
    items = [_item(entity, table, number, names, original, whole) for number in found.numbers]
    return Rows({"items": items}, found.total, found.next)


def _check_bounds(given: Any) -> None:
    """Reject a list as a bound, such as the page that a macro stands for past the end of a chain.

    Raises:
        RestFault: INVALID_ARG_VALUE.
    """
    for key, value in given.items() if isinstance(given, dict) else enumerate(given):
        if isinstance(value, dict | list):
            if str(key).startswith((">", "<")):
                raise RestFault("INVALID_ARG_VALUE", f"Invalid filter: field '{key}' has invalid value")
            if str(key).isdigit():
                _check_bounds(value)


@METHODS("crm.item.get", "crm")
def crm_item_get(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Return one item under the key `item`."""
    given = upper(params)
    entity = _entity(given)
    return _whole(entity, _number(given, entity.table(call.company)), call, _original(given))


@METHODS("crm.item.add", "crm")
def crm_item_add(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Add an item and return it."""
    given = upper(params)
    entity, original = _entity(given), _original(given)
    table = entity.table(call.company)
    number = add_row(entity, values_for(_fields(given, table, original), table, call.company), call)
    return _whole(entity, number, call, original)


@METHODS("crm.item.update", "crm")
def crm_item_update(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Update an item and return it. Unlike crm.deal.update this can also move a deal to another funnel."""
    given = upper(params)
    entity, original = _entity(given), _original(given)
    table = entity.table(call.company)
    number = _number(given, table)
    fields = _fields(given, table, original)
    values = values_for(fields, table, call.company, number=number)
    if "CATEGORY_ID" in fields and "CATEGORY_ID" in table.fields:
        values["CATEGORY_ID"] = category = php_int(fields["CATEGORY_ID"])
        values.setdefault("STAGE_ID", f"C{category}:NEW" if category else "NEW")
    update_row(entity, number, values, call)
    return _whole(entity, number, call, original)


@METHODS("crm.item.delete", "crm")
def crm_item_delete(params: dict[str, Any], call: Context) -> list[Any]:
    """Remove an item and return an empty list."""
    given = upper(params)
    table = _entity(given).table(call.company)
    table.delete(_number(given, table))
    return []


@METHODS("crm.item.fields", "crm")
def crm_item_fields(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Return the descriptions of the fields under the key `fields`."""
    given = upper(params)
    table, original = _entity(given).table(call.company), _original(given)
    fields: dict[str, Any] = {}
    for name, field in table.fields.items():
        if field.type == "crm_multifield":
            continue
        custom = name.startswith("UF_")
        shown = {**describe(field), "isDynamic": custom, "upperName": name}
        if field.type == "char":
            shown["type"] = "boolean"
        fields[name if custom and original else camel(name)] = shown
    return {"fields": fields}
