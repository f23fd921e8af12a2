"""Two clients in the local portal: the unmodified @bitrix24/b24jssdk, and the emulated BX24 library.

What both can do is asked of both, and both must see the same data of the same portal. `client` is each of them in
turn, `sdk` and `bx24` one of them, `clients` both by name. `client.run` evaluates JavaScript in the page, where
`client` has the same functions for both (tests/browser/pages/clients); `NEVER` stands for "for ever".
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Locator, Page, expect

from bx24py.dev.portal.messages import NO_ANSWER
from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.server import PortalServer
from bx24py.dev.portal.state import TOKEN_LIFETIME
from bx24py.dev.problem import Problem

from . import b24jssdk

PAGES = Path(__file__).parent / "pages" / "clients"
TIMEOUT = 30_000
"""Milliseconds within which what is to happen happens, also on a busy machine."""
NEVER = 1_500
"""Milliseconds after which nothing comes any more; b24jssdk ends some waits by itself after 900."""
DEALS = 5_000

TUPLES = {"user": ["user.current", {}], "own": ["department.get", {"ID": "$result[user][UF_DEPARTMENT]"}]}
OBJECTS = {
    "user": {"method": "user.current", "params": {}},
    "own": {"method": "department.get", "params": {"ID": "$result[user][UF_DEPARTMENT]"}},
}
CHUNKS = [["user.get", {"ID": 1 + number}] for number in range(120)]


class Client:
    """One of the two clients, in a page of the portal."""

    def __init__(self, name: str, portal: Portal, server: PortalServer, page: Page) -> None:
        self.name = name
        self.portal = portal
        self.server = server
        self.page = page
        self.is_sdk = name == "b24jssdk"
        self.frame: Frame

    def open(self) -> None:
        """Open the portal page anew and wait until the client is initialised."""
        self.page.goto(self.server.url)
        self.started()

    def started(self) -> None:
        """Wait until the client is initialised in the page that is being opened."""
        self.frame = self.frame_in(self.page.locator("#stage iframe"))

    def frame_in(self, place: Locator) -> Frame:
        """Give the frame of the application in an iframe, with its client initialised."""
        handle = place.element_handle(timeout=TIMEOUT)
        frame = handle and handle.content_frame()
        assert frame
        frame.wait_for_function("typeof client === 'object' && client.start !== undefined", timeout=TIMEOUT)
        assert frame.evaluate(f"within(client.start(), {TIMEOUT})") is True
        return frame

    def run(self, code: str, *values: Any, frame: Frame | None = None) -> Any:
        """Give what a function or an expression in the page gives, "no answer" when it does not end."""
        script = f"(values) => within((async () => ({code})(...values))(), {TIMEOUT})"
        return (frame or self.frame).evaluate(script, list(values))

    def call(self, method: str, params: dict[str, Any] | None = None) -> Any:
        return self.run("client.call", method, params or {})

    def begin(self, code: str, *values: Any) -> None:
        """Start what ends only when the test has done something in the portal."""
        self.frame.evaluate(f"(values) => {{ window.begun = (async () => ({code})(...values))(); }}", list(values))

    def answer(self, milliseconds: int = TIMEOUT) -> Any:
        return self.frame.evaluate(f"within(begun, {milliseconds})")

    def sent(self, command: str) -> list[Any]:
        """Parameters of the messages of a command, oldest first."""
        return [message.params for message in self.portal.frame.sent if message.command == command]

    def notice(self, text: str) -> None:
        expect(self.page.locator(".notice").last).to_have_text(text)


def wait_until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + TIMEOUT / 1000
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def forget(portal: Portal) -> None:
    """Have the portal forget what tests scripted and sent; it has a method of the tests' own and no rate limit."""
    portal.reset()
    portal.rest.limits.enabled = False
    portal.rest.method("my.echo")(lambda params, _call: params)


def refused(code: str, status: int) -> dict[str, Any]:
    return {"code": code, "status": status}


@pytest.fixture(scope="session")
def sdk_file() -> Path:
    """b24jssdk's build for browsers, as npm has it."""
    try:
        return b24jssdk.ensure()
    except Problem as problem:
        pytest.fail(problem.message, pytrace=False)


@pytest.fixture(scope="module")
def opened(bx24_browser: Browser, sdk_file: Path) -> Iterator[dict[str, Client]]:
    """Both clients, opened once for all tests, each in a page of its own of the same portal."""
    portal = Portal(deals=DEALS)
    with ExitStack() as stack:
        made = {}
        for name in ("b24jssdk", "bx24"):
            extra = {"common.js": PAGES / "common.js", "b24jssdk.js": sdk_file}
            server = stack.enter_context(PortalServer(portal, PAGES / name, extra=extra))
            page = stack.enter_context(bx24_browser.new_page(viewport={"width": 1280, "height": 720}))
            page.set_default_timeout(TIMEOUT)
            made[name] = Client(name, portal, server, page)
            made[name].open()
        yield made


@pytest.fixture
def clients(opened: dict[str, Client]) -> dict[str, Client]:
    """Both clients, with a portal that has forgotten what earlier tests scripted and sent."""
    forget(opened["bx24"].portal)
    return opened


@pytest.fixture(params=["b24jssdk", "bx24"])
def client(request: pytest.FixtureRequest, clients: dict[str, Client]) -> Client:
    return clients[request.param]


@pytest.fixture
def sdk(clients: dict[str, Client]) -> Client:
    return clients["b24jssdk"]


@pytest.fixture
def bx24(clients: dict[str, Client]) -> Client:
    return clients["bx24"]


