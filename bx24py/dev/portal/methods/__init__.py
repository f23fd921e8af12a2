"""The methods of the emulated portal, one module per scope; all others are ERROR_METHOD_NOT_FOUND."""

from bx24py.dev.portal.method import Methods
from bx24py.dev.portal.methods import (
    crm,
    department,
    disk,
    disk_content,
    event,
    general,
    item,
    lists,
    own_pages,
    placement,
    tasks,
    user,
    user_field,
)

METHODS = Methods()
for _module in (
    general,
    user,
    department,
    crm,
    item,
    tasks,
    event,
    placement,
    lists,
    own_pages,
    user_field,
    disk,
    disk_content,
):
    METHODS.update(_module.METHODS)

__all__ = ["METHODS"]
