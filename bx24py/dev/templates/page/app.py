"""Greets the user, and lists the newest deals when the button is clicked."""

from typing import Any

from bx24py import BX24Error, bx24
from bx24py.page import by_id, element

message = by_id("message")


async def show_newest(_event: Any) -> None:
    """Read the newest deals and show their titles."""
    message.textContent = "Reading…"
    try:
        result = await bx24.call_method("crm.deal.list", {"order": {"ID": "DESC"}, "select": ["ID", "TITLE"]})
    except BX24Error as error:
        message.textContent = f"The deals could not be read. {error.user_message}"
        return
    items = [element("li", deal["TITLE"]) for deal in result.data[:5]]
    by_id("deals").replaceChildren(*items)
    by_id("deals").hidden = False
    message.textContent = f"The newest {len(items)} of {result.total:,} deals:"


async def main() -> None:
    """Listen to the button, and greet the user."""
    bx24.auto_fit()  # the frame is as high as the page
    bx24.bind(by_id("newest"), "click", show_newest)
    try:
        user = (await bx24.call_method("user.current")).data
        by_id("greeting").textContent = f"Hello {user['NAME']}!"
    except BX24Error as error:
        message.textContent = f"The portal did not say who you are. {error.user_message}"


await main()  # type: ignore[top-level-await]
