"""The state of a portal, kept from one `bx24py serve` to the next: options, what was bound, and what was written."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bx24py.dev import distribution

if TYPE_CHECKING:
    from bx24py.dev.portal.portal import Portal

_OF_STATE = ("first_run", "install", "user_options", "app_options", "event_handlers", "placement_handlers")
"""What is kept of the application as the portal sees it."""

_ADDRESS = "{application}"
"""Stands for the application's URL: its port may be another the next time."""


def file_for(folder: Path) -> Path:
    """Return the file of an application's state."""
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return distribution.home() / "state" / f"{folder.resolve().name}-{name}.json"


class KeptState:
    """The kept state of a portal.

    Args:
        file: where it is.
        portal: the portal.
    """

    def __init__(self, file: Path, portal: Portal) -> None:
        self.file = file
        self._portal = portal
        self._seen: tuple[int, int] | None = None

    def load(self, app_url: str) -> bool:
        """Bring the portal into its former state; return False if there is none that fits."""
        try:
            kept = json.loads(self.file.read_text(encoding="utf-8").replace(_ADDRESS, app_url))
            state = {name: kept["state"][name] for name in _OF_STATE}
            self._portal.company.redo(kept["company"])
        except (OSError, ValueError, KeyError, TypeError):
            return False
        for name, value in state.items():
            setattr(self._portal.state, name, value)
        return True

    def save(self, app_url: str) -> None:
        """Keep the state, if anything has happened since the last time."""
        calls, sent = self._portal.rest.front.calls, self._portal.frame.sent
        seen = (calls[-1].id if len(calls) else 0, sent[-1].id if len(sent) else 0)
        if seen == self._seen:
            return
        try:
            kept: dict[str, Any] = {
                "state": {name: getattr(self._portal.state, name) for name in _OF_STATE},
                "company": self._portal.company.changes(),
            }
            text = json.dumps(kept)
        except RuntimeError:  # the server's thread is writing at this moment: the next time, then
            return
        self._seen = seen
        self.file.parent.mkdir(parents=True, exist_ok=True)
        written = self.file.with_suffix(".new")
        written.write_text(text.replace(app_url, _ADDRESS), encoding="utf-8")
        written.replace(self.file)
