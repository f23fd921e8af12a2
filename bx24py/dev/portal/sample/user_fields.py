"""Custom CRM fields of the sample company: one of each type, and two with several values."""

from __future__ import annotations

from collections.abc import Callable

from bx24py.dev.portal.sample.drawing import DAY, Drawing
from bx24py.dev.portal.tables.fields import Field

PRIORITIES = ((101, "Low"), (102, "Normal"), (103, "High"))
INTERESTS = ((201, "Optics"), (202, "Sensors"), (203, "Training"), (204, "Service"))
_REGIONS = ("North", "South", "Восток", "West")


def user_fields(draw: Drawing, label: str, made: Callable[[int], int], users: int) -> dict[str, Field]:
    """Return the custom fields of an entity type.

    Args:
        draw: draws the values.
        label: keeps the types apart.
        made: returns when a row was created.
        users: how many users there are.
    """
    some = draw.number(f"{label}:some")
    interest = draw.pick(f"{label}:interest", [number for number, _ in INTERESTS])
    return {
        "UF_CRM_1719400001": Field("string", "Region", draw.pick(f"{label}:region", _REGIONS)),
        "UF_CRM_1719400002": Field(
            "enumeration", "Priority", draw.pick(f"{label}:priority", (101, 102, 102, 103, None)), items=PRIORITIES
        ),
        "UF_CRM_1719400003": Field(
            "enumeration", "Interests", lambda n: sorted({interest(n), interest(n + 1)}), multiple=True, items=INTERESTS
        ),
        "UF_CRM_1719400004": Field("boolean", "Key account", lambda n: "1" if some(n) % 5 == 0 else "0"),
        "UF_CRM_1719400005": Field("double", "Discount", lambda n: some(n) % 40 / 2),
        "UF_CRM_1719400006": Field("date", "Renewal", lambda n: made(n) // DAY * DAY + 365 * DAY - 7200),
        "UF_CRM_1719400007": Field("datetime", "Last visit", lambda n: made(n) + 3600 if n % 3 else None),
        "UF_CRM_1719400008": Field("money", "Budget", lambda n: f"{some(n) % 90 * 100}|EUR"),
        "UF_CRM_1719400009": Field("employee", "Deputy", lambda n: 1 + some(n) % users),
        "UF_CRM_1719400010": Field(
            "integer", "Serial numbers", lambda n: [some(n) % 9000 + 1000][: n % 2], multiple=True
        ),
        "UF_CRM_1719400011": Field("url", "Page", lambda n: f"https://northwind.example/{label}/{n}"),
        "UF_CRM_1719400012": Field("crm", "Related to", lambda n: f"C_{1 + some(n) % 10}"),
    }
