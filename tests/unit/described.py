"""Descriptions of fields that a fake page answers with."""

from __future__ import annotations

from typing import Any
from unittest import mock

from bx24py import BX24, Fields, bridge

from .conftest import FakeBridge, run


def told(type_: str, **more: Any) -> dict[str, Any]:
    """Return a description as the CRM gives it."""
    flags = dict.fromkeys(("isRequired", "isReadOnly", "isImmutable", "isMultiple", "isDynamic"), False)
    return {"type": type_, "title": f"Title of {type_}", **flags, **more}


def make(data: Any, words: Any = (), *, entity: str = "crm.deal", errors: Any = (), type_id: Any = None) -> Fields:
    """Return the fields that a client reads when the page answers with this, in an event loop of its own."""
    page, found = FakeBridge(), []

    async def main() -> None:
        call = BX24().fields(entity, entity_type_id=type_id)
        page.sent[-1].respond_batch({"fields": data, "words": list(words)}, errors)
        found.append(await call)

    with mock.patch.object(bridge, "connect", return_value=page):
        run(main())
    return found[0]


def make_one(type_: str, **more: Any) -> Fields:
    """Return the fields of an entity that has one, `F`."""
    return make({"F": told(type_, **more)})
