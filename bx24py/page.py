"""What pages need again and again: elements, tables, progress, messages, questions, files to save.

```python
from bx24py.page import Table, by_id, save_file
```

An application can also do without it, or use a library of its own. What is given as str reaches the page as text, never
as HTML. The elements have classes for the application's style sheet, and no styles of their own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Number
from typing import TYPE_CHECKING, Any, TypeAlias

from . import bx24
from .calls.pending import Pending, start_task
from .errors import BX24Error, NotInBrowserError

try:
    import js
    from pyodide.ffi import to_js
except ImportError:  # plain CPython
    js = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from js import Document, HTMLElement

    Element: TypeAlias = HTMLElement
else:
    Element = Any

_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""A text that begins so may be a formula for a spreadsheet; the last four are full-width forms of the first."""


def by_id(name: str) -> Element:
    """Return the element with this id.

    Raises:
        LookupError: there is none. JavaScript's null would arrive as a JsNull, which fails only later.
    """
    found = _page().getElementById(name)
    if not found:
        raise LookupError(f'name: the page has no element with id="{name}"')
    return found


def find(selector: str) -> Element | None:
    """Return the first element that a CSS selector matches, or None."""
    return _page().querySelector(selector) or None


def element(tag: str, *children: Element | str | None, **attributes: str | float | bool) -> Element:
    """Make an element.

    Args:
        tag: its name.
        children: elements, and str, which become text; None is left out.
        attributes: an underscore becomes a dash, and one at the end is dropped; True is an attribute without a value,
            False leaves it out.
    """
    made = _page().createElement(tag)
    for name, value in attributes.items():
        if value is not False:
            made.setAttribute(name.rstrip("_").replace("_", "-"), "" if value is True else str(value))
    made.append(*(child for child in children if child is not None))
    return made


