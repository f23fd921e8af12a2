"""Adds the tab to the card of every deal. It runs when a user opens the application for the first time."""

from js import location

from bx24py import bx24


async def main() -> None:
    """Add the tab. Only administrators may; the others have it once one of them did."""
    if bx24.is_admin():
        await bx24.bind_placement("CRM_DEAL_DETAIL_TAB", location.origin + location.pathname, title="My tab")


await main()  # type: ignore[top-level-await]