@pytest.fixture
def placed(clients: dict[str, Client]) -> Iterator[Callable[..., None]]:
    """Put the application into a placement for one test: `placed("CALL_CARD", {"ID": "5"})`."""
    state = clients["bx24"].portal.state

    def put(code: str, options: dict[str, Any] | None = None) -> None:
        state.placement, state.placement_options = code, options or {}

    yield put
    put("DEFAULT")


# ---------------------------------------------------------------- initialisation


def test_initialisation(client: Client) -> None:
    about = client.run("client.about")
    assert about == {
        "origin": client.server.url.rstrip("/"),
        "lang": "en",
        "admin": True,
        "placement": "DEFAULT",
        "options": {},
    }
    assert client.run("() => window.name.split('|')[2]") == client.portal.state.app_sid


def test_the_portal_as_it_is_when_the_page_opens(client: Client, placed: Callable[..., None]) -> None:
    state = client.portal.state
    state.admin, state.lang = False, "ru"
    placed("CRM_DEAL_DETAIL_TAB", {"ID": "5", "IFRAME": "Y"})
    try:
        client.open()
        about = client.run("client.about")
        mine = (
            client.run("client.appOption.set", "refused", 1)
            if client.is_sdk
            else client.frame.evaluate("BX24.appOption.set('refused', 1)")
        )
    finally:
        state.admin, state.lang = True, "en"
        placed("DEFAULT")
        client.open()
    assert (about["lang"], about["admin"]) == ("ru", False)
    assert (about["placement"], about["options"]) == ("CRM_DEAL_DETAIL_TAB", {"ID": "5", "IFRAME": "Y"})
    # b24jssdk sends it all the same, is not answered, and ends the wait by itself.
    assert mine is (None if client.is_sdk else False)
    assert "refused" not in state.app_options


def test_outside_of_a_portal(client: Client, bx24_browser: Browser) -> None:
    """The page itself, not in a frame: b24jssdk fails with an error, the library leaves `BX24` null."""
    page = bx24_browser.new_page()
    page.goto(client.server.app_url)
    if client.is_sdk:
        said = page.evaluate("client.start().catch((error) => error.code)")
        assert said == "JSSDK_CLIENT_SIDE_WARNING"
    else:
        assert page.evaluate("BX24") is None
    page.close()


def test_the_end_of_the_installation(client: Client) -> None:
    state = client.portal.state
    state.first_run = state.install = True
    client.open()
    assert state.install is True
    if client.is_sdk:
        assert client.run("() => [b24.isFirstRun, b24.isInstallMode]") == [True, True]
        assert (client.sent("setInstall"), state.first_run) == ([{"install": True}], False)
    state.first_run = False
    with client.page.expect_navigation(url="**/?install_finished=Y"):
        client.begin("client.installFinish")
    client.started()
    assert state.install is False
    client.portal.frame.sent.clear()
    if client.is_sdk:
        assert "previously installed" in client.run("() => b24.installFinish().catch((error) => error.message)")
    else:
        client.run("client.installFinish")
    assert client.sent("setInstallFinish") == []


