"""The portal's dialogs and its messenger, without a browser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bx24py import (
    BX24,
    AccessRight,
    BX24Error,
    CallTimeoutError,
    CrmChoice,
    CrmItem,
    InitTimeoutError,
    NotInBrowserError,
    NotInPortalError,
    User,
    bridge,
)

from .conftest import FakeBridge, run

DEAL = {"id": "D_5", "type": "deal", "place": "deals", "title": "Pump", "desc": "New", "url": "/crm/deal/show/5/"}
ITEM = CrmItem("D_5", "deal", "deals", "Pump", "New", "/crm/deal/show/5/")
TYPES = ["lead", "contact", "company", "deal", "quote"]

Call = Callable[[BX24], Any]


@pytest.mark.parametrize(
    ("call", "function", "arguments", "answer", "value"),
    [
        (lambda c: c.select_user(), "selectUser", [], {"id": 7, "name": "Ann"}, User(7, "Ann")),
        (lambda c: c.select_user(title="Who?"), "selectUser", ["Who?"], {"id": "7", "name": "Ann"}, User(7, "Ann")),
        (lambda c: c.select_users(), "selectUsers", [], [{"id": 7, "name": "Ann"}], [User(7, "Ann")]),
        (lambda c: c.select_users(title="W"), "selectUsers", ["W"], {"7": {"id": 7, "name": "A"}}, [User(7, "A")]),
        (lambda c: c.select_users(), "selectUsers", [], [], []),
        (lambda c: c.select_access(), "selectAccess", [[]], [{"id": "AU", "name": "All"}], [AccessRight("AU", "All")]),
        (lambda c: c.select_access(("U1", "SG4")), "selectAccess", [["U1", "SG4"]], [], []),
        (
            lambda c: c.select_crm(),
            "selectCRM",
            [{"entityType": TYPES, "multiple": False}],
            {"lead": [], "contact": [], "company": [], "deal": [DEAL], "quote": []},
            CrmChoice(deal=[ITEM]),
        ),
        (
            lambda c: c.select_crm(
                entity_type={"deal"}, multiple=True, value={"deal": [1, "2", "D_3", ITEM], "lead": ()}
            ),
            "selectCRM",
            [{"entityType": ["deal"], "multiple": True, "value": {"deal": [1, 2, 3, 5]}}],
            {"deal": {"5": DEAL}},
            CrmChoice(deal=[ITEM]),
        ),
        (
            lambda c: c.select_crm(value={}),
            "selectCRM",
            [{"entityType": TYPES, "multiple": False, "value": {}}],
            [],
            CrmChoice(),
        ),
        (
            lambda c: c.select_crm(entity_type=["contact"]),
            "selectCRM",
            [{"entityType": ["contact"], "multiple": False}],
            {"contact": [{"id": "C_2", "image": "/upload/2.jpg", "desc": None}, {"id": "3", "image": ""}]},
            CrmChoice(
                contact=[
                    CrmItem("C_2", "contact", "contact", "", "", "", "/upload/2.jpg"),
                    CrmItem("3", "contact", "contact", "", "", ""),
                ]
            ),
        ),
    ],
)
def test_a_choice_is_typed(
    client: BX24, page: FakeBridge, call: Call, function: str, arguments: list[Any], answer: Any, value: Any
) -> None:
    async def main() -> None:
        waiting = call(client)
        assert [(sent.method, sent.params) for sent in page.sent] == [(function, arguments)]
        page.sent[0].reply(answer)
        assert await waiting == value

    run(main())


def test_all_items_and_their_numbers() -> None:
    other = CrmItem("C_12", "contact", "contact", "Ann", "", "")
    choice = CrmChoice(deal=[ITEM], contact=[other])
    assert choice.items == [other, ITEM]
    assert [item.entity_id for item in choice.items] == [12, 5]
    assert CrmItem("7", "deal", "deal", "", "", "").entity_id == 7


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda c: c.select_user(title=5), TypeError, "title: must be a str, not int"),
        (lambda c: c.select_users(title=["W"]), TypeError, "title: must be a str, not list"),
        (lambda c: c.select_user(timeout=0), ValueError, "timeout: must be more than 0"),
        (lambda c: c.select_access("U1"), TypeError, "value: must be a list of ids, such as .*, not str"),
        (lambda c: c.select_access({"U1": 1}), TypeError, "value: must be a list of ids, .* not dict"),
        (lambda c: c.select_access(None), TypeError, "value: must be a list of ids, .* not NoneType"),
        (lambda c: c.select_access(["U1", 2]), TypeError, r"value\[1\]: must be a str, not int"),
        (lambda c: c.select_crm(entity_type="deal"), TypeError, "entity_type: must be a list of types, .* not str"),
        (
            lambda c: c.select_crm(entity_type=["deals"]),
            ValueError,
            "entity_type: must be one of lead, contact, .* not 'deals'",
        ),
        (lambda c: c.select_crm(entity_type=[]), ValueError, "entity_type: must not be empty"),
        (lambda c: c.select_crm(multiple=1), TypeError, "multiple: must be a bool, not int"),
        (lambda c: c.select_crm(value={"deal": [1]}), ValueError, "value: .* only with multiple=True"),
        (lambda c: c.select_crm(multiple=True, value=[1]), TypeError, "value: must be a mapping"),
        (
            lambda c: c.select_crm(multiple=True, value={"deals": [1]}),
            ValueError,
            "value: must be one of .* not 'deals'",
        ),
        (
            lambda c: c.select_crm(multiple=True, entity_type=["deal"], value={"lead": [1]}),
            ValueError,
            "value: must be one of deal, not 'lead'$",
        ),
        (
            lambda c: c.select_crm(multiple=True, value={"deal": "12"}),
            TypeError,
            r"value\['deal'\]: must be a list of ids",
        ),
        (
            lambda c: c.select_crm(multiple=True, value={"deal": 12}),
            TypeError,
            r"value\['deal'\]: must be a list of ids",
        ),
        (
            lambda c: c.select_crm(multiple=True, value={"deal": [True]}),
            TypeError,
            r"value\['deal'\]\[0\]: must be an item id",
        ),
        (lambda c: c.select_crm(multiple=True, value={"deal": [1, "x"]}), ValueError, r"value\['deal'\]\[1\]: must be"),
        (lambda c: c.select_crm(multiple=True, value={"deal": [-1]}), ValueError, r"must be an item id, .* -1"),
        (lambda c: c.im.call_to(None), TypeError, "user_id: must be a user id, not NoneType"),
        (lambda c: c.im.call_to(True), TypeError, "user_id: must be a user id, not bool"),
        (lambda c: c.im.call_to("Ann"), ValueError, "user_id: must be a user id, not 'Ann'"),
        (lambda c: c.im.call_to(0), ValueError, "user_id: must be a user id, not 0"),
        (lambda c: c.im.call_to(1, video="no"), TypeError, "video: must be a bool, not str"),
        (lambda c: c.im.phone_to(14151234567), TypeError, "phone: must be a str, not int"),
        (lambda c: c.im.phone_to(" "), ValueError, "phone: must not be empty"),
        (lambda c: c.im.open_messenger(""), ValueError, "dialog_id: must not be empty"),
        (lambda c: c.im.open_messenger(-5), ValueError, "dialog_id: must be a user id, not -5"),
        (lambda c: c.im.open_messenger(1.5), TypeError, "dialog_id: must be the id of a user or chat, not float"),
        (lambda c: c.im.open_history(None), TypeError, "dialog_id: must be the id of a user or chat, not NoneType"),
        (lambda c: c.im.open_history(True), TypeError, "dialog_id: must be the id of a user or chat, not bool"),
    ],
)
def test_wrong_arguments_are_raised_by_the_call_and_nothing_is_sent(
    client: BX24, page: FakeBridge, call: Call, error: type[Exception], message: str
) -> None:
    async def main() -> None:
        with pytest.raises(error, match=message):
            call(client)
        assert (page.sent, page.told) == ([], [])

    run(main())


@pytest.mark.parametrize(
    "call", [BX24.select_user, BX24.select_users, BX24.select_access, BX24.select_crm], ids=lambda call: call.__name__
)
class TestEveryDialog:
    def test_waits_as_long_as_the_person_takes(self, client: BX24, page: FakeBridge, call: Call) -> None:
        async def main() -> None:
            waiting = call(client)
            assert page.timers == set()
            waiting.cancel()

        run(main())

    def test_says_what_it_means_that_nobody_chose(self, client: BX24, page: FakeBridge, call: Any) -> None:
        async def main() -> None:
            with pytest.raises(CallTimeoutError, match="no answer within 0.01 s. Nothing was chosen") as caught:
                await call(client, timeout=0.01)
            assert "executed" not in str(caught.value)
            page.sent[0].reply({"id": 7, "name": "too late"})

        run(main())

    def test_can_be_cancelled(self, client: BX24, page: FakeBridge, call: Call) -> None:
        async def main() -> None:
            waiting = asyncio.ensure_future(_await(call(client)))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert page.sent[0].forgotten
            page.sent[0].reply({"id": 7, "name": "too late"})

        run(main())

    def test_is_queued_before_the_initialisation(self, client: BX24, page: FakeBridge, call: Call) -> None:
        page.initialised = False

        async def main() -> None:
            first, second = call(client), call(client)
            first.cancel()
            assert page.sent == []
            assert page.on_ready is not None
            page.on_ready()
            assert len(page.sent) == 1  # what was cancelled is not opened
            second.cancel()

        run(main())

    def test_ends_when_the_initialisation_does_not(self, client: BX24, page: FakeBridge, call: Call) -> None:
        page.initialised = False

        async def main() -> None:
            waiting, init = call(client), client.init(timeout=0.01)
            with pytest.raises(InitTimeoutError):
                await waiting
            with pytest.raises(InitTimeoutError):
                await init

        run(main())

    def test_an_answer_of_another_form_is_an_error(self, client: BX24, page: FakeBridge, call: Call) -> None:
        async def main() -> None:
            waiting = call(client)
            page.sent[0].reply({"deal": 5, "id": "x"})
            with pytest.raises(BX24Error, match="the answer could not be read"):
                await waiting

        run(main())

    def test_outside_a_browser_or_portal(self, monkeypatch: pytest.MonkeyPatch, call: Call) -> None:
        with pytest.raises(NotInBrowserError):
            call(BX24())

        def connect(_bx24: object) -> None:
            raise NotInPortalError("BX24 is null")

        async def main() -> None:
            monkeypatch.setattr(bridge, "connect", connect)
            with pytest.raises(NotInPortalError, match="BX24 is null"):
                await call(BX24())

        run(main())


async def _await(future: asyncio.Future[Any]) -> Any:
    return await future


MESSENGER = [
    (lambda c: c.im.call_to(5), ("im.callTo", 5, True)),
    (lambda c: c.im.call_to("5", video=False), ("im.callTo", 5, False)),
    (lambda c: c.im.phone_to("+14151234567"), ("im.phoneTo", "+14151234567")),
    (lambda c: c.im.open_messenger(), ("im.openMessenger",)),
    (lambda c: c.im.open_messenger("chat12"), ("im.openMessenger", "chat12")),
    (lambda c: c.im.open_messenger(5), ("im.openMessenger", "5")),
    (lambda c: c.im.open_history("imol|7"), ("im.openHistory", "imol|7")),
    (lambda c: c.im.open_history(5), ("im.openHistory", "5")),
]


@pytest.mark.parametrize(("call", "told"), MESSENGER)
def test_the_messenger_is_told_and_answers_nothing(
    client: BX24, page: FakeBridge, call: Call, told: tuple[Any, ...]
) -> None:
    async def main() -> None:
        waiting = call(client)
        assert page.told == [told]
        assert await waiting is None

    run(main())


@pytest.mark.parametrize(("call", "told"), MESSENGER)
def test_the_messenger_is_told_once_the_library_is_initialised(
    client: BX24, page: FakeBridge, call: Call, told: tuple[Any, ...]
) -> None:
    page.initialised = False

    async def main() -> None:
        waiting, given_up = call(client), call(client)
        given_up.cancel()
        assert page.told == []
        assert page.on_ready is not None
        page.on_ready()
        assert page.told == [told]
        assert await waiting is None

    run(main())
