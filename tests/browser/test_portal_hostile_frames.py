"""Frames that send noise, floods, or what they may not: the portal stands them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from bx24py.dev.portal.wire import MESSAGES_KEPT

if TYPE_CHECKING:
    pass
from .wire_app import App, get
from .wire_app import app as app
from .wire_app import folder as folder


def test_noise_is_dropped(app: App) -> None:
    before = len(app.portal.frame.sent)
    app.frame.evaluate(
        """() => {
        heard.length = 0;
        const mebi = 1 << 20;
        const messages = [
          '', ':', '::::', 'getInitData', `:${sid}`, `:::${sid}`, `getInitData::cb:${sid}x`,
          `getInitData::cb:${sid.slice(1)}`, 'getInitData::cb:', `setTitle:{"title":cb:${sid}`,
          `setTitle:{broken}:cb:${sid}`, `set Title:{}:cb:${sid}`, 5, null, undefined, true, [], {},
          { method: 'getInitData', callback: 'cb' }, { method: 'getInitData', callback: 'cb', appSid: 'wrong' },
          { method: 5, callback: 'cb', appSid: sid }, { method: 'setTitle', params: 5n, callback: 'cb', appSid: sid },
          new Map([['method', 'getInitData']]), 'x'.repeat(mebi), 'getInitData::cb:' + 'x'.repeat(mebi),
          new ArrayBuffer(mebi), `setTitle:${'['.repeat(mebi)}:cb:${sid}`,
        ];
        const cyclic = { method: 'setTitle', callback: 'cb', appSid: sid };
        cyclic.params = cyclic;
        for (const message of [...messages, cyclic]) post(message);
        return within(send('setTitle', {title: 'after'}), 3000);
        }"""
    )
    app.wait_for("setTitle")
    assert app.commands()[before:] == ["setTitle"]
    assert app.frame.evaluate("heard.length") == 1


def test_another_origin_is_not_answered(app: App) -> None:
    before = len(app.portal.frame.sent)
    here = urlsplit(app.server.app_url)
    other = f"http://localhost:{here.port}/"
    app.frame.evaluate(f"void (location.href = {other!r})")
    app.page.wait_for_timeout(300)
    frame = app.frame
    assert frame.url == other
    assert app.is_unanswered("getInitData", frame=frame)
    assert len(app.portal.frame.sent) == before


def test_a_frame_inside_the_application_is_not_answered(app: App) -> None:
    before = len(app.portal.frame.sent)
    app.frame.evaluate(
        """() => {
        const inner = document.createElement('iframe');
        inner.srcdoc = `<script>top.postMessage('getInitData::cb:${sid}', '*')<\\/script>`;
        document.body.append(inner);
        }"""
    )
    app.page.wait_for_timeout(300)
    assert len(app.portal.frame.sent) == before


def test_a_flood_does_not_take_the_portal_down(app: App) -> None:
    app.frame.evaluate(
        "() => { for (let i = 0; i < 60000; i++) post(i % 2 ? `getInitData::f${i}:${sid}` : 'x'.repeat(1000)) }"
    )
    app.page.locator("#tab-switches").click(timeout=10_000)
    expect(app.page.locator("#panel-switches")).to_be_visible()
    assert app.frame.evaluate("within(send('setTitle', {title: 'alive'}), 20000)") == {"title": "alive"}
    assert len(app.portal.frame.sent) <= MESSAGES_KEPT


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ({"Content-Type": "application/json"}, 401),
        ({"Authorization": "Bearer x"}, "refused"),
        ({"X-Requested-With": "x"}, "refused"),
        ({"Idempotency-Key": "x"}, "refused"),
    ],
)
def test_an_application_can_send_no_header_of_its_own_to_rest(
    app: App, headers: dict[str, str], outcome: int | str
) -> None:
    ask = """([url, headers]) => fetch(url, {method: 'POST', headers, body: '{}'})
        .then((response) => response.status, () => 'refused')"""
    assert app.frame.evaluate(ask, [f"{app.server.url}rest/server.time.json", headers]) == outcome


@pytest.mark.parametrize("allowed", [False, True])
def test_an_application_can_send_a_key_to_rest_3_0_where_the_portal_allows_it(app: App, allowed: bool) -> None:
    app.portal.v3.allow_idempotency_key = allowed
    token = app.portal.state.tokens.issue()["AUTH_ID"]
    fields = {"title": "Once", "creatorId": 1, "responsibleId": 1}
    ask = """([url, body, headers]) => fetch(url, {method: 'POST', headers, body: JSON.stringify(body)})
        .then((response) => response.headers.get('Idempotent-Replayed') ?? response.status, () => 'refused')"""
    headers = {"Content-Type": "application/json", "Idempotency-Key": "a"}
    request = [f"{app.server.url}rest/api/tasks.task.add", {"fields": fields, "auth": token}, headers]
    answers = [app.frame.evaluate(ask, request) for _ in range(2)]
    assert answers == ([200, "true"] if allowed else ["refused", "refused"])
    assert len(app.portal.v3.received("tasks.task.add")) == (2 if allowed else 0)
    del headers["Idempotency-Key"]
    assert app.frame.evaluate(ask, request) == 200


def test_only_the_portal_page_may_use_its_interface(app: App) -> None:
    api = json.loads(get(f"{app.server.url}portal/config")[1])["api"]
    body = json.dumps(
        {"messages": [{"frame": "x", "command": "getInitData", "params": None, "callback": "c"}]}
    ).encode()
    for origin in (app.server.app_url.rstrip("/"), "http://example.com", "null", ""):
        response, text = get(f"{api}/wire", "POST", {"Origin": origin} if origin else {}, body)
        assert response.status == 403
        assert b"AUTH_ID" not in text
    assert app.frame.evaluate("api => fetch(api + '/events').then(() => 'read', () => 'refused')", api) == "refused"
