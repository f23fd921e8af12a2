"""The texts of the console, as its page reads them."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "demo" / "console"


@functools.cache
def texts() -> dict[str, dict[str, str]]:
    """Return the texts by language and name."""
    return _exported("TEXTS")


@functools.cache
def editor_texts() -> dict[str, dict[str, str]]:
    """Return the words of CodeMirror by language and English words."""
    return _exported("EDITOR")


def _exported(name: str) -> dict[str, dict[str, str]]:
    node = shutil.which("node")
    assert node, "Node.js is missing"
    module = json.dumps((FOLDER / "texts.js").as_uri())
    program = f"globalThis.location = {{ search: '' }}; console.log(JSON.stringify((await import({module})).{name}))"
    done = subprocess.run([node, "--input-type=module", "--eval", program], capture_output=True, text=True, check=True)
    read: dict[str, dict[str, str]] = json.loads(done.stdout)
    return read
