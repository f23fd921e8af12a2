"""The methods of the emulated portal, one module per scope; all others are ERROR_METHOD_NOT_FOUND."""

from bx24py.dev.portal.method import Methods
from bx24py.dev.portal.methods import (
    crm,
    crm_records,
    department,
    disk,
    disk_content,
    event,
    general,
    item,
    lists,
    messages,
    own_pages,
    placement,
    planning,
    tasks,
    tasks_more,
    user,
    user_field,
)

METHODS = Methods()
for _module in (
    general,
    user,
    department,
    crm,
    crm_records,
    item,
    tasks,
    tasks_more,
    event,
    placement,
    lists,
    own_pages,
    user_field,
    disk,
    disk_content,
    messages,
    planning,
):
    METHODS.update(_module.METHODS)

__all__ = ["METHODS"]
