"""What `serve`, `run` and `demo` are told about the portal: the options of the command line, and what they do."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bx24py.dev.contents import named_files
from bx24py.dev.fixtures import Fixtures
from bx24py.dev.portal.methods.placement import PLACEMENTS
from bx24py.dev.portal.places import sample_options
from bx24py.dev.portal.portal import Portal
from bx24py.dev.problem import Problem

if TYPE_CHECKING:
    from bx24py.dev.portal.company import Company

USERS = 120
"""Users of the sample company."""


@dataclass
class Wanted:
    """The portal that the command line asks for."""

    deals: int
    user: int | None
    lang: str | None
    not_admin: bool
    placement: str | None
    installed: bool
    slow_start: float
    allow_idempotency_key: bool
    fixtures: Path | None

    def make(self, folder: Path) -> tuple[Portal, Fixtures | None]:
        """Return the portal for an application, and the fixtures that script it.

        Raises:
            Problem: there is no such user or placement, or the fixtures have an error.
        """
        portal = Portal(deals=self.deals, users=USERS)
        portal.frame.start_delay = self.slow_start
        portal.v3.allow_idempotency_key = self.allow_idempotency_key
        install_page = (folder / "install.html").is_file()
        portal.state.install = install_page and not self.installed
        portal.state.first_run = not self.installed and (install_page or bool(named_files(folder / "index.html")[1]))
        self.apply(portal)
        if self.fixtures is None:
            return portal, None
        fixtures = Fixtures(self.fixtures, portal, then=lambda: self.apply(portal))
        fixtures.apply()
        return portal, fixtures

    def apply(self, portal: Portal) -> None:
        """Set what the command line names; it comes after the fixtures."""
        state = portal.state
        if self.user is not None:
            state.user_id = _user(portal.company, self.user)
        if self.lang is not None:
            state.lang = self.lang
        if self.not_admin:
            state.admin = False
        if self.placement is not None:
            state.placement = _placement(self.placement)
            state.placement_options = sample_options(state.placement)


def _user(company: Company, number: int) -> int:
    if number not in company.users:
        raise Problem(f"--user: must be 1 to {company.users.last}, not {number}")
    return number


def _placement(code: str) -> str:
    known = [one for codes in PLACEMENTS.values() for one in codes]
    code = code.upper()
    if code not in known:
        near = difflib.get_close_matches(code, known, 3, 0.5)
        raise Problem(f"--placement: no such place: {code}" + (f"; there are {', '.join(near)}" if near else ""))
    return code


_OPTIONS = (
    click.option("--deals", type=click.IntRange(0), default=5000, show_default=True, help="Deals of the sample."),
    click.option("--user", type=click.IntRange(1), metavar="ID", help=f"Who opens it: 1 to {USERS}."),
    click.option("--lang", metavar="CODE", help="The portal's language, such as ru."),
    click.option("--not-admin", is_flag=True, help="The user is no administrator."),
    click.option("--placement", metavar="CODE", help="Where it is opened, such as CRM_DEAL_DETAIL_TAB."),
    click.option(
        "--slow-start",
        type=click.FloatRange(0),
        default=0.0,
        metavar="SECONDS",
        help="Delay the portal's answer at the start of the application.",
    ),
    click.option(
        "--allow-idempotency-key",
        is_flag=True,
        help="Let the application send Idempotency-Key to REST 3.0, which no portal does yet.",
    ),
    click.option("--installed", is_flag=True, help="Skip the installation."),
    click.option(
        "--fixtures",
        type=click.Path(dir_okay=False, path_type=Path),
        help="A file with `script(portal)`, read again when it changes.",
    ),
)


def portal_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command; it gets them as `wanted`."""

    @wraps(function)
    def command(**given: Any) -> Any:
        wanted = Wanted(**{field.name: given.pop(field.name) for field in fields(Wanted)})
        return function(wanted=wanted, **given)

    for option in reversed(_OPTIONS):
        command = option(command)
    return command
