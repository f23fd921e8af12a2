"""The console: where a cursor is in unfinished code, and what is known of names without running code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture(scope="module")
def modules() -> Iterator[dict[str, ModuleType]]:
    """The modules of the console that need no browser."""
    folder = str(Path(__file__).parents[2] / "demo" / "console")
    sys.path.insert(0, folder)
    yield {name: import_module(name) for name in ("scan", "names")}
    sys.path.remove(folder)
    for name in ("scan", "names"):
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
