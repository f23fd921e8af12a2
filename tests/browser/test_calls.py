"""Calls from Python in the frame, through the library, to the portal and back."""

from __future__ import annotations

import gc
import textwrap
from collections.abc import Callable

import pytest

from .conftest import PythonPage


def test_a_method_brings_a_result(app: PythonPage) -> None:
    user = app.python("""
        result = await bx24.call_method("user.current")
        assert type(result.data) is dict
        assert result.time.duration >= 0 and result.time.date_start and result.time.operating is not None
        return [result.data["ID"], result.status, result.total, result.more]
    """)
    assert user == ["1", 200, None, False]


def test_a_mapping_brings_a_mapping_with_the_macro_filled_in(app: PythonPage) -> None:
    names = app.python("""
        results = await bx24.call_batch({
            "get_user": ["user.current", {}],
            "get_department": {"method": "department.get", "params": {"ID": "$result[get_user][UF_DEPARTMENT]"}},
        }, halt_on_error=True)
        assert results["get_department"].time.finish > 0
        return [list(results), [row["NAME"] for row in results["get_department"].data]]
    """)
    assert names == [["get_user", "get_department"], ["Customer Success", "Key Accounts"]]
    assert [call.method for call in app.portal.rest.calls if not call.batch] == ["batch"]


def test_a_list_brings_a_list(app: PythonPage) -> None:
    assert app.python("""
        results = await bx24.call_batch([["user.get", {"ID": n}] for n in (3, 1, 2)])
        return [result.data[0]["ID"] for result in results]
    """) == ["3", "1", "2"]


def test_a_long_answer_is_the_same_text(app: PythonPage) -> None:
    rows = [{"ID": n, "text": "Ж ü 🙂 </script>", "large": 2**60 + n} for n in range(2000)]
    app.portal.rest.route("long").respond(rows)
    assert app.python("return [(await bx24.call_method('long')).data, __import__('gc').isenabled()]") == [rows, True]
    assert app.python("return [one.data for one in await bx24.call_batch([['long'], ['long']])]") == [rows, rows]
    text = app.frame.evaluate("new Promise(done => BX24.callMethod('long', {}, answer => done(answer.data()[7].text)))")
    assert text == rows[7]["text"]


@pytest.mark.parametrize("size", [10, 30_000])
def test_an_answer_in_another_encoding_is_read_as_such(app: PythonPage, size: int) -> None:
    page = "<h1>Ошибка</h1>" + "Ж" * size
    app.portal.rest.route("odd").body(page.encode("cp1251"), status=502, content_type="text/html; charset=windows-1251")
    assert app.python("""
        try:
            await bx24.call_method("odd", retry=False)
        except BadResponseError as error:
            return [error.status, error.text]
    """) == [502, page[:500]]


def test_the_builder_passes_results_on_to_later_commands(app: PythonPage) -> None:
    assert app.python("""
        batch = bx24.batch(halt_on_error=True, timeout=60)
        user = batch.call("user.current")
        departments = batch.call("department.get", {"ID": user["UF_DEPARTMENT"]})
        first = batch.call("department.get", {"ID": departments[0]["ID"]})
        await batch.run()
        return [user.result.data["NAME"], len(departments.result.data), first.result.data[0]["NAME"]]
    """) == ["Emma", 2, "Customer Success"]


def test_pages_of_a_method_and_of_a_batch_command(app: PythonPage) -> None:
    sizes = app.python("""
        sizes = []
        page = await bx24.call_method("user.get", {"ACTIVE": True})
        while page:
            sizes.append([len(page.data), page.total, page.next])
            page = await page.next_page()
        page = (await bx24.call_batch({"me": ["user.current"], "u": ["user.get", {"!ID": "$result[me][ID]"}]}))["u"]
        while page:
            sizes.append([len(page.data), page.total, page.next])
            page = await page.next_page()
        return sizes
    """)
    total = sizes[0][1]
    assert sizes[:3] == [[50, total, 50], [50, total, 100], [total - 100, total, None]]
    assert sizes[3:] == [[50, 119, 50], [50, 119, 100], [19, 119, None]]


def test_120_commands_are_three_batches_in_order(app: PythonPage) -> None:
    assert app.python("""
        results = await bx24.call_batch([["user.get", {"ID": n + 1}] for n in range(120)])
        return [int(result.data[0]["ID"]) for result in results]
    """) == list(range(1, 121))
    batches = [call for call in app.portal.rest.calls if call.method == "batch"]
    assert [len(call.params["cmd"]) for call in batches] == [50, 50, 20]


def test_a_macro_across_batches_sends_nothing(app: PythonPage) -> None:
    name, message, _ = app.python("""
        async def call():
            return await bx24.call_batch([["user.current"]] * 50 + [["user.get", {"ID": "$result[0][ID]"}]])
        return await failure(call())
    """)
    assert name == "ValueError"
    assert "another batch" in message
    assert app.portal.rest.calls == []


