"""Odd answers: what is an error is none of the results, and what the library stumbles over ends at once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import PythonPage

JSON = "application/json"
DEEP = "[" * 4500 + "]" * 4500

CALL = """
import time
from bx24py.rest import call as retries
retries.FIRST_DELAY = 0.01
async def ended(call, read=lambda result: result.data):
    begun = time.monotonic()
    try:
        value = read(await call)
    except BX24Error as error:
        value = type(error).__name__
    return [value, time.monotonic() - begun < 5]
"""
METHOD = CALL + 'return await ended(bx24.call_method("crm.deal.add", {"fields": {"TITLE": "A"}}))'
BATCH = (
    CALL
    + """
calls = {"a": ["crm.deal.add", {"fields": {}}], "b": ["crm.deal.update", {"id": 1, "fields": {}}]}
return await ended(bx24.call_batch(calls), lambda results: [result.data for result in results.values()])
"""
)


def answer_with(app: PythonPage, body: str | bytes, status: int = 200) -> None:
    """Let the portal answer all requests so."""
    app.portal.rest.route("*").body(body, status=status, content_type=JSON)


NO_CODE = [
    (400, "RestError"),
    (401, "AuthError"),
    (403, "AccessError"),
    (404, "MethodNotFoundError"),
    (409, "RestError"),
    (429, "RateLimitError"),
    (500, "ServerError"),
    (502, "ServerError"),
    (504, "ServerError"),
]


@pytest.mark.parametrize("code", [METHOD, BATCH], ids=["call_method", "call_batch"])
@pytest.mark.parametrize(("status", "error"), NO_CODE)
def test_a_status_of_400_or_more_is_an_error_whatever_the_body_says(
    app: PythonPage, status: int, error: str, code: str
) -> None:
    bodies: list[Any] = [{"message": "Sorry"}, {"result": True}, {}, [], None, {"result": {"result": {"a": 1, "b": 2}}}]
    for body in bodies:
        answer_with(app, json.dumps(body), status)
        assert app.python(code) == [error, True], body
        assert len([call for call in app.portal.rest.calls if not call.batch]) == 1  # a write is not repeated
        app.portal.reset()


# What follows `{"result":` or stands alone, and what call_method ends with.
ODD: dict[str, tuple[str | bytes, Any]] = {
    "no result": ("{}", "BadResponseError"),
    "only a time": ('{"time":{"start":1}}', "BadResponseError"),
    "a list": ("[]", "BadResponseError"),
    "null": ("null", "BadResponseError"),
    "a text": ('"ok"', "BadResponseError"),
    "empty error, no result": ('{"error":""}', "BadResponseError"),
    "null result": ('{"result":null}', None),
    "null error": ('{"result":7,"error":null}', 7),
    "false error": ('{"result":7,"error":false}', 7),
    "empty error": ('{"result":7,"error":""}', 7),
    "error as a number": ('{"result":7,"error":5}', "RestError"),
    "NaN": ('{"result":NaN}', "BadResponseError"),
    "Infinity inside": ('{"result":[1,{"a":Infinity}]}', "BadResponseError"),
    "two documents": ('{"result":1}{"result":2}', "BadResponseError"),
    "a notice behind": ('{"result":1}\n<br>\n<b>Notice</b>: Undefined index {x}', "BadResponseError"),
    "a notice before": ('<b>Warning</b> in /x.php {"result":1}', "BadResponseError"),
    "cut": ('{"result":[{"ID":"1"', "BadResponseError"),
    "cut at a bracket": ('{"result":{"a":{"ID":"1"}', "BadResponseError"),
    "a comma too many": ('{"result":[1,]}', "BadResponseError"),
    "deep": (f'{{"result":{DEEP}}}', "BadResponseError"),
    "deep and unfinished": ('{"result":' + "[" * 9000 + "}", "BadResponseError"),
    "deep with mappings": ('{"result":' + '{"a":' * 4500 + "1" + "}" * 4501, "BadResponseError"),
    "500 levels": ('{"result":' + "[" * 499 + "]" * 499 + "}", json.loads("[" * 499 + "]" * 499)),
    "long digits": ('{"result":' + "7" * 5000 + "}", "BadResponseError"),
    "long digits, long answer": ('{"result":[' + "7" * 5000 + "," + "1," * 20_000 + "1]}", "BadResponseError"),
    "invalid UTF-8": (b'{"result":"\xff\xfe"}', "BadResponseError"),
    "invalid UTF-8, long answer": (b'{"result":["\xff\xfe"' + b",1" * 20_000 + b"]}", "BadResponseError"),
    "U+FFFD itself": ('{"result":"\ufffd"}', "\ufffd"),
    "a byte order mark": ('\ufeff{"result":7}', 7),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_answer_ends_the_call_at_once_and_truly(app: PythonPage, name: str) -> None:
    body, expected = ODD[name]
    answer_with(app, body)
    assert app.python(METHOD) == [expected, True]


BATCHES: dict[str, tuple[str, Any]] = {
    "nothing but results": ('{"result":{"result":{"a":1,"b":2}}}', [1, 2]),
    "no result_next": (
        '{"result":{"result":{"a":1,"b":2},"result_error":[],"result_total":[],"result_time":[]}}',
        [1, 2],
    ),
    "null parts": (
        '{"result":{"result":{"a":1,"b":2},"result_error":null,"result_total":null,"result_next":null}}',
        [1, 2],
    ),
    "parts as text": (
        '{"result":{"result":{"a":1,"b":2},"result_error":"","result_next":"","result_total":0}}',
        [1, 2],
    ),
    "null errors": ('{"result":{"result":{"a":1,"b":2},"result_error":{"a":null,"b":""}}}', [1, 2]),
    "only errors": ('{"result":{"result_error":{"a":{"error":"X"},"b":{"error":"Y"}}}}', "RestError"),
    "an error as text": ('{"result":{"result":{"b":2},"result_error":{"a":"X"}}}', "RestError"),
    "one missing": ('{"result":{"result":{"a":1}}}', "BadResponseError"),
    "nothing": ('{"result":{}}', "BadResponseError"),
    "results as text": ('{"result":{"result":"x"}}', "BadResponseError"),
    "true": ('{"result":true}', "BadResponseError"),
    "no result": ("{}", "BadResponseError"),
    "NaN": ('{"result":{"result":{"a":NaN,"b":2},"result_error":[],"result_next":[]}}', "BadResponseError"),
    "two documents": (
        '{"result":{"result":{"a":1,"b":2},"result_error":[],"result_next":[]}}{"result":{"result":[]}}',
        "BadResponseError",
    ),
    "deep": (f'{{"result":{{"result":{{"a":{DEEP},"b":1}},"result_error":[],"result_next":[]}}}}', "BadResponseError"),
}


@pytest.mark.parametrize("name", BATCHES)
def test_an_odd_answer_to_a_batch_ends_it_at_once_and_truly(app: PythonPage, name: str) -> None:
    body, expected = BATCHES[name]
    answer_with(app, body)
    assert app.python(BATCH) == [expected, True]


def test_python_lives_on_after_odd_answers(app: PythonPage) -> None:
    """The two tests above share this page."""
    assert app.python('return (await bx24.call_method("user.current")).data["ID"]') == "1"


NEXT = """
answers = []
result = await bx24.call_method("odd.list", params)
while result is not None and len(answers) < 5:
    answers.append([result.next, result.total, result.more])
    result = await result.next_page()
