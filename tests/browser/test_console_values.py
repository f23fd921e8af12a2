"""The console: how values are shown."""

from __future__ import annotations

import csv
import io
import zlib
from base64 import b64encode
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Request, expect

from bx24py.dev.portal.portal import Portal
from tests.browser.console import Console, opening, patience

ROWS = """
from datetime import date
from decimal import Decimal
[
    {"ID": "10", "NAME": "b", "SUM": 3, "DAY": date(2026, 1, 2), "MORE": {"a": [1, 2]}},
    {"ID": "9", "NAME": "A", "SUM": None, "DAY": None, "MORE": None},
    {"ID": "100", "NAME": "=1+1", "SUM": Decimal("2.5"),
     "DAY": date(2025, 5, 5), "MORE": "<img src=x onerror=hacked=1>"},
    {"ID": "-5", "NAME": "<script>hacked = 1</script>", "SUM": "x", "EXTRA": 1},
]
"""


@pytest.fixture(scope="module")
def opened(bx24_browser: Browser, bx24_snapshot: bytes | None) -> Iterator[Console]:
    with opening(bx24_browser, bx24_snapshot) as open_console:
        yield open_console(Portal(deals=20_000))


@pytest.fixture
def console(opened: Console) -> Console:
    opened.fresh()
    opened.errors.clear()
    return opened


def table(output: Locator) -> Locator:
    shown = output.get_by_role("table")
    expect(shown.locator("tbody tr[aria-rowindex]").first).to_be_visible()
    return shown


def column(shown: Locator, name: str) -> list[str]:
    heads = shown.locator("th button").all_inner_texts()
    rows = shown.locator("tbody tr[aria-rowindex]")
    return rows.locator(f"td:nth-child({heads.index(name) + 1})").all_text_contents()


def download(console: Console, name: str) -> bytes:
    with console.page.expect_download() as saved:
        console.output().get_by_role("button", name=f"Download {name}").click()
    return saved.value.path().read_bytes()


def test_rows_are_sorted_and_searched(console: Console) -> None:
    shown = table(console.run(ROWS))
    expect(shown.locator("caption")).to_have_text("4 rows")

    def sort(name: str, state: str) -> list[str]:
        head = shown.get_by_role("columnheader", name=name)
        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", state)
        expect(shown.locator("tbody tr[aria-rowindex]")).to_have_count(4)
        return column(shown, name)

    assert sort("ID", "ascending") == ["-5", "9", "10", "100"]
    assert sort("ID", "descending") == ["100", "10", "9", "-5"]
    assert sort("SUM", "ascending") == ["2.5", "3", "x", ""]
    assert sort("SUM", "descending") == ["x", "3", "2.5", ""]
    assert sort("NAME", "ascending") == ["<script>hacked = 1</script>", "=1+1", "A", "b"]
    assert sort("DAY", "ascending") == ["2025-05-05", "2026-01-02", "", ""]
    console.output().get_by_role("searchbox", name="Search").fill("SCRIPT")
    expect(shown.locator("caption")).to_have_text("1 of 4 rows")
    console.output().get_by_text("Columns").click()
    console.output().get_by_role("checkbox", name="NAME").uncheck()
    expect(shown.locator("caption")).to_have_text("0 of 4 rows")
    console.output().get_by_role("searchbox", name="Search").fill("")
    expect(shown.locator("caption")).to_have_text("4 rows")
    expect(shown.get_by_role("columnheader", name="NAME")).to_have_count(0)
    shown.get_by_role("button", name="{a:").click()
    dialog = console.frame.get_by_role("dialog", name="MORE")
    expect(dialog).to_contain_text('"a": [')
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    assert console.frame.evaluate("typeof hacked") == "undefined"
    assert console.errors == []


def test_what_is_copied_and_saved_has_no_formulas(console: Console) -> None:
    table(console.run(ROWS))
    content = download(console, "CSV")
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row["NAME"] for row in rows] == ["b", "A", "'=1+1", "<script>hacked = 1</script>"]
    assert [row["ID"] for row in rows] == ["10", "9", "100", "-5"]
    assert rows[0]["MORE"] == '{"a": [1, 2]}'
    expect(console.output().get_by_role("status").first).to_contain_text("apostrophe")
    console.output().get_by_role("button", name="Copy").click()
    expect(console.output().get_by_role("status").first).to_have_text("Copied")
    console.editor().click()
    console.page.keyboard.press("Control+a")
    console.page.keyboard.press("Control+v")
    expect(console.editor()).to_contain_text("'=1+1")