class Table:
    """Rows as a table that begins with the first few, and a button for more: thousands at once would take seconds.

    Args:
        columns: the heading of each column, by the key of its value in a row.
        caption: what the table shows, for screen readers too.
        format: makes the text of a value, from the key and the row; default: `text_of`.
        step: how many rows it begins with, and how many each click adds.
        more: what stands on the button.

    Attributes:
        element: a `div` with the table and the button. Cells of numbers have the class `number`.
    """

    def __init__(
        self,
        columns: Mapping[str, str],
        *,
        caption: str,
        format: Callable[[str, Mapping[str, Any]], str] | None = None,  # noqa: A002  the plainest name
        step: int = 50,
        more: str = "Show more",
    ) -> None:
        self._columns = columns
        self._format = format or (lambda key, row: text_of(row.get(key)))
        self._step = step
        self._rows: Sequence[Mapping[str, Any]] = ()
        self._body = element("tbody")
        self._headings = [element("th", heading, scope="col") for heading in columns.values()]
        head = element("thead", element("tr", *self._headings))
        self._more = element("button", more, type="button", hidden=True)
        self.element = element("div", element("table", element("caption", caption), head, self._body), self._more)
        bx24.bind(self._more, "click", lambda _event: self._add())

    def show(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show these rows instead of the present ones."""
        self._rows = rows
        self._body.replaceChildren()
        for key, heading in zip(self._columns, self._headings, strict=True):
            heading.className = "number" if any(_is_number(row.get(key)) for row in rows[: self._step]) else ""
        self._add()

    def _add(self) -> None:
        shown = self._body.childElementCount
        self._body.append(*(self._row(row) for row in self._rows[shown : shown + self._step]))
        self._more.hidden = shown + self._step >= len(self._rows)

    def _row(self, row: Mapping[str, Any]) -> Element:
        cells = (
            element("td", self._format(key, row), class_="number" if _is_number(row.get(key)) else False)
            for key in self._columns
        )
        return element("tr", *cells)


class Progress:
    """A bar with words: what `on_progress` of `call_list` and others calls.

    Args:
        text: what is done.

    Attributes:
        element: a `div` with the class `progress`.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._words = element("p", text, role="status")
        self._bar = element("progress", aria_label=text)
        self.element = element("div", self._words, self._bar, class_="progress")

    def __call__(self, done: int, total: int | None = None) -> None:
        """Show how much is done; the bar only moves to and fro while the total is None."""
        of_total = "" if total is None else f" of {total:,}"
        self._words.textContent = f"{self.text} {done:,}{of_total}"
        self.element.hidden = False
        if total:
            self._bar.max, self._bar.value = total, done
        else:
            self._bar.removeAttribute("value")

    def hide(self) -> None:
        """Hide it; it shows again when it is called."""
        self.element.hidden = True


def problem(title: str, error: BX24Error, *buttons: Element) -> Element:
    """Return the message for a failed call: what did not work, the words for users, and the whole error on demand.

    Args:
        title: what did not work, such as "The deals could not be read."
        error: its `user_message` is shown; its own text is folded away.
        buttons: what the user can do, such as to try again.
    """
    return element(
        "div",
        element("p", element("strong", title), " ", error.user_message),
        element("details", element("summary", "Details"), element("p", str(error))),
        *buttons,
        class_="problem",
        role="alert",
    )


def ask(question: str, *answers: str, details: Element | str | None = None) -> Pending[str | None]:
    """Ask in a modal dialog. Under `auto_fit` it opens in the part of the frame that the user sees.

    Args:
        question: its heading.
        answers: what stands on its buttons; the first has the class `primary`. Default: "OK".
        details: what stands between them.

    Returns:
        The answer; None if the user closed the dialog with Escape.
    """
    buttons = [
        element("button", answer, value=answer, class_="" if place else "primary")
        for place, answer in enumerate(answers or ("OK",))
    ]
    content = element("p", details) if isinstance(details, str) else details
    form = element("form", element("h2", question), content, element("div", *buttons, class_="row"), method="dialog")
    dialog = element("dialog", form, aria_label=question)

    async def answered() -> str | None:
        closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_close(_event: object) -> None:
            if not closed.done():
                closed.set_result(None)

        bx24.bind(dialog, "close", on_close)
        _page().body.append(dialog)
        try:
            dialog.showModal()
            await closed
            return str(dialog.returnValue) or None
        finally:
            bx24.unbind(dialog, "close", on_close)
            dialog.remove()

    return start_task(answered())


def save_file(name: str, content: str | bytes, media_type: str = "") -> None:
    """Let the browser save a file, as after a click on a download link.

    Args:
        name: what it is called.
        content: bytes, or a str that is written in UTF-8.
        media_type: such as `text/csv`.
    """
    data = content.encode() if isinstance(content, str) else content
    link = element("a", download=name)
    link.href = js.URL.createObjectURL(js.Blob.new(to_js([data]), to_js({"type": media_type})))
    link.click()
    asyncio.get_running_loop().call_later(60, js.URL.revokeObjectURL, link.href)  # Safari reads it a little later


def csv_file(rows: Iterable[Iterable[object]]) -> bytes:
    """Return rows as a CSV file that spreadsheets open as what it is: UTF-8 with a byte order mark.

    Args:
        rows: the cells of each, the headings first; None is empty, each text is a `csv_cell`.
    """
    import csv
    import io

    text = io.StringIO(newline="")
    csv.writer(text).writerows([csv_cell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def csv_cell(text: str) -> str:
    """Return a text for a cell of a CSV file: an apostrophe before it keeps it from being a formula.

    Whoever writes such a text into a portal could otherwise run commands on the computer of who opens the file. Plain
    numbers stay as they are: the portal sends amounts as texts.
    """
    is_number = re.fullmatch(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?[ ]*", text, re.ASCII)
    return f"'{text}" if text.startswith(_FORMULA) and not is_number else text


def text_of(value: object) -> str:
    """Return a value as a person reads it: numbers with thousands separators, "" for None, all else by `str`."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.2f}".removesuffix(".00")
    return f"{value:,}" if _is_number(value) else str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, Number) and not isinstance(value, bool)


def _page() -> Document:
    if js is None:
        raise NotInBrowserError
    return js.document