@pytest.mark.parametrize("halt", [False, True])
@pytest.mark.parametrize("named", [False, True])
def test_a_failing_second_of_three(app: PythonPage, halt: bool, named: bool) -> None:
    app.portal.rest.route("department.get").fail("ERROR_CORE", "Отдел сломался")
    outcome = app.python(
        """
        calls = [["user.current"], ["department.get"], ["app.info"]]
        if named:
            results = await bx24.call_batch(dict(zip("abc", calls)), halt_on_error=halt)
            results = [results[key] for key in "abc"]
        else:
            results = await bx24.call_batch(calls, halt_on_error=halt)
        def data(result):
            try:
                return result.data
            except BX24Error as error:
                return [type(error).__name__, getattr(error, "description", None), error is result.error]
        return [data(results[0])["ID"], data(results[1]), data(results[2])]
        """,
        halt=halt,
        named=named,
    )
    assert outcome[:2] == ["1", ["RestError", "Отдел сломался", True]]
    if halt:
        assert outcome[2] == ["NotExecutedError", None, True]
    else:
        assert outcome[2]["LICENSE"]


FAULTS = [
    ("expired_application", "RestError", 402),
    ("insufficient_scope", "AccessError", 403),
    ("ACCESS_DENIED", "AccessError", 403),
    ("NO_AUTH_FOUND", "AuthError", 401),
    ("ERROR_METHOD_NOT_FOUND", "MethodNotFoundError", 404),
    ("OPERATION_TIME_LIMIT", "OperationTimeLimitError", 429),
    ("ERROR_CORE", "RestError", 400),
]


@pytest.mark.parametrize(("code", "error", "status"), FAULTS)
def test_a_refusal_has_its_class_and_the_portals_words(app: PythonPage, code: str, error: str, status: int) -> None:
    app.portal.rest.route("crm.deal.get").fail(code, "Слова портала", status)
    name, message, attributes = app.python('return await failure(bx24.call_method("crm.deal.get", {"ID": 5}))')
    assert name == error
    assert attributes["code"] == code
    assert attributes["description"] == "Слова портала"
    assert attributes["status"] == status
    assert attributes["method"] == "crm.deal.get"
    assert f"crm.deal.get: {code}: Слова портала (HTTP {status})" in message


def test_an_unknown_method_raises(app: PythonPage) -> None:
    assert app.python('return (await failure(bx24.call_method("no.such")))[0]') == "MethodNotFoundError"


def test_a_call_starts_when_it_is_made(app: PythonPage) -> None:
    app.python("""
        bx24.call_method("app.info")
        for _ in range(100):
            await asyncio.sleep(0.02)
            if js.performance.getEntriesByType("resource").to_py()[-1].name.endswith("app.info.json"):
                return
        raise AssertionError("it was not sent")
    """)
    assert len(app.portal.rest.received("app.info")) == 1


def test_a_call_without_an_answer_ends_and_a_late_answer_is_dropped(app: PythonPage) -> None:
    app.portal.rest.route("user.current").delay(0.4).times(1)
    name, message, attributes = app.python("""
        error = await failure(bx24.call_method("user.current", timeout=0.1))
        await asyncio.sleep(0.6)
        return error
    """)
    assert name == "CallTimeoutError"
    assert "user.current: no answer within 0.1 s" in message
    assert attributes["maybe_executed"] is True
    assert app.console == []


def test_auth_language_domain_and_administrator(app: PythonPage) -> None:
    before, after, text, rest = app.python("""
        before = bx24.get_auth()
        after = await bx24.refresh_auth()
        assert bx24.get_auth() == after
        left = after.expires_at.timestamp() - js.Date.now() / 1000
        rest = [bx24.get_lang(), bx24.get_domain(), bx24.is_admin(), left]
        return [before.access_token, after.access_token, repr(after), rest]
    """)
    assert before != after
    assert after not in text
    assert rest[:3] == ["en", app.page.url.removeprefix("http://").rstrip("/"), True]
    assert 3500 < rest[3] <= 3600
    app.portal.frame.silence("refreshAuth", times=1)
    assert app.python("return (await failure(bx24.refresh_auth(timeout=0.1)))[0]") == "CallTimeoutError"


def test_sharp_edge_13_a_callback_has_to_be_kept_alive_and_destroyed(app: PythonPage) -> None:
    """With BX24 as JavaScript sees it; `test_callbacks_are_released` shows that the package does both."""
    errors: list[str] = []
    app.page.on("pageerror", lambda error: errors.append(str(error)))
    called, alive = app.python("""
        import gc, weakref
        from pyodide.ffi import create_proxy
        called = []
        def callback(result):
            called.append("kept")
        # Pyodide destroys what it made of a plain function when the call returns, which is before the answer.
        js.BX24.callMethod("user.current", None, lambda result: called.append("not kept"))
        kept = create_proxy(callback)
        for _ in range(2):
            js.BX24.callMethod("user.current", None, kept)
        await asyncio.sleep(1)
        seen = weakref.ref(callback)
        del callback
        alive = []
        for _ in range(2):
            gc.collect()
            alive.append(seen() is not None)
            kept.destroy()
        return [called, alive]
    """)
    assert called == ["kept", "kept"]
    assert len(errors) == 1
    assert "destroyed" in errors[0]
    assert alive == [True, False]


