"""Completion and documentation at the cursor, for completion.js and documentation.js. No code of the user is run."""

from __future__ import annotations

import builtins
import keyword
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from names import UNKNOWN, attributes, documentation, kind_of, modules, parameters, resolve
from page_text import page_text
from portal_names import Name, PortalNames
from pyodide.ffi import to_js
from rest_calls import OPERATORS, Target, target
from scan import Place, expression, scan

Option = dict[str, Any]

_WORD_AT_END = re.compile(r"[^\W\d]\w*$|$")
_NEW_NAME = re.compile(r"(?:^|[\s(,])(?:def|class|as|lambda)\s+\w*$|^\s*for\s+\w*$")
_FROM = re.compile(r"^\s*from\s+([\w.]+)\s+import\s+(?:.*,)?\s*\(?\s*\w*$")
_IMPORT = re.compile(r"^\s*(?:from|import)\s+(?:.*,\s*)?([\w.]*)$")
_LONGEST = 100
"""Characters of a text beside a proposal."""


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
            found = await self._describe_string(place, before, after)
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
        aim = target(place.brackets, before, after, self._namespace)
        inner = place.brackets[-1]
        if aim is None:
            if inner.opener == "[" and inner.before and not inner.index:
                return text, self._keys(inner.before, before)
            return text, []
        if aim.what == "word":
            return text, _words(aim.words)
        if aim.v3:
            names = await self._names_v3(aim)
            kind = "method" if aim.what == "method" else "property"
            return text, [{"label": name, "detail": _detail(one), "type": kind} for name, one in names.items()]
        if aim.what == "method":
            titles = await self._portal.methods()
            return text, [{"label": name, "detail": title, "type": "method"} for name, title in titles.items()]
        if aim.what == "field":
            word = text[OPERATORS.match(text).end() :]  # type: ignore[union-attr]
            fields = await self._portal.fields(aim.method, aim.type_id)
            return word, [{"label": name, "detail": one.title, "type": "property"} for name, one in fields.items()]
        return text, _words(_parameters_of(aim.method))

    async def _names_v3(self, aim: Target) -> Mapping[str, Name]:
        """Return what may stand there in a call of REST 3.0."""
        if aim.what == "field":
            return await self._portal.fields_v3(aim.method, aim.key)
        methods = await self._portal.methods_v3()
        if aim.what == "method":
            return methods
        parameters = methods[aim.method].inner if aim.method in methods else {}
        if aim.what == "parameter":
            return parameters
        return parameters[aim.key].inner if aim.key in parameters else {}

    def _keys(self, name: str, before: str) -> list[Option]:
        row = resolve(name, self._namespace)
        loop = re.findall(rf"\bfor\s+{re.escape(name)}\s+in\s+([\w.]+)", before)
        if type(row) is not dict and loop:
            row = resolve(loop[-1], self._namespace)
        rows: Iterable[Any] = row[:20] if type(row) is list else [row]
        keys = {key: value for one in rows if type(one) is dict for key, value in one.items() if type(key) is str}
        return [{"label": key, "detail": _short(value), "type": "property"} for key, value in keys.items()]

    async def _describe_string(self, place: Place, before: str, after: str) -> tuple[str, str, str] | None:
        rest = re.match(r"[\w.]*", after)[0]  # type: ignore[index]
        text = (place.string or "") + rest
        aim = target(place.brackets, before, after, self._namespace)
        await self._portal.read_pages()
        if aim is not None and aim.v3:
            return _described(text, (await self._names_v3(aim)).get(text), is_method=aim.what == "method")
        if text in self._portal.pages:
            return text, *self._portal.pages[text]
        if aim is None:
            in_v3 = text in self._portal.pages_v3
            return _described(text, (await self._portal.methods_v3()).get(text), is_method=True) if in_v3 else None
        if aim.what != "field":
            return None
        name = text[OPERATORS.match(text).end() :]  # type: ignore[union-attr]
        fields: Mapping[str, Any] = await self._portal.fields(aim.method, aim.type_id)
        return (f"{name}: {fields[name].type}", fields[name].title, "") if name in fields else None


def _described(name: str, one: Name | None, *, is_method: bool) -> tuple[str, str, str] | None:
    """Return the documentation of a method, a parameter or a field of REST 3.0: its text and what it takes."""
    if one is None:
        return None
    head = f"{name} · REST 3.0" if is_method else f"{name}: {_kind(one)}"
    return head, "\n".join(filter(None, [one.title, *_lines(one.inner)])), one.page


def _lines(names: Mapping[str, Name], indent: str = "") -> Iterator[str]:
    for name, one in names.items():
        kind = f" ({_kind(one)})" if _kind(one) else ""
        yield f"{indent}{name}{kind}{': ' * bool(one.title)}{one.title}"
        yield from _lines(one.inner, indent + "    ")


def _kind(one: Name) -> str:
    return ", ".join(filter(None, [one.type, page_text("required_parameter") if one.required else ""]))


def _detail(one: Name) -> str:
    """Return what stands beside a proposal of REST 3.0."""
    kind = _kind(one)
    text = f"{kind}: {one.title}" if kind and one.title else kind or one.title
    line = text.partition("\n")[0]
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _words(words: Iterable[str]) -> list[Option]:
    return [{"label": word, "type": "property"} for word in words]


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
