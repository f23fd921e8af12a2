"""What the local portal is like: `bx24py serve . --fixtures fixtures.py`, and in the tests."""

from bx24py.dev.portal.portal import Portal


def script(portal: Portal) -> None:
    """Open the application on the card of a deal."""
    portal.state.placement = "CRM_DEAL_DETAIL_TAB"
    portal.state.placement_options = {"ID": "5"}
    # portal.state.first_run = True  # to try install.py
