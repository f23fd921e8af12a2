"""Which REST methods only read, so that a request with an unknown outcome may be resent."""

from __future__ import annotations

_LAST_WORDS = ("get", "list", "getlist", "getchildren", "getversions", "fields", "getfields", "search", "count", "tail")
_METHODS = {"user.current", "profile", "scope", "methods", "events", "server.time", "app.info", "access.name"}

_OF_V3 = {
    "documentation",
    "rest.documentation.openapi",
    "humanresources.node.children",
    "humanresources.employee.multidepartment",
    "humanresources.employee.subordinates",
    "mail.mailbox.senders",
    "mail.message.thread",
    "mail.recipient.listcontacts",
    "mail.recipient.listemployees",
}
"""Methods of REST 3.0."""

# Reading these events removes them.
_WRITES = {"event.offline.get", "im.v2.event.get", "imbot.v2.event.get"}


def reads(method: str) -> bool:
    """Return whether calling this method twice has the same effect as once."""
    name = method.lower()
    return name not in _WRITES and (name in _METHODS or name in _OF_V3 or name.rpartition(".")[2] in _LAST_WORDS)