# ---------------------------------------------------------------- calls


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("user.current", {}),
        ("profile", {}),
        ("app.info", {}),
        ("scope", {}),
        ("methods", {}),
        ("user.get", {"FILTER": {"ACTIVE": True}, "sort": "ID", "order": "DESC"}),
        ("user.get", {"ID": [3, 5, 7]}),
        ("user.search", {"FILTER": {"NAME": "Emma"}}),
        ("department.get", {"PARENT": 1}),
        ("crm.deal.list", {"filter": {">OPPORTUNITY": 5000, "!STAGE_ID": ["WON", "LOSE"]}, "order": {"ID": "DESC"}}),
        ("crm.deal.list", {"filter": {"%TITLE": "150"}, "select": ["ID", "TITLE"]}),
        ("crm.deal.get", {"id": 5}),
        ("crm.deal.fields", {}),
        ("crm.lead.list", {"order": {"TITLE": "ASC"}, "select": ["ID", "TITLE", "STATUS_ID"]}),
        ("crm.contact.list", {"filter": {"@ID": [1, 2, 3]}}),
        ("crm.company.list", {"select": ["*"]}),
        ("crm.status.list", {"filter": {"ENTITY_ID": "DEAL_STAGE"}}),
        ("crm.category.list", {"entityTypeId": 2}),
        ("crm.item.list", {"entityTypeId": 2, "filter": {"<=id": 60}}),
        ("tasks.task.list", {"filter": {">ID": 3}, "select": ["ID", "TITLE", "STATUS"]}),
        ("placement.list", {}),
        ("event.get", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_both_see_the_same_data(clients: dict[str, Client], method: str, params: dict[str, Any]) -> None:
    seen = {name: client.call(method, params) for name, client in clients.items()}
    assert "error" not in seen["bx24"]
    assert seen["b24jssdk"] == seen["bx24"]


def test_page_after_page(clients: dict[str, Client]) -> None:
    seen = {name: client.run("client.pages", "user.get", {"sort": "ID"}) for name, client in clients.items()}
    assert [int(row["ID"]) for row in seen["bx24"]] == sorted(clients["bx24"].portal.company.users.ids)
    assert seen["b24jssdk"] == seen["bx24"]
    assert clients["bx24"].call("user.get")["more"] is True


@pytest.mark.parametrize(
    "value",
    [
        "Ünïcödé, Привет, 日本語, 😀",
        "a&b=c+d%20[e]",
        "'\"<b>\\\n\t:",
        ["x", ["y", "z"]],
        {"a": {"b": ["c", {"d": "e"}]}},
    ],
    ids=["scripts", "form", "quotes", "list", "nested"],
)
def test_values_reach_the_portal(client: Client, value: Any) -> None:
    params = {"value": value, "long": [str(number) for number in range(1000)]}
    assert client.call("my.echo", params)["data"] == params
    assert client.portal.rest.received("my.echo") == [params]


def test_json_keeps_types_that_forms_lose(sdk: Client, bx24: Client) -> None:
    values: dict[str, Any] = {
        "none": None,
        "yes": True,
        "no": False,
        "number": 1.5,
        "empty": "",
        "list": [],
        "mapping": {},
    }
    assert sdk.call("my.echo", values)["data"] == {**values, "mapping": []}
    assert bx24.call("my.echo", values)["data"] == {
        "yes": "true",
        "no": "false",
        "number": "1.5",
        "empty": "",
        "list": "",
    }


def test_a_request_carries_nothing_but_its_parameters(client: Client) -> None:
    """b24jssdk adds the id of the request and its own version to the address, both clients the token."""
    client.call("crm.deal.list", {"filter": {"ID": 1}})
    (params,) = client.portal.rest.received("crm.deal.list")
    assert list(params) == ["filter"]


def test_what_is_written_is_readable(client: Client) -> None:
    fields = {"NAME": "Анна", "LAST_NAME": f"O'Neil & {client.name}"}
    number = client.call("crm.contact.add", {"fields": fields})["data"]
    assert client.call("crm.contact.update", {"id": number, "fields": {"POST": "CEO 😀"}})["data"] is True
    found = client.call("crm.contact.get", {"id": number})["data"]
    assert {name: found[name] for name in ("NAME", "LAST_NAME", "POST")} == {**fields, "POST": "CEO 😀"}
    assert client.call("crm.contact.delete", {"id": number})["data"] is True
    # "Not found" has an empty code: the library takes it for no error at all, b24jssdk for an unnamed one.
    gone = client.call("crm.contact.get", {"id": number})
    assert gone.get("data") is None
    assert gone.get("error") == (refused("ERR_BAD_REQUEST", 400) if client.is_sdk else None)


@pytest.mark.parametrize(
    ("code", "status"),
    [("ACCESS_DENIED", 403), ("insufficient_scope", 403), ("NO_AUTH_FOUND", 401), ("ERROR_CORE", 400)],
)
def test_an_error_has_its_code_and_status(client: Client, code: str, status: int) -> None:
    client.portal.rest.route("user.current").fail(code)
    assert client.call("user.current")["error"] == refused(code, status)
    assert client.portal.rest.route("user.current").call_count == 1


def test_an_unknown_method(client: Client) -> None:
    assert client.call("no.such.method")["error"] == refused("ERROR_METHOD_NOT_FOUND", 404)


def test_a_server_error_is_reported_and_not_repeated(sdk: Client) -> None:
    route = sdk.portal.rest.route("user.current").fail("INTERNAL_SERVER_ERROR")
    assert sdk.call("user.current")["error"] == refused("INTERNAL_SERVER_ERROR", 500)
    assert route.call_count == 1


@pytest.mark.parametrize("fault", ["QUERY_LIMIT_EXCEEDED", "drop", "html"])
def test_what_may_pass_is_tried_again(sdk: Client, fault: str) -> None:
    route = sdk.portal.rest.route("user.current")
    if fault == "drop":
        route.drop()
    elif fault == "html":
        route.body("<h1>Bad Gateway</h1>", status=502)
    else:
        route.fail(fault)
    route.times(1)
    assert sdk.call("user.current")["data"]["ID"] == "1"
    assert route.call_count == 2


@pytest.fixture
def limited(sdk: Client) -> Iterator[Client]:
    """b24jssdk, for a test in which its own limiter becomes what it is by default."""
    yield sdk
    sdk.portal.rest.limits.enabled = False
    sdk.run("() => b24.setRestrictionManagerParams(UNLIMITED)")
    sdk.run("() => b24.getHttpClient(B24Js.ApiVersion.v2).reset()")


def test_the_portal_takes_as_many_requests_as_the_client_allows_itself(limited: Client) -> None:
    """b24jssdk's own limiter and the portal's: 50 at once, then 2 a second."""
    limited.portal.rest.limits.clear()
    limited.portal.rest.limits.enabled = True
    limited.run("() => b24.setRestrictionManagerParams(B24Js.ParamsFactory.getDefault())")
    limited.run("() => b24.getHttpClient(B24Js.ApiVersion.v2).reset()")
    begun = time.monotonic()
    answers = limited.run("() => Promise.all(Array.from({ length: 56 }, () => client.call('server.time')))")
    assert time.monotonic() - begun > 2.5
    assert all("data" in answer for answer in answers)
    # The client counts a request when it leaves, the portal when it comes: at the brim one or two may be refused, and
    # are sent again.
    assert len([call for call in limited.portal.rest.calls if call.error]) <= 3


def test_the_tools_of_the_client(sdk: Client) -> None:
    assert sdk.run("() => b24.tools.healthCheck.make()") is True
    assert 0 <= sdk.run("() => b24.tools.ping.make()") < TIMEOUT
    sdk.portal.rest.route("server.time").fail("ACCESS_DENIED")
    assert sdk.run("() => b24.tools.healthCheck.make()") is False


def test_the_helper_of_the_client(limited: Client) -> None:
    """What b24jssdk tells applications about themselves; it sets the limiter by the portal's licence, too."""
    limited.portal.state.app_options["colour"] = "green"
    found = limited.run(
        """async () => {
          const { initB24Helper, getB24Helper, destroyB24Helper } = B24Js.useB24Helper();
          const { App, Profile, AppOptions, UserOptions } = B24Js.LoadDataType;
          const helper = await initB24Helper(b24, [App, Profile, AppOptions, UserOptions]);
          const { version, isInstalled } = helper.appInfo.data;
          const seen = {
            ...helper.profileInfo.data, version, isInstalled, licence: helper.licenseInfo.data.licenseFamily,
            colour: helper.appOptions.getString('colour', ''), host: helper.hostName, same: getB24Helper() === helper,
          };
          destroyB24Helper();
          return seen;
        }"""
    )
    assert (found["id"], found["name"], found["lastName"], found["isAdmin"]) == (1, "Emma", "Lindqvist", True)
    assert (found["version"], found["isInstalled"], found["licence"], found["colour"]) == (1, True, "pro", "green")
    assert (found["host"], found["same"]) == (limited.server.url.rstrip("/"), True)
    assert [call.method for call in limited.portal.rest.calls if call.batch] == [
        "app.info",
        "profile",
        "app.option.get",
        "user.option.get",
    ]


# ---------------------------------------------------------------- batch


@pytest.mark.parametrize("calls", [TUPLES, OBJECTS], ids=["tuples", "objects"])
def test_batch_as_a_mapping(clients: dict[str, Client], calls: dict[str, Any]) -> None:
    """The second command uses the result of the first, which stands for a list."""
    seen = {name: client.run("client.batch", calls, True) for name, client in clients.items()}
    assert seen["b24jssdk"] == seen["bx24"]
    assert list(seen["bx24"]) == ["user", "own"]
    user, departments = seen["bx24"]["user"]["data"], seen["bx24"]["own"]["data"]
    assert sorted(int(row["ID"]) for row in departments) == sorted(user["UF_DEPARTMENT"])


@pytest.mark.parametrize("calls", [list(TUPLES.values())[:1], list(OBJECTS.values())[:1]], ids=["tuples", "objects"])
def test_batch_as_a_list(clients: dict[str, Client], calls: list[Any]) -> None:
    by_number = [*calls, ["department.get", {"ID": "$result[0][UF_DEPARTMENT]"}]]
    seen = {name: client.run("client.batch", by_number, True) for name, client in clients.items()}
    assert seen["b24jssdk"] == seen["bx24"]
    assert len(seen["bx24"]) == 2
    assert seen["bx24"][1]["data"]


@pytest.mark.parametrize("shape", ["mapping", "list"])
def test_a_failing_command(clients: dict[str, Client], shape: str) -> None:
    named = {"a": ["user.current", {}], "b": ["no.such.method", {}], "c": ["user.get", {"ID": 2}]}
    calls = named if shape == "mapping" else list(named.values())
    seen = {name: client.run("client.batch", calls, False) for name, client in clients.items()}
    assert seen["b24jssdk"] == seen["bx24"]
    first, second, third = seen["bx24"].values() if shape == "mapping" else seen["bx24"]
    assert first["data"]["ID"] == "1"
    assert second == {"error": refused("ERROR_METHOD_NOT_FOUND", 200)}
    assert third["data"][0]["ID"] == "2"


@pytest.mark.parametrize("shape", ["mapping", "list"])
def test_halting_leaves_out_the_rest(clients: dict[str, Client], shape: str) -> None:
    named = {"a": ["user.current", {}], "b": ["no.such.method", {}], "c": ["user.get", {"ID": 2}]}
    calls = named if shape == "mapping" else list(named.values())
    seen = {name: client.run("client.batch", calls, True) for name, client in clients.items()}
    assert seen["b24jssdk"] == seen["bx24"]
    first, second = seen["bx24"].values() if shape == "mapping" else seen["bx24"]
    assert first["data"]["ID"] == "1"
    assert second == {"error": refused("ERROR_METHOD_NOT_FOUND", 200)}
    assert clients["bx24"].portal.rest.received("user.get") == []


def test_values_reach_a_batch(client: Client) -> None:
    params = {"text": "Привет & =+%[]😀:\n", "list": ["a", "b"], "nested": {"x": {"y": "z"}}}
    assert client.run("client.batch", {"e": ["my.echo", params]}, False) == {"e": {"data": params}}


def test_a_batch_in_a_batch(client: Client) -> None:
    answer = client.run("client.batch", {"inner": ["batch", {}], "after": ["user.current", {}]}, False)
    assert answer["inner"] == {"error": refused("ERROR_BATCH_METHOD_NOT_ALLOWED", 200)}
    assert answer["after"]["data"]["ID"] == "1"


def test_totals_and_time_of_commands(sdk: Client) -> None:
    code = """async () => {
      const calls = { deals: ['crm.deal.list', { select: ['ID'] }] };
      const result = await b24.actions.v2.batch.make({ calls, options: { returnAjaxResult: true } });
      const { deals } = result.getData();
      return [deals.getTotal(), deals.isMore(), typeof deals.getData().time.operating];
    }"""
    assert sdk.run(code) == [DEALS, True, "number"]


def test_51_commands(clients: dict[str, Client]) -> None:
    """b24jssdk does not send them; the portal executes 50."""
    calls = [["user.get", {"ID": 1}]] * 51
    assert clients["b24jssdk"].run("client.batch", calls, False)["error"] == refused("JSSDK_BATCH_TOO_LARGE", 400)
    assert clients["bx24"].portal.rest.calls == []
    answers = clients["bx24"].run("client.batch", calls, False)
    assert all("data" in answer for answer in answers[:50])
    assert answers[50] == {"error": refused("ERROR_BATCH_LENGTH_EXCEEDED", 200)}


def test_120_commands_in_chunks(clients: dict[str, Client]) -> None:
    route = clients["bx24"].portal.rest.route("batch")
    seen = {}
    for name, client in clients.items():
        before = route.call_count
        seen[name] = client.run("client.inChunks", CHUNKS)
        assert route.call_count == before + 3
    assert seen["b24jssdk"] == seen["bx24"]
    assert [row["ID"] for (row,) in seen["bx24"]] == [str(1 + number) for number in range(120)]


def test_a_batch_that_fails_as_a_whole(sdk: Client) -> None:
    """The library never calls back here (contract, section 4, number 2)."""
    sdk.portal.rest.route("batch").fail("insufficient_scope")
    assert sdk.run("client.batch", TUPLES, True)["error"] == refused("insufficient_scope", 403)


# ---------------------------------------------------------------- long lists


@pytest.fixture(scope="module")
def deals(opened: dict[str, Client]) -> list[dict[str, Any]]:
    """All deals as the library sees them, page after page by `start`."""
    client = opened["bx24"]
    forget(client.portal)
    rows: list[dict[str, Any]] = client.run(
        "client.pages", "crm.deal.list", {"order": {"ID": "ASC"}, "select": ["ID", "TITLE", "OPPORTUNITY"]}
    )
    assert len(rows) == DEALS
    return rows


def test_call_list(sdk: Client, deals: list[dict[str, Any]]) -> None:
    """By id, without counting (`start=-1`): the same rows."""
    code = """async () => (await b24.actions.v2.callList.make({
      method: 'crm.deal.list', params: { select: ['ID', 'TITLE', 'OPPORTUNITY'] } })).getData()"""
    assert sdk.run(code) == deals
    received = sdk.portal.rest.received("crm.deal.list")
    assert {params["start"] for params in received} == {-1}
    assert len(received) == DEALS // 50 + 1


def test_fetch_list(sdk: Client, deals: list[dict[str, Any]]) -> None:
    code = """async () => {
      const pages = [];
      const params = { select: ['ID', 'TITLE', 'OPPORTUNITY'] };
      for await (const page of b24.actions.v2.fetchList.make({ method: 'crm.deal.list', params })) pages.push(page);
      return [pages.map((page) => page.length), pages.flat()];
    }"""
    lengths, rows = sdk.run(code)
    assert set(lengths) == {50}
    assert rows == deals


def test_call_list_with_a_filter(clients: dict[str, Client]) -> None:
    filter_ = {">OPPORTUNITY": 20000, "STAGE_ID": "WON"}
    code = """async (filter) => (await b24.actions.v2.callList.make({
      method: 'crm.deal.list', params: { filter } })).getData()"""
    found = clients["b24jssdk"].run(code, filter_)
    assert 0 < len(found) < DEALS
    assert found == clients["bx24"].run("client.pages", "crm.deal.list", {"filter": filter_, "order": {"ID": "ASC"}})


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"method": "crm.item.list", "params": {"entityTypeId": 1}, "idKey": "id"}, "items"),
        ({"method": "tasks.task.list", "idKey": "id", "cursorIdKey": "ID"}, "tasks"),
    ],
    ids=["items", "tasks"],
)
def test_lists_with_their_rows_under_a_key(sdk: Client, options: dict[str, Any], key: str) -> None:
    code = "async (options) => (await b24.actions.v2.callList.make(options)).getData()"
    rows = sdk.run(code, {**options, "customKeyForResult": key})
    table = sdk.portal.company.leads if key == "items" else sdk.portal.company.tasks
    assert [int(row["id"]) for row in rows] == sorted(table.ids)


