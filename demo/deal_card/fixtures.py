"""What the local portal is like: the application is opened on the card of a deal."""

from bx24py.dev.portal.portal import Portal


def script(portal: Portal) -> None:
    """Open the application on the card of a deal."""
    portal.state.placement = "CRM_DEAL_DETAIL_TAB"
    portal.state.placement_options = {"ID": "5"}