def test_xlsx_has_texts_as_texts(console: Console) -> None:
    console.run(
        """
        import sys, types
        def module(name, **names):
            sys.modules[name] = made = types.ModuleType(name)
            vars(made).update(names)
        import re
        class Cell:
            data_type = None
            def __init__(self, sheet): pass
        class Workbook:
            def __init__(self, write_only): self.rows = []
            def create_sheet(self, name): return self
            append = lambda self, row: self.rows.append([(cell.value, cell.data_type) for cell in row])
            save = lambda self, file: file.write(repr(self.rows).encode())
        module("openpyxl", Workbook=Workbook)
        module("openpyxl.cell", WriteOnlyCell=Cell)
        module("openpyxl.cell.cell", ILLEGAL_CHARACTERS_RE=re.compile("[\\x00-\\x08]"))
        """.replace("\n        ", "\n")
    )
    table(console.run("[{'A': '=1+1', 'B': '7', 'C': 7, 'D': 10**17, 'E': 'x\\x01'}]"))
    assert eval(download(console, "XLSX"))[1] == [
        ("=1+1", "s"),
        ("7", "s"),
        (7, None),
        (str(10**17), "s"),
        ("x", "s"),
    ]
    console.run("for name in [name for name in sys.modules if name.startswith('openpyxl')]: del sys.modules[name]")
    table(console.run("[{'A': 1}]"))
    console.page.route("**/simple/**", lambda route: route.abort())
    try:
        console.output().get_by_role("button", name="Download XLSX").click()
        expect(console.output().get_by_role("status").first).to_contain_text("CSV works")
    finally:
        console.page.unroute_all()


def test_a_hundred_thousand_rows_do_not_hold_the_page(console: Console) -> None:
    console.run(
        "many = [{'ID': str(i), 'NAME': f'Deal {i % 977}', 'SUM': i * 37 % 1000} for i in range(100_000)]; None"
    )
    tasks: list[float] = []
    for _ in range(2):  # a busy machine has a second try
        console.frame.evaluate(
            "window.slow = []; window.seen?.disconnect();"
            "window.seen = new PerformanceObserver((list) => {"
            "  slow.push(...list.getEntries().map((one) => one.duration));"
            "});"
            "seen.observe({ type: 'longtask' })"
        )
        shown = table(console.run("many"))
        expect(shown.locator("caption")).to_have_text("100,000 rows")
        rows = shown.locator("tbody tr[aria-rowindex]")
        expect(rows).to_have_count(1000)
        head = shown.get_by_role("columnheader", name="SUM")
        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", "ascending")
        expect(rows.first).to_contain_text("0")
        scroller = console.output().get_by_role("group", name="Rows of the table")
        scroller.evaluate("one => { one.scrollTop = one.scrollHeight; }")
        expect(shown.locator("[aria-rowindex='100001']")).to_be_visible()
        expect(shown.locator("[aria-rowindex='100001']")).to_contain_text("999")
        console.output().get_by_role("searchbox", name="Search").fill("deal 976")
        expect(shown.locator("caption")).to_have_text("102 of 100,000 rows")
        tasks = console.frame.evaluate("slow")
        if max(tasks, default=0) <= 100 * patience():
            break
    assert max(tasks, default=0) <= 100 * patience(), tasks


def test_rows_are_freed_with_the_output(console: Console) -> None:
    console.run("import gc, weakref\nclass Row(dict): pass\nalive = weakref.WeakSet()\nmade = Row(a=1)\nNone")
    table(console.run("kept = weakref.ref(made)\nrows, made = [made], None\nshow(rows)\ndel rows"))
    console.frame.get_by_role("button", name="Clear outputs").click()
    expect(console.output()).to_be_hidden()
    assert "None" in console.run("gc.collect()\nrepr(kept())").inner_text()


def test_deals_in_a_chart_by_a_short_script(console: Console) -> None:
    script = (
        'deals = await bx24.call_list("crm.deal.list", {"select": ["STAGE_ID", "OPPORTUNITY"]})\n'
        'chart(deals, x="STAGE_ID", y="OPPORTUNITY")'
    )
    output = console.run(script)
    picture = output.get_by_role("img", name="Bar chart: OPPORTUNITY / STAGE_ID")
    expect(picture).to_be_visible()
    output.get_by_text("As numbers").click()
    sums = output.locator(".numbers tbody td").all_inner_texts()
    expected = console.run("print(len(deals)); sum(float(deal['OPPORTUNITY']) for deal in deals)").inner_text()
    assert expected.startswith("20000")
    total = float(expected.splitlines()[-1])
    assert sum(float(one.replace(",", "")) for one in sums) == pytest.approx(total)
    output = console.run("deals")
    table(output)
    output.get_by_role("button", name="Chart", exact=True).click()
    expect(output.get_by_role("img", name="Bar chart: OPPORTUNITY / STAGE_ID")).to_be_visible()
    output.get_by_role("combobox", name="Chart", exact=True).select_option("Pie chart")
    expect(output.get_by_role("img", name="Pie chart")).to_be_visible()
    assert download(console, "PNG").startswith(b"\x89PNG")
    assert "x: must be one of" in console.run("chart(deals, x='NO', y='OPPORTUNITY')").inner_text()
    assert "kind: must be bar" in console.run("chart({'a': -1, 'b': 2}, kind='pie')").inner_text()
    assert console.run("from collections import Counter\nchart(Counter('aab'))").get_by_role("img").count() == 1


