"""What is packed twice, what the browser does not need, and what is large."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatchcase

from bx24py.dev import distribution, packages, pinned
from bx24py.dev.check.finding import Finding
from bx24py.dev.check.reading import PAGE, Reading
from bx24py.dev.problem import Problem

LARGE = 10_000_000
"""Bytes of an application, without Python itself, that are worth a look."""

LARGE_FILE = 1_000_000
"""Bytes of a file that are worth a look if nothing names it."""

_FOR_DEVELOPERS = (
    *("readme*", "changelog*", "contributing*", "makefile", "dockerfile", "*.md", "*.rst", "*.ipynb", "*.map", "*.psd"),
    *("pyproject.toml", "setup.cfg", "setup.py", "requirements*.txt", "poetry.lock", "uv.lock", "pipfile*", "tox.ini"),
    *(
        "package.json",
        "package-lock.json",
        "yarn.lock",
        "tsconfig*.json",
        "jsconfig.json",
        "biome.json",
        "*.ts",
        "*.pyi",
    ),
)
_SHOWN = 3


def judge(reading: Reading) -> Iterator[Finding]:
    """Yield what is packed twice, needed by nobody, or large."""
    yield from _twice(reading)
    unneeded = [name for name in reading.files if _is_for_developers(name) and not _is_named(name, reading)]
    if unneeded:
        text = "the browser does not need it: add it to .bx24pyignore"
        yield from (Finding(name, 0, "warning", text) for name in unneeded)
    yield from _large(reading)


def _twice(reading: Reading) -> Iterator[Finding]:
    """Yield the modules that are beside the archive and in it."""
    if not reading.archive or reading.archive not in reading.files:
        return
    install = reading.page.loader.get("data-install", "")
    try:
        with zipfile.ZipFile(reading.folder / reading.archive) as zipped:
            inside = {one.filename: zipped.read(one) for one in zipped.infolist() if not one.is_dir()}
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return  # which is reported by whoever reads the modules
    for name in sorted(inside.keys() & reading.files.keys() - {install}):
        if (reading.folder / name).read_bytes() == inside[name]:
            yield Finding(name, 0, "warning", f"it is packed twice: it is in {reading.archive} too. {_delete(reading)}")
        else:
            yield Finding(
                name, 0, "error", f"{reading.archive} has another one, which is the one that runs. {_delete(reading)}"
            )


def _delete(reading: Reading) -> str:
    return f"Delete {reading.archive}: pack makes it of the modules"


def _large(reading: Reading) -> Iterator[Finding]:
    sizes = reading.files | {f"{name} (data-packages)": size for name, size in _packages(reading).items()}
    total = sum(sizes.values())
    for name, size in reading.files.items():
        if size >= LARGE_FILE and not _is_named(name, reading):
            text = f"no file names it, and it has {_megabytes(size)}: if nobody needs it, add it to .bx24pyignore"
            yield Finding(name, 0, "warning", text)
    if total >= LARGE:
        largest = sorted(sizes, key=lambda name: -sizes[name])[:_SHOWN]
        listed = ", ".join(f"{name} {_megabytes(sizes[name])}" for name in largest)
        yield Finding(
            PAGE, 0, "warning", f"the application has {_megabytes(total)}, which a first visit waits for: {listed}"
        )


def _packages(reading: Reading) -> dict[str, int]:
    """Return the sizes of what data-packages names, as far as it has been fetched."""
    names = [re.split(r"[^\w.-]", name)[0].lower() for name in reading.page.packages if not name.endswith(".whl")]
    if not names:
        return {}
    try:
        locked = packages.locked()
    except Problem:
        return {}
    folder, found = distribution.home() / f"packages-{pinned.VERSION}", {}
    while names:
        name = re.sub(r"[-_.]+", "-", names.pop())
        file = folder / locked[name]["file_name"] if name in locked else None
        if file is not None and file.is_file() and name not in found:
            found[name] = file.stat().st_size
            names += locked[name]["depends"]
    return found


def _is_for_developers(name: str) -> bool:
    return any(fnmatchcase(name.rpartition("/")[2].lower(), pattern) for pattern in _FOR_DEVELOPERS)


def _is_named(name: str, reading: Reading) -> bool:
    """Return whether a file of the application has the name of another in it."""
    base = name.rpartition("/")[2]
    return name == PAGE or any(base in text for other, text in reading.texts.items() if other != name)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
