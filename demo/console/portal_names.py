"""What the portal knows of names: methods, fields and their titles. Each is asked once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from typing import Any

from bx24py import BX24, BX24Error

_CRM = ("lead", "deal", "contact", "company", "quote", "invoice", "product", "item")
_ENTITY = re.compile(rf"(crm\.(?:{'|'.join(_CRM)})|tasks\.task|user)\.\w+")
WAIT = 1.0
"""Seconds that a completion waits for the portal. What comes later is there for the next."""


class PortalNames:
    """The portal's names of methods and fields.

    Attributes:
        pages: title and page of the documentation by method, as methods.txt has them.
    """

    def __init__(self, client: BX24) -> None:
        self._client = client
        self._asked: dict[Any, asyncio.Task[Any]] = {}
        self.pages: dict[str, tuple[str, str]] = {}

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

    def title(self, method: str) -> str:
        """Return the title of a method, or an empty text."""
        return self.pages.get(method, ("", ""))[0]

    async def read_pages(self) -> None:
        """Read methods.txt, once."""
        if not self.pages:
            from pyodide.http import pyfetch  # here, as it would make the start longer

            answer = await pyfetch("methods.txt")
            if answer.ok:
                self.pages = read_pages((await answer.string()).splitlines())

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