def test_trees_and_long_texts(console: Console) -> None:
    output = console.run("{'name': 'x', 'inside': {'list': list(range(450))}, 'html': '<b>bold</b>'}")
    expect(output).to_contain_text("'<b>bold</b>'")
    output.locator("summary", has_text="inside").last.click()
    output.locator("summary", has_text="list (450)").last.click()
    expect(output.locator("li li li")).to_have_count(201)
    output.get_by_role("button", name="More").click()
    expect(output.locator("li li li")).to_have_count(401)
    output = console.run("await bx24.call_method('user.current')")
    expect(output).to_contain_text("Result user.current")
    expect(output).to_contain_text("method")
    output = console.run("await bx24.call_batch([['user.current', {}], ['no.such.get', {}]])")
    expect(table(output)).to_contain_text("MethodNotFoundError")
    output = console.run("'x' * 9000 + 'end'")
    expect(output).not_to_contain_text("end")
    output.get_by_role("button", name="Show all").click()
    expect(output).to_contain_text("end'")


FRAME = """
class Frame:
    columns = ["A", "B"]
    index = range(2)
    def __len__(self): return 2
    def to_dict(self): raise RuntimeError
    def itertuples(self, index=True, name="x"):
        return iter([(0, 1, "a"), (1, 2, "b")] if index else [(1, "a"), (2, "b")])
    def _repr_html_(self): return "<p>html"
class RangeIndex: pass
Frame.index = RangeIndex()
Frame()
"""


def test_a_data_frame_is_a_table(console: Console) -> None:
    assert column(table(console.run(FRAME)), "B") == ["a", "b"]


def png() -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    head = b"\0\0\0\1\0\0\0\1\x08\0\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def test_pictures_and_figures(console: Console) -> None:
    code = f"""
import base64, sys, types
picture = base64.b64decode("{b64encode(png()).decode()}")
class Png:
    def _repr_png_(self): return picture
class Bundle:
    def _repr_mimebundle_(self, include=None, exclude=None):
        return {{"image/png": base64.b64encode(picture).decode()}}, {{}}
class Figure:
    def savefig(self, file, **options): file.write(picture)
pyplot = types.ModuleType("matplotlib.pyplot")
opened = {{1: Figure(), 2: Figure()}}
pyplot.get_fignums = lambda: list(opened)
pyplot.figure = opened.get
def close(which):
    for number in [number for number, figure in opened.items() if which in ("all", figure)]: del opened[number]
pyplot.close = close
sys.modules["matplotlib.pyplot"] = pyplot
show(Png(), Bundle())
opened[1]
"""
    output = console.run(code)
    expect(output.locator("img.picture")).to_have_count(4)
    for picture in output.locator("img.picture").all():
        expect(picture).to_have_js_property("naturalWidth", 1)
    assert console.run("del sys.modules['matplotlib.pyplot']; len(opened)").inner_text() == "0"


HOSTILE = """
<meta http-equiv="refresh" content="0;url={portal}/stolen-refresh">
<link rel="stylesheet" href="{portal}/stolen-link"><base href="{portal}/">
<script>parent.hacked = 1; navigator.sendBeacon("{portal}/stolen-beacon")</script>
<img src="{portal}/stolen-img" onerror="parent.hacked = 1">
<style>p {{ background: url({portal}/stolen-css) }}</style><p>shown</p>
<form id="f" action="{portal}/stolen-form"><button>send</button></form>
<a href="{portal}/stolen-link" target="_top">link</a>
<iframe src="{portal}/stolen-frame"></iframe><object data="{portal}/stolen-object"></object>
"""


