"""How a value is shown: what its description for output.js is."""

from __future__ import annotations

from typing import Any


def shown(value: Any) -> dict[str, Any]:
    """Return the description of a value; its `kind` says what draws it."""
    return {"kind": "text", "text": repr(value)}
