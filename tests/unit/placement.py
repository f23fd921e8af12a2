"""What tests of placements share: the interface that the portal tells."""

from __future__ import annotations

import asyncio
from typing import Any

from .conftest import FakeBridge, Sent

INTERFACE = {"command": ["getStatus", "reloadData"], "event": ["Card::Changed", "Card::Closed"]}


async def turn() -> None:
    """Let what has been started go on."""
    for _ in range(5):
        await asyncio.sleep(0)


def sent(page: FakeBridge, function: str) -> list[Sent]:
    return [one for one in page.sent if one.method == function]


def tell_interface(page: FakeBridge, interface: Any = INTERFACE) -> None:
    for one in sent(page, "placement.getInterface"):
        if not one.forgotten:
            one.reply(interface)
