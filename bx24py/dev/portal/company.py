"""The company of a fresh portal: departments, users, deals and the rest, the same for the same seed.

Only its event log and its records of working time end today, so that a report of the last days shows something.

At the start there is only the list of row numbers: each value is computed on demand from the seed, the row's number
and the field's name.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from bx24py.dev.portal.drive import Drive
from bx24py.dev.portal.sample import crm, directories, items, journal, people, tasks
from bx24py.dev.portal.sample.drawing import Drawing
from bx24py.dev.portal.sample.others import others
from bx24py.dev.portal.sample.records import records
from bx24py.dev.portal.tables.table import Table


class Company:
    """The data of one portal, which the REST methods read and write.

    Args:
        seed: each number gives another company. The first five people and the departments are always the same.
        deals: how many; contacts, companies and leads grow with them.
        users: how many, at least five.

    Raises:
        ValueError: fewer than five users, or a negative number of deals.
    """

    def __init__(self, seed: int = 1, deals: int = 5000, users: int = 120) -> None:
        if users < len(people.FIRST_USERS):
            raise ValueError(f"users: must be {len(people.FIRST_USERS)} or more, not {users}")
        if deals < 0:
            raise ValueError(f"deals: must be 0 or more, not {deals}")
        self.seed = seed
        draw = Drawing(seed)
        contacts, companies, leads = max(10, deals // 5), max(5, deals // 12), max(10, deals // 4)
        count = max(20, users * 3)
        self.departments = people.departments()
        self.users = Table(users, people.user_fields(draw))
        self.statuses = directories.statuses()
        self.deals = Table(
            deals, crm.deal_fields(draw, users=users, deals=deals, contacts=contacts, companies=companies)
        )
        self.leads = Table(leads, crm.lead_fields(draw, users=users, leads=leads))
        self.contacts = Table(contacts, crm.contact_fields(draw, users=users, contacts=contacts, companies=companies))
        self.companies = Table(companies, crm.company_fields(draw, users=users, companies=companies))
        self.tasks = Table(count, tasks.task_fields(draw, count=count, users=users, deals=deals))
        self.quotes = Table(items.COUNT, items.quote_fields(draw, users))
        self.invoices = Table(items.COUNT, items.invoice_fields(draw, users))
        self.equipment = Table(items.COUNT, items.equipment_fields(draw, users))
        self.others = others(draw, deals) | records(draw, deals=deals, companies=companies, tasks=count)
        now = int(time.time())
        self.others["event_log"] = journal.event_log(draw, users=users, now=now)
        self.others["time_records"] = journal.time_records(draw, users=users, now=now)
        """More tables by name: those of the list methods in `methods/lists.py`, and of REST 3.0."""
        self.drive = Drive(self.others["files"])
        self._last_multifield = 10_000_000

    def tables(self) -> dict[str, Table]:
        """Return all tables by name."""
        own = {name: value for name, value in vars(self).items() if isinstance(value, Table)}
        return {**own, **self.others}

    def changes(self) -> dict[str, Any]:
        """Return what was written since the company was generated, in a form that JSON can hold."""
        return {
            "seed": self.seed,
            "tables": {name: table.changes() for name, table in self.tables().items()},
            "drive": self.drive.changes(),
            "multifield": self._last_multifield,
        }

    def redo(self, changes: Mapping[str, Any]) -> None:
        """Write what `changes` returned.

        Raises:
            ValueError: they are of another company.
            KeyError: they are of another version of bx24py.
        """
        tables = self.tables()
        if changes["seed"] != self.seed or changes["tables"].keys() != tables.keys():
            raise ValueError("another company")
        if any(changes["tables"][name]["generated"] != table.generated for name, table in tables.items()):
            raise ValueError("a company of another size")
        for name, table in tables.items():
            table.redo(changes["tables"][name])
        self.drive.redo(changes["drive"])
        self._last_multifield = changes["multifield"]

    def next_multifield_id(self) -> int:
        """Return a new number for a phone or e-mail of a CRM entity."""
        self._last_multifield += 1
        return self._last_multifield

    def full_name(self, number: int) -> str:
        """Return the first and last name of a user; empty if there is no such user."""
        if number not in self.users:
            return ""
        parts = (self.users.value(number, "NAME"), self.users.value(number, "LAST_NAME"))
        return " ".join(part for part in parts if part)
