"""The console: where a cursor is in unfinished code, and what is known of names without running code."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bx24py import AccessError, BX24Error, MethodInfo, MethodNotFoundError, MethodParameter, Result

_NAMES = ("scan", "names", "rest_calls", "portal_names")


@pytest.fixture(scope="module")
def modules() -> Iterator[dict[str, ModuleType]]:
    """The modules of the console that need no browser."""
    folder = str(Path(__file__).parents[2] / "demo" / "console")
    sys.path.insert(0, folder)
    yield {name: import_module(name) for name in _NAMES}
    sys.path.remove(folder)
    for name in _NAMES:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("code", "string", "inner"),
    [
        ("f(1, 'ab", "ab", ("(", "f", 1)),
        ('f(a=g(1, "x"), b=[1, {"k": "', "", ("{", "", "k")),
        ("x = '''one\n'two", "one\n'two", ("", "", 0)),
        ('x = "never closed\nf(', None, ("(", "f", 0)),
        (r'f("a\"b', r"a\"b", ("(", "f", 0)),
        ("# f('\ng(2,", None, ("(", "g", 1)),
        ("rows[0].name['", "", ("[", "rows[0].name", 0)),
        ("await bx24.call_list(\n  'a',\n", None, ("(", "bx24.call_list", 1)),
        ("f(a == '", "", ("(", "f", 0)),
        ("d = {'a': lambda x: '", "", ("{", "", "a")),
        (")]} f('", "", ("(", "f", 0)),
    ],
)
def test_where_the_cursor_is(
    modules: dict[str, ModuleType], code: str, string: str | None, inner: tuple[str, str, Any]
) -> None:
    place = modules["scan"].scan(code)
    last = place.brackets[-1]
    assert (place.string, (last.opener, last.before, last.slot)) == (string, inner)


def test_no_property_and_no_call_is_evaluated(modules: dict[str, ModuleType]) -> None:
    ran: list[str] = []

    class Careful:
        def __init__(self) -> None:
            self.fine = {"key": [1, 2]}

        @property
        def danger(self) -> None:
            ran.append("danger")

        def __getattr__(self, name: str) -> None:
            ran.append(name)

        def __getitem__(self, key: object) -> None:
            ran.append(str(key))

        def __call__(self) -> None:
            ran.append("called")

        def __eq__(self, other: object) -> bool:
            ran.append("==")
            return True

        __hash__ = None  # type: ignore[assignment]

    names, namespace = modules["names"], {"one": Careful()}
    for expression in ("one.danger", "one.missing", "one[0]", "one()", "one.danger.x", "one +"):
        assert names.resolve(expression, namespace) is names.UNKNOWN
    assert names.resolve("one.fine['key'][1]", namespace) == 2
    assert {"danger", "fine"} <= names.attributes(namespace["one"]).keys()
    names.documentation("one", namespace["one"])
    assert ran == []


class _Batch:
    """Stands for a batch of `bx24.v3` that a cell has made."""

    __module__ = "bx24py.v3.batch"


_V3 = 'bx24.v3.call_list("tasks.task.list", {'


@pytest.mark.parametrize(
    ("code", "what", "v3"),
    [
        ('bx24.v3.call_method("', "method", True),
        ('bx24.call_method("', "method", False),
        ('bx24.v3.call_batch({"a": ["', "method", True),
        ('bx24.v3.batch(timeout=1.5).call("', "method", True),
        ('batch = bx24.v3.batch()\nbatch.call("', "method", True),
        ('batch = bx24.v3.batch()\nbatch = bx24.batch()\nbatch.call("', "method", False),
        ('rest = bx24.v3\nrest.call_method("', "method", True),
        ('made.call("', "method", True),
        ('made = bx24.batch()\nmade.call("', "method", False),
        (f'{_V3}"', "parameter", True),
        (f'{_V3}"select": ["id", "', "select field", True),
        (f'{_V3}"order": {{"', "order field", True),
        (f'{_V3}"order": {{"id": "', "ASC DESC", True),
        (f'{_V3}"pagination": {{"', "pagination inner", True),
        (f'{_V3}"filter": [["', "filter field", True),
        (f'{_V3}"filter": [["id", ">", 5], ("', "filter field", True),
        (f'{_V3}"filter": [["id", "', "= != > >= < <= in between", True),
        (f'{_V3}"filter": [["id", "in", ["', None, True),
        (f'{_V3}"filter": [["title", "=", "', None, True),
        (f'{_V3}"filter": ["', None, True),
        (f'{_V3}"filter": {{"', "logic conditions negative", True),
        (f'{_V3}"filter": [{{"logic": "', "and or", True),
        (f'{_V3}"filter": [{{"logic": "or", "conditions": [["', "filter field", True),
        (f'{_V3}"select": {{"', None, True),
        ('bx24.v3.call_method("tasks.task.add", {"fields": {"', "fields field", True),
        ('bx24.v3.call_method("tasks.task.add", {"fields": {"title": "', None, True),
        ('bx24.call_list("crm.deal.list", {"filter": {">', "filter field", False),
        ('bx24.call_list("crm.deal.list", {"filter": [["', None, False),
        ('print("', None, False),
    ],
)
def test_what_a_string_in_a_call_is(modules: dict[str, ModuleType], code: str, what: str | None, v3: bool) -> None:
    brackets = modules["scan"].scan(code).brackets
    found = modules["rest_calls"].target(brackets, code, "", {"made": _Batch()})
    if what is None:
        assert found is None
    else:
        shown = " ".join(found.words or [found.key, found.what]).strip()
        assert (shown, found.v3) == (what, v3)


def test_properties_of_the_console_s_client_are_read_and_those_of_its_users_are_not(
    modules: dict[str, ModuleType],
) -> None:
    class Client:
        __module__ = "client"

        @property
        def v3(self) -> str:
            return "three"

    class Users(Client):
        @property
        def v3(self) -> str:
            raise AssertionError("code of the user ran")

    names = modules["names"]
    assert names.resolve("one.v3", {"one": Client()}) == "three"
    assert names.resolve("one.v3", {"one": Users()}) is names.UNKNOWN


class _RestV3:
    """Stands for `bx24.v3` of a portal with these methods."""

    def __init__(self, methods: dict[str, MethodInfo] | BX24Error, answer: object) -> None:
        self.asked: list[str] = []
        self._methods, self._answer = methods, answer
        self.v3 = self

    async def methods(self) -> dict[str, MethodInfo]:
        self.asked.append("methods")
        if isinstance(self._methods, BX24Error):
            raise self._methods
        return self._methods

    async def call_method(self, method: str, params: dict[str, object]) -> Result:
        self.asked.append(method)
        if isinstance(self._answer, BX24Error):
            raise self._answer
        return Result(method, self._answer)


def _portal_names(modules: dict[str, ModuleType], v3: _RestV3) -> Any:
    names = modules["portal_names"].PortalNames(v3)
    names.pages = {"user.get": ("Get users", "users/user-get")}
    names.pages_v3 = {"my.thing.list": ("Get things", "things/my-thing-list")}
    return names


def test_a_portal_without_rest_3_0_is_asked_once_and_gives_what_comes_along(modules: dict[str, ModuleType]) -> None:
    v3 = _RestV3(MethodNotFoundError("METHODNOTFOUND", "", 404, "rest.documentation.openapi"), None)
    names = _portal_names(modules, v3)

    async def ask() -> list[Any]:
        return [await names.methods_v3(), await names.methods_v3(), await names.fields_v3("my.thing.list", "select")]

    first, second, fields = asyncio.run(ask())
    assert first == second
    assert {name: (one.title, one.page) for name, one in first.items()} == names.pages_v3
    assert not fields
    assert v3.asked == ["methods"]


def test_fields_are_those_that_may_stand_there(modules: dict[str, ModuleType]) -> None:
    names = {name: MethodParameter("string") for name in ("id", "name")}
    fields = MethodParameter("object", True, "", names)
    methods = {
        "my.thing.list": MethodInfo("my.thing.list", "", {"filter": MethodParameter("array")}),
        "my.thing.add": MethodInfo("my.thing.add", "Adds a thing", {"fields": fields}),
        "my.thing.field.list": MethodInfo("my.thing.field.list", "", {}),
        "my.other.add": MethodInfo("my.other.add", "", {"fields": fields}),
    }
    described = [
        {"name": "id", "type": "int", "title": "ID", "filterable": True, "sortable": True, "editable": False},
        {"name": "name", "type": "string", "title": "Name", "filterable": False, "sortable": True, "editable": True},
    ]

    def found(v3: _RestV3, *asked: tuple[str, str]) -> list[list[str]]:
        names = _portal_names(modules, v3)

        async def ask() -> list[list[str]]:
            return [list(await names.fields_v3(method, parameter)) for method, parameter in asked]

        return asyncio.run(ask())

    v3 = _RestV3(methods, {"items": described})
    places = [("my.thing.list", place) for place in ("select", "filter", "order")]
    written = [(method, "fields") for method in ("my.thing.add", "my.thing.update", "my.other.add")]
    read, both = ["id"], ["id", "name"]
    assert found(v3, *places, *written) == [both, read, both, ["name"], ["name"], both]
    assert v3.asked == ["methods", "my.thing.field.list"]
    # Where they are not described, they are what the portal's document has.
    refused = _RestV3(methods, AccessError("ACCESSDENIED", "", 403, "my.thing.field.list"))
    assert found(refused, places[0], written[0]) == [both, both]


def test_titles_and_pages_of_methods_are_those_of_the_portal_and_of_the_list(modules: dict[str, ModuleType]) -> None:
    methods = {name: MethodInfo(name, "", {}) for name in ("my.thing.list", "my.thing.new")}
    known = asyncio.run(_portal_names(modules, _RestV3(methods, None)).methods_v3())
    assert [(name, one.title, one.page) for name, one in known.items()] == [
        ("my.thing.list", "Get things", "things/my-thing-list"),
        ("my.thing.new", "", ""),
    ]
