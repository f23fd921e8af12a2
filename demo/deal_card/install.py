"""Puts the application on the card of every deal; runs when a user opens it for the first time."""

from js import location

from bx24py import bx24

PLACEMENT = "CRM_DEAL_DETAIL_TAB"

handler = location.origin + location.pathname

if bx24.is_admin():  # nobody else may, and for them an administrator has done it
    registered = await bx24.call_method("placement.get")
    if not any(row["placement"] == PLACEMENT and row["handler"] == handler for row in registered.data):
        await bx24.call_method(
            "placement.bind",
            {"PLACEMENT": PLACEMENT, "HANDLER": handler, "TITLE": "At a glance"},
        )
