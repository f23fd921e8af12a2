"""Directories of the sample company: stages, statuses, sources and types; and the sales funnels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bx24py.dev.portal.tables.fields import Field
from bx24py.dev.portal.tables.table import Table

CATEGORIES: tuple[tuple[int, str], ...] = ((0, "General"), (1, "Partners"), (2, "Repeat business"))
"""Sales funnels of deals: id and name."""

STAGES: tuple[tuple[str, str, str, str | None], ...] = (
    ("NEW", "New", "#39A8EF", None),
    ("PREPARATION", "Document preparation", "#2FC6F6", None),
    ("PREPAYMENT_INVOICE", "Prepayment invoice", "#55D0E0", None),
    ("EXECUTING", "In progress", "#47E4C2", None),
    ("FINAL_INVOICE", "Final invoice", "#FFA900", None),
    ("WON", "Deal won", "#7BD500", "S"),
    ("LOSE", "Deal lost", "#FF5752", "F"),
    ("APOLOGY", "Analyze failure", "#FF5752", "F"),
)
LEAD_STATUSES: tuple[tuple[str, str, str, str | None], ...] = (
    ("NEW", "Unassigned", "#39A8EF", None),
    ("IN_PROCESS", "In progress", "#2FC6F6", None),
    ("PROCESSED", "Processed", "#55D0E0", None),
    ("CONVERTED", "Good lead", "#7BD500", "S"),
    ("JUNK", "Junk lead", "#FF5752", "F"),
)
DIRECTORIES: dict[str, tuple[tuple[str, str], ...]] = {
    "SOURCE": (
        ("CALL", "Call"),
        ("EMAIL", "E-Mail"),
        ("WEB", "Website"),
        ("ADVERTISING", "Advertising"),
        ("PARTNER", "Existing client"),
        ("RECOMMENDATION", "Recommendation"),
        ("OTHER", "Other"),
    ),
    "DEAL_TYPE": (
        ("SALE", "Sales"),
        ("COMPLEX", "Integrated sales"),
        ("GOODS", "Goods"),
        ("SERVICES", "Services"),
        ("SERVICE", "After-sales service"),
    ),
    "CONTACT_TYPE": (("CLIENT", "Clients"), ("SUPPLIER", "Suppliers"), ("PARTNER", "Partners"), ("OTHER", "Other")),
    "COMPANY_TYPE": (
        ("CUSTOMER", "Client"),
        ("SUPPLIER", "Supplier"),
        ("COMPETITOR", "Competitor"),
        ("PARTNER", "Partner"),
        ("OTHER", "Other"),
    ),
    "INDUSTRY": (
        ("IT", "Information technology"),
        ("MANUFACTURING", "Manufacturing"),
        ("CONSULTING", "Consulting"),
        ("OTHER", "Other"),
    ),
    "EMPLOYEES": (
        ("EMPLOYEES_1", "less than 50"),
        ("EMPLOYEES_2", "50-250"),
        ("EMPLOYEES_3", "250-500"),
        ("EMPLOYEES_4", "over 500"),
    ),
    "HONORIFIC": (("HNR_EN_1", "Mr."), ("HNR_EN_2", "Mrs."), ("HNR_EN_3", "Ms.")),
    "QUOTE_STATUS": (("DRAFT", "New"), ("SENT", "Sent to client"), ("APPROVED", "Accepted"), ("DECLAINED", "Declined")),
    "INVOICE_STATUS": (("N", "New"), ("S", "Sent to client"), ("P", "Paid"), ("D", "Declined")),
    "SMART_INVOICE_STAGE_1": (("DT31_1:N", "New"), ("DT31_1:S", "Sent to client"), ("DT31_1:P", "Paid")),
    "DYNAMIC_1030_STAGE_1": (("DT1030_1:NEW", "Start"), ("DT1030_1:SUCCESS", "Success"), ("DT1030_1:FAIL", "Fail")),
}
SEMANTICS_WORDS = {None: "process", "S": "success", "F": "apology"}


def statuses() -> Table:
    """Return all entries of all directories."""
    rows: list[dict[str, Any]] = []

    def add(entity: str, code: str, name: str, sort: int, **more: Any) -> None:
        rows.append({"ENTITY_ID": entity, "STATUS_ID": code, "NAME": name, "SORT": sort, **more})

    for entity, prefix, category, stages in (
        ("STATUS", "", None, LEAD_STATUSES),
        *((f"DEAL_STAGE_{i}" if i else "DEAL_STAGE", f"C{i}:" if i else "", i or None, STAGES) for i, _ in CATEGORIES),
    ):
        for at, (code, name, color, semantics) in enumerate(stages, 1):
            system = "Y" if code in {"NEW", "WON", "LOSE", "CONVERTED", "JUNK"} else "N"
            add(
                entity,
                prefix + code,
                name,
                at * 10,
                SYSTEM=system,
                CATEGORY_ID=category,
                COLOR=color,
                SEMANTICS=semantics,
            )
    for entity, entries in DIRECTORIES.items():
        for at, (code, name) in enumerate(entries, 1):
            add(entity, code, name, at * 10, SYSTEM="N", CATEGORY_ID=None, COLOR="", SEMANTICS=None)

    def of(name: str) -> Callable[[int], Any]:
        return lambda number: rows[number - 1].get(name)

    types = {"SORT": "integer", "SYSTEM": "char", "CATEGORY_ID": "integer"}
    names = ("ENTITY_ID", "STATUS_ID", "NAME", "SORT", "SYSTEM", "CATEGORY_ID", "COLOR", "SEMANTICS")
    return Table(len(rows), {name: Field(types.get(name, "string"), name, of(name)) for name in names})


def status_extra(semantics: str | None, color: str) -> dict[str, Any]:
    """Return the `EXTRA` of a stage."""
    return {"SEMANTICS": SEMANTICS_WORDS[semantics], "COLOR": color}


def semantics(entity: str, status: str | None) -> str | None:
    """Return the group of a stage: P in progress, S successful, F failed; None if there is no such stage."""
    for code, _, _, group in LEAD_STATUSES if entity == "STATUS" else STAGES:
        if status is not None and status.rpartition(":")[2] == code:
            return group or "P"
    return None
