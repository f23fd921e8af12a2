"""`bx24py check`: imports that the browser does not have, what does not work there, methods and their scopes."""

from __future__ import annotations

import io
import zipfile

import pytest

from bx24py.dev.check import scopes
from bx24py.dev.portal import documented
from bx24py.dev.portal.methods import METHODS
from bx24py.rest.method_names import scope_of, scopes_of

from .checked import Found, page
from .checked import found as found


def archive(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        for name, text in files.items():
            zipped.writestr(name, text)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("import tkinter.ttk", "the browser's Python has no tkinter: use elements of the page"),
        ("async def f():\n    from dbm import gnu", "the browser's Python has no dbm: use sqlite3"),
        ("import json, imp", "has no imp any more: use importlib"),
        ("from distutils.version import LooseVersion", "has no distutils any more"),
        ("from bx24py.dev.pack import pack", "bx24py.dev is on the developer's machine only"),
        ("import numpy.linalg as la", "numpy is not loaded: add numpy to data-packages"),
        ("from PIL import Image", "PIL is not loaded: add pillow to data-packages"),
        ("import yaml", "yaml is not loaded: add pyyaml to data-packages"),
        ("import phonenumbers", "there is no phonenumbers: it is no module of the application"),
        ("import importlib\nimportlib.import_module('turtle')", "the browser's Python has no turtle"),
        ("from . import other", "only a module of a package can import with dots"),
        ("from zoneinfo import ZoneInfo\nZoneInfo('Europe/Berlin')", "zoneinfo knows no time zone here: add tzdata"),
        ("import helper", "helper.py is not loaded, as the page names one file: name a .zip"),
        ("from tools import count", "tools/ is not loaded"),
        ("def broken(:", "it cannot be compiled: invalid syntax"),
        ("open('data/teams.json')", "Python has no data/teams.json, which is beside the page: use await pyodide.http"),
        ("from pathlib import Path\nPath('./data/teams.json').read_text()", "use await pyodide.http.pyfetch"),
    ],
)
def test_what_fails_in_the_browser(found: Found, code: str, text: str) -> None:
    files = {"app.py": code, "helper.py": "", "tools/count.py": "", "data/teams.json": "[]"}
    lines = [line for line in found(files) if line.startswith("app.py:")]
    assert len(lines) == 1, lines
    assert ": error: " in lines[0]
    assert text in lines[0].replace("tools/count.py is", "tools/ is")


def test_what_the_browser_has(found: Found) -> None:
    code = """from __future__ import annotations
import asyncio, compression.zstd, decimal, js, random, sqlite3, ssl, threading, urllib.parse, urllib.request
import numpy as np
from dateutil import parser
from micropip import install
import pyodide_js
from bx24py.page import by_id
from typing import TYPE_CHECKING
import sys
if TYPE_CHECKING:
    import pandas
if sys.platform != "emscripten":
    import tkinter
try:
    import readline
except ImportError:
    readline = None
await install("phonenumbers")
import phonenumbers
lock = threading.Lock()
threading = None
await asyncio.sleep(1)
def input(): ...
"""
    assert found({"app.py": code}, packages="pandas") == [], "pandas needs numpy and python-dateutil"
    assert found({"app.py": "import zoneinfo\nzoneinfo.ZoneInfo('UTC')"}, packages="tzdata==2025.3") == []
    assert found({"app.py": "import own", "own.whl": ""}, packages="own.whl") == [], "the wheel may have it"
    assert found({"app.py": "import fuzzy_words"}, packages="Fuzzy.Words ==1.0") == []
    assert found({"app.py": "import fuzzy_words"}, packages="Fuzzy.Words >=1") == [
        "index.html:5: warning: each visit loads the newest fuzzy-words, which Pyodide has not: name a version "
        "(fuzzy-words==…)"
    ]


