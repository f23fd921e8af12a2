"""Installation and the portal's events, without a browser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bx24py import BX24, AccessError, BX24Error, NotInBrowserError, NotInPortalError, bridge
from bx24py.dev.application import Application
from bx24py.dev.pack import pack
from bx24py.dev.problem import Problem

from .conftest import FakeBridge, run

URL = "https://app.example/handler"


@pytest.mark.parametrize("name", ["call_bind", "call_unbind"])
def test_an_administrator_binds(client: BX24, page: FakeBridge, name: str) -> None:
    page.values["isAdmin"] = True

    async def main() -> None:
        call = getattr(client, name)("OnCrmDealAdd", URL, 0)
        assert (page.sent[0].method, page.sent[0].params) == (
            name.replace("call_", "event."),
            {"event": "OnCrmDealAdd", "handler": URL, "auth_type": 0},
        )
        page.sent[0].respond(True)
        assert (await call).data is True
        call = getattr(client, name)("OnCrmDealAdd", URL)
        assert page.sent[1].params == {"event": "OnCrmDealAdd", "handler": URL}
        page.sent[1].respond(status=502, error="INTERNAL_SERVER_ERROR")
        with pytest.raises(BX24Error, match="INTERNAL_SERVER_ERROR"):
            await call
        assert len(page.sent) == 2  # a write is not repeated

    run(main())


@pytest.mark.parametrize("name", ["call_bind", "call_unbind"])
def test_nobody_else_does(client: BX24, page: FakeBridge, name: str) -> None:
    page.values["isAdmin"] = False

    async def main() -> None:
        with pytest.raises(AccessError, match="administrators of the portal, so nothing was sent") as caught:
            await getattr(client, name)("OnCrmDealAdd", URL)
        assert caught.value.status == 0
        assert page.sent == []

    run(main())


def test_rights_are_looked_at_when_the_portal_has_answered(client: BX24, page: FakeBridge) -> None:
    page.initialised = False

    async def main() -> None:
        call = client.call_bind("OnCrmDealAdd", URL)
        assert page.told == []
        page.values["isAdmin"] = True
        assert page.on_ready is not None
        page.on_ready()
        page.sent[0].respond(True)
        assert (await call).data is True

    run(main())


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((1, URL), TypeError, "event: must be a str, not int"),
        ((" ", URL), ValueError, "event: must not be empty"),
        (("OnAppUninstall", None), TypeError, "handler: must be a str, not NoneType"),
        (("OnAppUninstall", ""), ValueError, "handler: must not be empty"),
        (("OnAppUninstall", URL, "7"), TypeError, "auth_type: must be an int, not str"),
        (("OnAppUninstall", URL, True), TypeError, "auth_type: must be an int, not bool"),
        (("OnAppUninstall", URL, -1), ValueError, "auth_type: must be a user id, not -1"),
    ],
)
@pytest.mark.parametrize("name", ["call_bind", "call_unbind"])
def test_wrong_arguments(
    client: BX24, page: FakeBridge, name: str, arguments: tuple[Any, ...], error: type[Exception], message: str
) -> None:
    async def main() -> None:
        with pytest.raises(error, match=message):
            getattr(client, name)(*arguments)
        assert page.sent == []

    run(main())


@pytest.mark.parametrize(
    "address",
    [
        "http://app.example/handler",
        "HTTP://app.example/handler",
        "http://localhost.example/",
        "http://127.0.0.1.example/",
        "http://localhost@app.example/",
        "http://app.example\\@localhost/",
        "ftp://app.example/",
        "//app.example/handler",
        "app.example/handler",
        "https://",
        "https:///handler",
        "https://[app]/",
        "https://app.example/a b",
        "\nhttps://app.example/",
        "javascript:alert(1)",
    ],
)
def test_a_handler_is_bound_at_an_https_address_only(client: BX24, page: FakeBridge, address: str) -> None:
    page.values["isAdmin"] = True

    async def main() -> None:
        with pytest.raises(ValueError, match=r"^handler: must (begin with https://|be a URL)"):
            client.call_bind("OnCrmDealAdd", address)
        assert page.sent == []

    run(main())


@pytest.mark.parametrize(
    "address",
    [
        "HTTPS://app.example:8443/handler?x=1",
        "http://localhost:8000/",
        "http://127.0.0.1/h",
        "http://127.1.2.3/",
        "http://[::1]:80/",
    ],
)
def test_addresses_that_are_safe(client: BX24, page: FakeBridge, address: str) -> None:
    page.values["isAdmin"] = True

    async def main() -> None:
        call = client.call_bind("OnCrmDealAdd", address)
        assert page.sent[0].params["handler"] == address
        page.sent[0].respond(True)
        await call

    run(main())


def test_an_old_address_can_be_unbound(client: BX24, page: FakeBridge) -> None:
    page.values["isAdmin"] = True

    async def main() -> None:
        call = client.call_unbind("OnCrmDealAdd", "http://app.example/handler")
        page.sent[0].respond({"count": 1})
        await call

    run(main())


def test_the_end_of_an_installation(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.install_finish()
        assert page.sent[0].method == "app.info"
        page.sent[0].respond({"INSTALLED": False})
        await call
        assert page.told == [("installFinish",)]

    run(main())


def test_an_installed_application_has_nothing_to_finish(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.install_finish()
        page.sent[0].respond({"INSTALLED": True})
        with pytest.raises(BX24Error, match=r"already installed.*install\.html"):
            await call
        assert page.told == []

    run(main())


@pytest.mark.parametrize(
    "answer",
    [
        lambda sent: sent.respond(status=403, error="ACCESS_DENIED"),
        lambda sent: sent.respond([]),
    ],
)
def test_the_question_may_fail(client: BX24, page: FakeBridge, answer: Callable[[Any], None]) -> None:
    async def main() -> None:
        call = client.install_finish()
        answer(page.sent[0])
        await call
        assert page.told == [("installFinish",)]

    run(main())


def test_a_question_that_is_never_answered(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        await client.install_finish(timeout=0.01)
        assert page.told == [("installFinish",)]

    run(main())


def test_finishing_can_be_given_up(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.install_finish()
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert page.sent[0].aborted
        assert page.told == []

    run(main())


def test_the_step_is_finished_by_the_loader(client: BX24, page: FakeBridge) -> None:
    page.installing = True

    async def main() -> None:
        with pytest.raises(BX24Error, match=r"remove bx24\.install_finish\(\)"):
            await client.install_finish()
        assert page.sent == []
        assert page.told == []

    run(main())


def test_outside_a_browser() -> None:
    client = BX24()
    for call in (
        client.install_finish,
        lambda: client.call_bind("OnAppUninstall", URL),
        lambda: client.call_unbind("OnAppUninstall", URL),
    ):
        with pytest.raises(NotInBrowserError):
            call()


def test_outside_a_portal(page: FakeBridge, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(_bx24: object = None) -> FakeBridge:
        raise NotInPortalError("BX24 is null")

    monkeypatch.setattr(bridge, "connect", connect)
    client = BX24()

    async def main() -> None:
        for call in (client.install_finish(), client.call_bind("OnAppUninstall", URL)):
            with pytest.raises(NotInPortalError):
                await call

    run(main())


INDEX = '<script type="module" src="bx24py.js" data-app="app.py" data-install="setup/install.py"></script>'


def test_the_step_is_packed(tmp_path: Path) -> None:
    folder = tmp_path / "app"
    (folder / "setup").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "app.py").write_text("")
    with pytest.raises(Problem, match=r"no setup/install\.py in .*data-install"):
        Application(folder)
    (folder / "setup" / "install.py").write_text("print(1)")
    pack(Application(folder), tmp_path / "out", bundled=False)
    assert (tmp_path / "out" / "setup" / "install.py").read_text() == "print(1)"


BOUND = "Unable to set placement handler: Handler already binded"


@pytest.mark.parametrize(
    "bind",
    [lambda client: client.call_bind("OnCrmDealAdd", URL), lambda client: client.bind_placement("X", URL, title="T")],
)
def test_binding_what_is_bound_is_no_error(client: BX24, page: FakeBridge, bind: Callable[[BX24], Any]) -> None:
    page.values["isAdmin"] = True

    async def main() -> None:
        call = bind(client)
        page.sent[0].respond(status=400, error="ERROR_CORE", error_description=BOUND)
        assert (await call).data is True
        call = bind(client)
        page.sent[1].respond(status=400, error="ERROR_CORE", error_description="Unable to set handler: no such place")
        with pytest.raises(BX24Error, match="no such place"):
            await call

    run(main())


def test_a_page_in_a_placement(client: BX24, page: FakeBridge) -> None:
    page.values["isAdmin"] = True

    async def main() -> None:
        call = client.bind_placement("PAGE_BACKGROUND_WORKER", URL, title="Bell", options={"errorHandlerUrl": URL})
        assert page.sent[0].params == {
            "PLACEMENT": "PAGE_BACKGROUND_WORKER",
            "HANDLER": URL,
            "TITLE": "Bell",
            "OPTIONS": {"errorHandlerUrl": URL},
        }
        page.sent[0].respond(True)
        assert (await call).data is True
        for wrong, message in (
            ({"placement": " "}, "placement: must not be empty"),
            ({"title": None}, "title: must be a str, not NoneType"),
            ({"group": 5}, "group: must be a str, not int"),
            ({"handler": "ftp://app.example/"}, "handler: must begin with https://"),
        ):
            with pytest.raises((TypeError, ValueError), match=message):
                client.bind_placement(**{"placement": "CRM_DEAL_DETAIL_TAB", "handler": URL, "title": "Tab", **wrong})  # type: ignore[arg-type]
        page.values["isAdmin"] = False
        with pytest.raises(AccessError, match="nothing was sent"):
            await client.bind_placement("CRM_DEAL_DETAIL_TAB", URL, title="Tab")
        assert len(page.sent) == 1

    run(main())
