"""The REST methods that the official documentation describes, and what to say about one that this portal lacks."""

from __future__ import annotations

import difflib
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("documented.txt")
"""Lines of a common beginning and the endings of its methods; a line that is indented goes on with the one above."""

V3_MODULES = ("call", "humanresources", "mail", "main", "note", "rest", "tasks", "timeman")
"""Modules with methods of REST 3.0 (contract, section 6)."""

SHOWN = 3
"""How many similar names are suggested."""


@cache
def names() -> frozenset[str]:
    """Return all documented methods, in lower case."""
    found: set[str] = set()
    family = ""
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        head, colon, rest = line.partition(":")
        if colon:
            family = head
        found.update(f"{family}.{ending}" for ending in (rest if colon else line).split())
    return frozenset(found)


def missing(name: str) -> str | None:
    """Return what an author must know about a method that the local portal does not have.

    None: no method of a portal is called anything like it, so the portal's own words are right.
    """
    if name not in names() and not _has_siblings(name):
        return None
    lines = _advice("rest", name)
    if name in names():
        return f"The local portal does not have {name}: {lines}"
    similar = difflib.get_close_matches(name, names(), SHOWN, 0.75)
    hint = f", such as {', '.join(similar)}" if similar else ""
    return f"The local portal does not have {name}, and it is not documented. Other methods are{hint}; or {lines}"


def missing_v3(name: str) -> str:
    """Return what an author must know about a method that the local portal does not have in REST 3.0."""
    if name.endswith(".json"):
        return f"Method `{name}` not found: an address of REST 3.0 has no .json"
    if name.partition(".")[0] not in V3_MODULES:
        return f"Method `{name}` not found"
    return f"The local portal does not have {name} in REST 3.0: {_advice('v3', name)}"


def _advice(version: str, name: str) -> str:
    return (
        f"add a route in fixtures.py:\n\n"
        f"def script(portal):\n"
        f'    portal.{version}.route("{name}").respond({{}})\n\n'
        f"and name that file with --fixtures"
    )


def _has_siblings(name: str) -> bool:
    family, dot, _ = name.rpartition(".")
    return bool(dot) and any(one.startswith(f"{family}.") for one in names())
