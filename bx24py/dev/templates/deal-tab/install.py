"""Adds the tab to the card of every deal. It runs when a user opens the application for the first time."""

from js import location

from bx24py import bx24

PLACEMENT = "CRM_DEAL_DETAIL_TAB"
TITLE = "My tab"

handler = location.origin + location.pathname

if bx24.is_admin():  # only administrators may add it; the others have it once one of them did
    bound = (await bx24.call_method("placement.get")).data
    if not any(row["placement"] == PLACEMENT and row["handler"] == handler for row in bound):
        await bx24.call_method("placement.bind", {"PLACEMENT": PLACEMENT, "HANDLER": handler, "TITLE": TITLE})
