"""Packing: the files of an application for upload to a portal or to any static host."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bx24py.dev import assets, distribution, packages
from bx24py.dev.application import Application
from bx24py.dev.check import Finding, check
from bx24py.dev.contents import LeftOut, is_packed, named_packages
from bx24py.dev.problem import Problem

_OF_THE_HOST = ("CNAME",)
"""What may be in the folder before the first pack, besides hidden files such as `.git`."""


@dataclass(frozen=True)
class Packed:
    """What was packed.

    Attributes:
        sizes: the packed files and their sizes in bytes, the author's first.
        left_out: what was not packed, and why.
        findings: what `bx24py check` finds.
    """

    sizes: Mapping[str, int]
    left_out: tuple[LeftOut, ...]
    findings: tuple[Finding, ...]


class CheckError(Problem):
    """The check found errors; `findings` are they, and the warnings.

    Args:
        findings: what it found.
    """

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        listed = "\n".join(f"  {one}" for one in findings)
        super().__init__(f"nothing is packed, as the check found errors; --anyway packs in spite of them:\n{listed}")


def _snapshot() -> bytes:
    from bx24py.dev.snapshot import make  # needs Playwright

    return make()


def pack(
    application: Application,
    out: Path,
    *,
    bundled: bool,
    snapshot: bool = False,
    without: tuple[Path, ...] = (),
    anyway: bool = False,
) -> Packed:
    """Write a folder that is ready to upload: the author's files unchanged, and what they need.

    Args:
        application: the application.
        out: the folder to write. Files of an earlier pack there are replaced; others are kept.
        bundled: put the Pyodide distribution next to the page; otherwise the page loads it from the public CDN.
        snapshot: put a snapshot of Python's memory next to the page, for the first visit.
        without: files in the application's folder that are not packed, besides `out`.
        anyway: pack in spite of errors that the check finds.

    Raises:
        Problem: the folder has files that bx24py did not pack and would overwrite, or Pyodide is needed but not
            available, or the check finds errors. Nothing is written then.
    """
    findings = check(application.folder, without=(out, *without))
    if not anyway and any(one.level == "error" for one in findings):
        raise CheckError(findings)
    pyodide = _pyodide(application) if bundled else {}
    source, target = application.folder.resolve(), out.resolve()
    if target == source or source.is_relative_to(target):
        raise Problem(f"{out} contains the application itself: pack into another folder")
    contents = list(application.contents(without=(target, *without)))
    files: dict[str, Callable[[], bytes]] = {
        path.as_posix(): (source / path).read_bytes for path in contents if isinstance(path, Path)
    }
    brings_its_own = any(name.startswith("pyodide/") for name in files)
    files |= application.made_files(_snapshot() if snapshot else None, beside=bundled)
    if not brings_its_own:
        files |= {f"pyodide/{name}": path.read_bytes for name, path in pyodide.items()}

    former = _listed(target)
    _check(target, files, former)
    _write(target, assets.MANIFEST, _list(former | files.keys()))  # in case it is interrupted
    for name in former - files.keys():
        _remove(target, name)
    sizes = {name: _write(target, name, read()) for name, read in files.items()}
    _write(target, assets.MANIFEST, _list(files))
    return Packed(sizes, tuple(one for one in contents if isinstance(one, LeftOut)), tuple(findings))


def _pyodide(application: Application) -> dict[str, Path]:
    """Return the files of Pyodide, with the packages of its distribution that the page names."""
    files, names = distribution.files(), named_packages(application.folder / "index.html")
    try:
        return {**files, **packages.with_dependencies(names)} if names else files
    except packages.MissingPackageError as error:
        raise Problem(str(error)) from None


def pack_zip(folder: Path, file: Path) -> None:
    """Zip a packed folder for the portal's upload form, with index.html at the root.

    Raises:
        Problem: there is another file with that name.
    """
    check_zip(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name in sorted(_listed(folder)):
            zipped.write(folder / name, name)


def check_zip(file: Path) -> None:
    """Check that a .zip would overwrite at most an earlier one.

    Raises:
        Problem: it would overwrite something else.
    """
    if file.exists() and not is_packed(file):
        raise Problem(f"{file} was not packed by bx24py and would be overwritten: name another")


def _list(names: Iterable[str]) -> bytes:
    return (json.dumps({"packed": sorted(names)}, indent=1) + "\n").encode()


def _listed(folder: Path) -> set[str]:
    """Return the names of the files that an earlier pack wrote into a folder."""
    file = folder / assets.MANIFEST
    if not file.is_file():
        return set()
    try:
        names = json.loads(file.read_bytes())["packed"]
        if all(PurePosixPath(name).as_posix() == name and _is_inside(folder, name) for name in names):
            return set(names)
    except (ValueError, TypeError, KeyError):
        pass
    raise Problem(f"{file}, the list of packed files, is damaged: empty the folder, or name another")


def _is_inside(folder: Path, name: str) -> bool:
    """Return whether a name is inside a folder, with no link on the way."""
    path = PurePosixPath(name)
    inside = not path.is_absolute() and not {".", ".."} & set(path.parts) and not {"\\", ":", "\0"} & set(name)
    return inside and path.name != "" and not any((folder / above).is_symlink() for above in list(path.parents)[:-1])


def _check(target: Path, files: Iterable[str], former: set[str]) -> None:
    """Check that only files of an earlier pack are overwritten."""
    if target.exists() and not target.is_dir():
        raise Problem(f"{target} is not a folder")
    if target.exists() and not (target / assets.MANIFEST).is_file():
        foreign = [one for one in target.iterdir() if not one.name.startswith(".") and one.name not in _OF_THE_HOST]
        if foreign:
            raise Problem(f"{target} is not empty, and its files were not packed by bx24py: name another folder")
    for name in files:
        path = target / name
        folders = [target / above for above in list(PurePosixPath(name).parents)[:-1]]
        blocked = any(one.is_symlink() or (one.exists() and not one.is_dir()) for one in folders)
        if blocked or path.is_symlink() or (path.exists() and (path.is_dir() or name not in former)):
            raise Problem(f"{path} was not packed by bx24py and would be overwritten: move it, or name another folder")


def _write(target: Path, name: str, content: bytes) -> int:
    path = target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.write_bytes(content)


def _remove(target: Path, name: str) -> None:
    """Remove a file of an earlier pack, and the folders that this leaves empty."""
    path = target / name
    if path.is_file() or path.is_symlink():
        path.unlink()
    for folder in (target / above for above in list(PurePosixPath(name).parents)[:-1]):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
