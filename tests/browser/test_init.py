"""Calls before the library is initialised, without a BX24, and with another one than the portal's."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest
from playwright.sync_api import Route, expect

from bx24py.dev.portal.portal import Portal

from .conftest import PAGE, PythonPage

OpenApp = Callable[..., PythonPage]


def test_another_bx24_object_and_one_that_is_none(app: PythonPage) -> None:
    assert app.python("""
        own = await BX24(js.BX24).call_method("user.current")
        errors = [await failure(BX24(js.Object.new()).call_batch([["user.current"]]))]
        broken = js.Object.assign(js.Object.new(), js.BX24)
        broken.callBatch = None
        errors.append(await failure(BX24(broken).call_batch([["user.current"]])))
        return [own.data["ID"], *[error[0] for error in errors], "callBatch" in errors[1][1]]
    """) == ["1", "NotInPortalError", "NotInPortalError", True]


@pytest.mark.parametrize("value", ["null", "undefined"])
def test_without_bx24_every_call_says_so(open_app: OpenApp, value: str) -> None:
    app = open_app()
    app.frame.evaluate(f"window.bx24py.ready.then(() => {{ window.BX24 = {value} }})")
    assert (
        app.python("""
        client = BX24()
        calls = [client.init(), client.call_method("user.current"), client.call_batch([["user.current"]])]
        return [(await failure(call))[0] for call in [*calls, client.refresh_auth()]]
    """)
        == ["NotInPortalError"] * 4
    )


HAND_MADE = """() => {
    const answer = (result, error, next) => ({
        data: () => result,
        error: () => error,
        more: () => next !== undefined,
        total: () => 2,
        status: 200,
        answer: { result, next },
    });
    const refused = { getError: () => ({ error: "ACCESS_DENIED", error_description: "no" }), getStatus: () => 403 };
    const later = (done, value) => setTimeout(() => done(value));
    window.handMade = {
        init: (done) => done(),
        callMethod: (method, params, done) =>
            later(done, answer({ method, params, none: null }, undefined, 50)),
        callBatch: (calls, done) => later(done, { a: answer([1, null]), b: answer({}, refused) }),
    };
}"""


def test_a_library_whose_callbacks_carry_no_request(app: PythonPage) -> None:
    """A hand-made library: results come from the ajaxResult objects alone."""
    app.frame.evaluate(HAND_MADE)
    assert app.python("""
        client = BX24(js.handMade)
        one = await client.call_method("x.y", {"a": [1]})
        many = await client.call_batch({"a": ["x.y"], "b": ["x.y"], "c": ["x.y"]}, halt_on_error=True)
        refused, skipped = many["b"].error, many["c"].error
        names = [type(refused).__name__, refused.description, type(skipped).__name__]
        return [one.data, one.next, one.total, many["a"].data, *names]
    """) == [
        {"method": "x.y", "params": {"a": [1]}, "none": None},
        50,
        2,
        [1, None],
        "AccessError",
        "no",
        "NotExecutedError",
    ]


FIVE_CALLS = """
from bx24py import bx24
calls = [bx24.call_method("user.get", {"ID": number}) for number in range(1, 6)]
"""


def test_calls_made_before_the_initialisation_arrive_after_it_in_order(open_app: OpenApp) -> None:
    held: list[Route] = []
    app = open_app(
        {"app.py": FIVE_CALLS},
        before=lambda page: page.route("**/wire", lambda route: held.append(route), times=1),
    )
    app.frame.evaluate("window.bx24py.finished.then(() => null)")
    app.page.wait_for_timeout(200)
    assert app.portal.rest.calls == []
    assert len(held) == 1
    held[0].continue_()
    ids = app.python("""
        import __main__
        return [(await call).data[0]["ID"] for call in __main__.calls]
    """)
    assert ids == ["1", "2", "3", "4", "5"]
    assert [params["ID"] for params in app.portal.rest.received("user.get")] == ids


def test_an_init_that_is_never_answered_fails_all_calls(open_app: OpenApp) -> None:
    app = open_app(
        {"app.py": FIVE_CALLS},
        before=lambda page: page.route("**/wire", lambda _route: None),
    )
    outcome = app.python("""
        import __main__
        batch = bx24.batch()
        batch.call("user.current")
        more = [bx24.call_batch([["user.current"]]), batch.run()]
        errors = [await failure(bx24.init(timeout=0.3))]
        errors += [await failure(call) for call in [*__main__.calls, *more]]
        return [error[0] for error in errors]
    """)
    assert outcome == ["InitTimeoutError"] * 8
    assert app.portal.rest.calls == []


def test_what_cannot_be_read_ends_the_call_as_well(app: PythonPage) -> None:
    app.frame.evaluate("""() => {
        const odd = { data: () => 1n, error: () => undefined, total: () => 1n };
        const failing = { ...odd, data: () => { throw new Error("odd"); } };
        window.oddLibrary = {
            init: (run) => run(), getAuth: () => false,
            selectUser: (back) => back({ id: 1n }),
            callMethod: (method, params, back) => back(failing),
            callBatch: (calls, back) => back([failing]),
        };
    }""")
    ended = app.python("""
        client = BX24(js.oddLibrary)
        calls = client.select_user(), client.call_method("m.get"), client.call_batch([["m.get"]])
        return [(await failure(call))[:2] for call in calls]
    """)
    assert [name for name, _ in ended] == ["BX24Error"] * 3
    assert all("could not be read" in words for _, words in ended)


def test_a_link_leads_to_another_page_of_the_application(open_app: OpenApp) -> None:
    index = PAGE.replace('<p id="out"></p>', '<a href="report.html?id=7">Report</a>')
    code = """
        from js import document, location
        from bx24py import bx24
        user = (await bx24.call_method("user.current")).data
        place = bx24.placement.info()
        document.getElementById("out").textContent = f"{user['NAME']} {place.code} {place.entity_id} {location.search}"
    """
    portal = Portal(deals=200)
    portal.state.placement, portal.state.placement_options = "CRM_DEAL_DETAIL_TAB", {"ID": "5"}
    report = PAGE.replace("app.py", "report.py")
    app = open_app({"index.html": index, "report.html": report, "report.py": dedent(code)}, portal=portal)
    app.frame.get_by_role("link").click()
    expect(app.frame.locator("#out")).to_have_text("Emma CRM_DEAL_DETAIL_TAB 5 ?id=7")
