"""The start of a page: from a snapshot on the second visit, or as if there were none."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, Route, expect

from bx24py import BX24
from bx24py.dev import assets, snapshot
from bx24py.dev.application import make_server
from bx24py.dev.assets import SNAPSHOT, STDLIB
from bx24py.dev.browser import application_frame
from bx24py.dev.distribution import browser_archive, version
from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.server import PortalServer

from .conftest import PAGE, PythonPage, wait_until
from .snapshots import DAMAGES, KEY, NOT_KEPT, OPTION, POISONED, UNREADABLE, putting

DAY = 24 * 60 * 60

APP = """
import sys
warm = "statistics" in sys.modules
import json, os, random, time
import js
from bx24py import bx24
user = await bx24.call_method("user.current")
js.document.getElementById("out").textContent = json.dumps({
    "warm": warm, "random": random.random(), "name": user.data["NAME"], "lang": os.environ["LANG"],
    "zone": [time.timezone, time.altzone, *time.tzname], "hour": time.localtime(0).tm_hour, "path": sys.path,
})
"""


@dataclass
class Visits:
    """Visits of one browser to one application."""

    server: PortalServer
    context: BrowserContext

    def open(self, prepare: Callable[[Page], object] | None = None) -> tuple[Page, Frame]:
        page = self.context.new_page()
        if prepare:
            prepare(page)
        page.goto(self.server.url)
        return page, application_frame(page, self.server.app_url)

    def visit(self, prepare: Callable[[Page], object] | None = None, *, keep: bool = False) -> dict[str, Any]:
        """Open the application and give what it shows; with `keep` wait until a snapshot is kept."""
        page, frame = self.open(prepare)
        try:
            expect(frame.locator("#out")).to_contain_text("{")
            if keep:
                frame.evaluate("window.bx24py.snapshotKept.catch(() => {})")
            found: dict[str, Any] = json.loads(frame.locator("#out").inner_text())
            return found
        finally:
            page.close()

    @property
    def address(self) -> str:
        """The address of the snapshot."""
        return f"{self.server.app_url}bx24py-snapshot-{version()}"

    @property
    def options(self) -> dict[str, Any]:
        """The options that the portal keeps for the user."""
        return self.server.portal.state.user_options

    def cache(self, code: str) -> Any:
        """Run code on the cache, where `cache` is it and `address` that of the snapshot."""
        page = self.context.new_page()
        page.goto(self.server.app_url + "app.py")
        try:
            return page.evaluate(
                "async ([code, address]) => (new Function('cache', 'address', `return (async () => { ${code} })()`))"
                "(await caches.open('bx24py'), address)",
                [code, self.address],
            )
        finally:
            page.close()


@pytest.fixture(scope="session")
def bx24_snapshot() -> None:
    """Pages start as on a first visit."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("start")
    (folder / "index.html").write_text(PAGE)
    (folder / "app.py").write_text(APP)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[PortalServer]:
    with make_server(Portal(deals=0), folder) as running:
        yield running


@pytest.fixture
def visits(server: PortalServer, bx24_browser: Browser) -> Iterator[Visits]:
    """A browser that has never been there."""
    server.portal.state.user_options.clear()
    with bx24_browser.new_context() as context:
        yield Visits(server, context)


@pytest.fixture(scope="module")
def kept(folder: Path, bx24_browser: Browser) -> str:
    """A snapshot as a first visit leaves it: the name under which a page can fetch it."""
    (folder / "kept.bin").write_bytes(gzip.decompress(snapshot.make(bx24_browser)))
    return "kept.bin"


@pytest.fixture(scope="module")
def packed_server(folder: Path, kept: str, bx24_browser: Browser) -> Iterator[PortalServer]:
    """The same application packed with a snapshot."""
    assert kept
    with make_server(Portal(deals=0), folder, snapshot=snapshot.make(bx24_browser)) as running:
        yield running


def put(visits: Visits, kept: str, change: str = "", age: float = 0, *, known: bool = True) -> None:
    """Put a snapshot into the browser's cache, changed by code on `bytes`, that was made so many seconds ago.

    It is sealed with the key in the portal, unless it is one that another application has put there.
    """
    visits.cache(putting(kept, change, age, known=known))
    if known:
        visits.options[OPTION] = KEY


def test_the_second_visit_starts_from_a_snapshot_with_all_fresh_that_must_be(visits: Visits, kept: str) -> None:
    put(visits, kept)
    first, second = visits.visit(), visits.visit()
    assert first["warm"] is second["warm"] is True
    assert first["name"] == second["name"] == "Emma"
    assert first["random"] != second["random"]
    assert first["path"].count("") == 1
    assert visits.cache("return (await cache.keys()).length") == 1


