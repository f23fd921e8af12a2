"""disk.storage.*, disk.folder.*, disk.file.* but what has to do with contents (documentation, `disk`)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bx24py.dev.portal import links
from bx24py.dev.portal.drive import COMMON, Drive
from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.method import Context, Methods, Rows, upper
from bx24py.dev.portal.methods.crm import mapping, show
from bx24py.dev.portal.phpform import php_int
from bx24py.dev.portal.tables.dialect import Dialect
from bx24py.dev.portal.tables.fields import Field
from bx24py.dev.portal.tables.paging import OFFSET, start_of
from bx24py.dev.portal.tables.query import Condition, Query

METHODS = Methods()
_DIALECT = Dialect(str.upper)

_OF_FILES = ("GLOBAL_CONTENT_VERSION", "FILE_ID", "SIZE")
"""Fields that folders do not have."""

_FAR = 1000
"""The highest offset of disk.file.search."""


@dataclass
class DriveCall:
    """One call of a method: the portal's drive, and its parameters by upper-case name."""

    params: dict[str, Any]
    context: Context

    @property
    def given(self) -> dict[str, Any]:
        """The parameters with upper-case names."""
        return upper(self.params)

    @property
    def drive(self) -> Drive:
        """The portal's drive."""
        return self.context.company.drive

    @property
    def user(self) -> int:
        """The number of the calling user."""
        return self.context.state.user_id

    def id(self, name: str = "id") -> int:
        """Return a number that must be given."""
        value = self.given.get(name.upper())
        if value in (None, ""):
            raise argument(0)
        return php_int(value)

    def storage(self) -> int:
        """Return the number of the storage that `id` names."""
        number = self.id()
        if number not in self.drive.storages or not may_use(self, number):
            raise not_found(number)
        return number

    def folder(self, name: str = "id") -> int:
        """Return the number of an existing folder."""
        return self._object("folder", self.id(name))

    def file(self) -> int:
        """Return the number of the file that `id` names."""
        return self._object("file", self.id())

    def _object(self, kind: str, number: int, *, trashed: bool = False) -> int:
        if not self.drive.has(kind, number, trashed=trashed):
            raise not_found(number)
        return number

    def in_trash(self, kind: str) -> int:
        """Return the number of the folder or file in the trash that `id` names."""
        return self._object(kind, self.id(), trashed=True)

    def new_name(self, parameter: str = "newName") -> str:
        """Return a name that must be given."""
        if parameter.upper() not in self.given:
            raise argument(1)
        name = str(self.given[parameter.upper()] or "").strip()
        if not name:
            raise RestFault("0", "Empty name")
        return name

    def content(self) -> bytes:
        """Read `fileContent`, `[name, base64]` or the base64 alone."""
        content = self.given.get("FILECONTENT")
        if isinstance(content, dict):
            content = list(content.values())
        text = content[-1] if isinstance(content, list) and content else content
        try:
            return base64.b64decode(str(text), validate=True)
        except (binascii.Error, ValueError):
            raise RestFault("ERROR_COULD_NOT_SAVE_FILE", "Could not save file") from None

    def refuse_name(self, folder: int, name: str, kind: str, *, but: int | None = None) -> None:
        """Refuse a name that something else in a folder has."""
        taken = self.drive.named(folder, name)
        if taken is not None and taken != but:
            raise RestFault("DISK_OBJ_22000", f"A {kind} with this name already exists")


def argument(position: int) -> RestFault:
    """Return the fault for a parameter that is missing."""
    return RestFault("ERROR_ARGUMENT", f"Invalid value of parameter {{Parameter #{position}}}")


def not_found(number: int) -> RestFault:
    """Return the fault for a number that nothing has."""
    return RestFault("ERROR_NOT_FOUND", f"Could not find entity with id `{number}`", 400)


# Storages


def may_use(call: DriveCall, storage: int) -> bool:
    """Return whether the user may use a storage: all but another user's own."""
    row = call.drive.storages.row(storage, ("ENTITY_TYPE", "ENTITY_ID"))
    return bool(row["ENTITY_TYPE"] != "user" or row["ENTITY_ID"] == str(call.user))


def _storage(drive: Drive, number: int) -> dict[str, Any]:
    row = drive.storages.row(number)
    return {name: show(drive.storages.fields[name], value) for name, value in row.items()}


def _app_storage(call: DriveCall) -> int:
    return call.drive.storage_of("restapp", "1", "Local application")


