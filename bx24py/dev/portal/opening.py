"""Which page of the application the portal opens: its installation, the handler of a place, or its first page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bx24py.dev.contents import page_title
from bx24py.dev.portal.places import sample_options

if TYPE_CHECKING:
    from bx24py.dev.portal.state import State

INSTALL_PAGE = "install.html"
"""The page that a portal opens instead of index.html until the installation is finished."""


class Opening:
    """What the portal page opens.

    Args:
        state: the application as the portal sees it.
        folder: the application's folder; None: it is served elsewhere.
        app_url: the application's URL.
    """

    def __init__(self, state: State, folder: Path | None, app_url: str) -> None:
        self._state = state
        self._folder = folder
        self.app_url = app_url

    def page(self) -> str:
        """Return the URL of the page that the main frame opens; it is always one of the application."""
        if self.installs():
            return self.app_url + INSTALL_PAGE
        handlers = [place["handler"] for place in self.places() if place["placement"] == self._state.placement]
        chosen = self._state.handler if self._state.handler in handlers else next(iter(handlers), "")
        return chosen if chosen.startswith(self.app_url) else self.app_url

    def installs(self) -> bool:
        """Return whether the installation page comes first."""
        return self._state.install and self._has(INSTALL_PAGE)

    def title(self) -> str:
        """Return the title of the application: of its first page."""
        return (page_title(self._folder / "index.html") if self._folder else "") or "Application"

    def places(self) -> list[dict[str, Any]]:
        """Return the places where the application can be opened: what it has bound."""
        return [
            {
                "placement": row["placement"],
                "handler": row["handler"],
                "title": row["title"],
                "options": sample_options(row["placement"]),
            }
            for row in self._state.placement_handlers
        ]

    def _has(self, page: str) -> bool:
        return self._folder is not None and (self._folder / page).is_file()
