"""What the portal knows of names: methods, fields and their titles. Each is asked once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from bx24py import BX24, BX24Error

if TYPE_CHECKING:
    from bx24py import MethodInfo, MethodParameter

_CRM = ("lead", "deal", "contact", "company", "quote", "invoice", "product", "item")
_ENTITY = re.compile(rf"(crm\.(?:{'|'.join(_CRM)})|tasks\.task|user)\.\w+")
WAIT = 1.0
"""Seconds that a completion waits for the portal. What comes later is there for the next."""


_FLAGS = {"filter": "filterable", "order": "sortable", "fields": "editable"}
"""What a field must be to stand in a parameter, in the descriptions of REST 3.0."""


_DESCRIPTION = {"select": ["name", "type", "title", "description", *_FLAGS.values()]}


class Name(NamedTuple):
    """What is known of a method, a parameter or a field of REST 3.0.

    Attributes:
        title: what it is; may be empty.
        type: of its values; may be empty.
        required: whether a call needs it.
        inner: of a method its parameters, of a parameter what is in it.
        page: of the official documentation, or empty.
    """

    title: str
    type: str = ""
    required: bool = False
    inner: Mapping[str, Name] = MappingProxyType({})
    page: str = ""


class PortalNames:
    """The portal's names of methods and fields.

    Attributes:
        pages: title and page of the documentation by method of the old REST, as methods.txt has them.
        pages_v3: those of REST 3.0, as methods_v3.txt has them.
    """

    def __init__(self, client: BX24) -> None:
        self._client = client
        self._asked: dict[Any, asyncio.Task[Any]] = {}
        self.pages: dict[str, tuple[str, str]] = {}
        self.pages_v3: dict[str, tuple[str, str]] = {}
        self._methods_v3: dict[str, Name] = {}

    async def methods(self) -> dict[str, str]:
        """Return the methods that the application may call, with titles; all known ones until the portal answers."""
        await self.read_pages()
        allowed = await self._once("methods", self._client.call_method, "methods")
        names = allowed.data if allowed is not None and isinstance(allowed.data, list) else self.pages
        return {str(name): self.title(str(name)) for name in names}

    async def fields(self, method: str, type_id: str | None) -> Mapping[str, Any]:
        """Return the fields of what a method works on; none where they are not known."""
        found = _ENTITY.fullmatch(method)
        if not found:
            return {}
        more = {"entity_type_id": int(type_id)} if found[1] == "crm.item" and type_id and type_id.isdecimal() else {}
        if found[1] == "crm.item" and not more:
            return {}
        return await self._once((found[1], type_id), self._client.fields, found[1], **more) or {}

    async def methods_v3(self) -> Mapping[str, Name]:
        """Return the methods of REST 3.0, by the portal's own document; those known anyway until it is there."""
        await self.read_pages()
        if not self._methods_v3:
            found = await self._once("v3", lambda: self._client.v3.methods())
            if not found:
                return {method: Name(title, page=page) for method, (title, page) in self.pages_v3.items()}
            self._methods_v3 = {method: self._named(info) for method, info in found.items()}
        return self._methods_v3

    async def fields_v3(self, method: str, parameter: str) -> Mapping[str, Name]:
        """Return the fields that may stand in a parameter: `select`, `filter`, `order` or `fields`."""
        methods, family = await self.methods_v3(), method.rpartition(".")[0]
        describes = f"{family}.field.list"
        answer = None
        if describes in methods:
            answer = await self._once((describes,), lambda: self._client.v3.call_method(describes, _DESCRIPTION))
        described = _described(answer.data if answer is not None else None, _FLAGS.get(parameter, ""))
        if parameter == "fields" and (taken := _inner(methods, method, "fields")):
            return {name: one for name, one in taken.items() if one.required or name in described} or taken
        return described or _inner(methods, f"{family}.add", "fields") or _inner(methods, f"{family}.update", "fields")

    def _named(self, info: MethodInfo) -> Name:
        title, page = self.pages_v3.get(info.name, ("", ""))
        return Name(info.description or title, inner=_parameters(info.parameters), page=page)

    def title(self, method: str) -> str:
        """Return the title of a method, or an empty text."""
        return self.pages.get(method, ("", ""))[0]

    async def read_pages(self) -> None:
        """Read methods.txt and methods_v3.txt, once."""
        if not self.pages:
            self.pages, self.pages_v3 = await asyncio.gather(_read("methods.txt"), _read("methods_v3.txt"))

    async def _once(self, key: Any, ask: Any, *args: Any, **named: Any) -> Any:
        if key not in self._asked:
            self._asked[key] = asyncio.create_task(_answer(ask, args, named))
        done, _ = await asyncio.wait([self._asked[key]], timeout=WAIT)
        return self._asked[key].result() if done else None


async def _answer(ask: Any, args: Any, named: Any) -> Any:
    try:
        return await ask(*args, **named)
    except (BX24Error, ValueError, TypeError):
        return None  # what the portal does not tell cannot be completed


async def _read(file: str) -> dict[str, tuple[str, str]]:
    from pyodide.http import pyfetch  # here, as it would make the start longer

    answer = await pyfetch(file)
    return read_pages((await answer.string()).splitlines()) if answer.ok else {}


def _parameters(given: Mapping[str, MethodParameter]) -> dict[str, Name]:
    return {name: Name(one.description, one.type, one.required, _parameters(one.fields)) for name, one in given.items()}


def _inner(methods: Mapping[str, Name], method: str, parameter: str) -> Mapping[str, Name]:
    inner = methods[method].inner if method in methods else {}
    return inner[parameter].inner if parameter in inner else {}


def _described(data: Any, flag: str) -> dict[str, Name]:
    """Return the fields in an answer of a method such as `tasks.task.field.list`: those that have a flag, if any."""
    items = data.get("items") if isinstance(data, dict) else None
    rows = [one for one in items or [] if isinstance(one, dict) and isinstance(one.get("name"), str)]
    chosen = [one for one in rows if one.get(flag)] if flag else rows
    return {
        one["name"]: Name(str(one.get("title") or one.get("description") or ""), str(one.get("type") or ""))
        for one in chosen or rows
    }


def read_pages(lines: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return title and page by method."""
    pages, folder = {}, ""
    for line in lines:
        if line.startswith("#"):
            continue
        method, *rest = line.split("\t")
        if not rest:
            folder = line
            continue
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", method)
        page = rest[1] if len(rest) > 1 else words.replace(".", "-").replace("_", "-").lower()
        pages[method] = rest[0], folder + page
    return pages
