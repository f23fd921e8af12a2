"""Scripts in the application's options, and in the browser: a text for each, by key."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, ClassVar

from script_stores import TIMEOUT, Script, ScriptError, Store, Who

from bx24py import AccessError, BX24Error, MethodNotFoundError, bx24


class _KeyedStore(Store):
    """A store of texts by key: an option or an entry of the browser for each script, with its name and text in JSON."""

    name: str

    async def _entries(self, place: str) -> dict[str, str]:
        raise NotImplementedError

    async def _put(self, place: str, entries: dict[str, str], /) -> None:
        """Write entries; an empty one is deleted."""
        raise NotImplementedError

    async def list(self) -> list[Script]:
        scripts = []
        for place in ("me", "everyone"):
            for key, entry in (await self._entries(place)).items():
                if (found := self._decode(place, key, entry)) is not None:
                    scripts.append(found[0])
        return scripts

    async def read(self, script_id: str) -> tuple[Script, str]:
        _, place, key = script_id.split(":", 2)
        found = self._decode(place, key, (await self._entries(place)).get(key, ""))
        if found is None:
            raise ScriptError("gone")
        return found

    async def add(self, place: str, name: str, text: str) -> Script:
        return await self._write(place, name, text)

    async def replace(self, script: Script, text: str) -> Script:
        return await self._write(script.place, script.name, text, over=script.key)

    async def rename(self, script: Script, name: str) -> Script:
        _, text = await self.read(script.id)
        return await self._write(script.place, name, text, over=script.key)

    async def remove(self, script: Script) -> None:
        await self._put(script.place, {script.key: ""})

    async def _write(self, place: str, name: str, text: str, *, over: str | None = None) -> Script:
        key = _digest(name.casefold())
        if key != over and (await self._entries(place)).get(key):
            raise ScriptError("taken")
        entry = json.dumps({"name": name, "text": text, "changed": datetime.now(UTC).isoformat(timespec="seconds")})
        old = {over: ""} if over is not None and over != key else {}
        await self._put(place, {**old, key: entry})
        script, _ = await self.read(f"{self.name}:{place}:{key}")
        return script

    def _decode(self, place: str, key: str, entry: str) -> tuple[Script, str] | None:
        try:
            kept = json.loads(entry)
            name, text, changed = str(kept["name"]), str(kept["text"]), str(kept["changed"])
        except (ValueError, TypeError, KeyError):
            return None
        version = _digest(text)
        return Script(f"{self.name}:{place}:{key}", name, changed, version), text


def _digest(text: str) -> str:
    import hashlib  # here, as it would make the start longer

    return hashlib.sha256(text.encode()).hexdigest()[:16]


class OptionStore(_KeyedStore):
    """The application's options in the portal: the user's own, and those of all users, which administrators set.

    They are read by REST: what the page was opened with may be old.
    """

    name = "options"
    LIMIT = 60_000
    """Characters of all scripts together. A portal keeps an application's options in one text of 65,535 bytes."""

    _PREFIX = "script-"
    _KINDS: ClassVar = {"me": "user", "everyone": "app"}

    def __init__(self, who: Who) -> None:
        self._admin = who.admin

    async def takes(self, place: str) -> bool:
        if place == "everyone" and not self._admin:
            return False
        try:
            await self._entries(place)
        except (ScriptError, AccessError):
            return False
        except BX24Error:
            return True  # it will say so when it saves
        return True

    async def _entries(self, place: str) -> dict[str, str]:
        if place not in self._KINDS:
            raise ScriptError("gone")
        try:
            options = (await bx24.call_method(f"{self._KINDS[place]}.option.get", timeout=TIMEOUT)).data
        except MethodNotFoundError:
            raise ScriptError("unavailable") from None
        kept = options if isinstance(options, dict) else {}  # PHP writes an empty mapping as []
        return {
            key.removeprefix(self._PREFIX): value
            for key, value in kept.items()
            if key.startswith(self._PREFIX) and isinstance(value, str)
        }

    async def _put(self, place: str, entries: dict[str, str]) -> None:
        if place == "everyone" and not self._admin:
            raise ScriptError("not_for_everyone")
        kept = await self._entries(place)
        size = sum(map(len, entries.values()))
        free = self.LIMIT - sum(len(value) for key, value in kept.items() if key not in entries)
        if size > free:
            raise ScriptError("too_big", size=size, free=max(0, free))
        options = {f"{self._PREFIX}{key}": value for key, value in entries.items()}
        await bx24.call_method(f"{self._KINDS[place]}.option.set", {"options": options}, timeout=TIMEOUT)
        now = await self._entries(place)
        if any(now.get(key, "") != value for key, value in entries.items()):
            await bx24.call_method(
                f"{self._KINDS[place]}.option.set",
                {"options": {f"{self._PREFIX}{key}": kept.get(key, "") for key in entries}},
                timeout=TIMEOUT,
            )
            raise ScriptError("not_kept")


class BrowserStore(_KeyedStore):
    """The browser's localStorage: for this user of this portal, in this browser only."""

    name = "browser"

    def __init__(self, who: Who) -> None:
        self._prefix = f"console-script:{who.portal}:{who.user}:"

    async def takes(self, place: str) -> bool:
        try:
            return place == "me" and self._storage() is not None
        except ScriptError:
            return False

    async def _entries(self, place: str) -> dict[str, str]:
        if place != "me":
            return {}
        storage = self._storage()
        keys = [storage.key(at) for at in range(storage.length)]
        return {key.removeprefix(self._prefix): storage.getItem(key) for key in keys if key.startswith(self._prefix)}

    async def _put(self, _place: str, entries: dict[str, str]) -> None:
        from pyodide.ffi import JsException

        storage = self._storage()
        try:
            for key, entry in sorted(entries.items(), key=lambda item: not item[1]):  # what is deleted comes last
                if entry:
                    storage.setItem(self._prefix + key, entry)
                else:
                    storage.removeItem(self._prefix + key)
        except JsException:
            raise ScriptError("too_big", size=sum(map(len, entries.values())), free=0) from None

    def _storage(self) -> Any:
        import js
        from pyodide.ffi import JsException

        try:
            return js.localStorage
        except (JsException, AttributeError):
            raise ScriptError("unavailable") from None
