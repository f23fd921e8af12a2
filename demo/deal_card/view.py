"""What the page shows, built from elements and text.

Data from the portal becomes text nodes and attributes, never HTML. There are no inline styles or scripts, which a
strict Content-Security-Policy blocks. A link into the portal has its path in `data-path`; app.py listens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from chart import Bar, bar_chart
from deal import IN_PROGRESS, LOST, WON, Card, Client, Deal, Stage
from js import Intl, document

from bx24py import BX24Error
from bx24py.page import Element, by_id, element, find

GROUPS = {IN_PROGRESS: ("In progress", "open"), WON: ("Won", "won"), LOST: ("Lost", "lost")}
"""A deal's status, in words and as a CSS class."""


def say(name: str, text: str) -> None:
    """Set the text of the element with this id."""
    by_id(name).textContent = text


# The page as a whole


def show_progress(text: str) -> None:
    """Show progress."""
    say("progress-text", text)
    by_id("progress").hidden = False
    by_id("page").hidden = False


def hide_progress() -> None:
    """Hide the progress."""
    by_id("progress").hidden = True
    say("progress-text", "")


def show_problem(title: str, text: str, *, details: str = "", retry: bool = True) -> None:
    """Show a message instead of the deal."""
    by_id("page").hidden = False
    by_id("card").hidden = True
    by_id("problem").replaceChildren(problem(title, text, details=details, retry=retry, instead=True))


def show_card(card: Card) -> None:
    """Show all that was read, except the form: app.py fills it, since it knows the user's input."""
    by_id("problem").replaceChildren()
    by_id("card").hidden = False
    say("deal-number", f"Deal #{card.deal.id}")
    say("deal-amount", money(card.deal.amount, card.deal.currency))
    by_id("contact").replaceChildren(client(card.contact, "contact"))
    by_id("company").replaceChildren(client(card.company, "company"))
    by_id("recent").replaceChildren(*recent(card))


def problem(title: str, text: str, *, details: str = "", retry: bool = True, instead: bool = False) -> Element:
    """Return a message: what failed, why, what to do, and the portal's own text for administrators.

    If it stands instead of the whole page, its title is the page's heading.
    """
    words = element("div", element("h1" if instead else "strong", title), " ", text)
    made = element("div", words, class_="problem panel" if instead else "problem", role="alert")
    if details:
        made.append(element("details", element("summary", "Details"), element("p", details)))
    if retry:
        made.append(element("button", "Try again", type="button", class_="plain", data_action="retry"))
    return made


def unread(what: str, error: BX24Error) -> Element:
    """Return the message for a part that could not be read."""
    return problem(f"{what} could not be read.", error.user_message, details=str(error))


# The form


def show_stages(stages: list[Stage] | BX24Error) -> None:
    """Show the stages, with none chosen, or say why there are none."""
    by_id("stages").hidden = isinstance(stages, BX24Error)
    if isinstance(stages, BX24Error):
        by_id("stage-list").replaceChildren()
        by_id("stages-problem").replaceChildren(unread("The stages", stages))
    else:
        by_id("stage-list").replaceChildren(*(_stage(place, stage) for place, stage in enumerate(stages)))
        by_id("stages-problem").replaceChildren()


def choose_stage(stages: list[Stage], chosen: str) -> None:
    """Choose a stage, and colour the stages before it in the same way."""
    at = next((place for place, stage in enumerate(stages) if stage.id == chosen), None)
    bar = by_id("stage-list")
    if at is not None:
        _colour(bar, "--chosen", stages[at].colour)
    for place, stage in enumerate(stages):
        passed = at is not None and (place == at or (place < at and stage.group == IN_PROGRESS))
        radio = by_id(f"stage-{place}")
        radio.checked = place == at
        radio.parentElement.classList.toggle("passed", passed)


def typed() -> dict[str, str]:
    """Return the title and, if one is chosen, the stage from the form."""
    chosen = document.querySelector("#stage-list :checked")
    fields = {"TITLE": by_id("title").value.strip()}
    return {**fields, "STAGE_ID": chosen.value} if chosen else fields


def show_title_error(text: str) -> None:
    """Show an error of the title; an empty text hides it."""
    say("title-error", text)
    by_id("title").setAttribute("aria-invalid", "true" if text else "false")
    if text:
        by_id("title").focus()


def show_changed(changed: bool) -> None:
    """Make the buttons look enabled or disabled. They keep the focus, which disabled ones lose."""
    for name in ("save", "cancel"):
        by_id(name).setAttribute("aria-disabled", "false" if changed else "true")


def show_message(text: str, *, failed: bool = False) -> None:
    """Show the outcome of saving below the form; an empty text hides it."""
    say("message", "" if failed else text)
    say("failure", text if failed else "")


def show_notice(text: str, near: Element) -> None:
    """Show a message below the clicked element; an empty text hides it."""
    near.closest(".panel").append(by_id("notice"))
    say("notice", text)


@contextmanager
def saving() -> Iterator[None]:
    """Show that the deal is being saved. The form is locked meanwhile, and the focus is restored afterwards."""
    form, focused = by_id("form"), document.activeElement.id
    show_message("Saving…")
    _lock(True)
    try:
        yield
    finally:
        _lock(False)
        again = find(f"#{focused}") if focused else None
        if again and form.contains(again):
            again.focus()


def _lock(locked: bool) -> None:
    by_id("form").setAttribute("aria-busy", "true" if locked else "false")
    by_id("title").readOnly = locked
    for radio in document.querySelectorAll("#stage-list input"):
        radio.disabled = locked


