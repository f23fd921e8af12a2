"""Which REST methods only read, so that a request whose fate is unknown may be sent again."""

from __future__ import annotations

_LAST_WORDS = ("get", "list", "fields", "getfields", "search", "count")
_METHODS = {"user.current", "profile", "scope", "methods", "events", "server.time", "app.info", "access.name"}

# Taking the events of the offline queue removes them from it.
_WRITES = {"event.offline.get"}


def reads(method: str) -> bool:
    """Tell whether calling this method twice does no more than calling it once."""
    name = method.lower()
    return name not in _WRITES and (name in _METHODS or name.rpartition(".")[2] in _LAST_WORDS)
