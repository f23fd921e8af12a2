"""What the portal page shows of the company: choices for its dialogs, and the pages that `openPath` opens."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from bx24py.dev.portal.tables.fields import DATES, iso

if TYPE_CHECKING:
    from bx24py.dev.portal.company import Company
    from bx24py.dev.portal.tables.table import Table

CHOICES_SHOWN = 60
"""How many choices a dialog lists; search finds the others."""

WORKGROUPS = {1: "Product launch", 2: "Trade fair", 3: "Office move", 4: "社員食堂"}
"""The workgroups of the portal, by id. No REST method here, only dialogs and `openPath` show them."""

CRM_PREFIXES = {"lead": "L", "contact": "C", "company": "CO", "deal": "D", "quote": "Q"}
"""How `selectCRM` marks the ids of each type (contract, section 2: `L_1348`)."""


def choices(company: Company, kind: str, search: str = "", ids: Iterable[int] | None = None) -> list[dict[str, Any]]:
    """Return a dialog's choices: the answer for each, most likely first, and a line of description.

    Args:
        company: the data.
        kind: `user`, `access`, or a CRM type.
        search: words that must all occur in the name or the line; empty for all.
        ids: only these, even if they do not match the search.

    Raises:
        ValueError: there is no such kind.
    """
    make: Callable[[], Iterator[dict[str, Any]]]
    if kind == "user":
        make = lambda: _users(company, ids)  # noqa: E731
    elif kind == "access":
        make = lambda: _access(company)  # noqa: E731
    elif kind in CRM_PREFIXES:
        make = lambda: _crm(company, kind, ids)  # noqa: E731
    else:
        raise ValueError(f"no such kind of choice: {kind}")
    words = search.casefold().split()
    fitting = (
        choice
        for choice in make()
        if all(
            word in f"{choice['answer'].get('title', choice['answer'].get('name'))} {choice['line']}".casefold()
            for word in words
        )
    )
    return list(islice(fitting, CHOICES_SHOWN))


def _users(company: Company, ids: Iterable[int] | None) -> Iterator[dict[str, Any]]:
    for number in _numbers(company.users, ids):
        line = company.users.value(number, "WORK_POSITION") or ""
        yield {"answer": {"id": number, "name": company.full_name(number)}, "line": line}


def _access(company: Company) -> Iterator[dict[str, Any]]:
    yield {"answer": {"id": "AU", "name": "All authorized users"}, "line": ""}
    for number, name in WORKGROUPS.items():
        yield {"answer": {"id": f"SG{number}", "name": name}, "line": "Workgroup"}
    for number in company.departments.ids:
        name = company.departments.value(number, "NAME")
        yield {"answer": {"id": f"DR{number}", "name": name}, "line": "Department with its subdepartments"}
    for number in company.users.ids:
        line = company.users.value(number, "WORK_POSITION") or "Employee"
        yield {"answer": {"id": f"U{number}", "name": company.full_name(number)}, "line": line}


def _tables(company: Company) -> dict[str, Table]:
    return {
        "lead": company.leads,
        "contact": company.contacts,
        "company": company.companies,
        "deal": company.deals,
    }


def _crm(company: Company, kind: str, ids: Iterable[int] | None) -> Iterator[dict[str, Any]]:
    table = _tables(company).get(kind)
    if table is None:  # estimates: the sample company has none
        return
    for number in _numbers(table, ids):
        answer = {
            "id": f"{CRM_PREFIXES[kind]}_{number}",
            "type": kind,
            "place": kind,
            "title": _title(table, number),
            "desc": _description(table, number),
            "url": f"/crm/{kind}/show/{number}/",
        }
        yield {"answer": answer, "line": answer["desc"]}


def _numbers(table: Table, ids: Iterable[int] | None) -> Iterable[int]:
    # A copy: the dialog reads in a thread while REST may write.
    return list(table.ids) if ids is None else [number for number in ids if number in table]


def _value(table: Table, number: int, name: str) -> Any:
    return table.value(number, name) if name in table.fields else None


def _title(table: Table, number: int) -> str:
    title = _value(table, number, "TITLE")
    if not title:
        names = (_value(table, number, "NAME"), _value(table, number, "LAST_NAME"))
        title = " ".join(str(name) for name in names if name)
    return str(title or f"#{number}")


def _description(table: Table, number: int) -> str:
    amount = _value(table, number, "OPPORTUNITY")
    if amount is not None:
        return f"{amount:,.2f} {_value(table, number, 'CURRENCY_ID') or ''}".strip()
    return str(_value(table, number, "POST") or _value(table, number, "ADDRESS_CITY") or "")


def record(company: Company, path: str) -> dict[str, Any]:
    """Return the portal page at this path: its title, its URL, and the names and values to show."""
    address = posixpath.normpath(path.split("?", 1)[0].split("#", 1)[0])
    rows: list[tuple[str, str]] = []
    title = address
    if found := re.fullmatch(r"/crm/(lead|contact|company|deal)/(?:details|show)/(\d+)", address):
        kind, number = found[1], int(found[2])
        table = _tables(company)[kind]
        title = f"{kind.capitalize()} {number}"
        if number in table:
            title = f"{kind.capitalize()}: {_title(table, number)}"
            rows = _rows(table, number)
    elif found := re.fullmatch(r"/company/personal/user/(\d+)", address):
        number = int(found[1])
        title = f"Employee {number}"
        if number in company.users:
            title = company.full_name(number)
            rows = _rows(company.users, number)
    elif found := re.fullmatch(r"/workgroups/group/(\d+)", address):
        title = WORKGROUPS.get(int(found[1]), f"Workgroup {found[1]}")
    elif found := re.fullmatch(r"/crm/type/(\d+)/details/(\d+)", address):
        title = f"Item {found[2]} of smart process {found[1]}"
    elif address == "/marketplace":
        title = "Market"
    return {"title": title, "path": path, "rows": rows}


def _rows(table: Table, number: int) -> list[tuple[str, str]]:
    values = ((table.fields[name], value) for name, value in table.row(number).items())
    return [
        (field.title, _shown(value, field.type))
        for field, value in values
        if value not in (None, "", []) and not field.multiple
    ]


def _shown(value: Any, kind: str) -> str:
    if kind in DATES:
        return iso(value)[: 10 if kind == "date" else 16].replace("T", " ")
    return str(value)
