"""The official second client of the portal's protocol, @bitrix24/b24jssdk, as npm has it."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from bx24py.dev import distribution
from bx24py.dev.problem import Problem

VERSION = "2.2.0"

_BUILD = "package/dist/umd/index.min.js"
"""The build for browsers; its own dependencies are inside."""


def ensure() -> Path:
    """Return the client's build for browsers; fetch it first when it is not in the folder of what is fetched.

    Raises:
        Problem: it is not there, and npm cannot fetch it.
    """
    target = distribution.home() / f"b24jssdk-{VERSION}.min.js"
    if target.is_file():
        return target
    npm = shutil.which("npm")
    if npm is None:
        raise Problem("no @bitrix24/b24jssdk on this machine and no npm to fetch it: install Node.js (it brings npm)")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        command = [npm, "pack", f"@bitrix24/b24jssdk@{VERSION}", "--silent", "--pack-destination", scratch]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Problem(f"npm could not fetch @bitrix24/b24jssdk: {done.stderr.strip() or done.returncode}")
        with tarfile.open(next(Path(scratch).glob("*.tgz"))) as packed:
            packed.extract(_BUILD, scratch, filter="data")
        (Path(scratch) / _BUILD).rename(target)
    return target
