"""Which REST methods only read, so that a request with an unknown outcome may be resent."""

from __future__ import annotations

_LAST_WORDS = ("get", "list", "fields", "getfields", "search", "count")
_METHODS = {"user.current", "profile", "scope", "methods", "events", "server.time", "app.info", "access.name"}

# Reading events of the offline queue removes them.
_WRITES = {"event.offline.get"}


def reads(method: str) -> bool:
    """Return whether calling this method twice has the same effect as once."""
    name = method.lower()
    return name not in _WRITES and (name in _METHODS or name.rpartition(".")[2] in _LAST_WORDS)
