"""`bx24py check`: pages, styles and scripts; addresses that lead nowhere, and what the policy forbids."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bx24py.dev.check.policy import DOCUMENTED

from .checked import LIBRARY, LOADER, Found
from .checked import found as found

ROOT = Path(__file__).parents[2]


def test_a_plain_application_is_clean(found: Found) -> None:
    body = (
        '<a href="https://example.com/">out</a> <a href="#top">up</a> <a href="mailto:a@example.com">mail</a>'
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="">'
        '<script type="application/json" id="data">{"a": "<b onclick=x>"}</script>'
        '<!-- <img src="gone.png"> --><img src="img/my%20logo.svg?v=2#part" srcset="img/a.png 1x, img/b.png 2x" alt="">'
    )
    files = {"img/my logo.svg": "", "img/a.png": "", "img/b.png": ""}
    assert found(files, body=body, more='<link rel="preload" as="fetch" href="bx24py.zip.gz">') == []


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('<img src="logo.png">', "there is no logo.png"),
        ('<img src="IMG/Logo.png">', "there is no IMG/Logo.png, but img/logo.png: hosts tell capital letters"),
        (
            '<img src="/img/logo.png">',
            "/img/logo.png begins at the root of the host, and a portal has the application in",
        ),
        ('<img src="https://[pictures/logo.png">', "https://[pictures/logo.png is no address"),
        ('<img src="../logo.png">', "../logo.png leads out of the application's folder"),
        ('<img src="img/../../x/logo.png">', "leads out of the application's folder"),
        ('<img src="C:\\pictures\\logo.png">', "is a file of this machine"),
        ('<img src="file:///home/me/logo.png">', "is a file of this machine"),
        ('<img srcset="img/logo.png 1x, img/large.png 2x">', "there is no img/large.png"),
        ('<a href="help/">help</a>', "there is no help/index.html"),
        (
            '<a href="tests/report.html">report</a>',
            "tests/report.html is not uploaded (tests): move it, or add !tests/",
        ),
        ('<a\n  href="second.html">second</a>', "there is no second.html"),
        ('<script src="http://127.0.0.1:3000/live.js"></script>', "is on your own machine only"),
        ('<script src="http://localhost/live.js"></script>', "is on your own machine only"),
        ('<video poster="still.png"></video>', "there is no still.png"),
        ('<svg><use href="icons.svg#star"/></svg>', "there is no icons.svg"),
        ('<div style="background: url(back.png)"></div>', "there is no back.png"),
    ],
)
def test_addresses_that_lead_nowhere(found: Found, body: str, text: str) -> None:
    lines = found({"img/logo.png": "", "tests/report.html": ""}, body=body)
    line = 7 if "\n" in body else 6
    assert any(one.startswith(f"index.html:{line}: error: ") and text in one for one in lines), lines


def test_the_page_must_start_bx24py_and_load_the_library(found: Found) -> None:
    assert found({"index.html": f"{LIBRARY}<p>hello"})[0].startswith("index.html: error: it does not start bx24py")
    assert found({"index.html": f"<!doctype html>\n{LOADER}"}) == [
        "index.html: warning: it does not load the portal's library, unless a script does: it needs "
        '<script src="//api.bitrix24.com/api/v1/"></script>'
    ]
    own = LOADER.replace(" data-app", ' data-pyodide="http://localhost:8000/full/" data-app')
    assert found({"index.html": f"{LIBRARY}{own}"}) == [
        "index.html:1: warning: http://localhost:8000/full/ is on your own machine only"
    ]
    classic = LOADER.replace('type="module" ', "")
    assert found({"index.html": f"{LIBRARY}\n{classic}"}) == [
        'index.html:2: error: the loader is a module: its tag needs type="module"'
    ]
    missing = LOADER.replace("app.py", "main.py").replace(' src="', ' data-install="setup.py" src="')
    lines = found({"index.html": f"{LIBRARY}\n{missing}"})
    assert lines == ["index.html:2: error: there is no main.py", "index.html:2: error: there is no setup.py"]


def test_addresses_in_style_sheets(found: Found) -> None:
    style = """/* url(commented.png) */