def test_language_and_time_zone_are_those_of_the_visit(server: PortalServer, bx24_browser: Browser, kept: str) -> None:
    with bx24_browser.new_context(locale="de-AT", timezone_id="Asia/Kolkata") as context:
        visits = Visits(server, context)
        put(visits, kept)
        seen = visits.visit()
    assert seen["warm"]
    assert seen["lang"] == "de_AT.UTF-8"
    assert seen["zone"] == [-19800, -19800, "UTC+0530", "UTC+0530"]
    assert seen["hour"] == 5


def test_no_token_and_nothing_of_the_user_is_in_a_snapshot(server: PortalServer, visits: Visits, kept: str) -> None:
    put(visits, kept)
    state = server.portal.state
    secrets = [*state.tokens._expires, *state.tokens._refresh, state.app_sid, state.member_id, "Emma"]
    found = visits.cache(f"""
        const text = new TextDecoder("latin1").decode(await (await cache.match(address)).arrayBuffer());
        return {json.dumps(secrets)}.map((secret) => text.includes(secret)).concat(text.includes("bx24py.client"));
    """)
    assert found == [False] * len(secrets) + [True]


@pytest.mark.parametrize("how", ["another version of Pyodide", "bytes flipped", "truncated"])
def test_what_does_not_fit_is_as_if_it_were_not_there(visits: Visits, kept: str, how: str) -> None:
    put(visits, kept, DAMAGES[how], age=2 * DAY)
    assert visits.visit()["warm"] is False
    assert visits.cache("return (await cache.keys()).length") == 0


@pytest.mark.parametrize("how", ["another version of the package", "half-written, without its end"])
def test_what_does_not_fit_is_replaced(visits: Visits, kept: str, how: str) -> None:
    put(visits, kept, DAMAGES[how], age=2 * DAY)
    assert visits.visit(keep=True)["warm"] is False
    assert (
        visits.cache("return Number((await cache.match(address)).headers.get('bx24py-made'))")
        > (time.time() - DAY) * 1000
    )
    assert visits.cache("return (await (await cache.match(address)).bytes()).length") > 1_000_000
    assert visits.visit()["warm"] is True


def test_nothing_damaged_is_read(visits: Visits, kept: str) -> None:
    """The worker alone, without a start for each: what it refuses is as above. Versions are not its business."""
    read = """
        const worker = new Worker("bx24py-snapshot.js", { type: "module" });
        const answer = new Promise((resolve) => (worker.onmessage = ({ data }) => data.found || resolve(data)));
        worker.postMessage({ read: { cached: address } });
        const { failed, content } = await answer;
        worker.terminate();
        return [Boolean(failed), content?.byteLength > 1_000_000];
    """
    put(visits, kept)
    assert visits.cache(read) == [False, True]
    for how in (how for how in DAMAGES if not how.startswith("another version")):
        put(visits, kept, DAMAGES[how])
        assert visits.cache(read) == [True, False], how


def broken(code: str) -> Callable[[Page], None]:
    """Run code first in the page and in its workers."""

    def prepare(page: Page) -> None:
        page.add_init_script(code)

        def respond(route: Route) -> None:
            text = route.fetch().text()
            route.fulfill(body=f"if (!globalThis.document) {{ {code} }}\n{text}", content_type="text/javascript")

        page.route("**/bx24py-snapshot.js", respond)

    return prepare


@pytest.mark.parametrize("how", UNREADABLE)
def test_a_snapshot_that_cannot_be_read_is_as_if_it_were_not_there(visits: Visits, kept: str, how: str) -> None:
    put(visits, kept)
    page, frame = visits.open(broken(UNREADABLE[how]))
    expect(frame.locator("#out")).to_contain_text('"warm": false')
    assert frame.locator("bx24py-start").count() == 0
    page.close()


@pytest.mark.parametrize("how", NOT_KEPT)
def test_where_none_can_be_kept_the_application_runs_all_the_same(visits: Visits, how: str) -> None:
    assert visits.visit(broken(NOT_KEPT[how]), keep=True)["warm"] is False
    assert visits.cache("return (await cache.keys()).length") == 0


def test_two_tabs_at_once_make_one_snapshot(visits: Visits) -> None:
    count = "window.made = 0; const Shared = SharedWorker; window.SharedWorker = class extends Shared {"
    count += " constructor(...all) { super(...all); made += 1 } }"
    tabs = [visits.open(lambda page: page.add_init_script(count)) for _ in range(2)]
    made = 0
    for _, frame in tabs:
        expect(frame.locator("#out")).to_contain_text('"warm": false')
        frame.evaluate("window.bx24py.snapshotKept")
        made += frame.evaluate("window.made")
    assert made == 1
    assert visits.cache("return (await cache.keys()).length") == 1
    assert visits.visit()["warm"] is True


