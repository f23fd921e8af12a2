"""Completion and documentation at the cursor, for completion.js and documentation.js. No code of the user is run."""

from __future__ import annotations

import builtins
import keyword
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from names import UNKNOWN, attributes, documentation, kind_of, modules, parameters, resolve
from portal_names import PortalNames
from pyodide.ffi import to_js
from scan import Bracket, Place, expression, scan

Option = dict[str, Any]

_WORD_AT_END = re.compile(r"[^\W\d]\w*$|$")
_NEW_NAME = re.compile(r"(?:^|[\s(,])(?:def|class|as|lambda)\s+\w*$|^\s*for\s+\w*$")
_FROM = re.compile(r"^\s*from\s+([\w.]+)\s+import\s+(?:.*,)?\s*\(?\s*\w*$")
_IMPORT = re.compile(r"^\s*(?:from|import)\s+(?:.*,\s*)?([\w.]*)$")
_OPERATORS = re.compile(r"[!<>=%@?]*")
_SINGLE = ("call_method", "call_list", "fetch_list", "call")
_FIELD_KEYS = ("filter", "order", "fields", "select")


class Completer:
    """Completes names of Python and of the portal."""

    def __init__(self, namespace: dict[str, Any], portal: PortalNames) -> None:
        self._namespace = namespace
        self._portal = portal

    async def complete(self, before: str, after: str) -> Any:
        """Return `{word, options}` for a cursor between two texts: what may stand for `word` before it. Or None."""
        place = scan(before)
        if place.comment:
            return None
        if place.string is not None:
            word, options = await self._in_string(place, before, after)
        else:
            word = _WORD_AT_END.search(before)[0]  # type: ignore[index]
            options = self._in_code(place, before, word)
        return to_js({"word": word, "options": options}) if options else None

    async def describe(self, before: str, after: str) -> Any:
        """Return `{head, text, page}` of what is under the cursor, or None."""
        place = scan(before)
        if place.string is not None:
            found = await self._describe_string(place, after)
        else:
            word = _WORD_AT_END.search(before)[0]  # type: ignore[index]
            rest = re.match(r"\w*", after)[0]  # type: ignore[index]
            whole = scan(before + rest)
            name = expression(before + rest, whole.brackets[-1].tokens) if word or rest else place.brackets[-1].before
            value = resolve(name, self._namespace) if name else UNKNOWN
            found = None if value is UNKNOWN else (*documentation(name.rpartition(".")[2], value), "")
        return to_js(dict(zip(("head", "text", "page"), found, strict=True))) if found else None

    def _in_code(self, place: Place, before: str, word: str) -> list[Option]:
        line = before.rpartition("\n")[2]
        if _NEW_NAME.search(line) or re.search(r"\d\.?$", before):
            return []
        if found := _FROM.match(line):
            return _named({**dict.fromkeys(modules(found[1])), **attributes(resolve_module(found[1]))}, word)
        if found := _IMPORT.match(line):
            return _named(dict.fromkeys(modules(found[1].rpartition(".")[0])), word, "namespace")
        inner = place.brackets[-1]
        tokens = inner.tokens[:-1] if word else inner.tokens
        if tokens and tokens[-1].value == ".":
            value = resolve(expression(before, tokens[:-1]), self._namespace)
            return _named(attributes(value), word)
        if not word:
            return []
        options = []
        if inner.opener == "(" and not tokens and inner.key is None:
            taken = parameters(resolve(inner.before, self._namespace)) if inner.before else {}
            options = [{"label": f"{name}=", "type": "property", "boost": 20} for name in taken]
        words = {name: None for name in place.words if name not in self._namespace}
        known = {name: value for name, value in {**words, **self._namespace}.items() if not keyword.iskeyword(name)}
        options += _named(known, word, boost=10)
        options += _named({name: one for name, one in vars(builtins).items() if name not in known}, word)
        return options + [{"label": name, "type": "keyword"} for name in (*keyword.kwlist, "match", "case")]

    async def _in_string(self, place: Place, before: str, after: str) -> tuple[str, list[Option]]:
        text = place.string or ""
        target = _target(place.brackets, after)
        inner = place.brackets[-1]
        if target is None:
            if inner.opener == "[" and inner.before and not inner.index:
                return text, self._keys(inner.before, before)
            return text, []
        what, method, type_id = target
        if what == "method":
            titles = await self._portal.methods()
            return text, [{"label": name, "detail": title, "type": "method"} for name, title in titles.items()]
        if what == "field":
            word = text[_OPERATORS.match(text).end() :]  # type: ignore[union-attr]
            fields = await self._portal.fields(method, type_id)
            return word, [{"label": name, "detail": one.title, "type": "property"} for name, one in fields.items()]
        names = ("ASC", "DESC") if what == "direction" else _parameters_of(method)
        return text, [{"label": name, "type": "property"} for name in names]

    def _keys(self, name: str, before: str) -> list[Option]:
        row = resolve(name, self._namespace)
        loop = re.findall(rf"\bfor\s+{re.escape(name)}\s+in\s+([\w.]+)", before)
        if type(row) is not dict and loop:
            row = resolve(loop[-1], self._namespace)
        rows: Iterable[Any] = row[:20] if type(row) is list else [row]
        keys = {key: value for one in rows if type(one) is dict for key, value in one.items() if type(key) is str}
        return [{"label": key, "detail": _short(value), "type": "property"} for key, value in keys.items()]

    async def _describe_string(self, place: Place, after: str) -> tuple[str, str, str] | None:
        rest = re.match(r"[\w.]*", after)[0]  # type: ignore[index]
        text = (place.string or "") + rest
        await self._portal.read_pages()
        if text in self._portal.pages:
            return text, *self._portal.pages[text]
        target = _target(place.brackets, after)
        if target is None or target[0] != "field":
            return None
        name = text[_OPERATORS.match(text).end() :]  # type: ignore[union-attr]
        fields: Mapping[str, Any] = await self._portal.fields(*target[1:])
        return (f"{name}: {fields[name].type}", fields[name].title, "") if name in fields else None


