"""Adds the package to the wheel a second time, compiled for the browser, so that packing needs no Node.js."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledForBrowser(BuildHookInterface[Any]):
    """Adds the archive of .pyc files. A wheel without it also works: it packs the sources, or compiles them itself."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the archive, except for an editable installation, which builds its own."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from bx24py.dev import assets, distribution
        from bx24py.dev.problem import Problem

        try:
            content = distribution.compiled_archive()
        except (Problem, OSError) as error:
            self.app.display_warning(f"bx24py: this wheel has no archive compiled for the browser: {error}")
            return
        self._scratch = tempfile.TemporaryDirectory()
        archive = Path(self._scratch.name, assets.ARCHIVE)
        archive.write_bytes(content)
        build_data["force_include"][str(archive)] = f"bx24py/static/{assets.ARCHIVE}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove the temporary files of the build."""
        if hasattr(self, "_scratch"):
            self._scratch.cleanup()
