"""What the portal page's developer tools show: messages and REST calls, as text without tokens."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from typing import TYPE_CHECKING, Any
from weakref import ref

from bx24py.dev.portal.messages import NO_ANSWER, NOTHING, WireMessage
from bx24py.dev.portal.state import TOKEN_LENGTH
from bx24py.dev.portal.v3.faults import PREFIX

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from weakref import ReferenceType

    from bx24py.dev.portal.calls import LoggedCall
    from bx24py.dev.portal.portal import Portal

ENTRIES_KEPT = 1000
"""How many entries the log keeps, and how many may wait for a slow page."""

TEXT_KEPT = 200_000
"""Characters of parameters or answer shown for one entry."""

PREVIEW_KEPT = 300
"""Characters of parameters shown in the list."""

INTERVAL = 0.25
"""Seconds between events. Entries are grouped, because each event redraws the page on the application's thread; and
settings that a test changed are noticed after this time."""


class Activity:
    """The log of a portal and the pages that watch it.

    The pages get server-sent events: `log` (a list of entries), `settings` (after a change), and what the wire pushes
    (`post`, `reload`).

    Args:
        portal: the portal.
        settings: returns the settings as the page shows them.
    """

    def __init__(self, portal: Portal, settings: Callable[[], dict[str, Any]]) -> None:
        self._portal = portal
        self._settings = settings
        self._entries: deque[ReferenceType[WireMessage | LoggedCall]] = deque(maxlen=ENTRIES_KEPT)
        """Entries of the portal's own logs, which decide how long and how much of each is kept."""
        self._watchers: set[_Watcher] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._remove = [
            portal.frame.on_message(self._note),
            portal.rest.on_call(self._note),
            portal.frame.on_push(self._push),
        ]

    def close(self) -> None:
        """Stop listening to the portal."""
        for remove in self._remove:
            remove()

    def clear(self) -> None:
        """Empty the log."""
        self._entries.clear()

    async def watch(self) -> AsyncIterator[str]:
        """Yield server-sent events for one page until it goes away, starting with the current log."""
        self._loop = asyncio.get_running_loop()
        watcher = _Watcher()
        watcher.entries.extend(self._kept())
        self._watchers.add(watcher)
        settings: dict[str, Any] | None = None
        try:
            while True:
                now = self._settings()
                if now != settings:
                    settings = now
                    yield _event("settings", now)
                while watcher.pushes:
                    yield _event("push", watcher.pushes.popleft())
                if watcher.entries:
                    entries = list(watcher.entries)
                    watcher.entries.clear()
                    yield _event("log", [self._summary(entry) for entry in entries])
                await watcher.wait()
        finally:
            self._watchers.discard(watcher)

    def _kept(self) -> list[WireMessage | LoggedCall]:
        return [entry for reference in self._entries if (entry := reference()) is not None]

    def _note(self, entry: WireMessage | LoggedCall) -> None:
        # A message is reported when it arrives and again when it is answered: the page replaces it.
        if not (isinstance(entry, WireMessage) and entry.duration is not None):
            self._entries.append(ref(entry))
        for watcher in self._watchers:
            watcher.entries.append(entry)

    def _push(self, message: dict[str, Any]) -> None:
        # Tests emit events from their own thread; the server loop's objects are only touched in the loop.
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._deliver, message)

    def _deliver(self, message: dict[str, Any]) -> None:
        for watcher in self._watchers:
            watcher.pushes.append(message)
            watcher.pushed.set()

    def entry(self, key: str) -> dict[str, str] | None:
        """Return an entry's parameters and answer as JSON, and an error's words; None if it is no longer in the log."""
        for entry in self._kept():
            if _key(entry) == key:
                answer = None if entry.answer is NO_ANSWER else entry.answer
                why = self._text(_why(entry), TEXT_KEPT)
                shown = {"params": self._text(entry.params, TEXT_KEPT), "answer": self._text(answer, TEXT_KEPT)}
                return shown | ({"why": why} if why else {})
        return None

    def _summary(self, entry: WireMessage | LoggedCall) -> dict[str, Any]:
        # The answer is fetched on demand: writing fifty rows for each call would slow the portal.
        summary = {"key": _key(entry), "params": self._text(entry.params, PREVIEW_KEPT), "duration": entry.duration}
        if isinstance(entry, WireMessage):
            return summary | {
                "kind": "wire",
                "name": entry.command,
                "status": "answered" if entry.answered else "not answered",
                "state": "ok" if entry.answered else "open",
                "version": None,
                "part": False,
                "parent": None,
                "time": entry.time,
            }
        status = "" if entry.status is None else f"{entry.status} replayed" if entry.replayed else str(entry.status)
        return summary | {
            "kind": "rest",
            "name": entry.method,
            "status": f"{status} {_code(entry)}".strip() if entry.error else status or "no answer",
            "state": "failed" if entry.error or entry.status is None or entry.status >= 400 else "ok",
            "version": entry.version,
            "part": entry.batch,
            "parent": None if entry.parent is None else f"rest{entry.parent}",
            "time": entry.started,
        }

    def _text(self, value: Any, limit: int) -> str:
        if value is NOTHING or value is None:
            return ""
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        text = self._portal.state.tokens.mask(text[: limit + TOKEN_LENGTH])  # so that none is cut in two
        return text if len(text) <= limit else f"{text[:limit]}…"


def _code(call: LoggedCall) -> str | None:
    """Return the code of an error; "not here" where the local portal lacks a method."""
    if _why(call).startswith("The local portal does not have"):
        return "not here"
    return call.error and call.error.removeprefix(PREFIX)


def _why(entry: WireMessage | LoggedCall) -> str:
    """Return the words of a REST call's error; empty if there is none."""
    if isinstance(entry, WireMessage) or not entry.error or not isinstance(entry.answer, dict):
        return ""
    error = entry.answer.get("error")
    if isinstance(error, dict):  # REST 3.0
        complaints = [str(one.get("message")) for one in error.get("validation") or ()]
        return "\n".join([str(error.get("message") or ""), *complaints])
    return str(entry.answer.get("error_description") or "")


def _key(entry: WireMessage | LoggedCall) -> str:
    return f"{'wire' if isinstance(entry, WireMessage) else 'rest'}{entry.id}"


class _Watcher:
    """One page that listens."""

    def __init__(self) -> None:
        self.entries: deque[WireMessage | LoggedCall] = deque(maxlen=ENTRIES_KEPT)
        self.pushes: deque[dict[str, Any]] = deque(maxlen=ENTRIES_KEPT)
        self.pushed = asyncio.Event()

    async def wait(self) -> None:
        """Wait for the next check: at once if something is pushed."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.pushed.wait(), INTERVAL)
        self.pushed.clear()


def _event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
