"""An application's folder as its author wrote it: index.html, app.py, and whatever they use."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bx24py.dev import assets, distribution, loader
from bx24py.dev.contents import Contents, named_files, starts_itself
from bx24py.dev.packages import INDEX, Packages
from bx24py.dev.problem import Problem

if TYPE_CHECKING:
    from bx24py.dev.portal.apphost import Extra
    from bx24py.dev.portal.portal import Portal
    from bx24py.dev.portal.server import PortalServer


class Application:
    """A folder with an application in it.

    Attributes:
        starts_itself: the page starts Python without the loader.

    Raises:
        Problem: there is no such folder, no index.html, or the file that its page names as the application or as
            its installation is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not folder.is_dir():
            raise Problem(f"no such folder: {folder}")
        page = folder / "index.html"
        if not page.is_file():
            raise Problem(f"no index.html in {folder}: an application is a folder with index.html and app.py")
        self.app, install = named_files(page)
        self.starts_itself = starts_itself(page)
        if self.starts_itself:
            return
        if not self.app:
            raise Problem(
                f"{page} does not start bx24py: it needs "
                '<script type="module" src="bx24py.js" data-app="app.py"></script>'
            )
        if not (folder / self.app).is_file() and not (self._is_zip and (folder / "app.py").is_file()):
            raise Problem(f"no {'app.py' if self._is_zip else self.app} in {folder}")
        if install and not (folder / install).is_file():
            raise Problem(f"no {install} in {folder}, which index.html names with data-install")

    @property
    def _is_zip(self) -> bool:
        return self.app.lower().endswith(".zip")

    def contents(self, *, without: tuple[Path, ...] = ()) -> Contents:
        """Return the files of the folder that belong to the application; `without` as for `Contents`."""
        return Contents(self.folder, without=without)

    def made_files(
        self, snapshot: bytes | None = None, *, beside: bool = True, index: str = ""
    ) -> dict[str, Callable[[], bytes]]:
        """Return what the page needs besides the author's files, by name.

        The .zip that the page names as its application is built from the folder's modules, unless it exists.

        Args:
            snapshot: a snapshot of Python's memory for the first visit; its name goes into the loader.
            beside: whether the loader looks for Pyodide next to the page.
            index: where micropip finds packages, relative to the page; empty: where it does by itself.
        """
        made: dict[str, Callable[[], bytes]] = {}
        stdlib = b"" if self.starts_itself else distribution.standard_library()
        if not self.starts_itself:
            made[assets.ARCHIVE] = distribution.browser_archive
        if stdlib:
            made[assets.STDLIB] = lambda: stdlib
        named = {
            "snapshot": "" if snapshot is None else assets.SNAPSHOT,
            "stdlib": f"{assets.STDLIB}?{zlib.crc32(stdlib):08x}" if stdlib else "",
        }

        def script(name: str) -> bytes:
            content = loader.files()[name]  # made anew when it is asked for: it may be edited while it is served
            if name == "bx24py.js":
                return loader.with_settings(content, **named, beside=beside, index=index)
            return content

        names = [name for name in loader.files() if not (self.starts_itself and name in loader.ONLY_LOADER)]
        made |= {name: partial(script, name) for name in names}
        if self._is_zip and not (self.folder / self.app).exists():
            made[self.app] = self._modules
        if snapshot is not None and not self.starts_itself:
            made[assets.SNAPSHOT] = lambda: snapshot
        contents = self.contents()
        return {name: make for name, make in made.items() if not isinstance(contents.find(name), Path)}

    def _modules(self) -> bytes:
        modules = self.contents().modules()
        return assets.archive({path.as_posix(): (self.folder / path).read_bytes() for path in modules})


def make_server(
    portal: Portal,
    folder: Path,
    *,
    port: int = 0,
    app_port: int = 0,
    snapshot: bytes | None = None,
    shows_errors: bool = False,
) -> PortalServer:
    """Return a server of a portal with an application; call `start()`, or use it in a `with` statement.

    `snapshot` as for `Application.made_files`, `shows_errors` as for `PortalServer`.

    Raises:
        Problem: the folder has no application, or there is no Pyodide.
    """
    from bx24py.dev.portal.server import PortalServer

    made = Application(folder).made_files(snapshot, index=f"pyodide/{INDEX}")
    pyodide = {f"pyodide/{name}": path for name, path in distribution.files().items()}
    extra: Extra = {**made, **pyodide, "pyodide/": Packages()}
    return PortalServer(portal, folder, port=port, app_port=app_port, extra=extra, shows_errors=shows_errors)
