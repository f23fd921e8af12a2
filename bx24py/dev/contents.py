"""The files of a folder that belong to the application: `pack` packs them, `serve` and `run` serve them.

Where the page names a .zip that is made of the folder's modules, they are in it and not beside it.

The rest is left out, each file with a reason. A file `.bx24pyignore` in the folder overrides the rules, with a pattern
on each line: `notes.txt` leaves out more, `!fixtures/teams.json` includes what a rule leaves out.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from html.parser import HTMLParser
from pathlib import Path

from bx24py.dev import assets
from bx24py.dev.problem import Problem

IGNORE_FILE = ".bx24pyignore"

_FOLDERS = {
    "tests": ("test", "tests", "__tests__"),
    "fixtures": ("fixtures", "__fixtures__"),
    "a cache": ("__pycache__", "__pypackages__"),
    "dependencies": ("node_modules", "bower_components", "site-packages"),
    "build output": ("*.egg-info", "*.dist-info", "htmlcov"),
}
_FILES = {
    "a test": ("test.py", "tests.py", "test_*.py", "*_test.py", "conftest.py", "*.test.*js", "*.spec.*js"),
    "fixtures": ("fixtures.py", "*_fixtures.py", "fixtures_*.py"),
    "a cache": ("*.pyc", "*.pyo"),
    "a key or a password": (
        *("*.pem", "*.key", "*.p12", "*.pfx", "*.p8", "*.pk8", "*.ppk", "*.jks", "*.keystore", "*.kdbx", "*.gpg"),
        *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "ssh_host_*_key*", "*.env", "secrets.*", "_netrc"),
        *("credentials", "credentials.*", "client_secret*.json", "service?account*.json", "*.tfstate", "*.tfvars"),
    ),
    "left by an editor or the system": (
        *("*~", "#*#", "*.swp", "*.swo", "*.bak", "*.orig", "*.rej", "*.tmp", "thumbs.db", "desktop.ini"),
        *("*.code-workspace", "*.sublime-project", "*.sublime-workspace", "*.iml"),
    ),
}
_ENVIRONMENT = ("pyvenv.cfg", "bin", "scripts", "lib", "lib64", "include", "share")
"""What `python -m venv .` creates in the folder itself."""

_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\\n|\r?\n)[A-Za-z0-9+/]{8}|PuTTY-User-Key-File-\d:")
_KEY_WITHIN = 65536
"""A private key is searched for in this many bytes at the beginning of a file."""


@dataclass(frozen=True)
class LeftOut:
    """A file or folder that does not belong to the application.

    Attributes:
        name: relative to the application's folder, with `/`; a folder's name ends with one.
        reason: why.
        archived: whether it belongs to the application as a module in the .zip that `pack` makes.
    """

    name: str
    reason: str
    archived: bool = False


class Contents:
    """The current files of a folder that belong to its application.

    A link is followed if it leads to something inside the folder that belongs to the application.

    Args:
        folder: the application's folder.
        without: a command's output, which is not part of the application even if it is inside the folder.

    Raises:
        Problem: `.bx24pyignore` has an invalid pattern.
    """

    def __init__(self, folder: Path, *, without: tuple[Path, ...] = ()) -> None:
        self._root = folder.resolve()
        self._without = {path.resolve() for path in without}
        self._patterns = _read_patterns(self._root / IGNORE_FILE)
        self._app, self._install = named_files(self._root / "index.html")
        makes_archive = self._app.lower().endswith(".zip") and not (self._root / self._app).exists()
        self._archive = self._app if makes_archive else ""

    def __iter__(self) -> Iterator[Path | LeftOut]:
        """Yield the application's files, relative to the folder, and what is left out."""
        yield from self._walk(self._top)

    def files(self) -> list[Path]:
        """Return the application's files, relative to the folder."""
        return [one for one in self if isinstance(one, Path)]

    def modules(self) -> list[Path]:
        """Return the modules for the .zip that the page names, relative to the folder; none if it is there already."""
        return [Path(one.name) for one in self if isinstance(one, LeftOut) and one.archived]

    def find(self, name: str) -> Path | LeftOut | None:
        """Return the file or folder with this relative name, or why it is left out; None if there is none.

        Names are case-sensitive even if the file system is not, as on web hosts.
        """
        place = self._locate(name)
        return None if place is None else self._left_out(place) or place.path

    def _locate(self, name: str) -> _Place | None:
        place = self._top
        for part in filter(None, name.split("/")):
            # A name that is not listed in its folder is `..`, or one of the many other spellings of a file's name.
            if not place.path.is_dir() or part not in _names(place.path):
                return None
            place = self._enter(place, part)
            if place.closed:
                break
        return place

    def _left_out(self, place: _Place) -> LeftOut | None:
        """Return why a place does not belong to the application's files; None if it does."""
        if place.reason:
            return None if self._opens(place) else LeftOut(place.name, place.reason)
        if self._archive and place.name.endswith(".py") and place.name != self._install and place.path.is_file():
            return LeftOut(place.name, f"in {self._archive}", archived=True)
        return None

    @property
    def _top(self) -> _Place:
        return _Place((), self._root, (self._root,), "")

    def _walk(self, folder: _Place) -> Iterator[Path | LeftOut]:
        for part in _names(folder.path):
            place = self._enter(folder, part)
            if left_out := self._left_out(place):
                if part not in (IGNORE_FILE, assets.MANIFEST):
                    yield left_out
            elif place.path.is_dir():
                yield from self._walk(place)
            else:
                yield Path(*place.parts)

    def _enter(self, folder: _Place, part: str) -> _Place:
        """Return the place of an entry in a folder."""
        parts = (*folder.parts, part)
        try:
            path = (folder.path / part).resolve()
            in_a_circle = path.is_symlink()  # since Python 3.13
        except (OSError, RuntimeError):  # before
            path, in_a_circle = folder.path / part, True
        if in_a_circle:
            return _Place(parts, path, (), "a link that leads nowhere", closed=True)
        why = self._refusal(path, folder) if path != folder.path / part else ""
        if not why and (path in self._without or is_packed(path)):
            why = "made by pack"
        if why:
            return _Place(parts, path, (), why, closed=True)
        return _Place(
            parts, path, (*folder.trail, path), self._decide(parts, folder.reason or self._reason(parts, path))
        )

    def _refusal(self, target: Path, folder: _Place) -> str:
        """Return why a link in this folder is not followed; "" if it is."""
        if not target.is_relative_to(self._root):
            return "a link out of the folder"
        if target in folder.trail:
            return "a link to a folder that it is in"
        found = self._locate(target.relative_to(self._root).as_posix())
        if found is None:
            return "a link that leads nowhere"
        left_out = self._left_out(found)
        return f"a link to {left_out.name}: {left_out.reason}" if left_out and not left_out.archived else ""

    def _reason(self, parts: tuple[str, ...], path: Path) -> str:
        """Return why a rule leaves something out; "" if none does."""
        name = parts[-1].lower()
        if parts == (assets.MANIFEST,):
            return "made by pack"
        if len(parts) == 1 and name in _ENVIRONMENT and (self._root / "pyvenv.cfg").exists():
            return "a virtual environment"
        if name.startswith("."):
            return "hidden"
        if path.is_dir():
            if (path / "pyvenv.cfg").exists() or (path / "conda-meta").is_dir():
                return "a virtual environment"
            return _first_match(_FOLDERS, name)
        if not path.is_file():
            return "no file"
        if name.endswith((".py", ".zip")) and "/".join(parts) in (self._app, self._install):
            return ""
        return _first_match(_FILES, name) or ("a private key" if _KEY.search(_beginning(path)) else "")

    def _decide(self, parts: tuple[str, ...], reason: str) -> str:
        """Apply the author's lines: the last match wins."""
        for pattern in reversed(self._patterns):
            if pattern.matches(parts):
                return "" if pattern.has_in else reason or f"{IGNORE_FILE}, line {pattern.line}"
        return reason

    def _opens(self, place: _Place) -> bool:
        """Return whether a folder is left out except for something inside it."""
        return not place.closed and place.path.is_dir() and any(one.has_in_below(place.parts) for one in self._patterns)


