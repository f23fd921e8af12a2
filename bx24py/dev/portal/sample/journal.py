"""The event log and the records of working time. Unlike the rest of the sample company, they end today."""

from __future__ import annotations

from datetime import datetime, timedelta

from bx24py.dev.portal.sample.drawing import DAY, Drawing
from bx24py.dev.portal.tables.fields import ZONE, Field
from bx24py.dev.portal.tables.table import Table

EVENTS = 900
"""Entries of the event log."""

EVENT_DAYS = 14
"""Days that they cover."""

WORKDAYS = 20
"""Days on which each person has a record of working time."""

_KINDS = (
    ("USER_AUTHORIZE", "main", "SECURITY"),
    ("USER_AUTHORIZE", "main", "SECURITY"),
    ("USER_AUTHORIZE", "main", "SECURITY"),
    ("USER_LOGOUT", "main", "SECURITY"),
    ("USER_EDIT", "main", "SECURITY"),
    ("USER_PERMISSIONS_FAIL", "main", "WARNING"),
    ("CRM_DEAL_EXPORT", "crm", "INFO"),
    ("DISK_FILE_DOWNLOAD", "disk", "INFO"),
)
"""Type, module and severity of entries, the frequent ones several times."""

_BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


def event_log(draw: Drawing, *, users: int, now: int) -> Table:
    """Return the event log up to a moment."""
    person, kind = draw.below("event:person", min(users, 30), 1), draw.pick("event:kind", _KINDS)
    host, step = draw.below("event:host", 250, 2), EVENT_DAYS * DAY // EVENTS

    def about(number: int) -> str:
        return f'{{"userId":{person(number)},"requestId":"{draw.number("event:request")(number):032x}"}}'

    return Table(
        EVENTS,
        {
            "TIMESTAMP_X": Field("datetime", "Time", lambda n: now - (EVENTS - n) * step),
            "SEVERITY": Field("string", "Severity", lambda n: kind(n)[2]),
            "AUDIT_TYPE_ID": Field("string", "Type of event", lambda n: kind(n)[0]),
            "MODULE_ID": Field("string", "Module", lambda n: kind(n)[1]),
            "ITEM_ID": Field("string", "Object", lambda n: str(person(n))),
            "REMOTE_ADDR": Field("string", "IP address", lambda n: f"192.0.2.{host(n)}"),
            "USER_AGENT": Field("string", "Browser", lambda _: _BROWSER),
            "REQUEST_URI": Field("string", "Address", lambda _: "/auth/"),
            "SITE_ID": Field("string", "Site", lambda _: "s1"),
            "USER_ID": Field("user", "User", person),
            "GUEST_ID": Field("integer", "Guest"),
            "DESCRIPTION": Field("string", "Description", about),
        },
    )


def time_records(draw: Drawing, *, users: int, now: int) -> Table:
    """Return the records of working time up to a moment: each person's workdays, the oldest first."""
    people = min(users, 30)
    days = _workdays(now)
    late, long = draw.below("time:late", 90), draw.below("time:long", 150)
    rest = draw.below("time:break", 45, 15)

    def start(number: int) -> int:
        return days[(number - 1) // people] + 8 * 3600 + 1800 + late(number) * 60

    def end(number: int) -> int | None:
        over = start(number) + 8 * 3600 + long(number) * 60
        return over if over <= now else None

    def worked(number: int) -> int:
        return max(0, (end(number) or now) - start(number) - rest(number) * 60)

    return Table(
        people * len(days),
        {
            "USER_ID": Field("user", "Employee", lambda n: (n - 1) % people + 1),
            "START_TIME": Field("datetime", "Start", start),
            "END_TIME": Field("datetime", "End", end),
            "DURATION": Field("integer", "Working time, seconds", worked),
            "BREAK_LENGTH": Field("integer", "Breaks, seconds", lambda n: rest(n) * 60),
            "STATE": Field("string", "State", lambda n: "CLOSED" if end(n) else "OPENED"),
            "APPROVED": Field("char", "Approved", lambda n: "N" if late(n) > 80 else "Y"),
        },
    )


def _workdays(now: int) -> list[int]:
    """Return when the last workdays began, the oldest first; today is one of them from the morning on."""
    morning = datetime.fromtimestamp(now, ZONE) - timedelta(hours=10)
    day = morning.replace(hour=0, minute=0, second=0, microsecond=0)
    found: list[int] = []
    while len(found) < WORKDAYS:
        if day.weekday() < 5:
            found.append(int(day.timestamp()))
        day -= timedelta(days=1)
    return found[::-1]