def test_an_error_in_a_long_list(sdk: Client) -> None:
    sdk.portal.rest.route("crm.deal.list").fail("ACCESS_DENIED")
    code = """async () => { try {
      for await (const page of b24.actions.v2.fetchList.make({ method: 'crm.deal.list' })) return page.length;
    } catch (error) { return error.code; } }"""
    assert sdk.run(code) == "ACCESS_DENIED"


def test_the_older_list_method(sdk: Client) -> None:
    """By `next`, with the total for its progress."""
    code = """async () => {
      const shown = [];
      const result = await b24.callListMethod('user.get', { sort: 'ID' }, (percent) => shown.push(percent));
      return [result.getData().length, shown];
    }"""
    assert sdk.run(code) == [120, [0, 83, 100, 100]]


# ---------------------------------------------------------------- authorisation


def test_the_token_that_the_portal_gave(client: Client) -> None:
    auth = client.run("client.auth")
    assert client.portal.state.tokens.error(auth["access"]) is None
    assert auth["member"] == client.portal.state.member_id
    assert 0 < auth["expires"] - time.time() <= TOKEN_LIFETIME
    assert auth["refresh"] != auth["access"]


def test_refresh_auth(client: Client) -> None:
    before = client.run("client.auth")["access"]
    token = client.run("client.refreshAuth")
    assert token != before
    assert client.portal.state.tokens.error(token) is None
    assert client.run("client.auth")["access"] == token
    # b24jssdk leaves out empty parameters.
    assert client.sent("refreshAuth") == [None if client.is_sdk else {}]


