"""How deep JSON is nested, found from its text before parsing.

Python's parser recurses for each level. In a browser some 4,500 levels overflow the WebAssembly stack, which kills
the interpreter long before Python's own limit.
"""

from __future__ import annotations

from typing import Any

MAX_DEPTH = 500
"""Levels of lists and dicts; the portal's own parser, PHP's json_decode, accepts 512."""

_BRACKETS = bytes.maketrans(b"{}", b"[]")
_OTHERS = bytes(set(range(256)) - set(b'"[]{}'))

_OUTSIDE_STRINGS = slice(None, None, 2)


def check_depth(text: str | bytes) -> None:
    """Reject JSON that is nested too deep to be parsed.

    It uses whole-text operations: a loop over the characters would take longer than parsing. Text that is not JSON
    passes if the parser cannot recurse too deep in it.

    Args:
        text: JSON, as str or in UTF-8.

    Raises:
        ValueError: nested deeper than MAX_DEPTH levels.
    """
    data: bytes | str = text
    if isinstance(data, str):
        opened = data.count("{") + data.count("[")
        if opened > MAX_DEPTH:
            # A nested list or dict follows no other one; rows of a list mostly do.
            opened -= data.count("},{")
    else:
        opened = data.count(b"{") + data.count(b"[")
        if opened > MAX_DEPTH:
            opened -= data.count(b"},{")
    if opened > MAX_DEPTH and _depth(data.encode(errors="replace") if isinstance(data, str) else data) > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")


def check_nesting(value: Any) -> None:
    """Reject a value that is nested too deep for JSON; the encoder recurses for each level too.

    Args:
        value: anything; its lists, tuples and dicts are counted.

    Raises:
        ValueError: nested deeper than MAX_DEPTH levels, or it contains itself.
    """
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [one for one in level if isinstance(one, list | tuple | dict)]
        if not level:
            return
        inner = (item for one in level for item in (one.values() if isinstance(one, dict) else one))
        level = list({id(item): item for item in inner}.values())  # each one once
    raise ValueError(f"nested deeper than {MAX_DEPTH} levels, or it contains itself")


def _depth(data: bytes) -> int:
    """Return the number of levels; more than MAX_DEPTH if there are more, or brackets are left open."""
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = b"".join(data.translate(_BRACKETS, _OTHERS).split(b'"')[_OUTSIDE_STRINGS])
    if b"[" * (MAX_DEPTH + 1) in brackets:
        return MAX_DEPTH + 1
    depth = 0
    while brackets and depth <= MAX_DEPTH:
        inner = brackets.replace(b"[]", b"")  # removes the innermost level
        if len(inner) == len(brackets):
            return depth + brackets.count(b"[")
        brackets = inner
        depth += 1
    return depth
