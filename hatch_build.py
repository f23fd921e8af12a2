"""Adds to the wheel what the browser gets, compiled and bundled, so that packing needs no Node.js."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class MadeForBrowser(BuildHookInterface[Any]):
    """Adds the archive of .pyc files and the bundled loader. A wheel without them also works: it packs the sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build them, except for an editable installation, which builds its own."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from bx24py.dev import assets, distribution, libraries, loader
        from bx24py.dev.problem import Problem

        made: dict[str, bytes] = {}
        try:
            made[f"static/{assets.ARCHIVE}"] = distribution.compiled_archive()
            made[f"static/{assets.STDLIB}"] = distribution.compiled_library()
        except (Problem, OSError) as error:
            self.app.display_warning(f"bx24py: this wheel lacks what is compiled for the browser: {error}")
        try:
            made |= {f"static/{loader.BUNDLED}/{name}": content for name, content in self._bundled(loader).items()}
        except (Problem, OSError, subprocess.CalledProcessError) as error:
            self.app.display_warning(f"bx24py: this wheel has a loader of many files: {error}")
        else:
            for folder in Path(self.root, "demo").iterdir():
                made |= {f"demo/{folder.name}/{name}": content for name, content in libraries.bundled(folder).items()}
        self._scratch = tempfile.TemporaryDirectory()
        for name, content in made.items():
            path = Path(self._scratch.name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            build_data["force_include"][str(path)] = f"bx24py/{name}"

    def _bundled(self, loader: ModuleType) -> dict[str, bytes]:
        npm = shutil.which("npm")
        if npm is not None and not Path(self.root, "node_modules").is_dir():
            subprocess.run([npm, "ci", "--silent"], cwd=self.root, check=True)  # noqa: S603
        bundled: dict[str, bytes] = loader.bundled()
        return bundled

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove the temporary files of the build."""
        if hasattr(self, "_scratch"):
            self._scratch.cleanup()
