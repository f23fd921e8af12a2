"""A tab on the card of each deal: shows the deal, and postpones it by a week.

install.py puts it there, when a user opens the application for the first time.
"""

from datetime import date, timedelta
from typing import Any

from bx24py import BX24Error, bx24
from bx24py.page import by_id


def say(text: str) -> None:
    """Show a message."""
    by_id("message").textContent = text


class DealTab:
    """The page of one deal."""

    def __init__(self, deal_id: int) -> None:
        self.deal_id = deal_id
        self.fields: Any = None
        self.deal: dict[str, Any] = {}

    async def start(self) -> None:
        """Read the deal, and listen to the button."""
        try:
            self.fields = await bx24.fields("crm.deal")
            await self.read()
        except BX24Error as error:
            say(f"The deal could not be read. {error.user_message}")
            return
        say("")
        bx24.bind(by_id("postpone"), "click", self.postpone)
        by_id("postpone").disabled = False

    async def read(self) -> None:
        """Read the deal and show it. `fields` makes numbers and dates of the portal's texts."""
        self.deal = self.fields.read((await bx24.call_method("crm.deal.get", {"ID": self.deal_id})).data)
        stage, amount, day = self.deal["STAGE_ID"], self.deal["OPPORTUNITY"], self.deal["CLOSEDATE"]
        by_id("title").textContent = self.deal["TITLE"] or f"Deal {self.deal_id}"
        by_id("stage").textContent = self.fields["STAGE_ID"].items.get(stage, stage)
        by_id("amount").textContent = "-" if amount is None else f"{amount:,.2f} {self.deal['CURRENCY_ID'] or ''}"
        by_id("day").textContent = f"{day:%Y-%m-%d}" if day else "-"
        by_id("deal").hidden = False

    async def postpone(self, _event: Any) -> None:
        """Move the close date, then reload the deal here and in the portal's own card."""
        by_id("postpone").disabled = True
        say("Saving…")
        day = (self.deal["CLOSEDATE"] or date.today()) + timedelta(weeks=1)
        try:
            fields = self.fields.write({"CLOSEDATE": day})
            await bx24.call_method("crm.deal.update", {"ID": self.deal_id, "fields": fields})
            await self.read()
        except BX24Error as error:
            say(f"The deal was not postponed. {error.user_message}")
        else:
            say("Postponed.")
            bx24.placement.call("reloadData", wait=False)
        finally:
            by_id("postpone").disabled = False


async def main() -> None:
    """Show the deal in whose card the application is open."""
    await bx24.init()
    bx24.auto_fit()
    place = bx24.placement.info()
    if place.code == "CRM_DEAL_DETAIL_TAB" and place.entity_id:
        await DealTab(place.entity_id).start()
    else:
        say("Open a deal: this application is a tab on the card of each deal.")


await main()  # type: ignore[top-level-await]
