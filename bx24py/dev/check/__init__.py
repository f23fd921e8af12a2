"""`bx24py check`: what of an application fails in a portal, found before the upload.

`reading` reads the application's files: `pages`, `styles`, `scripts` and `python` each a language. The others judge
what was read: `addresses`, `imports`, `scopes`, `policy` and `weight`.
"""

from __future__ import annotations

from pathlib import Path

from bx24py.dev.check import addresses, imports, scopes, weight
from bx24py.dev.check.finding import Finding
from bx24py.dev.check.policy import Policy
from bx24py.dev.check.reading import Reading


def check(folder: Path, *, without: tuple[Path, ...] = ()) -> list[Finding]:
    """Return what is wrong with the application in a folder, by file and line.

    Args:
        folder: the application's folder.
        without: files in it that are not packed.

    Raises:
        Problem: there is no such folder, or no index.html in it.
    """
    reading = Reading(folder, without=without)
    found = set(reading.unreadable)
    for judge in (addresses.judge, imports.judge, scopes.judge, weight.judge):
        found.update(judge(reading))
    found.update(Policy(reading.page.more_policy).judge(reading.references, reading.inlines))
    return sorted(found)


__all__ = ["Finding", "check"]
