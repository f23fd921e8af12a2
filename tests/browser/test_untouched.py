"""What the loader's subclass of XMLHttpRequest does not touch: all that is no request to the portal's REST address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser

from .conftest import PythonPage

OpenApp = Callable[..., PythonPage]

WATCH = """
(url) => new Promise((resolve) => {
  const seen = [];
  const xhr = new XMLHttpRequest();
  const types = ["readystatechange", "loadstart", "progress", "load", "error", "abort", "timeout", "loadend"];
  const note = (where) => (event) =>
    seen.push([where, event.type, xhr.readyState, event.loaded ?? null, event.total ?? null, event.isTrusted]);
  for (const type of types) xhr.addEventListener(type, note("xhr"));
  for (const type of types.slice(1)) xhr.upload.addEventListener(type, note("upload"));
  xhr.onloadend = () => resolve({
    seen, status: xhr.status, statusText: xhr.statusText, text: xhr.responseText, url: xhr.responseURL,
    type: xhr.getResponseHeader("content-type"), own: Object.keys(xhr),
  });
  xhr.open("POST", url);
  xhr.send("x".repeat(20000));
})
"""


@pytest.fixture(scope="module")
def natively(opened_app: PythonPage) -> Callable[[str], Any]:
    """Do the same with the browser's own class."""
    source = WATCH.replace("new XMLHttpRequest()", "new (Object.getPrototypeOf(XMLHttpRequest))()")
    return lambda url: opened_app.frame.evaluate(source, url)


def shape(watched: dict[str, Any]) -> dict[str, Any]:
    """Leave out how many progress events there were, which differs from run to run; keep the last of each side."""
    seen = [
        entry for entry in watched["seen"] if entry[1] != "progress" and entry[:3] != ["xhr", "readystatechange", 3]
    ]
    progress = {entry[0]: entry[2:] for entry in watched["seen"] if entry[1] == "progress"}
    return {**watched, "seen": seen, "progress": progress}


def test_the_subclass_is_in_place_and_looks_like_the_original(opened_app: PythonPage) -> None:
    assert opened_app.frame.evaluate("""() => {
        const xhr = new XMLHttpRequest();
        const ofClass = [XMLHttpRequest.name, typeof XMLHttpRequest.bx24pyConnect, XMLHttpRequest.DONE];
        const ofObject = [String(xhr), xhr.readyState, xhr.upload instanceof XMLHttpRequestUpload];
        return [...ofClass, xhr instanceof XMLHttpRequest, ...ofObject];
    }""") == ["XMLHttpRequest", "function", 4, True, "[object XMLHttpRequest]", 0, True]


@pytest.mark.parametrize(
    ("name", "portal"),
    [
        ("acme.bitrix24.com:80|1|sid", "https://acme.bitrix24.com"),
        ("acme.bitrix24.com:443|0|sid", "http://acme.bitrix24.com"),
        ("acme.bitrix24.com:8443|1|sid", "https://acme.bitrix24.com:8443"),
    ],
)
def test_the_portals_port_is_dropped_as_the_library_does(
    opened_app: PythonPage, bx24_browser: Browser, name: str, portal: str
) -> None:
    with bx24_browser.new_page() as page:
        headers = {"Access-Control-Allow-Origin": "*"}
        page.route(f"{portal}/**", lambda route: route.fulfill(status=502, headers=headers))
        page.goto(opened_app.frame.url.split("?")[0] + "app.py")
        status = """async ([name, address]) => {
            window.name = name;
            await import("./bx24py-xhr.js");
            const xhr = new XMLHttpRequest();
            const loaded = new Promise((resolve) => xhr.addEventListener("load", () => resolve(xhr.status)));
            xhr.open("POST", address);
            xhr.send("auth=1");
            return loaded;
        }"""
        assert page.evaluate(status, [name, f"{portal}/rest/user.current.json"]) == 400  # one that is delivered


@pytest.mark.parametrize("case", ["not there", "a file", "another host", "the portal outside REST", "refused"])
def test_bytes_events_and_order_are_the_browsers_own(
    opened_app: PythonPage, natively: Callable[[str], Any], case: str
) -> None:
    portal, app = opened_app.page.url, opened_app.frame.url.split("?")[0]
    url = {
        "not there": f"{app}no/such/file",
        "a file": f"{app}index.html",
        "another host": portal.replace("127.0.0.1", "localhost") + "rest/user.current.json",
        "the portal outside REST": f"{portal}api/v1/",
        "refused": "http://127.0.0.1:9/",
    }[case]
    ours = opened_app.frame.evaluate(WATCH, url)
    assert shape(ours) == shape(natively(url))
    if case == "a file":
        assert shape(ours)["progress"]["upload"][1:3] == [20000, 20000]
        assert "xhr" in shape(ours)["progress"]
    assert all(trusted for *_, trusted in ours["seen"])


def test_requests_may_be_synchronous_binary_timed_out_and_aborted(opened_app: PythonPage) -> None:
    assert opened_app.frame.evaluate("""async () => {
        const sync = new XMLHttpRequest();
        sync.open("GET", "app.py", false);
        sync.send();
        const binary = new XMLHttpRequest();
        binary.open("GET", "index.html");
        binary.responseType = "arraybuffer";
        const loaded = new Promise((resolve) => binary.addEventListener("load", resolve));
        binary.send();
        await loaded;
        const bytes = binary.response.byteLength;
        const aborted = new XMLHttpRequest();
        aborted.open("GET", "index.html");
        const events = [];
        for (const type of ["load", "abort", "error"]) aborted.addEventListener(type, () => events.push(type));
        aborted.send();
        aborted.abort();
        const fetched = await (await fetch("index.html")).text();
        return [sync.status, bytes > 100, events, fetched.includes("bx24py.js")];
    }""") == [200, True, ["abort"], True]
