"""Macros of a batch: `$result[key][field]…` stands for the result of an earlier command (contract, section 3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bx24py.dev.portal.phpform import php_value

_MACRO = re.compile(r"\$result((?:\[[^\[\]]+\])+)")


def resolve(value: Any, results: Mapping[str, Any]) -> Any:
    """Put the results of earlier commands in place of `$result[key][field]…`.

    As the whole value a macro stands for whatever the result holds, also a list; inside a text for its text. One that
    points nowhere, such as at a later command or at itself, is empty.
    """
    if isinstance(value, dict):
        return {key: resolve(item, results) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, results) for item in value]
    if not isinstance(value, str):
        return value
    if whole := _MACRO.fullmatch(value):
        found = _look_up(whole[1], results)
        return "" if found is None else found
    return _MACRO.sub(lambda macro: _as_text(_look_up(macro[1], results)), value)


def _look_up(path: str, results: Mapping[str, Any]) -> Any:
    found: Any = results
    for key in path[1:-1].split("]["):
        if isinstance(found, Mapping):
            found = found.get(key)
        elif isinstance(found, list | tuple) and key.isascii() and key.isdigit() and len(key) < 10:
            found = found[int(key)] if int(key) < len(found) else None
        else:
            return None
    return php_value(found)


def _as_text(value: Any) -> str:
    """Write a value into a text as PHP does."""
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    return "Array" if isinstance(value, list | dict) else str(value)