def test_an_expired_token_is_renewed_by_itself(client: Client) -> None:
    client.portal.state.tokens.expire()
    assert client.call("user.current")["data"]["ID"] == "1"
    assert [call.error for call in client.portal.rest.calls] == ["expired_token", None]
    assert len(client.sent("refreshAuth")) == 1


def test_a_batch_with_an_expired_token(client: Client) -> None:
    client.portal.state.tokens.expire()
    assert client.run("client.batch", TUPLES, True)["user"]["data"]["ID"] == "1"
    assert len(client.sent("refreshAuth")) == 1


def let_the_token_run_out(client: Client) -> None:
    """Give the client a token that has run out by its own clock."""
    tokens = client.portal.state.tokens
    tokens.lifetime = 1
    try:
        client.run("client.refreshAuth")
    finally:
        tokens.lifetime = TOKEN_LIFETIME
    wait_until(lambda: client.run("client.auth") is False)
    client.portal.frame.sent.clear()


def test_its_own_clock_renews_before_sending(client: Client) -> None:
    let_the_token_run_out(client)
    assert client.call("user.current")["data"]["ID"] == "1"
    assert [call.error for call in client.portal.rest.calls] == [None]
    assert len(client.sent("refreshAuth")) == 1


def test_many_calls_when_the_token_has_run_out(client: Client) -> None:
    """b24jssdk asks for one new token for all of them, the library for one each."""
    let_the_token_run_out(client)
    answers = client.run("() => Promise.all(Array.from({ length: 5 }, () => client.call('user.current')))")
    assert [answer["data"]["ID"] for answer in answers] == ["1"] * 5
    assert len(client.sent("refreshAuth")) == (1 if client.is_sdk else 5)