@import "base.css";
@import url('more.css') screen;
.a { content: "url(text.png)"; background: url( "img/a.png" ), url(img/gone.png) }
@font-face { font-family: x; src: url(data:font/woff2;base64,AAAA) }
.b { background-image: image-set("img/a.png" 1x, "img/b.png" 2x); mask: url(#clip) }
@namespace svg url(http://www.w3.org/2000/svg);
.c { background: url(https://pictures.example/c.png) }
"""
    lines = found({"css/style.css": style, "css/base.css": "", "css/img/a.png": ""})
    assert [line.partition(": error: ")[0] for line in lines] == [f"css/style.css:{n}" for n in (3, 4, 5, 6, 8)]
    assert "there is no css/more.css" in lines[0]
    assert "there is no css/img/gone.png" in lines[1]
    assert "the policy does not allow data: (font-src)" in lines[2]
    assert "there is no css/img/b.png" in lines[3]
    assert "the policy does not allow pictures.example (img-src)" in lines[4]


def test_addresses_in_scripts(found: Found) -> None:
    script = """// import "./commented.js";
import { a } from "./lib/a.js";
import "./lib/gone.js";
const text = "fetch('no/call.json')", pattern = /from ".\\/no.js"/;
const b = `${await (await fetch("data/no.json")).text()} import "./template.js"`;
new Worker("work.js");
new URL("./lib/picture.png", import.meta.url);
fetch(`https://api.example/${a}`);
import("/lib/a.js");
import react from "react";
"""
    lines = found({"main.js": script, "lib/a.js": ""})
    assert [line.partition(": error: ")[0] for line in lines] == [f"main.js:{n}" for n in (3, 5, 6, 7, 8, 9)]
    assert "there is no lib/gone.js" in lines[0]
    assert "there is no data/no.json" in lines[1]
    assert "there is no work.js" in lines[2]
    assert "there is no lib/picture.png" in lines[3]
    assert "the policy does not allow api.example (connect-src)" in lines[4]
    assert "/lib/a.js begins at the root of the host" in lines[5]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<script>start()</script>", "a script in the page, which the policy forbids (script-src): move it into a .js"),
        ('<script type="importmap">{"imports": {}}</script>', "a script in the page"),
        ("<p OnClick='go()'>", "code in an attribute, which the policy forbids (script-src): use 'click'"),
        ('<a href=" JavaScript:go()">x</a>', "code in an attribute"),
        ("<style>p { color: red }</style>", "<style> in the page, which the policy forbids (style-src)"),
        ("<p style='color: red'>", "a style in an attribute, which the policy forbids (style-src)"),
        ("<template><p style='color: red'></template>", "a style in an attribute"),
        ('<iframe srcdoc="<p>x"></iframe>', "a page in an attribute"),
        ('<iframe src="https://maps.example/"></iframe>', "the policy does not allow maps.example (frame-src)"),
        ('<video src="index.html"></video>', "the policy forbids sound and video: do without, or allow it: <meta"),
        ('<form action="index.html">', "the policy forbids a form that is sent: leave out the action"),
        ('<script src="https://cdn.example/x.js"></script>', "does not allow cdn.example (script-src): bring the file"),
        ('<script src="https://api.bitrix24.com.evil.example/x.js"></script>', "does not allow api.bitrix24.com.evil"),
        ('<link rel="stylesheet" href="//fonts.example/css">', "does not allow fonts.example (style-src)"),
        ('<link rel="manifest" href="app.py">', "the policy forbids a manifest"),
        ('<img src="http://pictures.example/x.png">', "is not sent: a portal is https"),
        ('<base href="img/">', "the policy forbids <base>"),
    ],
)
def test_what_the_policy_forbids_in_a_page(found: Found, body: str, text: str) -> None:
    lines = found(body=body)
    assert any(line.startswith("index.html:6: error: ") and text in line for line in lines), lines


def test_what_the_policy_forbids_in_scripts(found: Found) -> None:
    script = """const one = eval("1");
const f = new Function("return 1");
setTimeout("tick()", 5); setTimeout(tick, 5);
element.setAttribute("style", "color: red"); element.style.color = "red";
box.innerHTML = `<p onclick="go()">${name}</p>`;
box.insertAdjacentHTML("beforeend", "<b style='color: red'>x</b>");
model.eval("x"); evaluate("x"); // eval("x")
"""
    lines = found({"own.mjs": script})
    assert [line.partition(": error: ")[0] for line in lines] == [f"own.mjs:{n}" for n in (1, 2, 3, 4, 5, 6)]
    assert "eval runs text as code, which the policy forbids (script-src)" in lines[0]
    assert "the attribute style is set" in lines[3]


def test_what_the_policy_forbids_in_python(found: Found) -> None:
    code = """import js
from js import document, eval as run
from pyodide.code import run_js as go
from bx24py.page import element
run("1")
go("1")
js.setTimeout("x()", 5)
document.body.setAttribute("onclick", "x()")
document.body.innerHTML = f"<p style='color: red'>{1}</p>"
element("p", "text", style="color: red")
element("img", src="https://pictures.example/x.png", alt="")
js.fetch(f"https://api.example/{run}")
js.fetch("https://mine.bitrix24.de/rest/x")
document.body.style.color = "red"
js.fetch(f"https://{run}/rest")
eval("1")
"""
    lines = found({"app.py": code})
    assert [line.partition(": error: ")[0] for line in lines] == [f"app.py:{n}" for n in range(5, 13)]
    assert "js.eval runs text as JavaScript, which the policy forbids (script-src)" in lines[0]


def test_a_page_can_name_what_else_its_policy_allows(found: Found) -> None:
    body = (
        '<img src="https://a.pictures.example/x.png"><p style="color: red"></p><video src="app.py"></video>'
        '<img src="https://pictures.example/x.png">'
    )
    allowed = "img-src https://*.pictures.example; style-src 'unsafe-inline'; media-src 'self'"
    lines = found(body=body, more=f'<meta name="bx24py:policy" content="{allowed}">')
    assert len(lines) == 1
    assert "does not allow pictures.example (img-src)" in lines[0]


def test_the_policy_is_that_of_the_documentation() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    documented = re.search(r"```\nContent-Security-Policy: (.+?)\n```", text, re.DOTALL)
    assert documented is not None
    assert documented[1].split() == DOCUMENTED.split()