@dataclass(frozen=True)
class _Place:
    """Something in the folder: where it is, how it was reached, and why it is left out, if it is."""

    parts: tuple[str, ...]
    path: Path
    trail: tuple[Path, ...]
    reason: str
    closed: bool = False
    """Whether no line of the author's can include it."""

    @property
    def name(self) -> str:
        return "/".join(self.parts) + "/" * self.path.is_dir()


@dataclass(frozen=True)
class _Pattern:
    """A line of `.bx24pyignore`."""

    line: int
    parts: tuple[str, ...]
    anchored: bool
    has_in: bool

    def matches(self, parts: tuple[str, ...]) -> bool:
        if not self.anchored:
            return fnmatchcase(parts[-1], self.parts[0])
        return len(parts) == len(self.parts) and self._begins(parts)

    def has_in_below(self, parts: tuple[str, ...]) -> bool:
        return self.has_in and self.anchored and len(parts) < len(self.parts) and self._begins(parts)

    def _begins(self, parts: tuple[str, ...]) -> bool:
        return all(fnmatchcase(part, pattern) for part, pattern in zip(parts, self.parts, strict=False))


def named_files(page: Path) -> tuple[str, str]:
    """Return the application and the installation file that the loader's tag in a page names; "" for none."""
    parser = _ScriptParser()
    try:
        parser.feed(page.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return "", ""
    return parser.app, parser.install


def starts_itself(page: Path) -> bool:
    """Return whether a page starts Python by itself: it has a script `bx24py-xhr.js`, and no loader."""
    parser = _ScriptParser()
    parser.feed(page.read_text(encoding="utf-8", errors="replace"))
    return parser.has_requests and not parser.app


def named_packages(page: Path) -> list[str]:
    """Return the packages that the loader's tag in a page names, without versions and addresses."""
    parser = _ScriptParser()
    parser.feed(page.read_text(encoding="utf-8", errors="replace"))
    names = [name.strip() for name in parser.packages.split(",")]
    return [re.split(r"[^\w.-]", name)[0].lower() for name in names if name and not name.endswith(".whl")]


def page_title(page: Path) -> str:
    """Return the title of a page; "" for none."""
    parser = _ScriptParser()
    try:
        parser.feed(page.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return ""
    return " ".join(parser.title.split())


class _ScriptParser(HTMLParser):
    """Reads what a page says of itself: its title, and what the loader's tag names."""

    def __init__(self) -> None:
        super().__init__()
        self.app = self.install = self.packages = self.title = ""
        self.has_requests = self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        elif self._in_title:  # a title holds text only; older versions of the parser see tags in it
            self.title += f"</{tag}>"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._in_title:
            self.title += self.get_starttag_text() or ""
            return
        self._in_title = tag == "title" and not self.title
        named = dict(attrs)
        if tag == "script" and named.get("data-app") and not self.app:
            self.app, self.install = named["data-app"] or "", named.get("data-install") or ""
            self.packages = named.get("data-packages") or ""
        if tag == "script" and (named.get("src") or "").split("?")[0].rpartition("/")[2] == "bx24py-xhr.js":
            self.has_requests = True


def _read_patterns(file: Path) -> list[_Pattern]:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{file} cannot be read: {error}") from None
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        has_in, pattern = line.lstrip().startswith("!"), line.strip().removeprefix("!").strip()
        parts = tuple(part for part in pattern.split("/") if part)
        if not parts or {".", "..", "**"} & set(parts) or "\\" in pattern:
            raise Problem(
                f"{file}, line {number}: {pattern!r} must be a name or a path inside the folder, such as a/*.csv"
            )
        found.append(_Pattern(number, parts, "/" in pattern.rstrip("/"), has_in))
    return found


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208  only the names
    except OSError as error:
        raise Problem(f"{folder} cannot be read: {error.strerror}") from None


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_KEY_WITHIN)
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}") from None


def _first_match(rules: dict[str, tuple[str, ...]], name: str) -> str:
    return next(
        (reason for reason, patterns in rules.items() if any(fnmatchcase(name, pattern) for pattern in patterns)), ""
    )


def is_packed(path: Path) -> bool:
    """Return whether `pack` wrote this folder or .zip."""
    if path.is_dir():
        return any((path / name).is_file() for name in (assets.MANIFEST, assets.ARCHIVE))
    if path.suffix.lower() != ".zip":
        return False
    try:
        with zipfile.ZipFile(path) as packed:
            return {assets.ARCHIVE, "index.html"} <= set(packed.namelist())
    except (OSError, zipfile.BadZipFile):
        return False