def test_many_calls_with_an_expired_token(client: Client) -> None:
    client.portal.state.tokens.expire()
    answers = client.run("() => Promise.all(Array.from({ length: 5 }, () => client.call('user.current')))")
    assert [answer["data"]["ID"] for answer in answers] == ["1"] * 5
    assert 1 <= len(client.sent("refreshAuth")) <= 5


def test_a_portal_that_does_not_renew(sdk: Client) -> None:
    """b24jssdk gives up after ten seconds; the library waits for ever (contract, section 4, number 5)."""
    sdk.portal.frame.renews_tokens = False
    sdk.begin("() => b24.auth.refreshAuth().catch((error) => error.code)")
    sdk.notice("The portal could not renew the access token.")
    assert sdk.answer() == "JSSDK_FRAME_REFRESH_AUTH_TIMEOUT"


# ---------------------------------------------------------------- options


@pytest.mark.parametrize("kind", ["user", "app"])
@pytest.mark.parametrize("value", ['Ключ: "a:b", 😀', 42, {"a": [1, {"b": ":"}]}], ids=["text", "number", "nested"])
def test_options(client: Client, kind: str, value: Any) -> None:
    client.run(f"client.{kind}Option.set", "my:option", value)
    assert client.run(f"client.{kind}Option.get", "my:option") == value
    wait_until(lambda: client.call(f"{kind}.option.get", {"option": "my:option"})["data"] == value)


def test_options_outlive_the_page(client: Client) -> None:
    client.run("client.userOption.set", "kept", "for me")
    client.run("client.appOption.set", "kept", "for all")
    client.open()
    assert client.run("client.userOption.get", "kept") == "for me"
    assert client.run("client.appOption.get", "kept") == "for all"


def test_an_option_that_is_not_there(sdk: Client, bx24: Client) -> None:
    assert bx24.run("() => BX24.userOption.get('missing') === undefined") is True
    assert sdk.run("() => { try { b24.options.userGet('missing') } catch (error) { return error.message } }") == (
        "user.option.missing not set"
    )


# ---------------------------------------------------------------- placements


@pytest.mark.parametrize("code", ["DEFAULT", "USERFIELD_TYPE", "CALL_CARD", "PAGE_BACKGROUND_WORKER"])
def test_the_interface_of_a_placement(clients: dict[str, Client], placed: Callable[..., None], code: str) -> None:
    placed(code)
    seen = {name: client.run("client.interface") for name, client in clients.items()}
    place = clients["bx24"].portal.frame.placements[code]
    assert seen["bx24"] == {"command": list(place.commands), "event": place.events}
    assert seen["b24jssdk"] == seen["bx24"]


def test_a_command_of_a_placement(clients: dict[str, Client], placed: Callable[..., None]) -> None:
    placed("CALL_CARD")
    seen = {name: client.run("client.command", "getStatus", {}) for name, client in clients.items()}
    assert seen["bx24"]["CALL_STATE"] == "connected"
    assert seen["b24jssdk"] == seen["bx24"]


def test_a_command_of_an_author(client: Client, placed: Callable[..., None]) -> None:
    placed("CRM_DEAL_DETAIL_TAB")
    client.portal.frame.command("double", placement="CRM_DEAL_DETAIL_TAB")(lambda params: {"twice": params["n"] * 2})
    assert client.run("client.command", "double", {"n": 21, "text": "a:b"}) == {"twice": 42}
    # b24jssdk sends this mark with each command.
    mark = {"isRawValue": False} if client.is_sdk else {}
    assert client.sent("double") == [{"n": 21, "text": "a:b", **mark}]


def test_a_command_with_a_colon_in_its_name(sdk: Client) -> None:
    """Sent as an object, because the text could not be told apart (contract, section 2)."""
    sdk.portal.frame.command("CallCard::Dial", placement="DEFAULT")(lambda params: ["dialled", params])
    assert sdk.run("(name) => b24.placement.call(name, { phone: '+1' })", "CallCard::Dial") == [
        "dialled",
        {"phone": "+1", "isRawValue": False},
    ]
    assert sdk.run("() => b24.parent.message.send('CallCard::Dial')") == ["dialled", None]


def test_a_command_with_a_single_value(sdk: Client) -> None:
    sdk.portal.frame.command("say", placement="DEFAULT")(lambda params: f"said {params}")
    assert sdk.run("() => b24.placement.callCustomBind('say', 'a:\"b\"', () => {})") == 'said a:"b"'


