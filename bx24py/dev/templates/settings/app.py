"""Settings that the portal keeps: `user_option` for the user, `app_option` for everybody, set by administrators."""

from typing import Any

from bx24py import BX24Error, bx24
from bx24py.page import by_id


def say(text: str) -> None:
    """Show a message."""
    by_id("message").textContent = text


class Settings:
    """The form. Options come back with the types with which they were set: dict, int, bool, str."""

    def __init__(self) -> None:
        self.admin = bx24.is_admin()
        self.own: dict[str, Any] = bx24.user_option.get("view", {"rows": 50, "closed": False})
        self.common: dict[str, Any] = bx24.app_option.get("report", {"title": "Deals", "approver": None})

    def start(self) -> None:
        """Fill the form, and listen to the user."""
        by_id("rows").value = self.own["rows"]
        by_id("closed").checked = self.own["closed"]
        by_id("title").value = self.common["title"]
        self.show_approver()
        by_id("title").disabled = by_id("choose").disabled = not self.admin
        by_id("admins-only").hidden = self.admin
        by_id("form").hidden = False
        bx24.bind(by_id("choose"), "click", self.choose)
        bx24.bind(by_id("form"), "submit", self.submit)
        bx24.bind(by_id("form"), "input", lambda _event: say(""))

    def show_approver(self) -> None:
        """Show who approves the report."""
        approver = self.common["approver"]
        by_id("approver").textContent = approver["name"] if approver else "Nobody"

    async def choose(self, _event: Any) -> None:
        """Let the user choose somebody in the portal's dialog. A closed dialog never answers: nothing happens then."""
        user = await bx24.select_user(title="Who approves the report?")
        self.common["approver"] = {"id": user.id, "name": user.name}
        self.show_approver()
        say("Not saved yet.")

    def submit(self, event: Any) -> Any:
        """Save the settings. The browser must be stopped at once from sending the form itself."""
        event.preventDefault()
        return self.save()

    async def save(self) -> None:
        """Save the settings."""
        self.own = {"rows": int(by_id("rows").value), "closed": by_id("closed").checked}
        self.common["title"] = by_id("title").value.strip()
        by_id("save").disabled = True
        try:
            await bx24.user_option.set("view", self.own)
            if self.admin:
                await bx24.app_option.set("report", self.common)
        except BX24Error as error:
            say(f"Not everything was saved. {error.user_message}")
        else:
            say("Saved.")
        finally:
            by_id("save").disabled = False


async def main() -> None:
    """Wait until the options are there, then show them."""
    await bx24.init()
    bx24.auto_fit()
    Settings().start()


await main()  # type: ignore[top-level-await]