def test_a_snapshot_is_made_as_soon_as_the_application_has_done_its_first_work(visits: Visits) -> None:
    assert visits.visit(lambda page: page.add_init_script(NEVER_QUIET), keep=True)["warm"] is False
    assert visits.visit()["warm"] is True


def test_no_snapshot_is_made_where_the_browser_saves_data(visits: Visits) -> None:
    saves = "Object.defineProperty(Navigator.prototype, 'connection', { value: { saveData: true } })"
    visits.visit(lambda page: page.add_init_script(saves), keep=True)
    assert visits.cache("return (await cache.keys()).length") == 0


def test_an_old_snapshot_is_used_and_replaced(visits: Visits, kept: str) -> None:
    put(visits, kept, age=25 * 60 * 60)
    assert visits.visit(keep=True)["warm"] is True
    assert visits.cache("return Date.now() - Number((await cache.match(address)).headers.get('bx24py-made'))") < 60_000
    assert visits.visit()["warm"] is True


def test_a_packed_snapshot_serves_the_first_visit(bx24_browser: Browser, tmp_path: Path) -> None:
    source = tmp_path / "app"
    source.mkdir()
    (source / "index.html").write_text(PAGE)
    (source / "app.py").write_text(APP)
    out = str(tmp_path / "out")
    command = [sys.executable, "-m", "bx24py", "pack", str(source), "-o", out, "--snapshot", "--pyodide", "bundled"]
    subprocess.run(command, check=True)
    packed_snapshot = tmp_path / "out" / SNAPSHOT
    content = packed_snapshot.read_bytes()
    assert len(content) > 1_000_000
    with make_server(Portal(deals=0), tmp_path / "out") as packed:
        with bx24_browser.new_context() as context:
            assert Visits(packed, context).visit()["warm"] is True
        for damaged in content[: len(content) // 2], gzip.compress(gzip.decompress(content)[:-1] + b"?", 1):
            packed_snapshot.write_bytes(damaged)
            with bx24_browser.new_context() as context:
                assert Visits(packed, context).visit()["warm"] is False


PACKAGE = """
import contextlib, io, json, traceback
import bx24py
from bx24py import bx24

shown = io.StringIO()
with contextlib.redirect_stdout(shown):
    help(bx24.call_method)
try:
    bx24.call_method("user.get", {"ID": object()})
except TypeError as error:
    frame = traceback.extract_tb(error.__traceback__)[-1]
loader = type(bx24py.__spec__.loader).__name__
json.dumps({"help": shown.getvalue(), "file": frame.filename, "line": frame.lineno, "loader": loader})
"""


MARKS = [
    f"bx24py: {what}"
    for what in ("the start", "the portal has answered", "Python is running", "the application starts")
]
MARKS_OF_SNAPSHOT = [
    "bx24py: the snapshot is read",
    "bx24py: its digest is known",
    "bx24py: WebAssembly is ready",
    "bx24py: the snapshot is restored",
]


def test_help_and_tracebacks_of_the_package_and_marks_of_the_start(visits: Visits, kept: str) -> None:
    put(visits, kept)
    source = (assets.PACKAGE / "rest" / "params.py").read_text().splitlines()
    for warm in (True, False):
        if not warm:
            visits.cache("await cache.delete(address)")
        page, frame = visits.open()
        found = json.loads(frame.evaluate("async (code) => (await window.bx24py.ready).runPython(code)", PACKAGE))
        expect(frame.locator("#out")).to_contain_text(f'"warm": {json.dumps(warm)}')
        marks = frame.evaluate("performance.getEntriesByType('mark').map((one) => one.name)")
        assert sorted(marks) == sorted([*MARKS, *MARKS_OF_SNAPSHOT] if warm else MARKS)
        assert (BX24.call_method.__doc__ or "?").splitlines()[0] in found["help"]
        assert found["file"] == "bx24py/rest/params.py"
        assert source[found["line"] - 1].strip().startswith("raise TypeError")
        assert found["loader"] == "zipimporter"
        page.close()


def test_the_archive_is_small() -> None:
    """110,000 bytes were set before lists, many writes, fields, `on_write`, `page`, errors, REST 3.0 came."""
    assert len(browser_archive()) <= 202_000


def test_two_applications_of_one_host_keep_a_snapshot_each(server: PortalServer, bx24_browser: Browser) -> None:
    with bx24_browser.new_context() as context:
        visits = Visits(server, context)
        visits.cache("await cache.put(new URL('other/bx24py-snapshot-1', address), new Response('theirs'))")
        visits.cache("await cache.put(new URL('bx24py-snapshot-1', address), new Response('of an older Pyodide'))")
        assert visits.visit(keep=True)["warm"] is False
        found = visits.cache("return (await cache.keys()).map((one) => new URL(one.url).pathname)")
    assert sorted(found) == [f"/bx24py-snapshot-{version()}", "/other/bx24py-snapshot-1"]


def test_what_another_application_of_the_host_has_put_there_never_runs(visits: Visits, kept: str) -> None:
    """Its digest is right, but the portal does not know it. It is replaced, and never used."""
    put(visits, kept)
    assert visits.visit()["warm"] is True
    put(visits, kept, POISONED, known=False)
    assert visits.visit(keep=True)["warm"] is False
    assert visits.visit()["warm"] is True
    assert visits.options[OPTION] == KEY


def test_what_another_application_has_put_there_is_no_packed_snapshot(
    packed_server: PortalServer, bx24_browser: Browser, kept: str
) -> None:
    packed_server.portal.state.user_options.clear()
    with bx24_browser.new_context() as context:
        visits = Visits(packed_server, context)
        put(visits, kept, POISONED, known=False)
        visits.cache(f"""
            const bytes = await (await cache.match(address)).bytes();
            await cache.put(new URL("{SNAPSHOT}", address), new Response(bytes));
        """)
        seen: list[str] = []
        context.on("request", lambda request: seen.append(request.url.rsplit("/", 1)[-1]))
        assert visits.visit()["warm"] is True
        assert SNAPSHOT in seen  # of the host, not of the cache


@pytest.mark.parametrize("known", [True, False])
def test_off_uses_no_snapshot_whatever_there_is(
    packed_server: PortalServer, folder: Path, bx24_browser: Browser, kept: str, known: bool
) -> None:
    packed_server.portal.state.user_options.clear()
    count = """
        window.opened = [];
        const open = caches.open.bind(caches);
        caches.open = (name) => { opened.push(name); return open(name); };
    """
    with bx24_browser.new_context() as context:
        visits = Visits(packed_server, context)
        put(visits, kept, known=known)
        (folder / "index.html").write_text(PAGE.replace("data-app=", 'data-snapshot="off" data-app='))
        try:
            page, frame = visits.open(lambda page: page.add_init_script(count))
            expect(frame.locator("#out")).to_contain_text('"warm": false')
            frame.evaluate("window.bx24py.snapshotKept")
            assert frame.evaluate("window.opened") == []
            page.close()
        finally:
            (folder / "index.html").write_text(PAGE)


def test_a_date_in_the_future_is_not_young(visits: Visits, kept: str) -> None:
    put(visits, kept, age=-400 * DAY)
    assert visits.visit(keep=True)["warm"] is True
    assert visits.cache("return Number((await cache.match(address)).headers.get('bx24py-made')) <= Date.now()")


def test_what_lies_in_folders_that_nobody_visits_is_deleted(visits: Visits) -> None:
    visits.cache(f"""
        const ages = {{ "forsaken/": 31, "visited/": 29, "future/": -400 }};
        for (const [folder, age] of Object.entries(ages)) {{
            const made = String(Date.now() - age * {DAY * 1000});
            const theirs = new Response("theirs", {{ headers: {{ "bx24py-made": made }} }});
            await cache.put(new URL(folder + "bx24py-snapshot-1", address), theirs);
        }}
    """)
    visits.visit(keep=True)
    found = visits.cache("return (await cache.keys()).map((one) => new URL(one.url).pathname)")
    assert sorted(found) == [f"/bx24py-snapshot-{version()}", "/visited/bx24py-snapshot-1"]


FULL = "cache.put = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));"


def test_a_full_disk_is_tried_once_a_day(visits: Visits) -> None:
    tried = []

    def full(page: Page) -> None:
        def respond(route: Route) -> None:
            tried.append(1)
            text = route.fetch().text()
            route.fulfill(
                body=text.replace("await cache.put(", f"{FULL} await cache.put("), content_type="text/javascript"
            )

        page.route("**/bx24py-snapshot.js", respond)

    assert visits.visit(full, keep=True)["warm"] is False
    assert visits.visit(full, keep=True)["warm"] is False
    assert len(tried) == 1
    page = visits.context.new_page()
    page.goto(visits.server.app_url + "app.py")
    page.evaluate(
        "for (const key of Object.keys(localStorage)) localStorage.setItem(key, `failed ${Date.now() - 864e5 - 1}`)"
    )
    page.close()
    visits.visit(full, keep=True)
    assert len(tried) == 2


def test_a_portal_that_keeps_no_options_means_no_snapshot(visits: Visits) -> None:
    """Nothing is started from what nobody vouches for, and nothing is made in vain on each visit."""
    frame = visits.server.portal.frame
    frame.silence("setUserOption")
    try:
        assert visits.visit(keep=True)["warm"] is False
        made = visits.cache("return (await cache.match(address)).headers.get('bx24py-made')")
        assert visits.visit(keep=True)["warm"] is False
        assert visits.cache("return (await cache.match(address))?.headers.get('bx24py-made') ?? null") in (made, None)
    finally:
        frame.reset()


def test_all_browsers_of_a_user_share_the_key(visits: Visits) -> None:
    visits.options[OPTION] = KEY
    visits.visit(keep=True)
    assert visits.options[OPTION] == KEY
    assert visits.visit()["warm"] is True


def test_digests_of_an_earlier_version_give_way_to_a_key(visits: Visits) -> None:
    visits.options[OPTION] = f"{'1' * 64}:1"
    visits.visit(keep=True)
    assert re.fullmatch("[0-9a-f]{64}", visits.options[OPTION])
    assert visits.visit()["warm"] is True


NEVER_QUIET = (
    "const after = setTimeout; window.setTimeout = (f, time, ...all) => time !== 3000 && after(f, time, ...all)"
)


def test_a_visit_that_ends_before_the_application_runs_leaves_a_snapshot(visits: Visits) -> None:
    def without_an_end(page: Page) -> None:
        page.add_init_script(NEVER_QUIET)
        page.route("**/app.py", lambda _: None)

    page, frame = visits.open(without_an_end)
    frame.wait_for_function("address => localStorage.getItem(address)?.startsWith('ordered')", arg=visits.address)
    page.wait_for_timeout(1000)  # the worker starts
    page.close()
    visits.cache("while (!(await cache.match(address))) await new Promise((resolve) => setTimeout(resolve, 100))")
    assert visits.visit()["warm"] is True


def test_the_start_requests_all_it_needs_before_anything_arrives(visits: Visits) -> None:
    held: list[Route] = []
    page, _ = visits.open(
        lambda page: page.route(re.compile("/pyodide/|[.]zip|app[.]py"), lambda route: held.append(route))
    )
    pyodide = {"pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide-lock.json"}
    wanted = pyodide | {"app.py", "bx24py.zip.gz", STDLIB}

    def seen() -> set[str]:
        return {urlsplit(route.request.url).path.rsplit("/", 1)[-1] for route in held}

    wait_until(page, lambda: seen() >= wanted, "all requests", seconds=20)
    assert seen() == wanted
    page.close()


def test_the_bar_moves_while_python_starts(open_app: Callable[..., PythonPage]) -> None:
    watch = """
    window.seen = [];
    const look = () => {
      const bar = document.querySelector("bx24py-start")?.shadowRoot.querySelector(".bar");
      if (bar) seen.push(getComputedStyle(bar).transform);
      if (!window.bx24py || bar) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    """

    def slow(route: Route) -> None:  # else a busy machine may draw nothing between the stages
        time.sleep(1.5)
        route.continue_()

    def before(page: Page) -> None:
        page.add_init_script(watch)
        page.route("**/pyodide.asm.wasm", slow)

    app = open_app(before=before)
    app.frame.evaluate("window.bx24py.finished")
    widths = {float(seen.removeprefix("matrix(").split(",")[0]) for seen in app.frame.evaluate("window.seen")}
    assert widths - {0.0, 0.05, 0.1, 0.65, 0.7, 0.8, 1.0}, "only where the stages begin"


def test_the_bar_moves_while_python_keeps_the_thread_busy(visits: Visits) -> None:
    page, frame = visits.open(lambda page: page.route(f"**/{STDLIB}?*", lambda _: None))
    expect(frame.locator("bx24py-start .text")).to_have_text("Starting Python…")
    session = page.context.new_cdp_session(page)
    drawn: list[str] = []

    def keep(event: dict[str, Any]) -> None:
        drawn.append(event["data"])
        session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})

    session.on("Page.screencastFrame", keep)
    session.send("Page.startScreencast", {"format": "png"})
    page.wait_for_timeout(200)
    frame.evaluate(
        "setTimeout(() => { const end = Date.now() + 2000; while (Date.now() < end); window.woken = true; })"
    )
    before = len(drawn)
    page.wait_for_timeout(1500)
    seen = set(drawn[before:])
    frame.wait_for_function("window.woken")
    page.close()
    assert len(seen) > 5
