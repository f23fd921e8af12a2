"""The drive of the emulated portal: storages, folders, files and their contents.

Folders and files are rows of one table and share their numbers, as on a portal. The root folder of a storage is no row:
no list shows it.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bx24py.dev.portal.tables.fields import Field
from bx24py.dev.portal.tables.query import Condition, Query
from bx24py.dev.portal.tables.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMON = 1
"""The number of the company's own storage, and of its root folder."""

TRASHED, TRASHED_WITH_PARENT = 3, 4
"""DELETED_TYPE of what is in the trash, and of what went there with its folder."""


@dataclass(frozen=True)
class Version:
    """One version of a file's content."""

    number: int
    file: int
    content: bytes
    name: str
    counter: int
    """GLOBAL_CONTENT_VERSION: 1 for the first content of a file."""
    created: int
    """Seconds since the epoch."""
    author: int


class Drive:
    """The storages of a portal and what is in them.

    Args:
        objects: the table of folders and files; its generated rows are files of the common storage.
    """

    def __init__(self, objects: Table) -> None:
        self.objects = objects
        self.storages = Table(
            0,
            {
                "NAME": Field("string", "Name"),
                "CODE": Field("string", "Code"),
                "MODULE_ID": Field("string", "Module"),
                "ENTITY_TYPE": Field("string", "Kind of owner"),
                "ENTITY_ID": Field("string", "Owner"),
                "ROOT_OBJECT_ID": Field("integer", "Root folder"),
            },
        )
        self._roots: dict[int, int] = {}
        """Storages by their root folders."""
        self._versions: dict[int, list[Version]] = {}
        self._last_version = 0
        self._add_storage("Company drive", "common", "shared_files_s1", COMMON)

    def changes(self) -> dict[str, Any]:
        """Return the storages and contents in a form that JSON can hold; the objects' table is kept by the company."""
        versions = [
            {**vars(one), "content": base64.b64encode(one.content).decode()}
            for kept in self._versions.values()
            for one in kept
        ]
        return {"storages": self.storages.changes(), "versions": versions, "last": self._last_version}

    def redo(self, changes: Mapping[str, Any]) -> None:
        """Write what `changes` returned."""
        self.storages.redo(changes["storages"])
        self._roots = {self.root_of(number): number for number in self.storages.ids}
        self._versions = {}
        for values in changes["versions"]:
            version = Version(**{**values, "content": base64.b64decode(values["content"])})
            self._versions.setdefault(version.file, []).append(version)
        self._last_version = changes["last"]

    # Storages

    def storage_of(self, kind: str, owner: str, name: str) -> int:
        """Return the number of an owner's storage; it is made if there is none."""
        for number in self.storages.ids:
            row = self.storages.row(number, ("ENTITY_TYPE", "ENTITY_ID"))
            if (row["ENTITY_TYPE"], row["ENTITY_ID"]) == (kind, owner):
                return number
        return self._add_storage(name, kind, owner, self.objects.skip())

    def _add_storage(self, name: str, kind: str, owner: str, root: int) -> int:
        row = {"NAME": name, "MODULE_ID": "disk", "ENTITY_TYPE": kind, "ENTITY_ID": owner, "ROOT_OBJECT_ID": root}
        self._roots[root] = self.storages.add(row)
        return self._roots[root]

    def root_of(self, storage: int) -> int:
        """Return the number of a storage's root folder."""
        root: int = self.storages.value(storage, "ROOT_OBJECT_ID")
        return root

    # Folders and files

    def is_root(self, number: int) -> bool:
        """Return whether this is the root folder of a storage."""
        return number in self._roots

    def storage_with(self, folder: int) -> int:
        """Return the storage of an existing folder."""
        if folder in self._roots:
            return self._roots[folder]
        storage: int = self.objects.value(folder, "STORAGE_ID")
        return storage

    def has(self, kind: str, number: int, *, trashed: bool = False) -> bool:
        """Return whether there is such a `folder` or `file`; in the trash, if `trashed`."""
        if kind == "folder" and number in self._roots:
            return not trashed
        if number not in self.objects or self.objects.value(number, "TYPE") != kind:
            return False
        return bool(self.objects.value(number, "DELETED_TYPE")) is trashed

    def children(self, folder: int, *more: Condition, trashed: bool = False) -> list[int]:
        """Return the numbers of what is in a folder, without or with what is in the trash."""
        where = [Condition("PARENT_ID", "=", (folder,)), *more]
        if not trashed:
            where.append(Condition("DELETED_TYPE", "=", (0,)))
        return list(self.objects.found(Query(tuple(where))))

    def named(self, folder: int, name: str) -> int | None:
        """Return what has this name in a folder, if anything."""
        return next(iter(self.children(folder, Condition("NAME", "=", (name,)))), None)

    def free_name(self, folder: int, name: str) -> str:
        """Return a name that is free in a folder: `name (1).txt` if `name.txt` is taken."""
        if self.named(folder, name) is None:
            return name
        stem, dot, ending = name.rpartition(".")
        stem, ending = (stem, dot + ending) if stem else (name, "")
        count = 1
        while self.named(folder, f"{stem} ({count}){ending}") is not None:
            count += 1
        return f"{stem} ({count}){ending}"

    def path(self, number: int) -> str:
        """Return the names of the folders down to a folder or file, joined with slashes; empty for a root folder."""
        names: list[str] = []
        while number not in self._roots:
            row = self.objects.row(number, ("NAME", "PARENT_ID"))
            names.append(str(row["NAME"]))
            number = row["PARENT_ID"]
        return "/".join(reversed(names))

    def add_folder(self, parent: int, name: str, user: int) -> int:
        """Add a folder and return its number."""
        return self._add(parent, {"NAME": name, "TYPE": "folder"}, user)

    def add_file(self, folder: int, name: str, content: bytes, user: int) -> int:
        """Add a file and return its number."""
        number = self._add(
            folder,
            {"NAME": name, "TYPE": "file", "SIZE": len(content), "GLOBAL_CONTENT_VERSION": 0},
            user,
        )
        self._keep(number, content, user)
        return number

    def _add(self, parent: int, values: Mapping[str, Any], user: int) -> int:
        now = int(time.time())
        storage = self.storage_with(parent)
        stamps = {"CREATE_TIME": now, "UPDATE_TIME": now, "CREATED_BY": user, "UPDATED_BY": user}
        return self.objects.add({**values, "PARENT_ID": parent, "STORAGE_ID": storage, "DELETED_TYPE": 0, **stamps})

    def change(self, number: int, values: Mapping[str, Any], user: int) -> None:
        """Change values of a folder or file."""
        self.objects.update(number, {**values, "UPDATE_TIME": int(time.time()), "UPDATED_BY": user})

    def move(self, number: int, folder: int, user: int) -> None:
        """Move a folder or file, with all that is in it, into a folder."""
        self.change(number, {"PARENT_ID": folder}, user)
        for inner in self.tree(number):
            self.objects.update(inner, {"STORAGE_ID": self.storage_with(folder)})

    def trash(self, number: int, user: int) -> None:
        """Move a folder or file to the trash."""
        for inner in self.tree(number):
            if not self.objects.value(inner, "DELETED_TYPE"):
                kind = TRASHED if inner == number else TRASHED_WITH_PARENT
                stamps = {"DELETE_TIME": int(time.time()), "DELETED_BY": user}
                self.objects.update(inner, {"DELETED_TYPE": kind, **stamps})

    def restore(self, number: int, user: int) -> None:
        """Bring a folder or file back from the trash, under a name that is free."""
        name = self.free_name(self.objects.value(number, "PARENT_ID"), self.objects.value(number, "NAME"))
        for inner in self.tree(number):
            if inner == number or self.objects.value(inner, "DELETED_TYPE") == TRASHED_WITH_PARENT:
                self.objects.update(inner, {"DELETED_TYPE": 0})
        self.change(number, {"NAME": name}, user)

    def remove(self, number: int) -> None:
        """Remove a folder or file for good, with all that is in it."""
        for inner in list(self.tree(number)):
            self.objects.delete(inner)
            self._versions.pop(inner, None)

    def tree(self, number: int) -> Iterator[int]:
        """Return a folder or file, and all that is in it."""
        yield number
        if self.objects.value(number, "TYPE") == "folder":
            for child in self.children(number, trashed=True):
                yield from self.tree(child)

    # Contents

    def write(self, number: int, content: bytes, user: int) -> None:
        """Give a file a new content; the former ones remain as versions."""
        self.versions(number)  # the content that a generated file has had so far
        self.change(number, {"SIZE": len(content)}, user)
        self._keep(number, content, user)

    def versions(self, number: int) -> list[Version]:
        """Return the versions of a file's content, the newest first."""
        if number not in self._versions:
            row = self.objects.row(number)
            content = (f"{row['NAME']}\n" * row["SIZE"]).encode()[: row["SIZE"]]
            self._add_version(number, content, row["CREATED_BY"], row["CREATE_TIME"])
        return self._versions[number][::-1]

    def version(self, number: int) -> Version | None:
        """Return a version by its own number."""
        return next((one for kept in self._versions.values() for one in kept if one.number == number), None)

    def _keep(self, number: int, content: bytes, user: int) -> None:
        self._add_version(number, content, user, int(time.time()))

    def _add_version(self, number: int, content: bytes, user: int, created: int) -> None:
        kept = self._versions.setdefault(number, [])
        self._last_version += 1
        counter = len(kept) + 1
        name = self.objects.value(number, "NAME")
        kept.append(Version(self._last_version, number, content, name, counter, created, user))
        self.objects.update(number, {"GLOBAL_CONTENT_VERSION": counter, "FILE_ID": 30_000 + self._last_version})
