"""All deals of the first funnel: read with progress, a chart, a search, and a CSV file of what was found."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from bx24py import BX24Error, bx24
from bx24py.page import Progress, Table, by_id, csv_file, element, problem, save_file, text_of

COLUMNS = {"TITLE": "Deal", "STAGE_ID": "Stage", "OPPORTUNITY": "Amount", "CLOSEDATE": "Close date"}
"""The headings of the table, by field."""


class Deals:
    """The deals that were read, and those that the search found."""

    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []
        self.found: list[dict[str, Any]] = []
        self.stages: dict[Any, str] = {}
        self.table = Table(COLUMNS, caption="Deals", format=lambda key, deal: text_of(self.value(key, deal)))

    async def start(self) -> None:
        """Read all deals, then show them."""
        bx24.auto_fit()
        progress = Progress("Reading the deals…")
        by_id("reading").append(progress.element)
        try:
            fields = await bx24.fields("crm.deal")
            params = {"filter": {"CATEGORY_ID": 0}, "select": ["ID", *COLUMNS]}
            # `fields` makes numbers, dates and None of the portal's texts.
            self.all = await bx24.call_list("crm.deal.list", params, fields=fields, on_progress=progress)
        except BX24Error as error:
            by_id("reading").replaceChildren(problem("The deals could not be read.", error))
            return
        self.stages = dict(fields["STAGE_ID"].items)
        self.show_chart()
        by_id("table").append(self.table.element)
        self.search(None)
        by_id("reading").hidden = True
        by_id("stages").hidden = by_id("table").hidden = False
        bx24.bind(by_id("search"), "input", self.search)
        bx24.bind(by_id("export"), "click", self.export)

    def value(self, key: str, deal: Mapping[str, Any]) -> Any:
        """Return what stands in a cell: the name of a stage instead of its id."""
        return self.stages.get(deal[key], deal[key]) if key == "STAGE_ID" else deal[key]

    def show_chart(self) -> None:
        """Draw a bar for each stage, as long as it has deals."""
        counts = Counter(deal["STAGE_ID"] for deal in self.all)
        longest = max(counts.values(), default=1)
        by_id("chart").replaceChildren()
        for stage in [stage for stage in self.stages if counts[stage]]:
            bar = element("span", class_="bar")
            bar.style.width = f"{100 * counts[stage] / longest}%"
            number = element("span", f"{counts[stage]:,}", class_="count")
            by_id("chart").append(element("dt", element("span", self.stages[stage])), element("dd", bar, number))

    def search(self, _event: Any) -> None:
        """Show the deals whose title has the text of the search field."""
        text = by_id("search").value.strip().casefold()
        self.found = [deal for deal in self.all if text in (deal["TITLE"] or "").casefold()]
        by_id("found").textContent = f"{len(self.found):,} of {len(self.all):,} deals"
        self.table.show(self.found)

    def export(self, _event: Any) -> None:
        """Save the deals that were found as a file."""
        headings = ["ID", *COLUMNS.values()]
        rows = ([deal["ID"], *(self.value(key, deal) for key in COLUMNS)] for deal in self.found)
        save_file("deals.csv", csv_file([headings, *rows]), "text/csv")


await Deals().start()  # type: ignore[top-level-await]
