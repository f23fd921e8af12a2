"""What the page shows, made of elements and texts: what the portal sent never becomes HTML.

What an element does when it is clicked is in its `data-action`; app.py listens.
"""

from __future__ import annotations

from collections.abc import Iterable

from change import Change, Deal, Stage

from bx24py import BX24Error
from bx24py.page import Element, element

SHOWN = 50
"""How many deals a list shows; the others are counted."""


def button(text: str, action: str, **attributes: str | int | bool) -> Element:
    """Make a button."""
    return element("button", text, type="button", data_action=action, **attributes)


def count(number: int) -> str:
    """Put a number of deals into words."""
    return "1 deal" if number == 1 else f"{number:,} deals"


def amounts(deals: Iterable[Deal]) -> str:
    """Add up what the deals are worth, in each currency."""
    sums: dict[str, float] = {}
    for deal in deals:
        sums[deal.currency] = sums.get(deal.currency, 0.0) + deal.amount
    return " + ".join(f"{value:,.0f} {currency}".strip() for currency, value in sorted(sums.items()) if value)


def options(stages: list[Stage]) -> list[Element]:
    """Make the choices of a list of stages."""
    return [element("option", stage.name, value=stage.id) for stage in stages]


def deal_list(deals: list[Deal], reasons: dict[int, BX24Error] | None = None) -> Element:
    """Return a list of deals, each with its worth, or with why it failed."""
    rows = [_row(deal, (reasons or {}).get(deal.id)) for deal in deals[:SHOWN]]
    more = len(deals) - SHOWN
    if more > 0:
        rows.append(element("li", f"and {more:,} more", class_="muted"))
    return element("ul", *rows, class_="deals")


def _row(deal: Deal, error: BX24Error | None) -> Element:
    name = button(deal.title, "open", class_="link", data_deal=deal.id, dir="auto")
    if error is not None:
        return element("li", name, element("span", error.user_message, class_="wrong"))
    worth = f"{deal.amount:,.0f} {deal.currency}".strip() if deal.amount else ""
    return element("li", name, element("span", worth, class_="worth"))


def reading() -> Element:
    """Return the words for deals that are being read."""
    return element("p", "Reading the deals…", class_="empty muted", role="status")


def preview(deals: list[Deal], total: int, source: Stage, target: Stage) -> list[Element]:
    """Show what will change."""
    if not deals:
        return [element("p", "There are no deals in this stage.", class_="empty muted")]
    chosen = f"The newest {len(deals):,} of {total:,} deals" if total > len(deals) else count(total)
    same = source == target
    change = (
        (": choose another stage to move them to.",)
        if same
        else (" from ", stage_name(source), " to ", stage_name(target))
    )
    words = element("p", chosen, *change, class_="words")
    return [
        element(
            "div",
            element("div", words, element("p", amounts(deals), class_="muted")),
            element(
                "div",
                button(f"Move {count(len(deals))}", "move", class_="primary", disabled=same),
                class_="actions",
            ),
            class_="top",
        ),
        deal_list(deals),
    ]


def stage_name(stage: Stage) -> Element:
    """Show the name of a stage."""
    return element("strong", stage.name, dir="auto")


def report(change: Change, target: Stage) -> list[Element]:
    """Show what has become of all deals, and what can be done now."""
    parts = [_outcome(change, target)]
    if change.uncertain:
        parts.append(
            _group(
                "uncertain",
                f"{count(len(change.uncertain))} may have been moved",
                "Nobody knows: the answer to their request was lost. They are read first, and only those that have not "
                "been moved are sent again.",
                deal_list([change.deals[number] for number in change.uncertain]),
                button("Check, and move the others", "check", class_="primary"),
            )
        )
    unmoved = [*change.failed, *change.remaining]
    if unmoved:
        parts.append(
            _group(
                "unmoved",
                f"{count(len(unmoved))} not moved",
                _unmoved_words(change),
                deal_list([change.deals[number] for number in unmoved], change.failed),
                button("Try again", "again", class_="primary"),
            )
        )
    return parts


def _unmoved_words(change: Change) -> str:
    refused = f"The portal refused {len(change.failed):,}. " if change.failed else ""
    return refused + (f"{len(change.remaining):,} have not been sent." if change.remaining else "")


def _outcome(change: Change, target: Stage) -> Element:
    total, moved = len(change.deals), len(change.moved)
    complete = moved == total
    title = "Done." if complete else "Cancelled." if change.cancelled else "Not complete."
    words = f" {count(moved)} moved to " if complete else f" {moved:,} of {count(total)} moved to "
    return element(
        "div",
        element(
            "div",
            element("p", element("strong", title), words, stage_name(target), ".", role="status", class_="words"),
            button("Move other deals", "choose"),
            class_="top actions",
        ),
        element("p", change.problem.user_message, class_="wrong", role="alert") if change.problem else None,
        None if complete else element("progress", max=total, value=moved, aria_label="Moved"),
        class_="panel outcome" + (" complete" if complete else ""),
    )


def _group(kind: str, title: str, words: str, deals: Element, action: Element) -> Element:
    return element(
        "div",
        element(
            "div",
            element("div", element("h2", title), element("p", words, class_="muted")),
            element("div", action, class_="actions"),
            class_="top",
        ),
        element("details", element("summary", "Show them"), deals),
        class_=f"panel group {kind}",
    )


def problem(title: str, error: BX24Error, action: str = "") -> Element:
    """Return an error message: what did not work, why, what helps, and the error's own text for administrators."""
    return element(
        "div",
        element("p", element("strong", title), " ", error.user_message),
        element("details", element("summary", "Details"), element("p", str(error))),
        button("Try again", action) if action else None,
        class_="panel problem",
        role="alert",
    )
