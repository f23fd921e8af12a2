"""What belongs to CRM items: activities, products, requisites, comments of the timeline, product rows, contacts.

Rows are as in the documentation, like those of the crm.deal.* family.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Context, Methods, Rows, upper
from bx24py.dev.portal.methods.crm import DIALECT, ENTITIES, describe, mapping, show_rows
from bx24py.dev.portal.phpform import php_int
from bx24py.dev.portal.sample.others import PRODUCT_CATALOG
from bx24py.dev.portal.tables.fields import flatten
from bx24py.dev.portal.tables.paging import start_of
from bx24py.dev.portal.tables.query import Condition, Query
from bx24py.dev.portal.tables.table import Table

METHODS = Methods()


@dataclass(frozen=True)
class Record:
    """A kind of record with the methods list, get, add, update, delete and fields.

    Args:
        name: as in `crm.NAME.list`.
        table: the name of its table.
        required: what is said of a required field that is missing; its name goes in for {}.
        not_found: what is said if there is no such record; its number goes in for {}.
        defaults: values of a new record.
        without: methods that are elsewhere.
    """

    name: str
    table: str
    required: str
    not_found: str
    defaults: Callable[[Context], dict[str, Any]]
    without: tuple[str, ...] = ()


def _stamps(call: Context) -> dict[str, Any]:
    return {"DATE_CREATE": int(time.time()), "CREATED_BY_ID": call.state.user_id, "ACTIVE": "Y", "SORT": 500}


def _of_activity(call: Context) -> dict[str, Any]:
    now, user = int(time.time()), call.state.user_id
    return {
        "CREATED": now, "LAST_UPDATED": now, "START_TIME": now, "END_TIME": now, "AUTHOR_ID": user, "EDITOR_ID": user,
        "COMPLETED": "N", "STATUS": "1", "PRIORITY": "2", "DESCRIPTION": "", "DESCRIPTION_TYPE": "1", "DIRECTION": "1",
        "LOCATION": "", "PROVIDER_ID": "", "PROVIDER_TYPE_ID": "",
    }  # fmt: skip


RECORDS = (
    Record(
        "activity",
        "activities",
        "The field {} is not defined or invalid",
        "Activity is not found",
        _of_activity,
    ),
    Record(
        "product",
        "products",
        "The field {} is required.",
        "Not found",
        lambda _call: {
            "ACTIVE": "Y",
            "SORT": 100,
            "CURRENCY_ID": "EUR",
            "IBLOCK_ID": PRODUCT_CATALOG,
            "DATE_CREATE": int(time.time()),
        },
        ("list", "fields"),
    ),
    Record(
        "requisite",
        "requisites",
        "{} is not defined or invalid.",
        "The Requisite with ID '{}' is not found",
        lambda call: {**_stamps(call), "ADDRESS_ONLY": "N"},
    ),
    Record(
        "requisite.bankdetail",
        "bank_details",
        "{} is not defined or invalid",
        "The bank detail with ID '{}' is not found",
        _stamps,
    ),
    Record("requisite.preset", "presets", "{}", "Not found", _stamps, ("add", "update", "delete")),
)


def _number(given: dict[str, Any], table: Table, not_found: str) -> int:
    number = php_int(given.get("ID"))
    if number <= 0:
        raise RestFault("", "ID is not defined or invalid.")
    if number not in table:
        raise RestFault("", not_found.format(number))
    return number


def _values(fields: dict[str, Any], table: Table, *, new: bool) -> dict[str, Any]:
    """Convert a client's fields to stored values; unknown and read-only ones are ignored."""
    values: dict[str, Any] = {}
    for given, value in fields.items():
        name = given.upper()
        field = table.fields.get(name)
        if field and not field.read_only and (new or not field.immutable):
            values[name] = field.keep(value)
    return values


def _define(record: Record) -> None:
    def table_of(call: Context) -> Table:
        return call.company.others[record.table]

    def crm_list(params: dict[str, Any], call: Context) -> Rows:
        given, table = upper(params), table_of(call)
        where = DIALECT.where(mapping(given, "filter"), table)
        order = DIALECT.order(mapping(given, "order"), table)
        found = table.find(Query(where, order, start_of(params)))
        return Rows(
            show_rows(table, found.numbers, DIALECT.select(given.get("SELECT"), table)), found.total, found.next
        )

    def crm_get(params: dict[str, Any], call: Context) -> dict[str, Any]:
        table = table_of(call)
        return show_rows(table, [_number(upper(params), table, record.not_found)], table.fields)[0]

    def crm_add(params: dict[str, Any], call: Context) -> int:
        table = table_of(call)
        values = _values(mapping(upper(params), "fields"), table, new=True)
        for name, field in table.fields.items():
            if (field.required or name == "NAME") and values.get(name) in (None, ""):
                raise RestFault("", record.required.format(name))
        return table.add({**record.defaults(call), **values})

    def crm_update(params: dict[str, Any], call: Context) -> bool:
        given, table = upper(params), table_of(call)
        number = _number(given, table, record.not_found)
        values = _values(mapping(given, "fields"), table, new=False)
        now, user = int(time.time()), call.state.user_id
        stamps = {"DATE_MODIFY": now, "LAST_UPDATED": now, "MODIFY_BY_ID": user, "EDITOR_ID": user}
        table.update(number, {**values, **{name: one for name, one in stamps.items() if name in table.fields}})
        return True

    def crm_delete(params: dict[str, Any], call: Context) -> bool:
        table = table_of(call)
        table.delete(_number(upper(params), table, record.not_found))
        return True

    def crm_fields(_params: dict[str, Any], call: Context) -> dict[str, Any]:
        return {name: describe(field) for name, field in table_of(call).fields.items()}

    for method in (crm_list, crm_get, crm_add, crm_update, crm_delete, crm_fields):
        verb = method.__name__.removeprefix("crm_")
        if verb not in record.without:
            METHODS(f"crm.{record.name}.{verb}", "crm")(method)


