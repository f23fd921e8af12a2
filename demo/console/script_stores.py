"""What a store of scripts is. The stores are in scripts_on_disk.py and scripts_by_key.py."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Protocol

from bx24py import AccessError, BX24Error, CallTimeoutError, NetworkError

TIMEOUT = 30.0
"""Seconds for each request."""


class ScriptError(Exception):
    """Something that the page says in its own words.

    Attributes:
        kind: which words of texts.js: `script_error_…`.
        values: what is filled in.
    """

    def __init__(self, kind: str, **values: Any) -> None:
        super().__init__(kind)
        self.kind = kind
        self.values = values


def error_of(error: BX24Error) -> ScriptError:
    """Return what to say about an error of a call."""
    if isinstance(error, NetworkError | CallTimeoutError):
        return ScriptError("offline")
    if isinstance(error, AccessError):
        return ScriptError("rights", detail=error.user_message)
    return ScriptError("failed", detail=error.user_message)


@dataclass(frozen=True)
class Who:
    """The user of a portal."""

    portal: str
    user: str
    admin: bool


@dataclass(frozen=True)
class Script:
    """A script in a list.

    Attributes:
        id: its store, place and key there, with colons: `disk:everyone:57`.
        name: without `.py`.
        changed: when, in ISO 8601.
        version: another one after each change of its text.
    """

    id: str
    name: str
    changed: str
    version: str

    def shown(self) -> dict[str, str]:
        """Return it as the page gets it."""
        store, place, _ = self.id.split(":", 2)
        return {**asdict(self), "store": store, "place": place}

    @property
    def place(self) -> str:
        """`me` or `everyone`."""
        return self.id.split(":", 2)[1]

    @property
    def key(self) -> str:
        """What its store calls it."""
        return self.id.split(":", 2)[2]


class Store(Protocol):
    """A store of scripts. Its functions raise ScriptError or BX24Error; `unavailable`: this portal does not have it."""

    name: str

    async def takes(self, place: str, /) -> bool:
        """Return whether new scripts can be kept for `me` or `everyone`."""
        ...

    async def list(self) -> list[Script]:
        """Return its scripts."""
        ...

    async def read(self, script_id: str) -> tuple[Script, str]:
        """Return a script and its text; `gone` if there is none."""
        ...

    async def add(self, place: str, name: str, text: str) -> Script:
        """Keep a new script; `taken` if there is one with this name."""
        ...

    async def replace(self, script: Script, text: str) -> Script:
        """Keep another text of a script."""
        ...

    async def rename(self, script: Script, name: str) -> Script:
        """Give a script another name; `taken` if there is one."""
        ...

    async def remove(self, script: Script) -> None:
        """Delete a script."""
        ...
