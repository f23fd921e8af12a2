"""Adds the application to every deal's card; runs when a user opens it for the first time."""

from js import location

from bx24py import bx24


async def install() -> None:
    """Add the tab. Only administrators may; other users see what one of them has installed."""
    if bx24.is_admin():
        await bx24.bind_placement("CRM_DEAL_DETAIL_TAB", location.origin + location.pathname, title="At a glance")


await install()  # type: ignore[top-level-await]
