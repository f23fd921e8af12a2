"""A file that scripts the portal: its errors are one line, and the last good script stays in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from bx24py.dev.fixtures import Fixtures
from bx24py.dev.portal.portal import Portal
from bx24py.dev.problem import Problem

GOOD = """
def script(portal):
    portal.rest.method("my.method")(lambda params, call: 1)
    portal.rest.route("user.current").respond({"NAME": "Scripted"})
"""


@pytest.fixture
def fixtures(tmp_path: Path) -> Fixtures:
    """A good file, in force."""
    (tmp_path / "fixtures.py").write_text(GOOD)
    fixtures = Fixtures(tmp_path / "fixtures.py", Portal(deals=0))
    fixtures.apply()
    return fixtures


def in_force(fixtures: Fixtures) -> bool:
    return "my.method" in fixtures._portal.rest.methods


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def script(portal):\n    x = (\n", ":2: SyntaxError: '(' was never closed"),
        ("import no_such_module\n", ":1: ModuleNotFoundError: No module named 'no_such_module'"),
        ("x = 1\n", "has no function `script(portal)`"),
        ("\n\ndef script(portal):\n    portal.rest.no_such()\n", ":4: AttributeError: 'Rest' object has no attribute"),
        ("def help(portal):\n    1 / 0\n\ndef script(portal):\n    help(portal)\n", ":2: ZeroDivisionError"),
        ("\0", "SyntaxError: source code string cannot contain null bytes"),
    ],
)
def test_an_error_is_one_line_and_the_last_good_script_stays(fixtures: Fixtures, source: str, words: str) -> None:
    fixtures.file.write_text(source)
    with pytest.raises(Problem) as caught:
        fixtures.apply()
    assert words in caught.value.message
    assert str(fixtures.file) in caught.value.message
    assert "\n" not in caught.value.message
    assert in_force(fixtures)


def test_a_missing_file(fixtures: Fixtures) -> None:
    fixtures.file.unlink()
    with pytest.raises(Problem, match="cannot be read.*No such file"):
        fixtures.apply()
    assert in_force(fixtures)


def test_a_new_script_replaces_the_old_one(fixtures: Fixtures) -> None:
    fixtures.file.write_text("def script(portal):\n    portal.state.admin = False\n")
    fixtures.apply()
    assert not in_force(fixtures)
    assert not fixtures._portal.state.admin