@pytest.mark.parametrize(
    ("code", "line", "text"),
    [
        ("import threading as t\nx = t.Lock()\nt.Thread(target=print)", 3, "no threads in the browser"),
        ("from concurrent import futures\nfutures.ThreadPoolExecutor()", 2, "no threads"),
        ("import urllib.request\nurllib.request.urlopen('https://x')", 2, "use await pyodide.http.pyfetch(url)"),
        ("from urllib.request import urlopen as get\nget('x')\nget('y')", 2, "no sockets"),
        ("import subprocess\nsubprocess.run(['ls'])", 2, "no processes"),
        ("import multiprocessing.pool\nmultiprocessing.pool.Pool()", 2, "no processes"),
        ("from socket import *\nimport time\ntime.sleep(1)", 3, "time.sleep: it stops the page"),
        ("import asyncio\nasyncio.run(main())", 2, "asyncio.run: it fails in browsers without stack switching"),
        ("name = input('Your name? ')", 1, "input: it stops the page"),
    ],
)
def test_what_imports_but_does_not_work(found: Found, code: str, line: int, text: str) -> None:
    (only,) = found({"app.py": code})
    assert only.startswith(f"app.py:{line}: warning: ")
    assert text in only


def test_modules_of_an_archive_that_pack_makes(found: Found) -> None:
    files = {
        "index.html": page(app="app.zip").replace(" data-app", ' data-install="install.py" data-app'),
        "app.py": "import view\nfrom parts import rows\nfrom parts.gone import x\n"
        "from install import step\nimport test_a\nimport calendar",
        "view.py": "await x\n",
        "parts/rows.py": "from . import cells, lost\nfrom .cells import cell\nfrom .. import view",
        "parts/cells.py": "import turtle",
        "calendar.py": "import venv",
        "install.py": "import view",
        "test_a.py": "",
        "scripts/cell.py": "await x\nimport curses",  # which nothing imports
    }
    assert found(files) == [
        "app.py:3: error: the application has no module parts.gone",
        "app.py:4: error: install.py is not in app.zip: move what both need to another module",
        "app.py:5: error: test_a.py is not uploaded (a test): rename it, or add !test_a.py to .bx24pyignore",
        "calendar.py:1: error: the browser's Python has no venv: name packages in data-packages",
        "parts/cells.py:1: error: the browser's Python has no turtle: draw on a canvas of the page",
        "parts/rows.py:1: error: the application has no module parts.lost",
        "parts/rows.py:3: error: only a module of a package can import with dots: leave them out",
        "view.py:1: error: it cannot be compiled: 'await' outside function",
    ]


def test_an_archive_of_the_author_is_what_runs(found: Found) -> None:
    modules = {"app.py": "import view\nimport tkinter", "view.py": "", "lib/__init__.py": ""}
    files: dict[str, str | bytes] = {
        "index.html": page(app="app.zip"),
        "app.py": "import view",
        "view.py": "",
        "app.zip": archive(modules),
    }
    assert found(files) == [
        "app.py: error: app.zip has another one, which is the one that runs. "
        "Delete app.zip: pack makes it of the modules",
        "app.zip/app.py:2: error: the browser's Python has no tkinter: use elements of the page, with bx24py.page",
        "view.py: warning: it is packed twice: it is in app.zip too. Delete app.zip: pack makes it of the modules",
    ]
    assert found(files | {"app.zip": b"no zip"})[0].startswith("app.zip: error: it cannot be read as a .zip")