def _stage(place: int, stage: Stage) -> Element:
    radio = element("input", type="radio", name="stage", value=stage.id, id=f"stage-{place}")
    label = element("label", radio, element("span", stage.name, dir="auto"), class_="stage", title=stage.name)
    _colour(label, "--own", stage.colour)
    return label


def _colour(target: Element, name: str, colour: str) -> None:
    """Pass the portal's colour to the style sheet, if it is valid."""
    if re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        target.style.setProperty(name, colour)
    else:
        target.style.removeProperty(name)


# Contact, company


def client(found: Client | BX24Error | None, what: str) -> Element:
    """Return a contact or a company, or say why there is none."""
    if found is None:
        return element("p", f"No {what} is linked to this deal.", class_="muted")
    if isinstance(found, BX24Error):
        return unread(f"The {what}", found)
    made = element("div", _link(found.name, found.path, "client-name"))
    if found.line:
        made.append(element("p", found.line, class_="muted", dir="auto"))
    facts = [_fact("Phone", "tel", phone) for phone in found.phones]
    facts += [_fact("E-mail", "mailto", email) for email in found.emails]
    made.append(element("dl", *facts) if facts else element("p", "No phone or e-mail.", class_="muted"))
    return made


def _fact(name: str, scheme: str, value: str) -> Element:
    link = element("a", element("bdi", value), href=f"{scheme}:{value.replace(' ', '')}")
    return element("div", element("dt", name), element("dd", link))


def _link(text: str, path: str, style: str = "") -> Element:
    """Return a button that looks like a link and opens a portal page."""
    return element("button", element("bdi", text), type="button", class_=f"link {style}".strip(), data_path=path)


# Recent deals


def recent(card: Card) -> Iterable[Element]:
    """Return the chart and the list of the company's latest deals, or say why there are none."""
    if isinstance(card.recent, BX24Error):
        return [unread("The recent deals", card.recent)]
    if card.deal.company is None:
        return [element("p", "No company is linked to this deal, so there are no others to show.", class_="muted")]
    if not card.recent:
        return [element("p", "There are no deals of this company that you may see.", class_="muted")]
    if [deal.id for deal in card.recent] == [card.deal.id]:
        return [element("p", "This is the company's only deal.", class_="muted")]
    names = {} if isinstance(card.stages, BX24Error) else {stage.id: stage.name for stage in card.stages}
    rows = (_row(deal, names, here=deal.id == card.deal.id) for deal in card.recent)
    count = f"The latest {len(card.recent)} of {card.total} deals" if card.total > len(card.recent) else ""
    return [*_chart(card.recent, card.deal), element("ul", *rows, class_="deals"), element("p", count, class_="muted")]


def _chart(deals: list[Deal], here: Deal) -> Iterable[Element]:
    """Return the chart of comparable amounts: those in the most common currency."""
    currencies = [deal.currency for deal in (here, *deals)]
    currency = max(currencies, key=currencies.count)
    shown = [deal for deal in reversed(deals) if deal.currency == currency]
    highest = max(deal.amount for deal in shown)
    if len(shown) < 2 or highest <= 0:
        return []
    made = [
        bar_chart(
            [_bar(deal, here) for deal in shown],
            label=f"Amounts of {len(shown)} deals in {currency}, oldest first: "
            + ", ".join(money(deal.amount, currency) for deal in shown),
            highest=money(highest, currency),
            first=day(shown[0]),
            last=day(shown[-1]),
        ),
        _legend(shown, here),
    ]
    left_out = len(deals) - len(shown)
    if left_out:
        many = "1 deal in another currency is" if left_out == 1 else f"{left_out} deals in other currencies are"
        made.append(element("p", f"{many} not in the chart.", class_="muted"))
    return made


def _bar(deal: Deal, here: Deal) -> Bar:
    style = GROUPS.get(deal.group, GROUPS[IN_PROGRESS])[1]
    tip = f"{deal.title}\n{money(deal.amount, deal.currency)}, {day(deal)}"
    return Bar(deal.amount, tip, f"{style} here" if deal.id == here.id else style)


def _legend(deals: list[Deal], here: Deal) -> Element:
    items = [_key(name, style) for group, (name, style) in GROUPS.items() if any(deal.group == group for deal in deals)]
    if any(deal.id == here.id for deal in deals):
        items.append(_key("This deal", "here"))
    return element("ul", *items, class_="legend")


def _key(name: str, style: str) -> Element:
    return element("li", element("span", class_=f"key {style}", aria_hidden="true"), name)


def _row(deal: Deal, names: dict[str, str], *, here: bool) -> Element:
    """Return a deal of the list; stages of other funnels are shown in general words."""
    words, style = GROUPS.get(deal.group, GROUPS[IN_PROGRESS])
    title = deal.title or f"Deal #{deal.id}"
    path = f"/crm/deal/details/{deal.id}/"
    name = element("strong", element("bdi", title), class_="title") if here else _link(title, path, "title")
    key = element("span", class_=f"key {style}", aria_hidden="true")
    stage = element("span", key, names.get(deal.stage, words), class_="stage-name")
    first = element("span", name, *([element("span", "This deal", class_="badge")] if here else []), class_="first")
    amount = element("span", money(deal.amount, deal.currency), class_="sum")
    return element("li", first, stage, element("span", day(deal), class_="day muted"), amount)


# Amounts and days


def money(amount: float, currency: str) -> str:
    """Format an amount in the page's language."""
    if not re.fullmatch("[A-Z]{3}", currency):
        return f"{amount:,.2f} {currency}".strip()
    return str(Intl.NumberFormat.new(document.documentElement.lang, style="currency", currency=currency).format(amount))


def day(deal: Deal) -> str:
    """Format the day when a deal was created."""
    return f"{deal.created.day} {deal.created:%b %Y}" if deal.created else ""
