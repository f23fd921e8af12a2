"""Adds the application to every deal's card; runs when a user opens it for the first time."""

from js import location

from bx24py import bx24

if bx24.is_admin():  # only administrators may; other users see what one of them has installed
    await bx24.bind_placement("CRM_DEAL_DETAIL_TAB", location.origin + location.pathname, title="At a glance")
