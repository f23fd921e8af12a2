"""How deep JSON is nested, told from its text before it is parsed.

Python's parser calls itself for each level. In a browser some 4,500 levels end the stack of WebAssembly, long before
Python's own limit, and the interpreter with it.
"""

from __future__ import annotations

from typing import Any

MAX_DEPTH = 500
"""Levels of lists and dicts; the portal's own parser, json_decode of PHP, takes 512."""

_BRACKETS = bytes.maketrans(b"{}", b"[]")
_OTHERS = bytes(set(range(256)) - set(b'"[]{}'))

_OUTSIDE_STRINGS = slice(None, None, 2)


def check_depth(text: str | bytes) -> None:
    """Refuse JSON that is nested too deep to be parsed.

    It works by whole-text operations, since a loop over the characters would take longer than parsing them. Text that
    is no JSON passes if it could not take the parser too deep.

    Args:
        text: JSON, as str or in UTF-8.

    Raises:
        ValueError: nested deeper than MAX_DEPTH levels.
    """
    data: bytes | str = text
    if isinstance(data, str):
        opened = data.count("{") + data.count("[")
        if opened > MAX_DEPTH:
            # Whoever nests begins a list or dict that follows no other one; rows of a list mostly follow another.
            opened -= data.count("},{")
    else:
        opened = data.count(b"{") + data.count(b"[")
        if opened > MAX_DEPTH:
            opened -= data.count(b"},{")
    if opened > MAX_DEPTH and _depth(data.encode(errors="replace") if isinstance(data, str) else data) > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")


def check_nesting(value: Any) -> None:
    """Refuse a value that JSON could not be made of for its depth; what makes the text calls itself for each level too.

    Args:
        value: any; the lists, tuples and dicts in it are counted.

    Raises:
        ValueError: nested deeper than MAX_DEPTH levels, or it contains itself.
    """
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [one for one in level if isinstance(one, list | tuple | dict)]
        if not level:
            return
        inner = (item for one in level for item in (one.values() if isinstance(one, dict) else one))
        level = list({id(item): item for item in inner}.values())  # each once, though it may be there many times
    raise ValueError(f"nested deeper than {MAX_DEPTH} levels, or it contains itself")


def _depth(data: bytes) -> int:
    """Count the levels; more than MAX_DEPTH where there are more, or where brackets are left open."""
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = b"".join(data.translate(_BRACKETS, _OTHERS).split(b'"')[_OUTSIDE_STRINGS])
    if b"[" * (MAX_DEPTH + 1) in brackets:
        return MAX_DEPTH + 1
    depth = 0
    while brackets and depth <= MAX_DEPTH:
        inner = brackets.replace(b"[]", b"")  # takes the innermost level away
        if len(inner) == len(brackets):
            return depth + brackets.count(b"[")
        brackets = inner
        depth += 1
    return depth