for _record in RECORDS:
    _define(_record)


@METHODS("crm.activity.todo.add", "crm")
def crm_activity_todo_add(params: dict[str, Any], call: Context) -> dict[str, int]:
    """Add a to-do to an item."""
    given, table = upper(params), call.company.others["activities"]
    for name in ("ownerTypeId", "ownerId", "deadline"):
        if given.get(name.upper()) in (None, ""):
            raise RestFault("100", f"Could not find value for parameter {{{name}}}")
    deadline = table.fields["DEADLINE"].read(given["DEADLINE"])
    if deadline is None:
        raise RestFault("WRONG_DATETIME_FORMAT", "Incorrect date format")
    type_id, owner = php_int(given["OWNERTYPEID"]), php_int(given["OWNERID"])
    entity = next((one for one in ENTITIES if one.type_id == type_id), None)
    if entity is None or owner not in entity.table(call.company):
        raise RestFault("OWNER_NOT_FOUND", "Owner of the entity not found")
    values = {
        "OWNER_ID": owner,
        "OWNER_TYPE_ID": str(type_id),
        "TYPE_ID": "6",
        "PROVIDER_ID": "CRM_TODO",
        "PROVIDER_TYPE_ID": "TODO",
        "SUBJECT": str(given.get("TITLE") or "To-do"),
        "DESCRIPTION": str(given.get("DESCRIPTION") or ""),
        "RESPONSIBLE_ID": php_int(given.get("RESPONSIBLEID")) or call.state.user_id,
        "DEADLINE": deadline,
    }
    return {"id": table.add({**_of_activity(call), **values})}


# Comments of the timeline


def _comment(given: dict[str, Any], call: Context) -> tuple[Table, int]:
    table = call.company.others["comments"]
    return table, _number(given, table, "Not found.")


def _text(fields: dict[str, Any]) -> str:
    text = str(fields.get("COMMENT") or "")
    if not text:
        raise RestFault("INVALID_ARG_VALUE", "Empty comment")
    return text


@METHODS("crm.timeline.comment.add", "crm")
def crm_timeline_comment_add(params: dict[str, Any], call: Context) -> int:
    """Add a comment to an item."""
    fields = upper(mapping(upper(params), "fields"))
    for name in ("ENTITY_ID", "ENTITY_TYPE"):
        if fields.get(name) in (None, ""):
            raise RestFault("100", f"Could not find value for parameter {{{name}}}")
    entity = next((one for one in ENTITIES if one.name == str(fields["ENTITY_TYPE"]).lower()), None)
    owner = php_int(fields["ENTITY_ID"])
    if entity is None or owner not in entity.table(call.company):
        raise RestFault("OWNER_NOT_FOUND", "Owner of the item not found")
    author = php_int(fields.get("AUTHOR_ID")) or call.state.user_id
    values = {"ENTITY_ID": owner, "ENTITY_TYPE": entity.name, "COMMENT": _text(fields), "AUTHOR_ID": author}
    return call.company.others["comments"].add({**values, "CREATED": int(time.time())})


