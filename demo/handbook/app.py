"""The company's departments and people, in the left menu: a tree, a search, and a card for each person.

company.py has the company in plain Python, reading.py reads it from the portal, view.py builds the page's elements.
This module handles the start, clicks, keys and typing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import view
from company import NO_DEPARTMENT, Company, Found
from js import document
from reading import Reading, read_company

from bx24py import BX24Error, bx24
from bx24py.page import Element, by_id, find

Event = Any
"""An event of the page."""

SLOW = 5.0
"""Seconds after which the page says that the portal is slow."""

CARD = "card"
"""The id of the card: one is open at a time."""

# The rows that are not inside a closed one.
ROWS = "main .row:not([hidden] *)"


class Handbook:
    """The page: its data, and the user's actions."""

    def __init__(self) -> None:
        self.reading = Reading()
        self.company = Company([], [])
        self.found = Found()
        self.actions: dict[str, Callable[[Element], object]] = {
            "toggle": self.toggle_department,
            "card": self.toggle_card,
            "reveal": lambda link: self.reveal(int(link.dataset.department)),
            "more": self.show_more,
            "clear": lambda _button: self.clear_search(),
            "profile": self.open_profile,
            "chat": self.open_chat,
            "retry": lambda _button: self.retry(),
        }

    async def start(self) -> None:
        """Listen to the user, keep the frame as high as the page, and read the company."""
        page = by_id("handbook")
        bx24.bind(page, "click", self.on_click)
        bx24.bind(page, "keydown", self.on_key)
        bx24.bind(by_id("search"), "input", lambda _event: self.search())
        bx24.bind(by_id("dismissed"), "change", lambda _event: self.show_company())
        bx24.auto_fit()
        await self.load()

    # Reading

    async def load(self) -> None:
        """Read the company and show it, and what could not be read."""
        by_id("problems").replaceChildren()
        self.show_progress(0, 0)
        slow = asyncio.get_running_loop().call_later(SLOW, self.say_slow)
        try:
            self.reading = await read_company(self.show_progress)
        except BX24Error as error:
            by_id("problems").replaceChildren(view.problem("company", error, some=False))
        else:
            self.show_problems()
            by_id("structure").replaceChildren()
            self.show_company()
        finally:
            slow.cancel()
            by_id("progress").hidden = True

    async def retry(self) -> None:
        """Read the company again. The clicked button disappears, so the focus moves on."""
        await self.load()
        self.go_to(document.querySelector('[data-action="retry"]') or by_id("search"))

    def show_progress(self, read: int, total: int) -> None:
        """Show how much has been read; a total of 0 means unknown."""
        by_id("progress").hidden = False
        words = f"Reading the company… {read:,} of {total:,}" if total else "Reading the company…"
        by_id("progress-text").textContent = words
        bar = by_id("progress-bar")
        if total:
            bar.max, bar.value = total, read
        else:
            bar.removeAttribute("value")

    def say_slow(self) -> None:
        """Say that the portal is slow."""
        by_id("progress-text").textContent = "Reading the company… The portal is taking longer than usual."

    def show_problems(self) -> None:
        """Say what could not be read."""
        read = {"departments": self.reading.departments, "people": self.reading.people}
        problems = self.reading.problems.items()
        by_id("problems").replaceChildren(
            *(view.problem(what, error, some=bool(read[what])) for what, error in problems)
        )

    # The structure

    def show_company(self) -> None:
        """Show the departments and people that were read. Open departments stay open; at first, the top one is."""
        first = not by_id("structure").childElementCount
        opened = self.opened()
        dismissed = by_id("dismissed")
        self.company = Company(self.reading.departments, self.reading.people, dismissed=dismissed.checked)
        by_id("dismissed-label").hidden = all(person.active for person in self.reading.people)
        by_id("summary").textContent = view.summary(self.company)
        self.show_structure()
        if first:
            opened = [one.id for one in self.company.roots] or [NO_DEPARTMENT]
        for number in opened:
            self.open_path(number)
        self.search()

    def show_structure(self) -> None:
        """Show the departments, all of them closed."""
        structure = by_id("structure")
        tree = view.department_list(self.company, self.company.roots)
        if self.company.members(NO_DEPARTMENT):
            tree.append(view.without_department_item(self.company))
        empty = not tree.childElementCount
        by_id("tools").hidden = empty
        if not empty:
            structure.replaceChildren(tree)
        elif self.reading.problems:
            structure.replaceChildren()
        else:
            structure.replaceChildren(view.nobody())

    def opened(self) -> list[int]:
        """Return the open departments, parents first."""
        rows = by_id("structure").querySelectorAll('.department > .row[aria-expanded="true"]')
        return [int(row.dataset.department) for row in rows]

    def toggle_department(self, row: Element) -> None:
        """Open a department, or close it."""
        self.open_department(row, open_=row.getAttribute("aria-expanded") == "false")

    def open_department(self, row: Element, *, open_: bool) -> None:
        """Open or close a department. Its content is created when it is first opened."""
        number = int(row.dataset.department)
        inside = by_id(f"inside-{number}")
        if open_ and not inside.childElementCount:
            inside.append(view.department_content(self.company, number))
        inside.hidden = not open_
        row.setAttribute("aria-expanded", "true" if open_ else "false")

    def open_path(self, number: int) -> Element | None:
        """Open a department and all above it; return its row, or None if the department no longer exists."""
        path = [one.id for one in self.company.path(number)] if number in self.company.departments else [number]
        row = None
        for one in path:
            row = find(f"#department-{one}")
            if row:
                self.open_department(row, open_=True)
        return row

    def reveal(self, number: int) -> None:
        """Show a department in the structure."""
        self.clear_search()
        self.go_to(self.open_path(number))

    def show_more(self, button: Element) -> None:
        """Make a long list longer."""
        listing = button.closest(".listing")
        source = listing.dataset.source
        if source == view.SEARCH:
            first = view.extend(listing, self.found.people, lambda one: view.found_person(self.company, one))
        else:
            number = int(source)
            people = self.company.members(number)
            first = view.extend(listing, people, lambda one: view.member(self.company, number, one))
        self.go_to(first)

    # The search

    def search(self) -> None:
        """Show the results for the text in the search field, or without a text the structure."""
        text = " ".join(by_id("search").value.split())
        self.found = self.company.search(text)
        anything = bool(self.found.people or self.found.departments)
        self.close_card()
        by_id("structure").hidden = bool(text)
        by_id("results").hidden = not text
        by_id("found").textContent = view.found_count(self.found) if anything else ""
        shown = view.results(self.company, self.found) if anything else [view.nothing_found(text)] if text else []
        by_id("results").replaceChildren(*shown)

    def clear_search(self) -> None:
        """Go back to the structure."""
        by_id("search").value = ""
        self.search()
        by_id("search").focus()

    # The card

    def toggle_card(self, row: Element) -> None:
        """Show a person's card below their row, or close it."""
        was_open = row.getAttribute("aria-expanded") == "true"
        self.close_card()
        if not was_open:
            person = self.company.people[int(row.dataset.person)]
            row.after(view.card(self.company, person, CARD))
            row.setAttribute("aria-expanded", "true")
            row.setAttribute("aria-controls", CARD)

    def close_card(self) -> Element | None:
        """Close the open card; return its row, or None if no card was open."""
        card = find(f"#{CARD}")
        if not card:
            return None
        row = card.previousElementSibling
        row.setAttribute("aria-expanded", "false")
        row.removeAttribute("aria-controls")
        card.remove()
        return row

    async def open_profile(self, button: Element) -> None:
        """Open the person's profile over the page, and wait until it is closed."""
        card = button.closest(".card")
        say(card, "")
        try:
            await bx24.open_path(f"/company/personal/user/{card.dataset.person}/")
        except BX24Error as error:
            say(card, view.profile_trouble(error))

    async def open_chat(self, button: Element) -> None:
        """Open a chat with the person."""
        card = button.closest(".card")
        say(card, "")
        try:
            await bx24.im.open_messenger(int(card.dataset.person))
        except BX24Error as error:
            say(card, f"The chat could not be opened. {error.user_message}")

    # Clicks and keys

    async def on_click(self, event: Event) -> None:
        """Perform the clicked element's action. A double-click must not open two profiles."""
        clicked = event.target.closest("[data-action]")
        if not clicked or (clicked.dataset.action == "profile" and event.detail > 1):
            return
        done = self.actions[clicked.dataset.action](clicked)
        if asyncio.iscoroutine(done):
            await done

    def on_key(self, event: Event) -> None:
        """Move through the rows with the arrow keys; Escape closes the card, or clears the search."""
        if event.ctrlKey or event.metaKey or event.altKey:
            return
        row = event.target.closest(".row")
        if event.key == "Escape":
            handled = self.escape(event.target)
        elif row:
            handled = self.key_on_row(row, event.key)
        else:
            handled = event.target.id == "search" and event.key == "ArrowDown" and self.go_to(first_row())
        if handled:
            event.preventDefault()

    def escape(self, target: Element) -> bool:
        """Close what is open; return whether anything was."""
        if target.id == "search" and target.value:
            self.clear_search()
            return True
        return self.go_to(self.close_card())

    def key_on_row(self, row: Element, key: str) -> bool:
        """Handle a key on a row; return whether it was handled."""
        expanded = row.getAttribute("aria-expanded")
        match key:
            case "ArrowDown":
                return self.go_to(neighbour(row, 1))
            case "ArrowUp":
                return self.go_to(neighbour(row, -1) or by_id("search"))
            case "Home":
                return self.go_to(first_row())
            case "End":
                return self.go_to(last_row())
            case "ArrowRight" if expanded == "false":
                row.click()
            case "ArrowRight" if expanded == "true" and row.dataset.department:
                return self.go_to(neighbour(row, 1))
            case "ArrowLeft" if expanded == "true":
                row.click()
            case "ArrowLeft":
                above = row.parentElement.parentElement.closest(".department")
                return self.go_to(above.firstElementChild if above else None)
            case _:
                return False
        return True

    def go_to(self, target: Element | None) -> bool:
        """Focus an element, if there is one; return whether there is."""
        if not target:
            return False
        target.focus()
        return True


def rows() -> list[Element]:
    """Return the visible rows, from top to bottom."""
    return list(document.querySelectorAll(ROWS))


def first_row() -> Element | None:
    return document.querySelector(ROWS)


def last_row() -> Element | None:
    return next(reversed(rows()), None)


def neighbour(row: Element, step: int) -> Element | None:
    """Return the row `step` rows below this one, or None."""
    seen = rows()
    at = next((index for index, one in enumerate(seen) if one.isSameNode(row)), 0) + step
    return seen[at] if 0 <= at < len(seen) else None


def say(card: Element, text: str) -> None:
    """Show a message in a card, and announce it to screen readers."""
    card.querySelector(".trouble").textContent = text


await Handbook().start()  # type: ignore[top-level-await]