return answers
"""


@pytest.mark.parametrize(
    ("params", "said", "expected"),
    [
        ({}, 50, 50),
        ({}, "50", 50),
        ({}, 0, None),
        ({}, -50, None),
        ({}, True, None),
        ({}, False, None),
        ({}, "", None),
        ({}, "abc", None),
        ({}, 12.5, None),
        ({}, [50], None),
        ({}, None, None),
        ({"start": 50}, 50, None),
        ({"start": "100"}, 50, None),
        ({"start": 50}, "100", 100),
    ],
)
def test_a_next_that_is_not_beyond_the_page_is_the_end(
    app: PythonPage, params: dict[str, Any], said: object, expected: int | None
) -> None:
    @app.portal.rest.method("odd.list")
    def odd(_params: object, _call: object) -> Any:
        return []

    body = {"result": [1], "next": said, "total": "7"}
    batch = {"result": {"result": [[1]], "result_error": [], "result_next": [said], "result_total": ["7"]}}
    app.portal.rest.route("odd.list").body(json.dumps(body), content_type=JSON)
    app.portal.rest.route("batch").body(json.dumps(batch), content_type=JSON)
    answers = app.python(NEXT, params=params)
    assert answers[0] == [expected, 7, expected is not None]
    assert len(answers) == (1 if expected is None else 2)  # the next page says the same again, which is its end


def test_an_odd_time_breaks_nothing(app: PythonPage) -> None:
    times: list[Any] = [
        {"operating": "1.5", "operating_reset_at": "9999999999"},
        {"operating": [], "start": "x"},
        {"operating": 1, "operating_reset_at": "soon"},
        "soon",
        [],
    ]
    for time in times:
        app.portal.reset()
        app.portal.rest.route("odd").body(json.dumps({"result": 1, "time": time}), content_type=JSON)
        assert app.python('return (await bx24.call_method("odd")).data') == 1
        app.portal.rest.route("odd").fail("OPERATION_TIME_LIMIT")
        code = 'return (await failure(bx24.call_method("odd", timeout=2, wait_for_operating=True)))[0]'
        assert app.python(code, limit=5) == "OperationTimeLimitError"


def test_working_time_that_should_be_free_again_is_asked_for_with_growing_pauses(app: PythonPage) -> None:
    past = json.dumps({"result": 1, "time": {"operating": 1, "operating_reset_at": 1000}})
    app.portal.rest.route("odd").body(past, content_type=JSON)
    app.python('await bx24.call_method("odd")')
    app.portal.rest.reset()
    app.portal.rest.route("odd").fail("OPERATION_TIME_LIMIT")
    code = 'return (await failure(bx24.call_method("odd", timeout=6, wait_for_operating=True)))[0]'
    assert (
        app.python("from bx24py.rest import call as retries\nretries.FIRST_DELAY = 0.5\n" + code)
        == "OperationTimeLimitError"
    )
    assert 2 <= len(app.portal.rest.calls) <= 5


def test_refused_requests_are_not_kept(app: PythonPage) -> None:
    """Twelve writes of 2 MB, refused as expired. The library keeps the parameters of each, we nothing."""
    session = app.page.context.new_cdp_session(app.page)

    def used() -> float:
        session.send("HeapProfiler.collectGarbage")
        return float(session.send("Runtime.getHeapUsage")["usedSize"] / 2**20)

    app.python('await bx24.call_method("user.current")')
    before = used()
    app.portal.rest.route("crm.deal.add").fail("expired_token")
    app.python(
        """
        for n in range(12):
            await failure(bx24.call_method("crm.deal.add", {"fields": {"COMMENTS": "x" * 2**21}}))
        """,
        limit=120,
    )
    assert used() - before < 12 * 2 + 6
