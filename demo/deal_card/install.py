"""Adds the application to every deal's card; runs when a user opens it for the first time."""

from js import location

from bx24py import bx24

PLACEMENT = "CRM_DEAL_DETAIL_TAB"

handler = location.origin + location.pathname

if bx24.is_admin():  # only administrators may; other users see what one of them has installed
    registered = await bx24.call_method("placement.get")
    if not any(row["placement"] == PLACEMENT and row["handler"] == handler for row in registered.data):
        await bx24.call_method(
            "placement.bind",
            {"PLACEMENT": PLACEMENT, "HANDLER": handler, "TITLE": "At a glance"},
        )
