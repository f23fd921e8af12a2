"""Macros of a batch: `$result[key][field]…` stands for the result of an earlier command (contract, section 3).

`$error`, `$total`, `$next` and `$time` stand for the other parts of the earlier answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bx24py.dev.portal.phpform import php_value

MACROS = ("result", "error", "total", "next", "time")
"""The names after the dollar sign, in the order of the batch's answer."""

_MACRO = re.compile(rf"\$({'|'.join(MACROS)})((?:\[[^\[\]]+\])+)")


def resolve(value: Any, done: Mapping[str, Mapping[str, Any]]) -> Any:
    """Replace macros with the results of earlier commands.

    As the whole value, a macro stands for whatever is there, even a list. If its path does not exist, it stands for the
    deepest part found: the whole page if a row is missing, all results so far if the command is (contract, lists,
    number 15). Inside a string it stands for the value as text, or for nothing if the path does not exist.

    Args:
        value: a parameter.
        done: for each name of `MACROS` the parts of the earlier answers, by command key.
    """
    if isinstance(value, dict):
        return {key: resolve(item, done) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, done) for item in value]
    if not isinstance(value, str) or "$" not in value:
        return value
    if whole := _MACRO.fullmatch(value):
        return _look_up(whole, done)[0]
    return _MACRO.sub(lambda macro: _as_text(*_look_up(macro, done)), value)


def _look_up(macro: re.Match[str], done: Mapping[str, Mapping[str, Any]]) -> tuple[Any, bool]:
    """Return the deepest part on the path, and whether it is the end."""
    found: Any = done.get(macro[1], {})
    for key in macro[2][1:-1].split("]["):
        inner = None
        if isinstance(found, Mapping):
            inner = found.get(key)
        elif isinstance(found, list | tuple) and key.isascii() and key.isdigit() and len(key) < 10:
            inner = found[int(key)] if int(key) < len(found) else None
        if inner is None:
            return php_value(found), False
        found = inner
    return php_value(found), True


def _as_text(value: Any, found: bool) -> str:
    """Convert a value to str as PHP does."""
    if not found or value is None or value is False:
        return ""
    if value is True:
        return "1"
    return "Array" if isinstance(value, list | dict) else str(value)
