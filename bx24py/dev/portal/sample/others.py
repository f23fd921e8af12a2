"""More tables of the sample company, at least one for each kind of list method (contract, lists, number 1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bx24py.dev.portal.sample import names
from bx24py.dev.portal.sample.drawing import DAY, NOW, Drawing, spread
from bx24py.dev.portal.tables.fields import Field
from bx24py.dev.portal.tables.table import Table

COUNT = 120
"""Rows of most of these tables: three pages."""

FILES = 1200
"""Files on the drive: more than disk.file.search reaches."""

PRODUCT_CATALOG = 14
"""`iblockId` of the products."""

CURRENCIES = (("EUR", "Euro"), ("USD", "US Dollar"), ("GBP", "Pound"))
"""Code and name."""

ORDER_STATUSES = (("N", "Accepted"), ("P", "Paid"), ("F", "Completed"), ("D", "Cancelled"))
"""Statuses of orders: their ids are letters."""

_REGIONS = ("de", "uk", "com", "pl")


def others(draw: Drawing, deals: int) -> dict[str, Table]:
    """Return the tables by name.

    Args:
        draw: draws the values.
        deals: how many deals there are.
    """
    goods, city = draw.pick("other:goods", names.GOODS), draw.pick("other:city", names.CITIES)
    person, amount = draw.below("other:person", 30, 1), draw.below("other:amount", 900, 100)
    made, filed = spread(COUNT, 365), spread(FILES, 365)

    def table(fields: Mapping[str, Field], *, count: int = COUNT, key: str = "ID") -> Table:
        return Table(count, fields, key=key)

    def text(make: Callable[[int], Any], title: str = "Name") -> Field:
        return Field("string", title, make)

    def number(make: Callable[[int], Any], title: str = "Number") -> Field:
        return Field("integer", title, make)

    name = text(lambda n: f"{goods(n)} {n}")
    date = Field("datetime", "Created on", made)
    owner = Field("user", "Owner", person)
    return {
        "workgroups": table({"NAME": name, "OPENED": Field("char", "Open", lambda _: "Y"), "OWNER_ID": owner}),
        "entity_items": table({"NAME": name, "SORT": number(lambda _: 500), "DATE_CREATE": date}),
        "files": table(
            {
                "NAME": text(lambda n: f"file{n}.txt"),
                "CODE": Field("string", "Code"),
                "STORAGE_ID": number(lambda _: 1, "Storage"),
                "TYPE": text(lambda _: "file", "Kind"),
                "PARENT_ID": number(lambda _: 1, "Folder"),
                "DELETED_TYPE": number(lambda _: 0, "In the trash"),
                "GLOBAL_CONTENT_VERSION": number(lambda _: 1, "Version"),
                "FILE_ID": number(lambda n: 20_000 + n, "File"),
                "SIZE": number(amount, "Size"),
                "CREATE_TIME": Field("datetime", "Created on", filed),
                "UPDATE_TIME": Field("datetime", "Changed on", filed),
                "DELETE_TIME": Field("datetime", "Deleted on"),
                "CREATED_BY": Field("user", "Created by", person),
                "UPDATED_BY": Field("user", "Changed by", person),
                "DELETED_BY": Field("user", "Deleted by"),
            },
            count=FILES,
        ),
        "workflow_templates": table({"NAME": name, "AUTO_EXECUTE": number(lambda _: 0), "MODIFIED": date}),
        "workflows": table(
            {
                "ID": text(lambda n: f"66e412fd{n:06x}.{amount(n)}", "ID"),
                "MODIFIED": Field("datetime", "Modified", lambda n: NOW - person(n) * DAY - n),
                "STARTED": date,
                "STARTED_BY": owner,
            },
            key="ROW",
        ),
        "calls": table(
            {
                "PHONE_NUMBER": text(lambda n: f"+4930{n:06d}"),
                "CALL_DURATION": number(amount),
                "CALL_START_DATE": date,
                "SHUFFLE": number(draw.number("other:shuffle")),
            }
        ),
        "elements": table(
            {
                "NAME": name,
                "IBLOCK_ID": number(lambda _: 33),
                "CREATED_BY": owner,
                "PROPERTY_97": text(lambda n: f"{amount(n)}"),
            }
        ),
        "block_lists": table(
            {"NAME": name, "SORT": number(lambda _: 500), "IBLOCK_TYPE_ID": text(lambda _: "lists")}, count=60
        ),
        "products": table(
            {
                "NAME": name,
                "ACTIVE": Field("char", "Active", lambda _: "Y"),
                "PRICE": Field("double", "Price", lambda n: amount(n) * 1.25),
                "CURRENCY_ID": Field("crm_currency", "Currency", lambda _: "EUR"),
                "CODE": text(lambda n: f"goods-{n}", "Symbolic code"),
                "SORT": number(lambda _: 500, "Sorting"),
                "IBLOCK_ID": number(lambda _: PRODUCT_CATALOG, "Catalog"),
                "DATE_CREATE": Field("datetime", "Created on", made, read_only=True),
            }
        ),
        "property_sections": table(
            {"SMART_FILTER": Field("char", "In the filter", lambda _: "Y"), "DISPLAY_TYPE": text(lambda _: "F")},
            key="PROPERTY_ID",
        ),
        "old_invoices": table(
            {
                "ACCOUNT_NUMBER": text(lambda n: f"{n}/2025", "Number"),
                "ORDER_TOPIC": text(lambda n: f"Order {n}", "Topic"),
                "PRICE": Field("double", "Amount", lambda n: amount(n) * 1.5),
                "CURRENCY": text(lambda _: "EUR", "Currency"),
                "STATUS_ID": Field("crm_status", "Status", lambda _: "N", status_type="INVOICE_STATUS"),
                "PAYED": Field("char", "Paid", lambda n: "Y" if n % 3 == 0 else "N"),
                "RESPONSIBLE_ID": owner,
                "DATE_INSERT": date,
                "DATE_PAY_BEFORE": Field("date", "Due date", lambda n: made(n) // DAY * DAY + 14 * DAY - 7200),
            }
        ),
        "sprints": table({"NAME": name, "GROUP_ID": number(lambda n: 1 + n % 4), "STATUS": text(lambda _: "active")}),
        "types": table(
            {
                "TITLE": name,
                "CODE": text(lambda n: f"type{n}"),
                "ENTITY_TYPE_ID": number(lambda n: 1028 + 2 * n),
                "CREATED_BY": owner,
            },
            count=60,
        ),
        "stage_history": table(
            {
                "TYPE_ID": number(lambda _: 2),
                "OWNER_ID": number(lambda n: n),
                "CREATED_TIME": date,
                "CATEGORY_ID": number(lambda _: 0),
                "STAGE_ID": text(lambda _: "NEW"),
            }
        ),
        "product_rows": table(
            {
                "OWNER_ID": number(lambda _: 1),
                "OWNER_TYPE": text(lambda _: "D"),
                "PRODUCT_NAME": name,
                "PRICE": Field("double", "Price", lambda n: amount(n) * 0.5),
                "QUANTITY": number(person),
            }
        ),
        "addresses": table(
            {
                "TYPE_ID": number(lambda n: 1 + n % 3 * 5),
                "ENTITY_TYPE_ID": number(lambda _: 8),
                "ENTITY_ID": number(lambda n: 1 + n // 3),
                "ADDRESS_1": text(lambda n: f"Street {n}"),
                "CITY": text(city),
            },
            key="ROW",
        ),
        "comments": table(
            {
                "ENTITY_ID": number(lambda _: 1),
                "ENTITY_TYPE": text(lambda _: "deal"),
                "CREATED": date,
                "AUTHOR_ID": owner,
                "COMMENT": text(lambda n: f"Comment {n}"),
            }
        ),
        "log_messages": table(
            {
                "CREATED": date,
                "AUTHOR_ID": owner,
                "TITLE": text(lambda n: f"Message {n}"),
                "TEXT": text(lambda n: f"{goods(n)} sold"),
            },
            count=45,
        ),
        "document_templates": table(
            {
                "NAME": name,
                "REGION": text(lambda n: _REGIONS[n % 4]),
                "CODE": text(lambda n: f"T{n}"),
                "SORT": number(lambda n: n * 10),
                "ACTIVE": Field("char", "Active", lambda _: "Y"),
            }
        ),
        "order_bindings": table(
            {
                "ORDER_ID": number(lambda n: n),
                "OWNER_ID": number(lambda n: 1 + n % max(1, deals)),
                "OWNER_TYPE_ID": number(lambda _: 2),
            },
            key="ROW",
        ),
        "events": table(
            {
                "TIMESTAMP_X": date,
                "EVENT_NAME": text(lambda _: "ONCRMDEALUPDATE"),
                "EVENT_DATA": text(lambda n: f"deal {n}"),
            }
        ),
        "chats": table(
            {
                "TITLE": name,
                "DATE_LAST_ACTIVITY": date,
                "USERS": Field("integer", "Users", multiple=True),
                "ENTITY": Field("string", "Object", multiple=True),
            },
            count=70,
        ),
        "chat_messages": table(
            {"CHAT_ID": number(lambda _: 5), "AUTHOR_ID": owner, "DATE": date, "TEXT": text(lambda n: f"Hello {n}")},
            count=90,
        ),
        "elapsed": table(
            {
                "TASK_ID": number(lambda _: 1),
                "USER_ID": owner,
                "SECONDS": number(amount),
                "COMMENT_TEXT": text(lambda n: f"Work {n}"),
                "CREATED_DATE": date,
            }
        ),
        "product_rows_of_deals": table(
            {
                "OWNER_ID": number(lambda n: 1 + n // 3),
                "PRODUCT_NAME": name,
                "PRICE": Field("double", "Price", lambda n: amount(n) * 0.5),
                "QUANTITY": number(person),
            }
        ),
    }
