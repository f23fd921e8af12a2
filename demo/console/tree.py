"""Nested values for tree.js, which asks for the children of what is opened, in portions."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

from plain import is_nested, safe_repr, short, text

from bx24py import Result

PORTION = 200


def is_tree(value: Any) -> bool:
    """Whether a value is shown as a tree: a Result, a dict, and what is nested or long."""
    if isinstance(value, Result):
        return True
    if isinstance(value, dict):
        return len(value) > 0
    return is_nested(value) and (len(value) > 50 or any(is_nested(item) or isinstance(item, Result) for item in value))


class Tree:
    """A nested value. What can be opened has a number, the value itself 0."""

    def __init__(self, value: Any) -> None:
        self._opened = [value]

    def label(self) -> str:
        """Return what stands at its top."""
        return _label(self._opened[0])

    def children(self, number: int, start: int) -> str:
        """Return a portion of children as JSON: `key`, `text`, `number` if it opens; and `next`, if there are more."""
        value = self._opened[number]
        found = []
        for key, child in islice(_children(value), start, start + PORTION):
            entry = {"key": key, "text": _label(child)}
            if isinstance(child, Result) or (is_nested(child) and child):
                entry["number"] = len(self._opened)
                self._opened.append(child)
            elif isinstance(child, str):
                entry["text"] = safe_repr(child)
            found.append(entry)
        after = start + PORTION
        return json.dumps({"children": found, "next": after if after < _size(value) else None})


def _children(value: Any) -> Any:
    if isinstance(value, Result):
        yield "method", value.method
        if value.error is not None:
            yield "error", f"{type(value.error).__name__}: {value.error}"
            return
        yield "data", value.data
        for name in ("total", "next"):
            if getattr(value, name) is not None:
                yield name, getattr(value, name)
    elif isinstance(value, dict):
        for key, child in value.items():
            yield text(key), child
    else:
        for position, child in enumerate(value):
            yield str(position), child


def _size(value: Any) -> int:
    return 0 if isinstance(value, Result) else len(value)


def _label(value: Any) -> str:
    if isinstance(value, Result):
        if value.error is not None:
            return f"Result {value.method}: {type(value.error).__name__}: {value.error}"
        return safe_repr(value).strip("<>")
    if is_nested(value):
        return f"{type(value).__name__} ({len(value):,}) {short(value)}"
    return "None" if value is None else text(value) if not isinstance(value, str) else safe_repr(value)
