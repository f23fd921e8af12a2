"""A batch that the page declares and the loader sends while Python starts."""

from __future__ import annotations

from collections.abc import Callable

from bx24py.dev.portal.portal import Portal

from .conftest import PAGE, PythonPage

PREFETCH = """
<script type="application/json" data-bx24-prefetch data-halt-on-error>
  {"me": ["user.current"],
   "people": {"method": "user.get", "params": {"ACTIVE": true, "ADMIN_MODE": null, "FILTER": {}}},
   "named": ["task.item.list", {"ORDER": {}, "FILTER": {"ID": 5}}], "listed": ["task.item.list", [{}, {"ID": 5}]]}
</script>
"""
SAME = """
await bx24.call_batch({
    "me": ["user.current", {}],
    "people": ["user.get", {"ACTIVE": True, "ADMIN_MODE": None, "FILTER": {}}],
    "named": ["task.item.list", {"ORDER": {}, "FILTER": {"ID": 5}}],
    "listed": ["task.item.list", [{}, {"ID": 5}]],
}, halt_on_error=True)
"""


def batches(app: PythonPage) -> int:
    return [call.method for call in app.portal.rest.calls].count("batch")


def test_a_declared_batch_is_sent_while_python_starts_and_taken_once(open_app: Callable[..., PythonPage]) -> None:
    app = open_app({"index.html": PAGE.replace("</head>", f"{PREFETCH}</head>")})
    app.frame.evaluate("window.bx24py.finished")
    assert batches(app) == 1
    code = f"results = {SAME.strip()}\nreturn [results['me'].data['NAME'], len(results['people'].data)]"
    assert app.python(code) == ["Emma", 50]
    assert batches(app) == 1
    assert app.python(code) == ["Emma", 50]
    assert batches(app) == 2


def test_another_batch_does_not_take_it(open_app: Callable[..., PythonPage]) -> None:
    app = open_app({"index.html": PAGE.replace("</head>", f"{PREFETCH}</head>")})
    app.python('await bx24.call_batch({"me": ["user.current", {}]})')
    app.python(SAME.replace(", halt_on_error=True", ""))
    assert batches(app) == 3
    app.python(SAME)
    assert batches(app) == 3


def test_a_declared_batch_that_fails_is_dealt_with_as_any_other(open_app: Callable[..., PythonPage]) -> None:
    portal = Portal(deals=0)
    portal.rest.route("batch").body("<h1>Bad Gateway</h1>", status=502).times(1)
    app = open_app({"index.html": PAGE.replace("</head>", f"{PREFETCH}</head>")}, portal=portal)
    assert app.python(f"results = {SAME.strip()}\nreturn results['me'].data['NAME']") == "Emma"
    assert batches(app) == 2


def test_what_does_not_only_read_is_not_sent_beforehand(open_app: Callable[..., PythonPage]) -> None:
    declared = '<script type="application/json" data-bx24-prefetch>{"a": ["user.get"], "b": ["crm.deal.add"]}</script>'
    app = open_app({"index.html": PAGE.replace("</head>", f"{declared}</head>")})
    app.frame.evaluate("window.bx24py.finished")
    assert batches(app) == 0
    assert any("crm.deal.add does not only read" in text for text in app.console)


def test_a_declaration_that_cannot_be_read_is_reported_and_left_out(open_app: Callable[..., PythonPage]) -> None:
    broken = '<script type="application/json" data-bx24-prefetch>{"me": [</script>'
    app = open_app({"index.html": PAGE.replace("</head>", f"{broken}</head>"), "app.py": "print('it runs')"})
    app.frame.evaluate("window.bx24py.finished")
    assert any("data-bx24-prefetch" in text for text in app.console)
    assert "it runs" in app.console