def test_an_unknown_command_is_not_answered(sdk: Client, bx24: Client) -> None:
    """b24jssdk ends the wait by itself."""
    assert sdk.run("() => b24.placement.call('noSuchCommand', {})") == {"isSafely": True}
    bx24.begin("client.command", "noSuchCommand", {})
    assert bx24.answer(NEVER) == "no answer"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("test", "test"),
        ("a:b:c", "a:b:c"),
        ("", ""),
        (0, "0"),
        (True, "true"),
        (None, ""),
        ({"id": 1, "title": 'Демо: "x"'}, "[object Object]"),
        ([1, "2"], "1,2"),
    ],
)
def test_the_value_of_a_user_field_is_text(client: Client, placed: Callable[..., None], value: Any, kept: str) -> None:
    placed("USERFIELD_TYPE")
    if client.is_sdk:
        client.run("(value) => b24.placement.setValue(value)", value)
    else:
        client.run("client.command", "setValue", value)
    assert client.sent("setValue") == [value]
    wait_until(lambda: client.portal.frame.sent[-1].answered)  # which b24jssdk awaits for 900 ms only
    assert client.run("client.command", "getValue") == kept


def test_events_of_a_placement(client: Client, placed: Callable[..., None]) -> None:
    placed("CALL_CARD")
    client.frame.evaluate("heard.length = 0")
    client.run("client.bind", "CallCard::CallStateChanged")
    wait_until(lambda: client.sent("placementBindEvent"))
    for state in ("connecting", "connected"):
        client.portal.frame.emit("CallCard::CallStateChanged", {"callState": state})
        client.portal.frame.emit("CallCard::BeforeClose")
    client.frame.wait_for_function("heard.length === 2", timeout=TIMEOUT)
    assert client.run("() => heard") == [{"callState": "connecting"}, {"callState": "connected"}]


# ---------------------------------------------------------------- sliders


def test_the_application_in_a_slider(client: Client) -> None:
    client.begin("client.openApplication", {"task": "5", "text": "a:b"}, {"title": "My title", "width": 500})
    slider = client.page.get_by_role("dialog", name="My title")
    inner = client.frame_in(slider.locator("iframe"))
    about = client.run("client.about", frame=inner)
    assert (about["placement"], about["options"]) == ("DEFAULT", {"task": "5", "text": "a:b"})
    assert client.run("client.call", "user.current", {}, frame=inner)["data"]["ID"] == "1"
    box = slider.bounding_box()
    assert box is not None
    assert round(box["width"]) == 500
    client.run("client.setTitle", "Inner", frame=inner)
    expect(slider.get_by_role("heading")).to_have_text("Inner")
    inner.evaluate("void client.closeApplication()")
    # An empty answer is a text for b24jssdk and a list for the library.
    assert client.answer() == ("" if client.is_sdk else [])
    expect(slider).to_have_count(0)


def test_the_user_closes_the_slider(client: Client) -> None:
    client.begin("client.openApplication", {}, {"title": "Closing"})
    client.page.get_by_role("dialog", name="Closing").get_by_role("button", name="Close").click()
    assert client.answer() == ("" if client.is_sdk else [])


@pytest.mark.parametrize("path", ["/crm/deal/details/5/", "/company/personal/user/1/", "/crm/type/128/details/3/"])
def test_open_path(client: Client, path: str) -> None:
    client.begin("client.openPath", path)
    slider = client.page.locator(".slider")
    title = {
        "/crm/deal/details/5/": f"Deal: {client.portal.company.deals.value(5, 'TITLE')}",
        "/company/personal/user/1/": "Emma Lindqvist",
        "/crm/type/128/details/3/": "Item 3 of smart process 128",
    }[path]
    expect(slider.get_by_role("heading")).to_have_text(title)
    slider.get_by_role("button", name="Close").click()
    closed = {"isOpenAtNewWindow": False, "isClose": True} if client.is_sdk else {"result": "close"}
    assert client.answer() == closed
    assert client.portal.frame.sent[-1].answer == {"result": "close"}


@pytest.mark.parametrize("width", [1640, 1100, 930, 500, 0])
def test_open_path_with_a_width(sdk: Client, width: int) -> None:
    """b24jssdk opens any page by one that is allowed and `..`; which one says how wide the slider is to be."""
    sdk.begin("(width) => b24.slider.openPath(b24.slider.getUrl('/crm/deal/details/5/'), width)", width)
    expect(sdk.page.locator(".slider").get_by_role("heading")).to_have_text(re.compile("^Deal: "))
    sdk.page.keyboard.press("Escape")
    assert sdk.answer()["isClose"] is True


def test_a_path_that_is_not_available(sdk: Client, bx24: Client) -> None:
    answer = {"result": "error", "errorCode": "PATH_NOT_AVAILABLE"}
    assert bx24.run("client.openPath", "/settings/") == answer
    assert sdk.run("() => b24.parent.message.send('openPath', { path: '/settings/' })") == answer


def test_open_path_in_the_mobile_application(sdk: Client, bx24: Client) -> None:
    """b24jssdk opens a window instead, and tells when that is closed."""
    sdk.portal.frame.mobile = True
    answer = {"result": "error", "errorCode": "METHOD_NOT_SUPPORTED_ON_DEVICE"}
    assert bx24.run("client.openPath", "/crm/deal/details/5/") == answer
    with sdk.page.expect_popup() as popup:
        sdk.begin("client.openPath", "/crm/deal/details/5/")
    assert popup.value.url.endswith("/crm/deal/details/5/")
    popup.value.close()
    assert sdk.answer() == {"isOpenAtNewWindow": True, "isClose": True}


# ---------------------------------------------------------------- dialogs


def test_select_user(client: Client) -> None:
    client.begin("client.selectUser")
    dialog = client.page.get_by_role("dialog", name="Select an employee")
    dialog.get_by_label("Search").fill("priya chief")
    expect(dialog.get_by_role("option")).to_have_count(1)
    dialog.get_by_role("option").click()
    assert client.answer() == {"id": 4, "name": "Priya Raman"}


