"""Departments and people of the sample company."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bx24py.dev.portal.sample import names
from bx24py.dev.portal.sample.drawing import DAY, NOW, Drawing
from bx24py.dev.portal.tables.fields import Field
from bx24py.dev.portal.tables.table import Table

DEPARTMENTS: tuple[tuple[str, int, int], ...] = (
    ("Northwind Instruments", 0, 1),
    ("Sales Department", 1, 2),
    ("Customer Success", 1, 1),
    ("Research & Development", 1, 4),
    ("Administration", 1, 5),
    ("Key Accounts", 2, 6),
    ("Online Store", 2, 7),
    ("Отдел продаж — Восток", 2, 8),
    ("Support Desk", 3, 9),
    ("Field Service", 3, 10),
    ("Software", 4, 11),
    ("Optics & Sensors", 4, 12),
    ("開発部", 4, 13),
    ("Accounting", 5, 14),
    ("Human Resources", 5, 15),
    ("Legal", 5, 16),
)
"""Name, parent and head of each department, numbered from 1."""

FIRST_USERS: tuple[tuple[str, str, str, str, tuple[int, ...]], ...] = (
    ("Emma", "Lindqvist", "F", "Head of Customer Success", (3, 6)),
    ("Jonas", "Hartmann", "M", "Sales Director", (2,)),
    ("Анна", "Соколова", "F", "Менеджер по продажам", (8,)),
    ("Priya", "Raman", "F", "Chief Engineer", (4,)),
    ("Michael", "O'Connor", "M", "Office Manager", (5,)),
)
"""The first users: name, last name, gender, position, departments."""


def departments() -> Table:
    """Return the departments."""

    def of(at: int) -> Callable[[int], Any]:
        return lambda number: DEPARTMENTS[number - 1][at] or None

    return Table(
        len(DEPARTMENTS),
        {
            "NAME": Field("string", "Department Name", of(0), required=True),
            "SORT": Field("integer", "Sort field", lambda _: 500),
            "PARENT": Field("integer", "Parent department", of(1)),
            "UF_HEAD": Field("user", "Department head", of(2)),
            "DEPUTIES": Field("user", "Deputy heads", multiple=True),
            "DESCRIPTION": Field("string", "Description"),
            "XML_ID": Field("string", "External code"),
            "CREATED": Field("datetime", "Created on", lambda number: NOW - 900 * DAY + number * DAY),
            "UPDATED": Field("datetime", "Changed on", lambda number: NOW - 30 * DAY + number * DAY),
        },
    )


def user_fields(draw: Drawing) -> dict[str, Field]:
    """Return the fields of users."""
    known = len(FIRST_USERS)
    woman = draw.below("user:gender", 2)
    women, men = draw.pick("user:woman", names.WOMEN), draw.pick("user:man", names.MEN)
    last, position = draw.pick("user:last", names.LAST_NAMES), draw.pick("user:position", names.POSITIONS)
    department = draw.below("user:department", len(DEPARTMENTS) - 1, 2)
    second = draw.number("user:second")
    inactive, online = draw.number("user:active"), draw.number("user:online")
    seen = draw.below("user:seen", 20 * DAY)
    born = draw.below("user:born", 40 * 365)

    def first_or(at: int, otherwise: Callable[[int], Any]) -> Callable[[int], Any]:
        return lambda number: FIRST_USERS[number - 1][at] if number <= known else otherwise(number)

    def departments(number: int) -> list[int]:
        if number <= known:
            return list(FIRST_USERS[number - 1][4])
        if number <= len(DEPARTMENTS):
            return [number]
        main, other = department(number), second(number) % 40 + 2
        return [main, other] if other <= len(DEPARTMENTS) and other != main else [main]

    return {
        "XML_ID": Field("string", "External code"),
        "ACTIVE": Field("char", "Activity", lambda n: "N" if n > len(DEPARTMENTS) and inactive(n) % 25 == 0 else "Y"),
        "NAME": Field("string", "First Name", first_or(0, lambda n: women(n) if woman(n) else men(n))),
        "LAST_NAME": Field("string", "Last Name", first_or(1, last)),
        "SECOND_NAME": Field("string", "Middle Name", lambda _: ""),
        "TITLE": Field("string", "Title", lambda _: ""),
        "EMAIL": Field("string", "E-Mail", lambda n: f"user{n}@northwind.example"),
        "LAST_LOGIN": Field("datetime", "Last Authorization", lambda n: NOW - seen(n)),
        "DATE_REGISTER": Field("datetime", "Registration Date", lambda n: NOW - 900 * DAY + n * DAY),
        "TIME_ZONE": Field("string", "TIME_ZONE", lambda _: ""),
        "IS_ONLINE": Field("char", "IS_ONLINE", lambda n: "Y" if n == 1 or online(n) % 3 == 0 else "N"),
        "TIMESTAMP_X": Field("datetime", "TIMESTAMP_X", lambda n: NOW - seen(n)),
        "LAST_ACTIVITY_DATE": Field("datetime", "LAST_ACTIVITY_DATE", lambda n: NOW - seen(n)),
        "PERSONAL_GENDER": Field("string", "Gender", first_or(2, lambda n: "F" if woman(n) else "M")),
        "PERSONAL_PROFESSION": Field("string", "Profession", lambda _: ""),
        "PERSONAL_WWW": Field("string", "Homepage", lambda _: ""),
        "PERSONAL_PHOTO": Field("file", "Photo"),
        "PERSONAL_BIRTHDAY": Field("date", "Date of Birth", lambda n: (born(n) + 365 * 5) * DAY - 7200),
        "PERSONAL_MOBILE": Field("string", "Personal Mobile", lambda n: f"+49150{n:07d}"),
        "PERSONAL_CITY": Field("string", "Residential City", draw.pick("user:city", names.CITIES)),
        "PERSONAL_COUNTRY": Field("string", "Country", lambda _: ""),
        "WORK_PHONE": Field("string", "Company Phone", lambda n: f"+49305550{n:04d}"),
        "WORK_COMPANY": Field("string", "Company", lambda _: DEPARTMENTS[0][0]),
        "WORK_POSITION": Field("string", "Job Title", first_or(3, position)),
        "UF_EMPLOYMENT_DATE": Field("string", "Hire Date", lambda _: ""),
        "UF_DEPARTMENT": Field("integer", "Units", departments, multiple=True),
        "UF_PHONE_INNER": Field("string", "Extension", lambda n: str(100 + n)),
        "USER_TYPE": Field("string", "USER_TYPE", lambda _: "employee"),
    }
