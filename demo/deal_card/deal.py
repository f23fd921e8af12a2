"""Reads a deal and all related data in one request; saves the user's changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bx24py import Batch, BatchCall, BX24Error, bx24

RECENT = 10
"""How many of the company's latest deals are shown."""

TIMEOUT = 20.0
"""Seconds until a request to the portal fails."""

IN_PROGRESS, WON, LOST = "P", "S", "F"
"""The portal's letters for a deal's status."""


@dataclass(frozen=True)
class Stage:
    """A stage of the deal's funnel; `group` is one of IN_PROGRESS, WON, LOST."""

    id: str
    name: str
    colour: str
    group: str


@dataclass(frozen=True)
class Deal:
    """A deal. `contact` and `company` are None if it has none."""

    id: int
    title: str
    stage: str
    group: str
    amount: float
    currency: str
    created: datetime | None
    funnel: int
    contact: int | None
    company: int | None

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Deal:
        """Read a deal from crm.deal.get or crm.deal.list: numbers are str, and empty values may be null."""
        created = row.get("DATE_CREATE")
        return cls(
            id=int(row["ID"]),
            title=row.get("TITLE") or "",
            stage=row.get("STAGE_ID") or "",
            group=row.get("STAGE_SEMANTIC_ID") or IN_PROGRESS,
            amount=float(row.get("OPPORTUNITY") or 0),
            currency=row.get("CURRENCY_ID") or "",
            created=datetime.fromisoformat(created) if created else None,
            funnel=_number(row.get("CATEGORY_ID")) or 0,
            contact=_number(row.get("CONTACT_ID")),
            company=_number(row.get("COMPANY_ID")),
        )


@dataclass(frozen=True)
class Client:
    """A contact or a company."""

    name: str
    line: str
    phones: list[str]
    emails: list[str]
    path: str
    """Its page in the portal."""

    @classmethod
    def contact(cls, row: dict[str, Any]) -> Client:
        """Read a contact from crm.contact.get."""
        names = (row.get("NAME"), row.get("SECOND_NAME"), row.get("LAST_NAME"))
        name = " ".join(part for part in names if part) or f"Contact #{row['ID']}"
        return cls(name, row.get("POST") or "", *_communications(row), f"/crm/contact/details/{row['ID']}/")

    @classmethod
    def company(cls, row: dict[str, Any]) -> Client:
        """Read a company from crm.company.get."""
        name = row.get("TITLE") or f"Company #{row['ID']}"
        return cls(name, row.get("ADDRESS_CITY") or "", *_communications(row), f"/crm/company/details/{row['ID']}/")


@dataclass(frozen=True)
class Card:
    """All data of the page. A part that could not be read is replaced with its error."""

    deal: Deal
    stages: list[Stage] | BX24Error
    contact: Client | BX24Error | None
    company: Client | BX24Error | None
    recent: list[Deal] | BX24Error
    """The company's latest deals, newest first; empty without a company."""
    total: int
    """How many deals the company has."""


class Reading:
    """The commands of a batch that read a deal and its related data."""

    def __init__(self, batch: Batch, deal_id: int) -> None:
        self._deal = deal = batch.call("crm.deal.get", {"ID": deal_id})
        self._contact = batch.call("crm.contact.get", {"ID": deal["CONTACT_ID"]})
        self._company = batch.call("crm.company.get", {"ID": deal["COMPANY_ID"]})
        self._recent = batch.call(
            "crm.deal.list",
            {
                "filter": {"COMPANY_ID": deal["COMPANY_ID"]},
                "order": {"DATE_CREATE": "DESC", "ID": "DESC"},
                "select": ["ID", "TITLE", "STAGE_ID", "STAGE_SEMANTIC_ID", "OPPORTUNITY", "CURRENCY_ID", "DATE_CREATE"],
            },
        )
        # The directory of the first funnel's stages has no number in its name; the others have one.
        self._first_stages = _stages(batch, "DEAL_STAGE")
        self._other_stages = _stages(batch, f"DEAL_STAGE_{deal['CATEGORY_ID']}")

    def card(self) -> Card:
        """Return the data that the batch has read.

        Raises:
            BX24Error: the deal could not be read.
        """
        deal = Deal.from_row(self._deal.result.data)
        stages = (self._other_stages if deal.funnel else self._first_stages).result
        recent = self._recent.result
        return Card(
            deal,
            stages.error or [_stage(row) for row in stages.data],
            # If the deal has none, there was nothing to read, and the answer is meaningless.
            _client(self._contact, Client.contact) if deal.contact else None,
            _client(self._company, Client.company) if deal.company else None,
            (recent.error or [Deal.from_row(row) for row in recent.data[:RECENT]]) if deal.company else [],
            recent.total or 0,
        )


async def read(deal_id: int) -> Card:
    """Read the deal.

    Raises:
        BX24Error: it could not be read.
    """
    batch = bx24.batch(timeout=TIMEOUT)
    reading = Reading(batch, deal_id)
    await batch.run()
    return reading.card()


async def save(deal_id: int, fields: dict[str, str]) -> Card | None:
    """Save fields of the deal and read it again, in one request.

    Returns:
        The deal as the portal has it now; None if it was saved but could not be read.

    Raises:
        BX24Error: it was not saved.
    """
    batch = bx24.batch(timeout=TIMEOUT)
    written = batch.call("crm.deal.update", {"ID": deal_id, "FIELDS": fields})
    reading = Reading(batch, deal_id)
    await batch.run()
    if written.result.error is not None:
        raise written.result.error
    try:
        return reading.card()
    except BX24Error:
        return None


def _stages(batch: Batch, directory: str) -> BatchCall:
    return batch.call("crm.status.list", {"filter": {"ENTITY_ID": directory}, "order": {"SORT": "ASC"}})


def _stage(row: dict[str, Any]) -> Stage:
    extra = row.get("EXTRA") or {}
    colour = row.get("COLOR") or extra.get("COLOR") or ""
    return Stage(row["STATUS_ID"], row.get("NAME") or row["STATUS_ID"], colour, row.get("SEMANTICS") or IN_PROGRESS)


def _client(call: BatchCall, read_row: Any) -> Client | BX24Error:
    return call.result.error or read_row(call.result.data)


def _communications(row: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return phones and e-mails from lists of {VALUE, VALUE_TYPE}, which may be absent."""
    phones, emails = ([entry["VALUE"] for entry in row.get(kind) or []] for kind in ("PHONE", "EMAIL"))
    return phones, emails


def _number(value: Any) -> int | None:
    """Read an id that may be missing: null, an empty str or 0."""
    return int(value or 0) or None
