"""What a newcomer does, from nothing to packed applications, with the minutes it takes: `python -m tests.newcomer`.

The wheel of this checkout is installed into an empty environment, with an empty folder for what bx24py fetches. Each
template becomes an application: its tests, mypy and ruff pass, it is opened in the local portal, checked and packed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from zipfile import ZipFile

from bx24py.dev.new import TEMPLATES

ROOT = Path(__file__).parents[1]

SEEN = {
    "page": "Hello Emma!",
    "list": "All deals",
    "deal-tab": "Postpone by a week",
    "settings": "For everybody",
    "console": "Python console",
}
"""What `bx24py run` prints of each application."""


class FailedError(Exception):
    """A command failed, or did not do what it should."""


class Newcomer:
    """Someone with an empty environment in a folder of their own.

    Attributes:
        seconds: how long each step took, for all templates together.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seconds: dict[str, float] = {}
        programs = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
        own = {"BX24PY_HOME": str(folder / "home"), "MYPY_CACHE_DIR": str(folder / "mypy"), "NO_COLOR": "1"}
        self._environment = os.environ | own | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
        for name in ("PYTHONPATH", "VIRTUAL_ENV"):
            self._environment.pop(name, None)

    def run(self, step: str, *command: str, where: str = ".") -> str:
        """Run a command in a folder; return what it printed."""
        began = time.monotonic()
        done = subprocess.run(
            command,
            cwd=self.folder / where,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        self._add(step, time.monotonic() - began)
        if done.returncode:
            raise FailedError(f"{' '.join(command)} in {where}: exit status {done.returncode}\n{done.stdout}")
        return done.stdout

    def begin(self) -> None:
        """Build the wheel, and install it into an empty environment."""
        self.run("build the wheel", sys.executable, *f"-m pip wheel --quiet --no-deps --wheel-dir . {ROOT}".split())
        began = time.monotonic()
        venv.create(self.folder / "env", with_pip=True)
        self._add("make an environment", time.monotonic() - began)
        wheel = next(self.folder.glob("bx24py-*.whl")).name
        self.run("install", "python", "-m", "pip", "install", "--quiet", f"{wheel}[dev]", "mypy", "ruff")
        self.run("setup", "bx24py", "setup")

    def make(self, template: str) -> None:
        """Make an application, and do with it what its README says."""
        said = self.run("new", "bx24py", "new", template, "--from", template)
        opened = next(line.split("  ")[1] for line in said.splitlines() if line.startswith("  bx24py serve "))
        arguments = opened.removeprefix("bx24py serve ").split()
        self.run("mypy", "mypy", "--strict", where=template)
        self.run("ruff", "ruff", "check", "--quiet", where=template)
        self.run("its tests", "pytest", "-q", where=template)
        shown = self.run("open it", "bx24py", "run", *arguments, "--headless", where=template)
        if SEEN[template] not in shown:
            raise FailedError(f"bx24py run shows no {SEEN[template]!r} in {template}:\n{shown}")
        self.run("check", "bx24py", "check", ".", where=template)
        self.run("pack", "bx24py", "pack", ".", "--zip", "upload.zip", where=template)
        with ZipFile(self.folder / template / "upload.zip") as packed:
            names = set(packed.namelist())
            if not {"index.html", "bx24py.js"} <= names or not names & {"app.py", "app.zip"}:
                raise FailedError(f"upload.zip of {template} lacks files: {sorted(names)}")

    def _add(self, step: str, seconds: float) -> None:
        self.seconds[step] = self.seconds.get(step, 0) + seconds


def main() -> None:
    """Do it all, and print the minutes."""
    with tempfile.TemporaryDirectory() as folder:
        newcomer = Newcomer(Path(folder))
        try:
            newcomer.begin()
            for template in TEMPLATES:
                newcomer.make(template)
        except FailedError as error:
            sys.exit(str(error))
        finally:
            for step, seconds in newcomer.seconds.items():
                print(f"{seconds / 60:6.2f} min  {step}")  # noqa: T201
    print(f"{sum(newcomer.seconds.values()) / 60:6.2f} min  from nothing to {len(TEMPLATES)} packed applications")  # noqa: T201


if __name__ == "__main__":
    main()
