"""The three stores of scripts: the application's storage on Disk, the application's options, and the browser."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from bx24py import (
    AccessError,
    BX24Error,
    CallTimeoutError,
    File,
    MethodNotFoundError,
    NetworkError,
    RestError,
    bx24,
)

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

    async def takes(self, place: str) -> bool:
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


class DiskStore:
    """The application's own storage on Disk: a folder `everyone`, and one for each user.

    Only administrators are told where it is (documentation, `disk.storage.getforapp`): for the others the first of
    them leaves the number of its root folder in the application's options.
    """

    name = "disk"
    _OPTION = "scripts-folder"

    def __init__(self, who: Who) -> None:
        self._folders = {"me": f"user-{who.user}", "everyone": "everyone"}
        self._admin = who.admin
        self._root: str | None = None

    async def takes(self, place: str) -> bool:
        try:
            await self._root_folder()
        except (ScriptError, BX24Error):
            return False
        return True

    async def list(self) -> list[Script]:
        found = await self._found_folders()
        scripts = []
        for place, name in self._folders.items():
            if name in found:
                params = {"id": found[name], "filter": {"TYPE": "file"}}
                rows = await bx24.call_list("disk.folder.getchildren", params, timeout=TIMEOUT)
                scripts += [self._script(place, row) for row in rows if row["NAME"].lower().endswith(".py")]
        return scripts

    async def read(self, script_id: str) -> tuple[Script, str]:
        _, place, key = script_id.split(":", 2)
        row = await self._file("disk.file.get", {"id": key})
        if place not in self._folders or int(row.get("DELETED_TYPE") or 0):
            raise ScriptError("gone")
        return self._script(place, row), await _download(row["DOWNLOAD_URL"])

    async def add(self, place: str, name: str, text: str) -> Script:
        file = File(f"{name}.py", text.encode())
        folder = await self._folder(place)
        params = {"id": folder, "data": {"NAME": f"{name}.py"}, "fileContent": file}
        return self._script(place, await self._file("disk.folder.uploadfile", params))

    async def replace(self, script: Script, text: str) -> Script:
        params = {"id": script.key, "fileContent": File(f"{script.name}.py", text.encode())}
        return self._script(script.place, await self._file("disk.file.uploadversion", params))

    async def rename(self, script: Script, name: str) -> Script:
        params = {"id": script.key, "newName": f"{name}.py"}
        return self._script(script.place, await self._file("disk.file.rename", params))

    async def remove(self, script: Script) -> None:
        await self._file("disk.file.markdeleted", {"id": script.key})  # the trash keeps it

    async def _file(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        try:
            row: dict[str, Any] = (await bx24.call_method(method, params, timeout=TIMEOUT)).data
        except RestError as error:
            if "22000" in error.code:  # a name that something else in the folder has
                raise ScriptError("taken") from None
            if error.code == "ERROR_NOT_FOUND":
                raise ScriptError("gone") from None
            raise
        return row

    def _script(self, place: str, row: dict[str, Any]) -> Script:
        version = f"{row.get('GLOBAL_CONTENT_VERSION')}"
        return Script(f"disk:{place}:{row['ID']}", row["NAME"][:-3], str(row.get("UPDATE_TIME") or ""), version)

    async def _root_folder(self) -> str:
        if self._root is None:
            noted = str(bx24.app_option.get(self._OPTION) or "")
            try:
                storage = (await bx24.call_method("disk.storage.getforapp", timeout=TIMEOUT)).data
                self._root = str(storage["ROOT_OBJECT_ID"])
                if self._admin and noted != self._root:
                    await bx24.app_option.set(self._OPTION, self._root)
            except (AccessError, MethodNotFoundError) as error:
                if not noted or error.code.lower() == "insufficient_scope" or isinstance(error, MethodNotFoundError):
                    raise ScriptError("unavailable") from None
                self._root = noted
        return self._root

    async def _found_folders(self) -> dict[str, str]:
        params = {"id": await self._root_folder(), "filter": {"TYPE": "folder"}}
        rows = await bx24.call_list("disk.folder.getchildren", params, timeout=TIMEOUT)
        return {row["NAME"]: str(row["ID"]) for row in rows}

    async def _folder(self, place: str) -> str:
        name = self._folders[place]
        found = await self._found_folders()
        if name not in found:
            params = {"id": await self._root_folder(), "data": {"NAME": name}}
            found[name] = str((await self._file("disk.folder.addsubfolder", params))["ID"])
        return found[name]


async def _download(link: str) -> str:
    """Return the text of a file. Its link has the access token: no error may show it."""
    from pyodide.http import pyfetch

    try:
        response = await pyfetch(link, cache="no-store", referrerPolicy="no-referrer")
        if response.ok:
            return bytes(await response.bytes()).decode(errors="replace").removeprefix("\ufeff")
    except OSError:
        raise ScriptError("offline") from None
    raise ScriptError("failed", detail=f"HTTP {response.status}")


class _KeyedStore:
    """A store of texts by key: an option or an entry of the browser for each script, with its name and text in JSON."""

    name: str

    async def _entries(self, place: str) -> dict[str, str]:
        raise NotImplementedError

    async def _put(self, place: str, entries: dict[str, str]) -> None:
        """Write entries; an empty one is deleted."""
        raise NotImplementedError

    async def takes(self, place: str) -> bool:
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
        key = hashlib.sha256(name.casefold().encode()).hexdigest()[:16]
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
        version = hashlib.sha256(text.encode()).hexdigest()[:16]
        return Script(f"{self.name}:{place}:{key}", name, changed, version), text


class OptionStore(_KeyedStore):
    """The application's options in the portal: the user's own, and those of all users, which administrators set.

    They are read by REST: what the page was opened with may be old.
    """

    name = "options"
    LIMIT = 60_000
    """Characters of all scripts together. A portal keeps an application's options in one text of 65,535 bytes."""

    _PREFIX = "script-"
    _KINDS = {"me": "user", "everyone": "app"}

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

    async def _put(self, place: str, entries: dict[str, str]) -> None:
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
