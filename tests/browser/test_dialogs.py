"""The portal's dialogs and its messenger, with a person who clicks in the portal's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from bx24py.dev.portal.messages import NO_ANSWER

from .conftest import PythonPage
from .window import Sent, wait_until

DIALOGS = {
    "select_user": "selectUser",
    "select_users": "selectUser",
    "select_access": "selectAccess",
    "select_crm": "selectCRM",
}


class Opened:
    """A dialog that Python waits for."""

    def __init__(self, app: PythonPage, call: str) -> None:
        self.app = app
        app.python(f"asyncio.get_running_loop().chosen = bx24.{call}")
        self.dialog: Locator = app.page.get_by_role("dialog")
        expect(self.dialog.get_by_role("option").first).to_be_visible()

    def choose(self, *names: str) -> None:
        for name in names:
            self.dialog.get_by_role("option", name=name).click()

    def finish(self) -> None:
        self.dialog.get_by_role("button", name="Select", exact=True).click()

    def close(self) -> None:
        self.dialog.get_by_role("button", name="Close").click()
        expect(self.dialog).to_have_count(0)

    def value(self) -> Any:
        """Give the repr of what was awaited."""
        return self.app.python("return repr(await asyncio.get_running_loop().chosen)")


Open = Callable[[str], Opened]


@pytest.fixture
def choosing(app: PythonPage) -> Open:
    """Open a dialog: `choosing("select_user()")`."""
    return lambda call: Opened(app, call)


def test_select_user(app: PythonPage, choosing: Open) -> None:
    opened = choosing("select_user(title='Who answers?')")
    expect(opened.dialog.get_by_role("heading")).to_have_text("Who answers?")
    assert app.python("return asyncio.get_running_loop().chosen.done()") is False
    opened.choose("Priya Raman")
    assert opened.value() == "User(id=4, name='Priya Raman')"
    assert Sent(app, "selectUser").params == [{"title": "Who answers?", "mult": False}]
    expect(opened.dialog).to_have_count(0)


def test_select_user_without_a_title(app: PythonPage, choosing: Open) -> None:
    opened = choosing("select_user()")
    expect(opened.dialog.get_by_role("heading")).to_have_text("Select an employee")
    opened.choose("Emma Lindqvist")
    assert opened.value() == "User(id=1, name='Emma Lindqvist')"


def test_a_title_is_text(choosing: Open) -> None:
    opened = choosing("select_users(title='<b>x</b>')")
    expect(opened.dialog.get_by_role("heading")).to_have_text("<b>x</b>")
    opened.close()


def test_select_users(app: PythonPage, choosing: Open) -> None:
    opened = choosing("select_users(title='Who comes?')")
    opened.choose("Jonas Hartmann", "Michael O'Connor")
    opened.finish()
    assert opened.value() == "[User(id=2, name='Jonas Hartmann'), User(id=5, name=\"Michael O'Connor\")]"
    assert Sent(app, "selectUser").params == [{"title": "Who comes?", "mult": True}]


def test_select_access(app: PythonPage, choosing: Open) -> None:
    opened = choosing("select_access({'AU', 'SG2'})")
    expect(opened.dialog.get_by_role("option", name="All authorized users")).to_be_disabled()
    expect(opened.dialog.get_by_role("option", name="Trade fair")).to_be_disabled()
    opened.choose("Office move", "Emma Lindqvist")
    opened.finish()
    assert opened.value() == (
        "[AccessRight(id='SG3', name='Office move'), AccessRight(id='U1', name='Emma Lindqvist')]"
    )
    assert [sorted(params["value"]) for params in Sent(app, "selectAccess").params] == [["AU", "SG2"]]


def test_select_access_of_anybody(app: PythonPage, choosing: Open) -> None:
    opened = choosing("select_access()")
    opened.choose("All authorized users")
    opened.finish()
    assert opened.value() == "[AccessRight(id='AU', name='All authorized users')]"


def test_select_crm_of_several_types(app: PythonPage, choosing: Open) -> None:
    opened = choosing(
        "select_crm(entity_type=['deal', 'contact'], multiple=True, "
        "value={'deal': [2], 'contact': ['C_3'], 'lead': []})"
    )
    expect(opened.dialog.get_by_role("tab")).to_have_text(["Deals", "Contacts"])
    opened.dialog.get_by_label("Search").fill("#150")
    opened.choose("#150")
    opened.finish()
    chosen = app.python("""
        from dataclasses import asdict
        chosen = asyncio.get_running_loop().first = await asyncio.get_running_loop().chosen
        return asdict(chosen)
    """)
    assert [item["id"] for item in chosen["deal"]] == ["D_2", "D_150"]
    assert [item["id"] for item in chosen["contact"]] == ["C_3"]
    assert (chosen["lead"], chosen["company"], chosen["quote"]) == ([], [], [])
    deal = chosen["deal"][1]
    assert deal["title"].endswith("#150")
    assert (deal["type"], deal["place"], deal["url"], deal["image"]) == ("deal", "deal", "/crm/deal/show/150/", None)
    assert all(isinstance(deal[name], str) for name in ("desc", "title"))

    # What was chosen is chosen at the start of the next dialog.
    opened = choosing("select_crm(multiple=True, value={'deal': asyncio.get_running_loop().first.deal})")
    expect(opened.dialog.get_by_label("Chosen").get_by_role("button")).to_have_count(2)
    opened.finish()
    assert app.python("""
        chosen = await asyncio.get_running_loop().chosen
        return [[item.entity_id for item in chosen.deal], chosen.items == chosen.deal]
    """) == [[2, 150], True]


def test_select_crm_of_any_type(app: PythonPage, choosing: Open) -> None:
    opened = choosing("select_crm()")
    expect(opened.dialog.get_by_role("tab")).to_have_text(["Leads", "Contacts", "Companies", "Deals", "Estimates"])
    opened.dialog.get_by_role("tab", name="Companies").click()
    opened.dialog.get_by_role("option").first.click()
    assert app.python("""
        chosen = await asyncio.get_running_loop().chosen
        return [(item.id, item.type, item.entity_id) for item in chosen.items] + [len(chosen.company)]
    """) == [["CO_1", "company", 1], 1]


def test_texts_of_the_portal_are_text(app: PythonPage, choosing: Open) -> None:
    app.portal.company.users.update(9, {"NAME": "<img src=x>", "LAST_NAME": "Zz"})
    opened = choosing("select_user()")
    opened.dialog.get_by_label("Search").fill("img src")
    opened.choose("<img src=x> Zz")
    assert opened.value() == "User(id=9, name='<img src=x> Zz')"


def test_a_picture_and_ids_that_are_text(app: PythonPage) -> None:
    app.portal.frame.answer("selectCRM", {"contact": [{"id": "C_2", "title": "Ann", "image": "/upload/2.jpg"}]})
    app.portal.frame.answer("selectUser", [{"id": "7", "name": "Ann"}])
    assert app.python("""
        chosen = await bx24.select_crm()
        return [chosen.contact[0].image, chosen.contact[0].type, [vars_.id for vars_ in await bx24.select_users()]]
    """) == ["/upload/2.jpg", "contact", [7]]


@pytest.mark.parametrize("call", DIALOGS)
class TestEveryDialog:
    def test_closed_without_a_choice_ends_in_time(self, app: PythonPage, choosing: Open, call: str) -> None:
        opened = choosing(f"{call}(timeout=4)")
        opened.close()
        name, message, attributes = app.python("return await failure(asyncio.get_running_loop().chosen)")
        assert name == "CallTimeoutError"
        assert "no answer within 4 s. Nothing was chosen" in message
        assert "executed" not in message
        assert attributes == {"maybe_executed": True}
        assert app.portal.frame.sent[-1].answer is NO_ANSWER

    def test_a_wait_can_be_given_up_and_the_next_one_works(self, app: PythonPage, choosing: Open, call: str) -> None:
        opened = choosing(f"{call}()")
        assert app.python("""
            task = asyncio.ensure_future(asyncio.wait_for(asyncio.get_running_loop().chosen, 60))
            await asyncio.sleep(0)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                return asyncio.get_running_loop().chosen.cancelled()
        """)
        # The dialog is still open; what is chosen in it is dropped.
        opened.dialog.get_by_role("option").first.click()
        if call in ("select_users", "select_access"):
            opened.finish()
        expect(opened.dialog).to_have_count(0)
        wait_until(app, lambda: app.portal.frame.sent[-1].answered)
        opened = choosing(f"{call}()")
        opened.dialog.get_by_role("option").nth(1).click()
        if call in ("select_users", "select_access"):
            opened.finish()
        assert opened.value() not in ("", "None")
        assert not any("Traceback" in line or "Error" in line for line in app.console)

    def test_an_answer_of_another_form_is_an_error(self, app: PythonPage, call: str) -> None:
        app.portal.frame.answer(DIALOGS[call], {"id": "x", "lead": 5})
        name, message, _ = app.python(f"return await failure(bx24.{call}())")
        assert (name, "could not be read" in message) == ("BX24Error", True)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("select_user(title=5)", "TypeError: title: "),
        ("select_users(title=None, timeout=-1)", "ValueError: timeout: "),
        ("select_access('U1')", "TypeError: value: "),
        ("select_crm(entity_type='deal')", "TypeError: entity_type: "),
        ("select_crm(entity_type=['deals'])", "ValueError: entity_type: "),
        ("select_crm(value={'deal': [1]})", "ValueError: value: "),
        ("im.call_to('Ann')", "ValueError: user_id: "),
        ("im.phone_to(123)", "TypeError: phone: "),
        ("im.open_messenger('')", "ValueError: dialog_id: "),
        ("im.open_history(None)", "TypeError: dialog_id: "),
    ],
)
def test_wrong_arguments_send_nothing(app: PythonPage, call: str, error: str) -> None:
    raised = app.python(f"""
        try:
            bx24.{call}
        except Exception as error:
            return f"{{type(error).__name__}}: {{error}}"
    """)
    assert raised.startswith(error)
    app.python("await bx24.refresh_auth()")  # what had been sent before would have arrived
    assert [message.command for message in app.portal.frame.sent] == ["refreshAuth"]


@pytest.mark.parametrize(
    ("call", "command", "params", "said"),
    [
        ("call_to(5)", "imCallTo", {"userId": 5, "video": True}, "Video call to user 5"),
        ("call_to('5', video=False)", "imCallTo", {"userId": 5, "video": False}, "Call to user 5"),
        ("phone_to('+14151234567')", "imPhoneTo", {"phone": "+14151234567"}, "Phone call to +14151234567"),
        ("open_messenger()", "imOpenMessenger", {}, "Messenger"),
        ("open_messenger('chat12')", "imOpenMessenger", {"dialogId": "chat12"}, "Messenger: chat chat12"),
        ("open_messenger(5)", "imOpenMessenger", {"dialogId": "5"}, "Messenger: chat 5"),
        ("open_history('imol|7')", "imOpenHistory", {"dialogId": "imol|7"}, "History of chat imol|7"),
    ],
)
def test_the_messenger(app: PythonPage, call: str, command: str, params: dict[str, Any], said: str) -> None:
    assert app.python(f"return [await bx24.im.{call}]") == [None]
    expect(app.page.locator("#notices").get_by_role("status").last).to_have_text(said)
    assert Sent(app, command).params == [params]