def _target(brackets: list[Bracket], after: str) -> tuple[str, str, str | None] | None:
    """Return what the string at the cursor is (method, field, direction or parameter), its method and its type."""
    for at in range(len(brackets) - 1, 0, -1):
        call, inner = brackets[at], brackets[at + 1 :]
        name = call.before.rpartition(".")[2]
        if call.opener != "(" or not (name == "call_batch" or (name in _SINGLE and call.before != "call")):
            continue
        if name == "call_batch":
            if len(inner) < 2 or call.slot not in (0, "calls"):
                return None
            call, inner = inner[1], inner[2:]
        return _in_command(call, inner, after)
    return None


def _in_command(call: Bracket, inner: list[Bracket], after: str) -> tuple[str, str, str | None] | None:
    place = ("method" if call.key == "method" else None) if call.opener == "{" else call.slot
    if not inner:
        return ("method", "", None) if place in (0, "method") else None
    method = call.values.get("method") or call.values.get(0) or ""
    if call.slot not in (1, "params") or inner[0].opener != "{":
        return None
    params, inner = inner[0], inner[1:]
    if not inner:
        return ("parameter", method, None) if params.key is None and not params.tokens else None
    found = re.search(r"entityTypeId[\"']?\s*[:=]\s*(\d+)", after[:1000])
    type_id = params.values.get("entityTypeId") or (found[1] if found else None)
    key, last = str(params.key).lower(), inner[0]
    if len(inner) > 1 or key not in _FIELD_KEYS or (last.opener == "{") == (key == "select"):
        return None
    if last.key is not None and last.opener == "{":
        return ("direction", method, None) if key == "order" else None
    return "field", method, type_id


def _parameters_of(method: str) -> tuple[str, ...]:
    more = ("entityTypeId",) if method.startswith("crm.item.") else ()
    if method.endswith((".list", ".get", ".search")):
        return (*more, "id", "filter", "select", "order", "start")
    return (*more, "id", "fields", "params")


def _named(found: Mapping[str, Any], word: str, kind: str = "", boost: int = 0) -> list[Option]:
    hidden = not word.startswith("_")
    options = []
    for name, value in found.items():
        if not name.isidentifier() or (hidden and name.startswith("_")):
            continue
        options.append({"label": name, "type": kind or kind_of(value), "boost": boost})
    return options


def resolve_module(name: str) -> Any:
    """Return a module that is loaded, or UNKNOWN."""
    return sys.modules.get(name, UNKNOWN)


def _short(value: Any) -> str:
    return str(value)[:40] if type(value) in (str, int, float, bool) else type(value).__name__