def test_foreign_html_reaches_nothing(console: Console) -> None:
    requests: list[Request] = []
    console.page.on("request", lambda request: requests.append(request))
    portal = console.page.url.split("/")[0] + "//" + console.page.url.split("/")[2]
    before = console.page.url
    html = HOSTILE.format(portal=portal)
    svg = f'<svg height="90"><script>parent.hacked=1</script><image href="{portal}/stolen-svg"/></svg>'
    output = console.run(
        f"class Html:\n    def _repr_html_(self): return {html!r}\n"
        f"class Svg:\n    def _repr_svg_(self): return {svg!r}\n"
        "show(Svg())\nHtml()"
    )
    frames = output.locator("iframe")
    expect(frames).to_have_count(2)
    for frame in frames.all():
        assert frame.get_attribute("sandbox") == ""
    inside = output.frame_locator("iframe").nth(1)
    expect(inside.get_by_text("shown")).to_be_visible()
    inside.get_by_role("link", name="link").click()
    inside.get_by_role("button", name="send").click()
    console.page.wait_for_timeout(300)
    sent = [(one.url, one.failure) for one in requests if "stolen" in one.url]  # with those the browser refused to send
    assert [(url, why) for url, why in sent if why != "csp"] == []
    assert console.page.url == before
    assert console.frame.evaluate("typeof hacked") == "undefined"
    expect(output).to_contain_text("Scripts in this content do not run")


@pytest.mark.parametrize(
    ("html", "height"),
    [
        ("<div style='height: 137px'></div>", 137 + 16 + 2),
        ("<p style='margin: 0; line-height: 20px; width: 200px'>" + "word " * 60 + "</p>", None),
        ("<div style='height: 3000px'></div>", 480),
        ("<div style='height: 50px; width: 5000px'></div>", 50 + 16 + 16 + 2),
        ("<svg height='77' style='display: block'></svg>", 77 + 16 + 2),
        ("", 24),
    ],
)
def test_foreign_html_is_as_high_as_its_content(console: Console, html: str, height: int | None) -> None:
    output = console.run(f"class Html:\n    def _repr_html_(self): return {html!r}\nHtml()")
    expect(output.locator("iframe")).to_have_count(1)
    frame = output.locator("iframe.foreign")
    assert frame.get_attribute("sandbox") == ""
    box = frame.bounding_box()
    assert box
    if height is None:
        root = output.frame_locator("iframe").locator("html")
        assert box["height"] == root.evaluate("html => html.getBoundingClientRect().height + 2")
        assert 200 < box["height"] < 480
    else:
        assert box["height"] == height


def test_hostile_objects(console: Console) -> None:
    code = """
class Bad:
    def _repr_html_(self): raise RuntimeError("no")
    def __repr__(self): raise RuntimeError("no")
    __str__ = __repr__
class Everything:
    def __getattr__(self, name): return lambda *a, **k: "<b>"
    def __repr__(self): return "everything"
show(Bad(), Everything(), [{"a": Bad()}], {"a": [Bad()]})
"""
    output = console.run(code)
    expect(output).to_contain_text("Bad: its repr raised RuntimeError")
    expect(output).to_contain_text("everything")
    expect(table(output)).to_contain_text("Bad")
    assert output.locator(".error, iframe").count() == 0


FIGURE = """
class Figure:
    def to_plotly_json(self):
        return {"data": [
            {"type": "bar", "name": "Won", "x": ["May", "June"], "y": [3, 4]},
            {"type": "bar", "orientation": "h", "y": ["a", "b"], "x": {"dtype": "i1", "bdata": "AQI="}},
            {"name": "Sum", "mode": "lines", "x": [1, 2, 3], "y": [2.5, None, 1]},
            {"type": "pie", "labels": ["<b>x</b>", "y"], "values": [1, 3]},
            {"mode": "markers", "x": [1], "y": [2]}, {"type": "surface", "z": [[1]]}], "layout": {}}
    def _repr_html_(self): return "<div></div><script>1</script>"
    def to_html(self, include_plotlyjs): return "<html>" + include_plotlyjs
Figure()
"""


def test_a_figure_of_plotly_is_drawn_as_charts(console: Console) -> None:
    output = console.run(FIGURE)
    names = output.get_by_role("img").evaluate_all("all => all.map((one) => one.ariaLabel)")
    assert names == [
        "Bar chart: Won / x, 2 labels",
        "Bar chart: x / y, 2 labels",
        "Line chart: Sum / x, 3 labels",
        "Pie chart: values / labels, 2 labels",
    ]
    expect(output).to_contain_text("Not drawn here, as it needs scripts: scatter, surface.")
    output.get_by_text("As numbers").nth(1).click()
    expect(output.get_by_role("row", name="b 2")).to_be_visible()
    assert download(console, "HTML") == b"<html>cdn"
    expect(output.locator("iframe")).to_have_count(0)
    assert console.errors == []


def test_a_picture_of_svg_is_shown_whole(console: Console) -> None:
    svg = '<svg viewBox="0 0 800 600"><rect width="800" height="600"/></svg>'
    frame = console.run(f"class Svg:\n    def _repr_svg_(self): return {svg!r}\nSvg()").locator("iframe")
    drawn, shown = frame.content_frame.locator("svg").bounding_box(), frame.bounding_box()
    assert drawn
    assert shown
    assert drawn["height"] > 300
    assert drawn["y"] + drawn["height"] <= shown["y"] + shown["height"]