@METHODS("crm.timeline.comment.get", "crm")
def crm_timeline_comment_get(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Return a comment."""
    table, number = _comment(upper(params), call)
    return show_rows(table, [number], table.fields)[0]


@METHODS("crm.timeline.comment.update", "crm")
def crm_timeline_comment_update(params: dict[str, Any], call: Context) -> int:
    """Change the text of a comment, and return its number."""
    given = upper(params)
    table, number = _comment(given, call)
    table.update(number, {"COMMENT": _text(upper(mapping(given, "fields")))})
    return number


@METHODS("crm.timeline.comment.delete", "crm")
def crm_timeline_comment_delete(params: dict[str, Any], call: Context) -> None:
    """Remove a comment."""
    table, number = _comment(upper(params), call)
    table.delete(number)


@METHODS("crm.timeline.comment.fields", "crm")
def crm_timeline_comment_fields(_params: dict[str, Any], call: Context) -> dict[str, Any]:
    """Return the descriptions of the fields."""
    return {name: describe(field) for name, field in call.company.others["comments"].fields.items()}


# Product rows, contacts of a deal, duplicates, directories


def _deal(params: dict[str, Any], call: Context, missing: str) -> int:
    number = php_int(upper(params).get("ID"))
    if number <= 0:
        raise RestFault("", missing)
    if number not in call.company.deals:
        raise RestFault("", "Not found")
    return number


@METHODS("crm.deal.productrows.set", "crm")
def crm_deal_productrows_set(params: dict[str, Any], call: Context) -> bool:
    """Replace the product rows of a deal."""
    number = _deal(params, call, "The parameter id is invalid or not defined")
    table = call.company.others["product_rows_of_deals"]
    rows = [upper(row) for row in mapping(upper(params), "rows").values() if isinstance(row, dict)]
    for old in list(table.found(Query((Condition("OWNER_ID", "=", (number,)),)))):
        table.delete(old)
    for row in rows:
        table.add({**_values(row, table, new=True), "OWNER_ID": number})
    return True


@METHODS("crm.deal.contact.items.get", "crm")
def crm_deal_contact_items_get(params: dict[str, Any], call: Context) -> list[dict[str, Any]]:
    """List the contacts of a deal."""
    number = _deal(params, call, "The parameter ownerEntityID is invalid or not defined.")
    contacts = call.company.deals.value(number, "CONTACT_IDS") or []
    return [
        {"CONTACT_ID": contact, "SORT": 10 * at, "ROLE_ID": 0, "IS_PRIMARY": "Y" if at == 1 else "N"}
        for at, contact in enumerate(contacts, 1)
    ]


@METHODS("crm.deal.contact.items.set", "crm")
def crm_deal_contact_items_set(params: dict[str, Any], call: Context) -> bool:
    """Replace the contacts of a deal; the primary one comes first."""
    number = _deal(params, call, "The parameter ownerEntityID is invalid or not defined.")
    rows = [upper(row) for row in mapping(upper(params), "items").values() if isinstance(row, dict)]
    rows.sort(key=lambda row: (row.get("IS_PRIMARY") != "Y", php_int(row.get("SORT"))))
    contacts = [php_int(row.get("CONTACT_ID")) for row in rows]
    call.company.deals.update(number, {"CONTACT_IDS": contacts, "CONTACT_ID": contacts[0] if contacts else None})
    return True


@METHODS("crm.duplicate.findbycomm", "crm")
def crm_duplicate_findbycomm(params: dict[str, Any], call: Context) -> dict[str, list[int]]:
    """Find leads, contacts and companies by phones or e-mails."""
    given = upper(params)
    kind = str(given.get("TYPE") or "").upper()
    if not kind:
        raise RestFault("400", "Communication type is not defined")
    if kind not in ("PHONE", "EMAIL"):
        raise RestFault("400", f"Communication type '{kind}' is not supported in current context")
    wanted = {_plain(kind, str(value)) for value in flatten(given.get("VALUES")) if value} - {""}
    only, found = str(given.get("ENTITY_TYPE") or "").upper(), {}
    for entity in ENTITIES:
        table = entity.table(call.company)
        if kind not in table.fields or only not in ("", entity.name.upper()):
            continue
        read = table.reader(kind)
        numbers = [n for n in table.ids if any(_plain(kind, entry["VALUE"]) in wanted for entry in read(n) or [])]
        if numbers:
            found[entity.name.upper()] = numbers[:20]
    return found


def _plain(kind: str, value: str) -> str:
    return "".join(filter(str.isdigit, value)) if kind == "PHONE" else value.strip().casefold()


@METHODS("crm.enum.ownertype", "crm")
def crm_enum_ownertype(_params: dict[str, Any], _call: Context) -> list[dict[str, Any]]:
    """List the types of CRM items."""
    short = {"lead": "L", "deal": "D", "contact": "C", "company": "CO", "quote": "Q"}
    return [
        {
            "ID": one.type_id,
            "NAME": one.name.capitalize(),
            "SYMBOL_CODE": one.name.upper(),
            "SYMBOL_CODE_SHORT": short[one.name],
        }
        for one in ENTITIES
    ]


@METHODS("crm.status.entity.items", "crm")
def crm_status_entity_items(params: dict[str, Any], call: Context) -> list[dict[str, Any]]:
    """List the entries of a directory: names, order and codes."""
    directory, table = str(upper(params).get("ENTITYID") or ""), call.company.statuses
    if not directory:
        raise RestFault("", "The parameter entityId is not defined or invalid.")
    numbers = table.found(Query((Condition("ENTITY_ID", "=", (directory,)),), (("SORT", False),)))
    rows = [table.row(number, ("NAME", "SORT", "STATUS_ID")) for number in numbers]
    return [{**row, "SORT": php_int(row["SORT"])} for row in rows]