def test_select_users(client: Client) -> None:
    client.begin("client.selectUsers")
    dialog = client.page.get_by_role("dialog", name="Select employees")
    dialog.get_by_role("option", name="Emma Lindqvist").click()
    dialog.get_by_role("option", name="Jonas Hartmann").click()
    dialog.get_by_role("button", name="Select", exact=True).click()
    assert client.answer() == [{"id": 1, "name": "Emma Lindqvist"}, {"id": 2, "name": "Jonas Hartmann"}]


def test_select_access(client: Client) -> None:
    client.begin("client.selectAccess", ["AU"])
    dialog = client.page.get_by_role("dialog")
    expect(dialog.get_by_role("option", name="All authorized users")).to_be_disabled()
    dialog.get_by_role("option", name="Office move").click()
    dialog.get_by_role("button", name="Select", exact=True).click()
    assert client.answer() == [{"id": "SG3", "name": "Office move"}]


def test_select_crm(client: Client) -> None:
    wanted = {"entityType": ["deal", "contact"], "multiple": True, "value": {"deal": [2]}}
    client.begin("client.selectCRM", wanted)
    dialog = client.page.get_by_role("dialog")
    expect(dialog.get_by_role("option").first).to_be_visible()
    # At once after the tab there is no row of the list before that could be chosen.
    dialog.evaluate(
        """dialog => {
          dialog.querySelector('[data-kind=contact]').click();
          dialog.querySelector('.choice')?.click();
        }"""
    )
    dialog.get_by_role("option").first.click()
    expect(dialog.get_by_label("Chosen").get_by_role("button")).to_have_count(2)
    dialog.get_by_role("button", name="Select", exact=True).click()
    answer = client.answer()
    assert {kind: [one["id"] for one in found] for kind, found in answer.items() if found} == {
        "deal": ["D_2"],
        "contact": ["C_1"],
    }
    assert answer["deal"][0]["title"] == client.portal.company.deals.value(2, "TITLE")


@pytest.mark.parametrize("name", ["selectUser", "selectUsers", "selectAccess", "selectCRM"])
def test_a_dialog_that_is_closed_never_answers(client: Client, name: str) -> None:
    client.begin(f"client.{name}")
    dialog = client.page.get_by_role("dialog")
    expect(dialog.get_by_role("option").first).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    assert client.answer(NEVER) == "no answer"
    assert client.portal.frame.sent[-1].answer is NO_ANSWER


# ---------------------------------------------------------------- the portal page around the frame


def test_set_title(client: Client) -> None:
    answer = client.run("client.setTitle", 'Сделки: "A & B" <b>')
    assert answer["title"] == 'Сделки: "A & B" <b>'
    expect(client.page.locator("#title")).to_have_text('Сделки: "A & B" <b>')


def test_resize_window(client: Client) -> None:
    answer = client.run("client.resizeWindow", 640, 900)
    assert (answer["width"], answer["height"]) == (640, 900)
    box = client.page.locator("#stage iframe").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (640, 900)
    assert client.frame.evaluate("[innerWidth, innerHeight]") == [640, 900]


def test_fit_window(client: Client) -> None:
    client.frame.evaluate("document.getElementById('content').style.height = '1500px'")
    answer = client.run("client.fitWindow")
    assert (answer["width"], answer["height"]) == ("100%", client.run("client.scrollSize")["scrollHeight"])
    assert answer["height"] >= 1500
    assert client.frame.evaluate("innerHeight") == answer["height"]


def test_resize_window_auto(sdk: Client) -> None:
    sdk.frame.evaluate("document.getElementById('content').style.height = '400px'")
    sdk.run("() => answered(() => b24.parent.resizeWindowAuto(document.getElementById('content'), 0, 0))")
    assert sdk.frame.evaluate("innerHeight") == 400
    sdk.run("() => answered(() => b24.parent.resizeWindowAuto(null, 1200, 500))")
    assert sdk.frame.evaluate("innerHeight") == 1200


def test_scroll_parent_window(client: Client) -> None:
    client.run("client.resizeWindow", 800, 3000)
    answer = client.run("client.scrollParentWindow", 250)
    assert answer["scroll"] == 250
    assert client.page.evaluate("document.getElementById('stage').scrollTop") == 250
    client.run("client.scrollParentWindow", 0)
    assert client.page.evaluate("document.getElementById('stage').scrollTop") == 0


@pytest.mark.parametrize(
    ("code", "values", "said"),
    [
        ("client.im.callTo", [5, True], "Video call to user 5"),
        ("client.im.callTo", [6, False], "Call to user 6"),
        ("client.im.phoneTo", ["+1 20:30"], "Phone call to +1 20:30"),
        ("client.im.openMessenger", ["chat7"], "Messenger: chat chat7"),
        ("client.im.openHistory", ["imol|9"], "History of chat imol|9"),
    ],
)
def test_the_messenger(client: Client, code: str, values: list[Any], said: str) -> None:
    """Never answered; b24jssdk ends the wait by itself."""
    client.run(code, *values)
    client.notice(said)
    assert not client.portal.frame.sent[-1].answered


def test_reload_window(client: Client) -> None:
    client.page.evaluate("window.before = true")
    with client.page.expect_navigation():
        client.begin("client.reloadWindow")
    client.started()
    assert client.page.evaluate("window.before") is None
    assert client.call("user.current")["data"]["ID"] == "1"


def test_no_token_is_shown(client: Client) -> None:
    """What the portal page shows and remembers of both clients' messages and calls (contract, section 2)."""
    client.run("client.refreshAuth")
    client.call("user.current")
    tokens = client.run("client.auth")
    shown = client.page.content() + repr(client.portal.frame.sent) + repr(client.portal.rest.calls)
    assert tokens["access"] not in shown
    assert tokens["refresh"] not in shown
