"""REST methods that the application uses without naming their scopes.

It names them in index.html, for its author and this check; the portal asks for them when the application is added:

    <meta name="bx24py:scopes" content="crm, user">
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from bx24py.dev.check.finding import Finding, MethodUse
from bx24py.dev.check.reading import PAGE, Reading
from bx24py.dev.portal import documented
from bx24py.dev.portal.methods.placement import PLACEMENTS
from bx24py.rest.method_names import scopes_of

_KNOWN = """
ai_admin biconnector bizproc booking calendar call cashbox catalog contact_center crm delivery department disk
documentgenerator entity humanresources humanresources.hcmlink im imbot imconnector imopenlines intranet landing
lists log mail mailservice main messageservice mobile note pay_system placement pull rpa sale salescenter sign.b2e
socialnetwork sonet sonet_group task tasks tasks_extended tasksmobile telephony timeman user user.userfield
user_basic user_brief userconsent userfieldconfig vote
"""

KNOWN = frozenset(_KNOWN.split())
"""The scopes of the documentation."""

_OF_EVENTS = {
    "ONCRM": "crm",
    "ONTASK": "task",
    "ONCALENDAR": "calendar",
    "ONIMBOT": "imbot",
    "ONIMCONNECTOR": "imopenlines",
    "ONVOXIMPLANT": "telephony",
    "ONEXTERNALCALL": "telephony",
    "ONSALE": "sale",
    "ONCATALOG": "catalog",
    "CATALOG.": "catalog",
    "ONUSERADD": "user",
}
"""The beginnings of events' names, and their scopes."""


def judge(reading: Reading) -> Iterator[Finding]:
    """Yield the methods whose scopes are not named, and names of methods and scopes that do not exist."""
    named = reading.page.scopes
    lacking: dict[tuple[str, ...], MethodUse] = {}
    for use in reading.methods:
        if use.kind == "method" and use.whole and use.called == "classic":
            yield from _judge_name(use)
        scopes = _scopes(use)
        if scopes and not set(scopes) & set(named or ()):
            lacking.setdefault(scopes, use)
    if named is None:
        if lacking:
            text = f"it does not name the scopes that the application needs: add {_line(lacking)}"
            yield Finding(PAGE, 0, "warning", text)

        return
    for scope in named:
        if scope not in KNOWN:
            near = difflib.get_close_matches(scope, KNOWN, 1)
            hint = f": {near[0]}?" if near else ", as the documentation lists them"
            yield Finding(PAGE, reading.page.scopes_line, "warning", f"there is no scope {scope}{hint}")
    for scopes, use in lacking.items():
        names = " or ".join(scopes)
        text = f"{use.name} needs the scope {names}, which {PAGE} does not name: write {_line([*named, scopes[0]])}"
        yield Finding(use.file, use.line, "error", text)


def _line(scopes: object) -> str:
    names = {one if isinstance(one, str) else one[0] for one in scopes}  # type: ignore[attr-defined]
    return f'<meta name="bx24py:scopes" content="{", ".join(sorted(names))}">'


def _scopes(use: MethodUse) -> tuple[str, ...]:
    """Return the scopes of which a use needs one; none if it needs none or that cannot be told."""
    name = use.name.lower()
    if use.kind == "event":
        return next(((scope,) for begin, scope in _OF_EVENTS.items() if use.name.upper().startswith(begin)), ())
    if use.kind == "place":
        return next(((scope,) for scope, codes in PLACEMENTS.items() if scope and use.name.upper() in codes), ())
    first = name.partition(".")[0]
    if use.whole:
        of_fields = name.endswith(".fields") and first in _first_words()  # as bx24.fields asks for
        scopes = scopes_of(name) if use.called or name in documented.names() or of_fields else ()
        return scopes if set(scopes) <= KNOWN else ()
    possible = {scopes_of(one) for one in documented.names() if one.startswith(name)}
    return possible.pop() if len(possible) == 1 else ()


def _first_words() -> set[str]:
    return {name.partition(".")[0] for name in documented.names()}


def _judge_name(use: MethodUse) -> Iterator[Finding]:
    name = use.name.lower()
    if name not in documented.names():
        near = difflib.get_close_matches(name, documented.names(), 1, 0.8)
        if near:
            yield Finding(use.file, use.line, "warning", f"{use.name} is not documented: {near[0]}?")
