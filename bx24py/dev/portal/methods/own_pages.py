"""List methods with unusual pages or none: `OFFSET` and `LIMIT`, `LAST_ID`, positions, everything at once."""

from __future__ import annotations

from typing import Any

from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Context, Methods, Rows, upper
from bx24py.dev.portal.methods.crm import DIALECT, mapping, show_rows
from bx24py.dev.portal.phpform import php_int
from bx24py.dev.portal.sample.others import CURRENCIES, ORDER_STATUSES
from bx24py.dev.portal.tables.fields import iso
from bx24py.dev.portal.tables.paging import Pager
from bx24py.dev.portal.tables.query import Query

METHODS = Methods()


def _window(given: dict[str, Any], default: int, most: int) -> tuple[int, int]:
    """Return OFFSET and LIMIT."""
    return max(0, php_int(given.get("OFFSET"))), min(most, max(1, php_int(given.get("LIMIT"), default) or default))


@METHODS("im.recent.list", "im")
def im_recent_list(params: dict[str, Any], call: Context) -> Rows:
    """List chats, newest first, by OFFSET and LIMIT; `total` is -1, and `hasMore` says whether there is more."""
    table = call.company.others["chats"]
    offset, limit = _window(upper(params), 50, 200)
    numbers = list(table.ids)[::-1]
    items = [{"id": f"chat{n}", "title": table.value(n, "TITLE")} for n in numbers[offset : offset + limit]]
    more = offset + limit < len(numbers)
    return Rows({"items": items, "hasMore": more, "hasMorePages": more}, -1)


@METHODS("im.search.user.list", "im")
def im_search_user_list(params: dict[str, Any], call: Context) -> Rows:
    """Find users: a mapping by id, 10 unless LIMIT says otherwise; `next` is the next OFFSET."""
    given, table = upper(params), call.company.users
    offset, limit = _window(given, 10, 50)
    word = str(given.get("FIND") or "").casefold()
    names = {number: call.company.full_name(number) for number in table.ids}
    found = [number for number, name in names.items() if word in name.casefold()]
    page = found[offset : offset + limit]
    rows = {str(number): {"id": number, "name": names[number]} for number in page}
    end = offset + len(page)
    return Rows(rows, len(found), end if page and end < len(found) else None)


@METHODS("im.dialog.messages.get", "im")
def im_dialog_messages_get(params: dict[str, Any], call: Context) -> dict[str, Any]:
    """List messages of a chat: the newest, those older than LAST_ID, or those newer than FIRST_ID; 20 at a time."""
    given, table = upper(params), call.company.others["chat_messages"]
    _, limit = _window(given, 20, 50)
    numbers = list(table.ids)
    if given.get("FIRST_ID") not in (None, ""):
        page = [number for number in numbers if number > php_int(given["FIRST_ID"])][:limit]
    else:
        last = php_int(given.get("LAST_ID")) or numbers[-1] + 1
        page = [number for number in numbers if number < last][: -limit - 1 : -1]
    messages = [
        {
            "id": number,
            "chat_id": table.value(number, "CHAT_ID"),
            "author_id": table.value(number, "AUTHOR_ID"),
            "date": iso(table.value(number, "DATE")),
            "text": table.value(number, "TEXT"),
        }
        for number in page
    ]
    return {"chat_id": 5, "messages": messages, "users": [], "files": []}


@METHODS("task.elapseditem.getlist", "task")
def task_elapseditem_getlist(params: dict[str, Any], call: Context) -> Rows:
    """List time records. Parameters are positional: task, ORDER, FILTER, SELECT, PARAMS with NAV_PARAMS."""
    given = [value for name, value in params.items() if name != "start"]
    if not given or isinstance(given[0], dict | list):
        raise RestFault(
            "ERROR_CORE",
            "TASKS_ERROR_EXCEPTION_#256; Param #0 (taskId) for method ctaskelapseditem::getlist() expected to be of "
            'type "integer", but given something else.; 256/TE/WRONG_ARGUMENTS',
        )
    names = ("order", "filter", "select", "params")
    named = {name.upper(): value for name, value in zip(names, given[1:], strict=False)}
    table = call.company.others["elapsed"]
    where = {**mapping(named, "filter"), "TASK_ID": given[0]}
    order = DIALECT.order(mapping(named, "order"), table)
    pages = mapping(upper(mapping(named, "params")), "NAV_PARAMS")
    size = min(50, max(1, php_int(pages.get("nPageSize"), 50)))
    start = (max(1, php_int(pages.get("iNumPage"), 1)) - 1) * size
    found = table.find(Query(DIALECT.where(where, table), order, start), Pager(size))
    return Rows(show_rows(table, found.numbers, DIALECT.select(named.get("SELECT"), table)), found.total)


@METHODS("crm.currency.list", "crm")
def crm_currency_list(_params: dict[str, Any], _call: Context) -> Rows:
    """List currencies, all at once; their `total` is always 0."""
    rows = [{"CURRENCY": code, "FULL_NAME": name, "LID": "en"} for code, name in CURRENCIES]
    return Rows(rows, 0)


@METHODS("sale.status.list", "sale")
def sale_status_list(_params: dict[str, Any], _call: Context) -> Rows:
    """List order statuses, whose ids are letters."""
    rows = [
        {"id": code, "type": "O", "notify": "Y", "sort": 100 * at} for at, (code, _) in enumerate(ORDER_STATUSES, 1)
    ]
    return Rows({"statuses": rows}, len(rows))


@METHODS("crm.deal.productrows.get", "crm")
def crm_deal_productrows_get(params: dict[str, Any], call: Context) -> list[dict[str, Any]]:
    """List the product rows of a deal, all at once and without `total`."""
    table = call.company.others["product_rows_of_deals"]
    owner = php_int(upper(params).get("ID"))
    return show_rows(table, [n for n in table.ids if table.value(n, "OWNER_ID") == owner], table.fields)