@pytest.mark.parametrize(
    ("code", "scope"),
    [
        ('await bx24.call_method("crm.deal.list")', "crm"),
        ('call = bx24.call_list\ncall("Disk.Storage.GetList")', "disk"),
        ('async for row in bx24.fetch_list(method="x" or "crm.lead.list"): ...', "crm"),
        ('calls = {"a": ["user.current", {}]}', "user or user_brief or user_basic"),
        ('calls = [("tasks.task.get", {"taskId": 1})]', "task or tasks"),
        ('calls = {"a": {"method": "department.get"}}', "department"),
        ('bx24.call_batch([(f"crm.{name}.get", {"id": 1}) for name in names])', "crm"),
        ('bx24.call_batch({name: ["lists." + name, {}] for name in names})', "lists"),
        ('bx24.call_method("disk.%s.get" % kind)', "disk"),
        ('batch.call("im.message.add" if x else "department.get")', "department"),
        ('await bx24.v3.call_method("main.eventlog.list")', "main"),
        ('await bx24.fields("crm.item.128")', "crm"),
        ('bx24.call_bind("OnCrmDealAdd", "https://x/")', "crm"),
        ('bx24.bind_placement("TASK_VIEW_TAB", "https://x/")', "task"),
        ('bx24.call_method("placement.bind", {"PLACEMENT": "CRM_DEAL_DETAIL_TAB"})', "placement"),
        ('bx24.call_method("sale.paysystem.list")', "pay_system or sale"),
        ('bx24.call_method("user.userfield.list")', "user.userfield"),
    ],
)
def test_methods_whose_scope_is_not_named(found: Found, code: str, scope: str) -> None:
    name = scope.split(" or ")[0]
    lines = found({"app.py": code}, scopes="log")
    assert any(f" needs the scope {scope}, which index.html does not name: write <meta" in line for line in lines), (
        lines
    )
    assert all(line.startswith(f"app.py:{code.count(chr(10)) + 1}: error: ") for line in lines)
    rest = found({"app.py": code}, scopes=f"log,{name}")
    assert not any(f" needs the scope {scope}," in line for line in rest)


def test_methods_that_need_no_scope(found: Found) -> None:
    code = '''"""crm.deal.list"""
bx24.call_batch(["profile", "app.info", "user.admin", "server.time", "user.option.get", "event.get"])
bx24.call_method("event.bind", {"event": "ONAPPINSTALL"})
bx24.call_method(f"{kind}.list")
bx24.call_method("my.own.method")
bx24.call_method(f"sale.{kind}.list")  # of several scopes
print("see crm.deal.list")
'''
    assert found({"app.py": code}, scopes="") == []


def test_scopes_of_scripts_and_declared_batches(found: Found) -> None:
    body = '<script type="application/json" data-bx24-prefetch>{"a": ["crm.deal.get", {"id": 5}]}</script>'
    lines = found({"own.js": '\nBX24.callMethod("department.get", {});'}, body=body, scopes="user")
    assert [line.partition(" needs")[0] for line in lines] == [
        "index.html:6: error: crm.deal.get",
        "own.js:2: error: department.get",
    ]
    assert found(body=body.replace("{}", "").replace('"a"', "a"), scopes="crm")[0].startswith(
        "index.html:6: error: the declared batch is no JSON"
    )


def test_a_page_without_scopes_and_with_wrong_ones(found: Found) -> None:
    code = 'bx24.call_batch(["user.get", "crm.deal.list", "crm.deal.lst"])'
    assert found({"app.py": code}) == [
        "app.py:1: warning: crm.deal.lst is not documented: crm.deal.list?",
        "index.html: warning: it does not name the scopes that the application needs: "
        'add <meta name="bx24py:scopes" content="crm, user">',
    ]
    assert found({"app.py": ""}, scopes="crm; users") == ["index.html:2: warning: there is no scope users: user?"]


def test_every_documented_method_has_a_known_scope_or_none() -> None:
    assert {scope for name in documented.names() for scope in scopes_of(name)} <= scopes.KNOWN
    assert scope_of("tasks.task.add") == "task"
    assert scope_of("event.bind") == "event"


def test_the_local_portal_wants_the_same_scopes() -> None:
    differing = {
        name: (method.scopes, scopes_of(name))
        for name, method in METHODS.items()
        if name in documented.names()
        and not (set(method.scopes) & set(scopes_of(name)) or method.scopes == scopes_of(name))
    }
    assert differing == {"userfieldconfig.list": (("crm",), ("userfieldconfig",))}  # of which it has those of the CRM
