"""Moves all deals of a stage to another: shows what will change, how far it is, and what to do when not all is done.

change.py moves the deals and knows what became of each, view.py makes what the page shows. Here is what happens when.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import view
from change import Change, Commands, Deal, Stage, read_deals, read_stages

from bx24py import BX24Error, bx24
from bx24py.page import Element, by_id

Event = Any
"""An event of the page."""

PARTS = ("choice", "preview", "running", "report")


def show(*parts: str) -> None:
    """Show these parts of the page, and no others."""
    for part in PARTS:
        by_id(part).hidden = part not in parts


class Mover:
    """The page: what is chosen, and what a person can do."""

    def __init__(self) -> None:
        self.stages: dict[str, Stage] = {}
        self.deals: list[Deal] = []
        self.total = 0
        self.change = Change({}, "")
        self.actions: dict[str, Callable[[Element], Awaitable[None] | None]] = {
            "move": lambda _: self.move(),
            "cancel": lambda _: self.change.cancel(),
            "again": lambda _: self.run(self.change.again),
            "check": lambda _: self.check(),
            "choose": lambda _: self.choose_again(),
            "stages": lambda _: self.start(),
            "deals": lambda _: self.load(),
            "open": self.open,
        }

    async def listen(self) -> None:
        """Listen to the person, keep the frame as high as the page, and begin."""
        bx24.bind(by_id("page"), "click", self.on_click)
        bx24.bind(by_id("from"), "change", lambda _: self.load())
        bx24.bind(by_id("to"), "change", lambda _: self.show_preview())
        bx24.auto_fit()
        await self.start()

    async def start(self) -> None:
        """Read the stages, and the deals of the first."""
        by_id("problem").replaceChildren()
        try:
            stages = await read_stages()
        except BX24Error as error:
            self.complain("The stages could not be read.", error, "stages")
            return
        self.stages = {stage.id: stage for stage in stages}
        for name in ("from", "to"):
            by_id(name).replaceChildren(*view.options(stages))
        by_id("to").selectedIndex = 1
        await self.load()

    async def choose_again(self) -> None:
        """Let the person choose other deals."""
        await self.load()
        by_id("from").focus()

    async def load(self) -> None:
        """Read the deals of the chosen stage, and show what would change."""
        by_id("problem").replaceChildren()
        by_id("preview").replaceChildren(view.reading())
        show("choice", "preview")
        chosen = by_id("from").value
        try:
            deals, total = await read_deals(chosen)
        except BX24Error as error:
            show("choice")
            self.complain("The deals could not be read.", error, "deals")
            return
        if chosen == by_id("from").value:  # else another has been chosen meanwhile
            self.deals, self.total = deals, total
            self.show_preview()

    def show_preview(self) -> None:
        """Show what will change."""
        source, target = self.stages[by_id("from").value], self.stages[by_id("to").value]
        by_id("preview").replaceChildren(*view.preview(self.deals, self.total, source, target))

    async def move(self) -> None:
        """Move the deals that are shown."""
        self.change = Change({deal.id: deal for deal in self.deals}, by_id("to").value)
        await self.run(self.change.again)

    async def check(self) -> None:
        """Read the deals of which nobody knows, and move those that have not been moved."""
        by_id("problem").replaceChildren()
        try:
            unmoved = await self.change.check()
        except BX24Error as error:
            self.complain("The deals could not be read.", error)
            return
        await self.run(unmoved)

    async def run(self, commands: Commands) -> None:
        """Send commands, show how far that is, and then what became of all deals."""
        if commands:
            self.show_progress(0, len(commands))
            show("running")
            by_id("cancel").focus()
            await self.change.run(commands, self.show_progress)
        by_id("problem").replaceChildren()
        by_id("report").replaceChildren(*view.report(self.change, self.stages[self.change.stage]))
        show("report")
        by_id("report").querySelector("button").focus()

    def show_progress(self, done: int, total: int) -> None:
        """Show how many deals are answered."""
        by_id("running-text").textContent = f"{done:,} of {view.count(total)}"
        bar = by_id("bar")
        bar.max, bar.value = total, done

    async def open(self, link: Element) -> None:
        """Open a deal over the page."""
        by_id("problem").replaceChildren()
        try:
            await bx24.open_path(f"/crm/deal/details/{link.dataset.deal}/")
        except BX24Error as error:
            self.complain("The deal could not be opened.", error)

    def complain(self, title: str, error: BX24Error, action: str = "") -> None:
        """Say what did not work."""
        by_id("problem").replaceChildren(view.problem(title, error, action))

    async def on_click(self, event: Event) -> None:
        """Do what the clicked element is for, once."""
        clicked = event.target.closest("[data-action]")
        if not clicked or event.detail > 1:
            return
        done = self.actions[clicked.dataset.action](clicked)
        if asyncio.iscoroutine(done):
            await done


await Mover().listen()  # type: ignore[top-level-await]
