"""What a string at the cursor is within a call of REST: a method, a parameter, a field, or one of a few words."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from names import UNKNOWN, resolve
from scan import Bracket

OPERATORS = re.compile(r"[!<>=%@?]*")
"""What stands before the name of a field in a filter of the old REST."""

_SINGLE = ("call_method", "call_list", "fetch_list", "call")
_FIELD_KEYS = ("filter", "order", "fields", "select")
_DIRECTIONS = ("ASC", "DESC")
_COMPARISONS = ("=", "!=", ">", ">=", "<", "<=", "in", "between")
_GROUP = ("logic", "conditions", "negative")
_LISTS = ("[", "(")
_MADE_OF_V3 = re.compile(r"\bv3(?:\.batch\(.*)?\s*$", re.DOTALL)


class Target(NamedTuple):
    """What a string is.

    Attributes:
        what: `method`, `parameter`, `field`, `inner` (a parameter within the one named `key`), or `word`.
        method: of the call.
        v3: whether the call goes to REST 3.0.
        key: the parameter that it is in, such as `filter`.
        type_id: the `entityTypeId` of the call.
        words: what a `word` may be.
    """

    what: str
    method: str = ""
    v3: bool = False
    key: str = ""
    type_id: str | None = None
    words: tuple[str, ...] = ()


def target(brackets: list[Bracket], before: str, after: str, namespace: dict[str, Any]) -> Target | None:
    """Return what the string at the cursor is, or None.

    Args:
        brackets: those that are open there.
        before: the code before the cursor.
        after: the code after it.
        namespace: the names that cells share.
    """
    for at in range(len(brackets) - 1, 0, -1):
        call, inner = brackets[at], brackets[at + 1 :]
        name = call.before.rpartition(".")[2]
        if call.opener != "(" or not (name == "call_batch" or (name in _SINGLE and call.before != "call")):
            continue
        v3 = _is_v3(call.before.rpartition(".")[0], before, namespace)
        if name == "call_batch":
            if len(inner) < 2 or call.slot not in (0, "calls"):
                return None
            call, inner = inner[1], inner[2:]
        return _in_command(call, inner, after, v3=v3)
    return None


def _is_v3(owner: str, before: str, namespace: dict[str, Any]) -> bool:
    """Whether this expression is `bx24.v3`, or a batch of it: by its own words, by the code before, or by its value."""
    if _MADE_OF_V3.search(owner):
        return True
    made = re.findall(rf"^[ \t]*{re.escape(owner)}[ \t]*=(?!=)(.*)$", before, re.MULTILINE)
    if made:
        return _MADE_OF_V3.search(made[-1]) is not None
    value = resolve(owner, namespace)
    kinds = [] if value is UNKNOWN else type(value).__mro__
    return any(kind.__module__.startswith("bx24py.v3.") for kind in kinds)


def _in_command(call: Bracket, inner: list[Bracket], after: str, *, v3: bool) -> Target | None:
    place = ("method" if call.key == "method" else None) if call.opener == "{" else call.slot
    if not inner:
        return Target("method", v3=v3) if place in (0, "method") else None
    method = call.values.get("method") or call.values.get(0) or ""
    if call.slot not in (1, "params") or inner[0].opener != "{":
        return None
    params, inner = inner[0], inner[1:]
    if not inner:
        return Target("parameter", method, v3) if _is_key(params) else None
    return _in_parameter_v3(method, params, inner) if v3 else _in_parameter(method, params, inner, after)


def _is_key(bracket: Bracket) -> bool:
    """Whether a string in this mapping is one of its keys."""
    return bracket.opener == "{" and bracket.key is None and not bracket.tokens


def _in_parameter(method: str, params: Bracket, inner: list[Bracket], after: str) -> Target | None:
    found = re.search(r"entityTypeId[\"']?\s*[:=]\s*(\d+)", after[:1000])
    type_id = params.values.get("entityTypeId") or (found[1] if found else None)
    key, last = str(params.key).lower(), inner[0]
    if len(inner) > 1 or key not in _FIELD_KEYS or (last.opener == "{") == (key == "select"):
        return None
    if last.key is not None and last.opener == "{":
        return Target("word", method, words=_DIRECTIONS) if key == "order" else None
    return Target("field", method, key=key, type_id=type_id)


def _in_parameter_v3(method: str, params: Bracket, inner: list[Bracket]) -> Target | None:
    key, last = str(params.key), inner[-1]
    if key == "filter":
        return _in_filter_v3(method, inner)
    if len(inner) > 1:
        return None
    if key == "select":
        return Target("field", method, True, key) if last.opener in _LISTS else None
    if _is_key(last):
        return Target("field" if key in _FIELD_KEYS else "inner", method, True, key)
    return Target("word", method, True, key, words=_DIRECTIONS) if key == "order" and last.opener == "{" else None


def _in_filter_v3(method: str, inner: list[Bracket]) -> Target | None:
    """A filter is a list of conditions, which are lists, and of groups, which are mappings with such a list."""
    kind = "start"
    for bracket in inner:
        is_list = bracket.opener in _LISTS
        if kind == "start" or (kind == "list" and not is_list):
            kind = "list" if is_list else "group"
        elif kind == "list":
            kind = "condition"
        elif kind == "group" and is_list and bracket is not inner[0]:
            kind = "list"
        else:
            return None  # within a value
    last = inner[-1]
    if kind == "condition" and last.index < 2:
        words = () if last.index == 0 else _COMPARISONS
        return Target("word" if words else "field", method, True, "filter", words=words)
    if kind == "group" and (_is_key(last) or last.key == "logic"):
        return Target("word", method, True, "filter", words=_GROUP if last.key is None else ("and", "or"))
    return None