def test_callbacks_are_released(app: PythonPage) -> None:
    app.portal.rest.route("test.late").delay(0.3).respond(1)
    gc.collect()
    waiting, grown = app.python("""
        import gc
        from pyodide.ffi import create_proxy
        from bx24py import bridge
        client = BX24(limits=bx24.limits)
        async def round():
            await client.call_method("user.current")
            await client.call_batch([["user.current"], ["no.such"]])
            await failure(client.call_method("no.such"))
            await failure(client.call_method("test.late", timeout=0.05))
            client.call_method("test.late").cancel()
            await client.refresh_auth()
        await round()
        gc.collect()
        page = client._sender._bridge
        before = len(gc.get_objects())
        for _ in range(20):
            await round()
        await asyncio.sleep(0.5)
        gc.collect()
        return [len(page._callbacks.waiting), len(gc.get_objects()) - before]
    """)
    assert waiting == 0
    assert grown < 50


def test_what_waits_for_an_answer_goes_on_as_any_task_does(app: PythonPage) -> None:
    assert app.python("""
        import contextvars
        from pyodide.ffi import run_sync
        found, place = [], contextvars.ContextVar("place", default="none")

        async def rows():
            try:
                yield 1
            finally:
                await asyncio.sleep(0)
                found.append("closed")

        place.set("task")
        call = bx24.call_method("user.current")
        def fails(_):
            raise RuntimeError("of a callback")
        unwanted = lambda _: found.append("unwanted")
        for function in (unwanted, fails, lambda _: found.append(place.get())):
            call.add_done_callback(function)
        removed = call.remove_done_callback(unwanted)
        await call
        async for _ in rows():
            break
        again = run_sync(bx24.call_method("user.current"))
        await asyncio.sleep(0.05)
        late = asyncio.get_running_loop().create_future()
        call.add_done_callback(lambda _: late.set_result("late"))
        return [removed, found, again.data["ID"], asyncio.current_task() is not None, await late]
    """) == [1, ["task", "closed"], "1", True, "late"]
    assert any("of a callback" in text for text in app.console)


def test_a_task_of_the_first_call_of_all(open_app: Callable[..., PythonPage]) -> None:
    app_py = """
        import asyncio
        loop = asyncio.get_running_loop()
        from bx24py import bx24
        task = loop.create_task(bx24.call_method("user.current"))
        print("first:", (await task).data["NAME"])
    """
    app = open_app({"app.py": textwrap.dedent(app_py)})
    app.frame.evaluate("window.bx24py.finished")
    assert "first: Emma" in app.console


def test_calls_run_side_by_side_in_a_task_group(app: PythonPage) -> None:
    app.portal.rest.route("broken.add").fail("ACCESS_DENIED", status=403)
    app.portal.rest.route("slow.add").never()
    outcome = app.python("""
        async with asyncio.TaskGroup() as group:
            user = group.create_task(bx24.call_method("user.current"))
            both = group.create_task(bx24.call_batch({"a": ["user.get", {"ID": 1}]}))
            none = group.create_task(user.result().next_page() if user.done() else bx24.init())
            batch = bx24.batch()
            command = batch.call("user.current")
            run = group.create_task(batch.run())
        names = [user.result().data["NAME"], len(both.result()["a"].data), none.result(), command.result.data["NAME"]]

        async def group_that_fails():
            async with asyncio.TaskGroup() as group:
                tasks.append(group.create_task(bx24.call_method("slow.add")))
                tasks.append(group.create_task(bx24.call_method("broken.add")))
                tasks.append(group.create_task(bx24.select_user()))

        tasks = []
        try:
            await group_that_fails()
        except* AccessError as error:
            names.append([type(one).__name__ for one in error.exceptions])
        ended = [task.cancelled() for task in tasks]

        call = bx24.call_method("user.current")
        for attribute in "data", "total", "next_page":
            try:
                getattr(call, attribute)
            except AttributeError as error:
                names.append("Await it first" in str(error))
        nap = asyncio.create_task(asyncio.sleep(30))
        done, waiting = await asyncio.wait([call, nap], return_when="FIRST_COMPLETED")
        names.append([done == {call}, waiting == {nap}, nap.cancel()])
        return [names, ended]
    """)
    names, ended = outcome
    assert names == ["Emma", 1, None, "Emma", ["AccessError"], True, True, True, [True, True, True]]
    assert ended == [True, False, True]
    assert not [text for text in app.console if "never" in text]
