"""Reads the files of an application, each in its language."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from bx24py.dev import assets, loader
from bx24py.dev.check import pages, python, scripts, styles
from bx24py.dev.check.finding import Finding, Inline, MethodUse, Reference
from bx24py.dev.contents import Contents, LeftOut
from bx24py.dev.portal import documented
from bx24py.dev.problem import Problem

PAGE = "index.html"


class Reading:
    """The application as it will be uploaded.

    Args:
        folder: the application's folder.
        without: as for `Contents`.

    Attributes:
        files: the names of its files, and their sizes in bytes.
        left_out: what is left out, by name; folders' names end with `/`.
        made: the names of what `pack` adds.
        page: index.html.
        modules: the Python that runs: what the loader starts, and what that imports; by name of the module.
        archived: the names of all modules in the archive.
        archive: the .zip that the page names; "" if it names none.
        references, inlines, methods: what all files have.
        unreadable: what is wrong with files that cannot be read.

    Raises:
        Problem: there is no such folder, or no index.html in it.
    """

    def __init__(self, folder: Path, *, without: tuple[Path, ...] = ()) -> None:
        if not folder.is_dir():
            raise Problem(f"no such folder: {folder}")
        if not (folder / PAGE).is_file():
            raise Problem(f"no index.html in {folder}: an application is a folder with index.html and app.py")
        self.folder = folder
        contents = list(Contents(folder, without=without))
        found = [one for one in contents if isinstance(one, Path)]
        self.files = {one.as_posix(): (folder / one).stat().st_size for one in found}
        self.left_out = {one.name: one for one in contents if isinstance(one, LeftOut)}
        self.texts: dict[str, str] = {}
        self.unreadable: list[Finding] = []
        self.references: list[Reference] = []
        self.inlines: list[Inline] = []
        self.methods: list[MethodUse] = []
        self.page = self._read_page(PAGE)
        app = self.page.loader.get("data-app", "")
        self.archive = app if app.lower().endswith(".zip") else ""
        self.made = {*loader.FILES, assets.ARCHIVE, assets.STDLIB}
        if any(one.archived for one in self.left_out.values()):
            self.made.add(self.archive)
        self.modules: dict[str, python.Module] = {}
        self.archived: frozenset[str] = frozenset()
        self._read_modules()
        for name in self.files:
            self._read_text(name)

    @property
    def started(self) -> list[str]:
        """The files that the loader runs."""
        named = [self.page.loader.get(name, "") for name in ("data-app", "data-install")]
        return ["app.py" if name == self.archive else name for name in named if name]

    def text(self, name: str) -> str:
        """Return the text of a file."""
        if name not in self.texts:
            self.texts[name] = (self.folder / name).read_text(encoding="utf-8", errors="replace")
        return self.texts[name]

    def _read_page(self, name: str) -> pages.Page:
        page = pages.Page(name, self.text(name))
        self.references += page.references
        self.inlines += page.inlines
        if page.prefetch[0]:
            self._read_prefetch(page)
        return page

    def _read_prefetch(self, page: pages.Page) -> None:
        text, line = page.prefetch
        try:
            commands = json.loads(text)
        except ValueError as error:
            at = line + getattr(error, "lineno", 1) - 1
            self.unreadable.append(Finding(page.file, at, "error", f"the declared batch is no JSON: {error}"))
            return
        listed = commands.values() if isinstance(commands, dict) else commands
        for command in listed if isinstance(listed, Iterable) else ():
            method = command.get("method") if isinstance(command, dict) else command
            method = method[0] if isinstance(method, list) and method else method
            if isinstance(method, str):
                self.methods.append(MethodUse(page.file, line, method, called="classic"))

    def _read_text(self, name: str) -> None:
        suffix = name.rpartition(".")[2].lower()
        if suffix in ("html", "htm") and name != PAGE:
            self._read_page(name)
        elif suffix == "css":
            self.references += styles.addresses(name, self.text(name))
        elif suffix in ("js", "mjs"):
            markup = partial(pages.markup, name)
            for one in scripts.read(name, self.text(name), PAGE, documented.names(), markup):
                if isinstance(one, Reference):
                    self.references.append(one)
                elif isinstance(one, Inline):
                    self.inlines.append(one)
                else:
                    self.methods.append(one)

    def _read_modules(self) -> None:
        sources = {python.name_of(file): (file, source) for file, source in self._sources()}
        if self.archive:
            install = self.page.loader.get("data-install", "")
            self.archived = frozenset(name for name, (file, _) in sources.items() if file != install)
        open_ = [python.name_of(name) for name in self.started]
        while open_:
            name = open_.pop()
            if name not in sources:
                continue
            file, source = sources.pop(name)
            inside = file.removeprefix(f"{self.archive}/")
            module = python.read(file, source, PAGE, documented.names(), started=inside in self.started)
            if isinstance(module, Finding):
                self.unreadable.append(module)
                continue
            self.modules[name] = module
            self.texts[file] = source.decode("utf-8", "replace")
            self.references += module.references
            self.inlines += module.inlines
            self.methods += module.methods
            open_ += [wanted for one in module.imports for wanted in one.possible]
        for file, source in sources.values():  # it runs another way, if at all
            module = python.read(file, source, PAGE, documented.names(), started=True)
            if isinstance(module, python.Module):
                self.methods += module.methods

    def _sources(self) -> Iterator[tuple[str, bytes]]:
        """Yield the Python files that run: what the loader starts, and the modules of the archive."""
        archived = [one.name for one in self.left_out.values() if one.archived]
        own = [name for name in self.started if name in self.files]
        if not self.archive or self.archive not in self.files:
            for name in [*own, *archived]:
                yield name, (self.folder / name).read_bytes()
            return
        for name in own:
            if name != "app.py":
                yield name, (self.folder / name).read_bytes()
        try:
            with zipfile.ZipFile(self.folder / self.archive) as zipped:
                for inside in zipped.namelist():
                    if inside.endswith(".py"):
                        yield f"{self.archive}/{inside}", zipped.read(inside)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            self.unreadable.append(Finding(self.archive, 0, "error", f"it cannot be read as a .zip: {error}"))
