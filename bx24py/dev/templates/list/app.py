"""All deals of the first funnel: read with progress, a chart, a search, and a CSV file of what was found."""

import csv
import io
from collections import Counter
from typing import Any

from js import URL, Blob, document

from bx24py import BX24Error, bx24

COLUMNS = ["ID", "TITLE", "STAGE_ID", "OPPORTUNITY", "CLOSEDATE"]
PAGE = 50
"""Rows that are added to the table at once: thousands would make the page slow."""


def by_id(name: str) -> Any:
    """Return an element of the page."""
    return document.getElementById(name)


def element(tag: str, text: str = "", of_class: str = "") -> Any:
    """Make an element with a text."""
    made = document.createElement(tag)
    made.textContent, made.className = text, of_class
    return made


class Deals:
    """The deals that were read, and those that the search found."""

    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []
        self.found: list[dict[str, Any]] = []
        self.stages: dict[Any, str] = {}

    async def start(self) -> None:
        """Read all deals, then show them."""
        bx24.auto_fit()
        try:
            fields = await bx24.fields("crm.deal")
            params = {"filter": {"CATEGORY_ID": 0}, "select": COLUMNS}
            # `fields` makes numbers, dates and None of the portal's texts.
            self.all = await bx24.call_list("crm.deal.list", params, fields=fields, on_progress=self.show_progress)
        except BX24Error as error:
            by_id("message").textContent = f"The deals could not be read. {error.user_message}"
            by_id("progress").hidden = True
            return
        self.stages = dict(fields["STAGE_ID"].items)
        self.show_chart()
        self.search(None)
        by_id("reading").hidden = True
        by_id("stages").hidden = by_id("table").hidden = False
        bx24.bind(by_id("search"), "input", self.search)
        bx24.bind(by_id("more"), "click", self.show_more)
        bx24.bind(by_id("export"), "click", self.export)

    def show_progress(self, done: int, total: int | None) -> None:
        """Show how many deals have been read; the total may be unknown."""
        by_id("message").textContent = f"Reading the deals… {done:,}" + (f" of {total:,}" if total else "")
        if total:
            by_id("progress").max, by_id("progress").value = total, done

    def stage(self, deal: dict[str, Any]) -> str:
        """Return the name of a deal's stage."""
        return self.stages.get(deal["STAGE_ID"], deal["STAGE_ID"] or "")

    def show_chart(self) -> None:
        """Draw a bar for each stage, as long as it has deals."""
        counts = Counter(deal["STAGE_ID"] for deal in self.all)
        longest = max(counts.values(), default=1)
        by_id("chart").replaceChildren()
        for stage in [stage for stage in self.stages if counts[stage]]:
            label, value = element("dt"), element("dd")
            bar = element("span", of_class="bar")
            bar.style.width = f"{100 * counts[stage] / longest}%"
            label.append(element("span", self.stages[stage]))
            value.append(bar, element("span", f"{counts[stage]:,}", "count"))
            by_id("chart").append(label, value)

    def search(self, _event: Any) -> None:
        """Show the deals whose title has the text of the search field."""
        text = by_id("search").value.strip().casefold()
        self.found = [deal for deal in self.all if text in (deal["TITLE"] or "").casefold()]
        by_id("found").textContent = f"{len(self.found):,} of {len(self.all):,} deals"
        by_id("rows").replaceChildren()
        self.show_more(None)

    def show_more(self, _event: Any) -> None:
        """Add the next rows to the table."""
        shown = by_id("rows").childElementCount
        for deal in self.found[shown : shown + PAGE]:
            amount, day = deal["OPPORTUNITY"], deal["CLOSEDATE"]
            row = element("tr")
            row.append(
                element("td", deal["TITLE"] or ""),
                element("td", self.stage(deal)),
                element("td", "" if amount is None else f"{amount:,.0f}", "number"),
                element("td", f"{day:%Y-%m-%d}" if day else "", "day"),
            )
            by_id("rows").append(row)
        by_id("more").hidden = shown + PAGE >= len(self.found)

    def export(self, _event: Any) -> None:
        """Save the deals that were found as a file."""
        text = io.StringIO(newline="")
        text.write("\ufeff")  # so that Excel takes it for UTF-8
        writer = csv.writer(text)
        writer.writerow(["ID", "Title", "Stage", "Amount", "Close date"])
        for deal in self.found:
            writer.writerow([deal["ID"], deal["TITLE"], self.stage(deal), deal["OPPORTUNITY"], deal["CLOSEDATE"]])
        link = element("a")
        link.href = URL.createObjectURL(Blob.new([text.getvalue()]))
        link.download = "deals.csv"
        link.click()
        URL.revokeObjectURL(link.href)


await Deals().start()
