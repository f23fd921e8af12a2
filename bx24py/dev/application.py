"""An application's folder as its author wrote it: index.html, app.py, and whatever they use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

from bx24py.dev import assets, distribution
from bx24py.dev.problem import Problem

if TYPE_CHECKING:
    from bx24py.dev.portal.portal import Portal
    from bx24py.dev.portal.server import PortalServer


class Application:
    """A folder with an application in it.

    Raises:
        Problem: there is no such folder, no index.html, or not the file that its page names as the application.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not folder.is_dir():
            raise Problem(f"no such folder: {folder}")
        page = folder / "index.html"
        if not page.is_file():
            raise Problem(f"no index.html in {folder}: an application is a folder with index.html and app.py")
        self.app = _named_app(page)
        if not (folder / self.app).is_file() and not (self._is_zip and (folder / "app.py").is_file()):
            raise Problem(f"no {'app.py' if self._is_zip else self.app} in {folder}")

    @property
    def _is_zip(self) -> bool:
        return self.app.lower().endswith(".zip")

    def files(self) -> Iterator[Path]:
        """Give the author's files, relative to the folder; not what editors, git and Python leave there."""
        for path in sorted(self.folder.rglob("*")):
            relative = path.relative_to(self.folder)
            hidden = any(part.startswith(".") or part in ("__pycache__", "node_modules") for part in relative.parts)
            if path.is_file() and not hidden:
                yield relative

    def made_files(self) -> dict[str, Callable[[], bytes]]:
        """Give what the page needs beside the author's own files, by name.

        The .zip that the page names as its application is made of the folder's modules, unless the author made it.
        """
        made: dict[str, Callable[[], bytes]] = {assets.ARCHIVE: assets.browser_archive}
        for name in assets.LOADER_FILES:
            made[name] = (assets.folder("static") / name).read_bytes
        if self._is_zip and not (self.folder / self.app).exists():
            made[self.app] = self._modules
        return {name: make for name, make in made.items() if not (self.folder / name).exists()}

    def _modules(self) -> bytes:
        modules = [path for path in self.files() if path.suffix == ".py"]
        return assets.archive({path.as_posix(): (self.folder / path).read_bytes() for path in modules})


def make_server(portal: Portal, folder: Path, *, port: int = 0, app_port: int = 0) -> PortalServer:
    """Make a server of a portal with an application in it; `start()` it, or use it in a `with` statement.

    Raises:
        Problem: there is no application in the folder, or no Pyodide.
    """
    from bx24py.dev.portal.server import PortalServer

    made = Application(folder).made_files()
    return PortalServer(portal, folder, port=port, app_port=app_port, extra={**made, "pyodide/": distribution.ensure()})


def _named_app(page: Path) -> str:
    parser = _ScriptParser()
    parser.feed(page.read_text(encoding="utf-8", errors="replace"))
    if not parser.app:
        raise Problem(
            f'{page} does not start bx24py: it needs <script type="module" src="bx24py.js" data-app="app.py"></script>'
        )
    return parser.app


class _ScriptParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.app = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.app = self.app or dict(attrs).get("data-app") or ""
