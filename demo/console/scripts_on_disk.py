"""Scripts in the application's own storage on Disk."""

from __future__ import annotations

from typing import Any

from script_stores import TIMEOUT, Script, ScriptError, Store, Who

from bx24py import AccessError, BX24Error, File, MethodNotFoundError, RestError, bx24


class DiskStore(Store):
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

    async def takes(self, _place: str) -> bool:
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
