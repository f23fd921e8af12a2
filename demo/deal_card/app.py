"""A tab on a deal's card: the deal, its contact, its company and the company's latest deals, read in one request.

The title and the stage can be changed. After saving, the portal's own card is reloaded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any, TypeVar

import deal
import view
import words

from bx24py import BX24Error, bx24
from bx24py.page import Element, by_id

SLOW = 5.0
"""Seconds after which the page says that the portal is slow."""

T = TypeVar("T")


class DealCard:
    """The page of one deal: the last data read, the user's input, and what is in progress."""

    def __init__(self, deal_id: int) -> None:
        self.deal_id = deal_id
        self.card: deal.Card | None = None
        self.saving = False

    # Reading

    async def load(self) -> None:
        """Read the deal and show it, or say why that failed."""
        try:
            card = await working("Reading the deal…", deal.read(self.deal_id))
        except BX24Error as error:
            view.show_problem("The deal could not be read.", error.user_message, details=str(error))
        else:
            self.show(card, keep=self.changes())

    def show(self, card: deal.Card, *, keep: dict[str, str]) -> None:
        """Show what was read; the user's input stays in the form."""
        self.card = card
        view.show_card(card)
        view.show_stages(card.stages)
        self.fill({**self.fields(), **keep})

    # The form

    def fields(self) -> dict[str, str]:
        """Return the form's fields as the portal has them."""
        return {"TITLE": self.card.deal.title, "STAGE_ID": self.card.deal.stage} if self.card else {}

    def changes(self) -> dict[str, str]:
        """Return the fields that the user has changed."""
        fields = self.fields()
        return {name: value for name, value in view.typed().items() if fields and value != fields[name].strip()}

    def fill(self, fields: dict[str, str]) -> None:
        """Fill the form."""
        by_id("title").value = fields["TITLE"]
        self.follow(fields["STAGE_ID"])

    def follow(self, stage: str) -> None:
        """Show a stage as chosen, and whether there is anything to save."""
        if self.card and isinstance(self.card.stages, list):
            view.choose_stage(self.card.stages, stage)
        view.show_title_error("")
        view.show_changed(bool(self.changes()))

    def edited(self, _event: Any) -> None:
        """Update the page after the user has typed or chosen something."""
        self.follow(view.typed().get("STAGE_ID", ""))
        view.show_message("")

    def cancel(self, _event: Any) -> None:
        """Discard the user's changes."""
        if self.changes() and not self.saving:
            self.fill(self.fields())
            view.show_message("")

    # Saving

    def submit(self, event: Any) -> Awaitable[None] | None:
        """Save the changes. A second click meanwhile does nothing."""
        event.preventDefault()
        changes = self.changes()
        if self.saving or not changes:
            return None
        if changes.get("TITLE") == "":
            view.show_title_error("A deal needs a title.")
            return None
        self.saving = True
        return self.save(changes)

    async def save(self, changes: dict[str, str]) -> None:
        """Save the changes and show the updated deal. If that fails, the user's input stays."""
        try:
            with view.saving():
                card = await deal.save(self.deal_id, changes)
                self.show(card or self.with_changes(changes), keep={})
        except BX24Error as error:
            view.show_message(words.not_saved(error), failed=True)
        else:
            view.show_message("Saved.")
            await reload_portal_card()
        finally:
            self.saving = False

    def with_changes(self, changes: dict[str, str]) -> deal.Card:
        """Return the last data read, with the changes saved since."""
        assert self.card
        fields = {**self.fields(), **changes}
        return replace(self.card, deal=replace(self.card.deal, title=fields["TITLE"], stage=fields["STAGE_ID"]))


async def working(text: str, call: Awaitable[T]) -> T:
    """Show progress until a call has ended."""
    view.show_progress(text)
    slow = f"{text} The portal is taking its time."
    timer = asyncio.get_running_loop().call_later(SLOW, lambda: view.show_progress(slow))
    try:
        return await call
    finally:
        timer.cancel()
        view.hide_progress()


async def reload_portal_card() -> None:
    """Reload the deal in the portal's own card."""
    try:
        await bx24.placement.call("reloadData", wait=False)
    except BX24Error:  # it lacks the command, or does not answer
        view.show_message("Saved. Reload the page to see it in the rest of the card.")


async def open_page(path: str, link: Element) -> None:
    """Open a portal page over this one."""
    view.show_notice("", link)
    try:
        await bx24.open_path(path)
    except BX24Error as error:
        view.show_notice(words.not_opened(error), link)


def deal_on_card() -> int | None:
    """Return the id of the deal whose card the application was opened on."""
    place = bx24.placement.info()
    return place.entity_id if place.code.startswith("CRM_DEAL_") else None


async def start() -> None:
    """Find out where the application was opened, and show the deal."""
    await bx24.init()
    bx24.auto_fit()
    deal_id = deal_on_card()
    if deal_id is None:
        view.show_problem(
            "There is no deal here.",
            "Open this application from a deal: it is a tab on the card of each deal, perhaps under “More”.",
            retry=False,
        )
        return
    page = DealCard(deal_id)
    listen(page)
    await page.load()


def listen(page: DealCard) -> None:
    """Listen to the user's actions."""

    async def clicked(event: Any) -> None:
        button = event.target.closest("[data-path], [data-action]")
        if not button:
            return
        if path := button.getAttribute("data-path"):
            await open_page(path, button)
        else:
            await page.load()

    form = by_id("form")
    bx24.bind(form, "submit", page.submit)
    bx24.bind(form, "input", page.edited)
    bx24.bind(by_id("cancel"), "click", page.cancel)
    bx24.bind(by_id("page"), "click", clicked)


await start()  # type: ignore[top-level-await]