@METHODS("disk.storage.getforapp", "disk")
def disk_storage_getforapp(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the application's own storage; administrators only."""
    context.require_admin()
    call = DriveCall(params, context)
    return _storage(call.drive, _app_storage(call))


@METHODS("disk.storage.getlist", "disk")
def disk_storage_getlist(params: dict[str, Any], context: Context) -> Rows:
    """List the company's storage and the user's own."""
    call = DriveCall(params, context)
    table = call.drive.storages
    call.drive.storage_of("user", str(call.user), context.company.full_name(call.user))
    where = _DIALECT.where(mapping(call.given, "filter"), table)
    order = _DIALECT.order(mapping(call.given, "order"), table)
    mine = [
        number
        for number in table.found(Query(where, order))
        if may_use(call, number) and table.value(number, "ENTITY_TYPE") != "restapp"
    ]
    page = OFFSET.page(mine, start_of(params))
    return Rows([_storage(call.drive, number) for number in page.numbers], page.total, page.next)


@METHODS("disk.storage.get", "disk")
def disk_storage_get(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return a storage."""
    call = DriveCall(params, context)
    return _storage(call.drive, call.storage())


@METHODS("disk.storage.gettypes", "disk")
def disk_storage_gettypes(_params: dict[str, Any], _context: Context) -> list[str]:
    """Return the kinds of owners of storages."""
    return ["user", "common", "group", "restapp"]


@METHODS("disk.storage.rename", "disk")
def disk_storage_rename(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Rename the application's own storage; no other."""
    call = DriveCall(params, context)
    number = call.storage()
    if number != _app_storage(call):
        raise RestFault("ACCESS_DENIED", "Access denied")
    call.drive.storages.update(number, {"NAME": call.new_name()})
    return _storage(call.drive, number)


@METHODS("disk.storage.getchildren", "disk")
def disk_storage_getchildren(params: dict[str, Any], context: Context) -> Rows:
    """List what is in the root folder of a storage."""
    call = DriveCall(params, context)
    return _children(call, call.drive.root_of(call.storage()))


@METHODS("disk.storage.addfolder", "disk")
def disk_storage_addfolder(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Add a folder to the root folder of a storage."""
    call = DriveCall(params, context)
    return _add_folder(call, call.drive.root_of(call.storage()))


# Folders and files


def show_object(call: DriveCall, number: int, *, new: bool = False) -> dict[str, Any]:
    """Return a folder or file; numbers that were just made are int, as documented."""
    drive = call.drive
    if drive.is_root(number):
        return _root(call, number)
    row, fields = drive.objects.row(number), drive.objects.fields
    kind = row["TYPE"]
    shown = {name: show(fields[name], value) for name, value in row.items() if kind == "file" or name not in _OF_FILES}
    shown["DELETED_BY"] = None if new else shown["DELETED_BY"] or "0"
    if new:
        made = ("ID", "DELETED_TYPE", "GLOBAL_CONTENT_VERSION", "FILE_ID")
        shown |= {name: row[name] for name in made if name in shown}
    shown = {name: value for name, value in shown.items() if name not in ("DOWNLOAD_URL", "DETAIL_URL")}
    if kind == "folder":
        head = list(shown.items())
        at = list(shown).index("TYPE") + 1
        shown = dict([*head[:at], ("REAL_OBJECT_ID", shown["ID"]), *head[at:]])
    else:
        shown["DOWNLOAD_URL"] = links.make(call.context, "download", id=str(number))
    return {**shown, "DETAIL_URL": _detail_url(call, number, kind)}


def _root(call: DriveCall, number: int) -> dict[str, Any]:
    storage = call.drive.storage_with(number)
    empty = ("PARENT_ID", "CREATE_TIME", "UPDATE_TIME", "DELETE_TIME", "CREATED_BY", "UPDATED_BY")
    return {
        "ID": str(number),
        "NAME": call.drive.storages.value(storage, "NAME"),
        "CODE": None,
        "STORAGE_ID": str(storage),
        "TYPE": "folder",
        "REAL_OBJECT_ID": str(number),
        "DELETED_TYPE": "0",
        **dict.fromkeys(empty),
        "DELETED_BY": "0",
        "DETAIL_URL": _detail_url(call, number, "folder"),
    }


def _detail_url(call: DriveCall, number: int, kind: str) -> str:
    storage = call.drive.storage_with(number)
    base = "/docs" if storage == COMMON else f"/company/personal/user/{call.user}/disk"
    path = quote(call.drive.path(number), safe="/ ")
    return f"{call.context.origin}{base}/{'file' if kind == 'file' else 'path'}/{path}"


def _children(call: DriveCall, folder: int) -> Rows:
    table = call.drive.objects
    where = _DIALECT.where(mapping(call.given, "filter"), table)
    order = _DIALECT.order(mapping(call.given, "order"), table)
    inside = (Condition("PARENT_ID", "=", (folder,)), Condition("DELETED_TYPE", "=", (0,)))
    found = table.find(Query((*inside, *where), order, start_of(call.params)), OFFSET)
    return Rows([show_object(call, number) for number in found.numbers], found.total, found.next)


def _add_folder(call: DriveCall, parent: int) -> dict[str, Any]:
    name = str(mapping(call.given, "data").get("NAME") or "").strip()
    if not name:
        raise argument(1)
    call.refuse_name(parent, name, "folder")
    return show_object(call, call.drive.add_folder(parent, name, call.user), new=True)


@METHODS("disk.folder.getchildren", "disk")
def disk_folder_getchildren(params: dict[str, Any], context: Context) -> Rows:
    """List what is in a folder."""
    call = DriveCall(params, context)
    return _children(call, call.folder())


@METHODS("disk.folder.addsubfolder", "disk")
def disk_folder_addsubfolder(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Add a folder to a folder."""
    call = DriveCall(params, context)
    return _add_folder(call, call.folder())


@METHODS("disk.folder.deletetree", "disk")
def disk_folder_deletetree(params: dict[str, Any], context: Context) -> bool:
    """Remove a folder for good, with all that is in it."""
    call = DriveCall(params, context)
    number = call.folder()
    if call.drive.is_root(number):
        raise RestFault("DISK_OBJ_22000", "Could not delete root folder")
    call.drive.remove(number)
    return True


@METHODS("disk.file.delete", "disk")
def disk_file_delete(params: dict[str, Any], context: Context) -> bool:
    """Remove a file for good."""
    call = DriveCall(params, context)
    call.drive.remove(call.file())
    return True


def _define(kind: str) -> None:
    """Add the methods that folders and files have alike."""

    def target(call: DriveCall) -> int:
        number = call.folder() if kind == "folder" else call.file()
        if kind == "folder" and call.drive.is_root(number) and call.context.name != "disk.folder.get":
            raise RestFault("ACCESS_DENIED", "Access denied")
        return number

    @METHODS(f"disk.{kind}.get", "disk")
    def get(params: dict[str, Any], context: Context) -> dict[str, Any]:
        call = DriveCall(params, context)
        return show_object(call, target(call))

    @METHODS(f"disk.{kind}.rename", "disk")
    def rename(params: dict[str, Any], context: Context) -> dict[str, Any]:
        call = DriveCall(params, context)
        number, name = target(call), call.new_name()
        call.refuse_name(call.drive.objects.value(number, "PARENT_ID"), name, kind, but=number)
        call.drive.change(number, {"NAME": name}, call.user)
        return show_object(call, number)

    @METHODS(f"disk.{kind}.markdeleted", "disk")
    def markdeleted(params: dict[str, Any], context: Context) -> dict[str, Any]:
        call = DriveCall(params, context)
        number = target(call)
        call.drive.trash(number, call.user)
        return show_object(call, number)

    @METHODS(f"disk.{kind}.restore", "disk")
    def restore(params: dict[str, Any], context: Context) -> dict[str, Any]:
        call = DriveCall(params, context)
        number = call.in_trash(kind)
        call.drive.restore(number, call.user)
        return show_object(call, number)

    @METHODS(f"disk.{kind}.moveto", "disk")
    def moveto(params: dict[str, Any], context: Context) -> dict[str, Any]:
        call = DriveCall(params, context)
        number, folder = target(call), call.folder("targetFolderId")
        if folder in call.drive.tree(number):
            raise RestFault("ACCESS_DENIED", "Access denied")
        call.refuse_name(folder, call.drive.objects.value(number, "NAME"), kind, but=number)
        call.drive.move(number, folder, call.user)
        return show_object(call, number)

    @METHODS(f"disk.{kind}.getfields", "disk")
    def getfields(_params: dict[str, Any], context: Context) -> dict[str, Any]:
        fields = context.company.drive.objects.fields
        return {
            name: _describe(name, field) for name, field in fields.items() if kind == "file" or name not in _OF_FILES
        }


for _kind in ("folder", "file"):
    _define(_kind)


def _describe(name: str, field: Field) -> dict[str, Any]:
    kind = "enum" if name in ("TYPE", "DELETED_TYPE") else "integer" if field.type == "user" else field.type
    return {"TYPE": kind, "USE_IN_FILTER": not name.endswith("_BY"), "USE_IN_SHOW": True}


@METHODS("disk.file.search", "disk")
def disk_file_search(params: dict[str, Any], context: Context) -> Rows:
    """Find files and folders by name: an offset over 1,000 becomes 1,000; only `next` shows that there is more."""
    call = DriveCall(params, context)
    table, scope = call.drive.objects, upper(mapping(call.given, "filter"))
    if scope.keys() - {"STORAGE_ID", "FOLDER_ID"}:
        raise RestFault("INVALID_FILTER", "Invalid filter")
    word = str(call.given.get("QUERY") or "").strip().casefold()
    kind = str(call.given.get("TYPE") or "file")
    where = [Condition("DELETED_TYPE", "=", (0,))]
    if kind != "all":
        where.append(Condition("TYPE", "=", (kind,)))
    if "STORAGE_ID" in scope:
        where.append(Condition("STORAGE_ID", "=", (php_int(scope["STORAGE_ID"]),)))
    names = table.reader("NAME")
    numbers = [number for number in table.found(Query(tuple(where))) if word in names(number).casefold()]
    if "FOLDER_ID" in scope:
        folder = php_int(scope["FOLDER_ID"])
        numbers = [number for number in numbers if folder in _above(call.drive, number)]
    found = OFFSET.page(numbers, min(_FAR, max(0, start_of(params))))
    return Rows([show_object(call, number) for number in found.numbers], None, found.next)


def _above(drive: Drive, number: int) -> list[int]:
    """Return the folders above a folder or file."""
    folders: list[int] = []
    while not drive.is_root(number):
        number = drive.objects.value(number, "PARENT_ID")
        folders.append(number)
    return folders
