"""b24jssdk and the emulated library: calls, batches, long lists and tokens."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from bx24py.dev.portal.state import TOKEN_LIFETIME

from .clients import DEALS, TIMEOUT, Client, forget, refused, wait_until
from .clients import bx24 as bx24
from .clients import client as client
from .clients import clients as clients
from .clients import opened as opened
from .clients import sdk as sdk
from .clients import sdk_file as sdk_file

TUPLES = {"user": ["user.current", {}], "own": ["department.get", {"ID": "$result[user][UF_DEPARTMENT]"}]}
OBJECTS = {
    "user": {"method": "user.current", "params": {}},
    "own": {"method": "department.get", "params": {"ID": "$result[user][UF_DEPARTMENT]"}},
}
CHUNKS = [["user.get", {"ID": 1 + number}] for number in range(120)]


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


def test_both_get_all_pages(clients: dict[str, Client]) -> None:
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


def test_51_commands_are_too_many(clients: dict[str, Client]) -> None:
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
    for name, one in clients.items():
        before = route.call_count
        seen[name] = one.run("client.inChunks", CHUNKS)
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


def test_call_list_brings_all_rows(sdk: Client, deals: list[dict[str, Any]]) -> None:
    """By id, without counting (`start=-1`): the same rows."""
    code = """async () => (await b24.actions.v2.callList.make({
      method: 'crm.deal.list', params: { select: ['ID', 'TITLE', 'OPPORTUNITY'] } })).getData()"""
    assert sdk.run(code) == deals
    received = sdk.portal.rest.received("crm.deal.list")
    assert {params["start"] for params in received} == {-1}
    assert len(received) == DEALS // 50 + 1


def test_fetch_list_brings_all_rows_in_pages(sdk: Client, deals: list[dict[str, Any]]) -> None:
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
