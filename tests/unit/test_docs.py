"""The documentation's tables: the tests and files that they name exist, and nothing is left out of them."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from bx24py.dev.portal.methods import METHODS
from tests import faults

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted((ROOT / "docs").glob("*.md"))
CONFORMANCE = ROOT / "docs" / "conformance.md"
PLACES = (ROOT / "static" / "portal", ROOT / "bx24py" / "dev" / "portal", ROOT)

NAMED_TEST = re.compile(r"(tests/[\w/]+\.py)::(\w+(?:::\w+)*)")
DIVIDER = re.compile(r"\|(\s*:?-+:?\s*\|)+")


def rows(document: Path) -> list[tuple[int, list[str]]]:
    """Return the rows of all tables but their heads, as number of the line and cells."""
    found: list[tuple[int, list[str]]] = []
    inside = False
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("|"):
            inside = False
        elif DIVIDER.fullmatch(line.strip()):
            inside = True
        elif inside:
            # A bar with a backslash before it is one of the text.
            cells = re.split(r"(?<!\\)\|", line.strip())
            found.append((number, [cell.strip() for cell in cells[1:-1]]))
    return found


@cache
def names_of_tests(path: Path) -> set[str]:
    """Return the names of the tests in a module, those of a class as `Class::test`."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        found |= {
            prefix + function.name
            for function in inner
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and function.name.startswith("test_")
        }
    return found


def block(source: str, start: str) -> str:
    """Return what stands between the braces that open after `start`, up to the brace on the same indentation."""
    begin = re.search(rf"^( *){re.escape(start)}", source, re.MULTILINE)
    assert begin, f"bx24.js has no {start!r}"
    end = re.compile(rf"^{begin[1]}\}};", re.MULTILINE).search(source, begin.end())
    assert end
    return source[begin.end() : end.start()]


def library_functions() -> set[str]:
    """Return the names of all functions of the emulated BX24 object, such as `callMethod` and `im.callTo`."""
    source = (ROOT / "static" / "portal" / "bx24.js").read_text(encoding="utf-8")
    names = set(re.findall(r"^    (\w+)[,:]", block(source, "const BX24 = {"), re.MULTILINE))
    groups = {"userOption", "appOption", "im", "placement"}
    assert groups <= names
    found = names - groups
    for group in groups:
        members = re.findall(r"^    (\w+)(?:: |\()", block(source, f"const {group} = {{"), re.MULTILINE)
        assert members, group
        found |= {f"{group}.{member}" for member in members}
    return found


def commands_of_the_wire() -> set[str]:
    """Return the commands that the portal's end of the wire decides about."""
    source = (ROOT / "bx24py" / "dev" / "portal" / "frame.py").read_text(encoding="utf-8")
    found = {
        pattern.value.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.match_case)
        for pattern in ast.walk(node.pattern)
        if isinstance(pattern, ast.MatchValue) and isinstance(pattern.value, ast.Constant)
    }
    return {name for name in found if isinstance(name, str)} | {"getInterface", "placementBindEvent"}


def code_in_tables() -> list[str]:
    """Return each piece of code in the first column of the conformance tables."""
    return [code for _, cells in rows(CONFORMANCE) for code in re.findall(r"`([^`]+)`", cells[0])]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_test_named_exists(document: Path) -> None:
    named = NAMED_TEST.findall(document.read_text(encoding="utf-8"))
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).is_file() or name not in names_of_tests(ROOT / file)
    ]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_row_has_an_empty_cell(document: Path) -> None:
    wrong = [f"{document.name}:{number}" for number, cells in rows(document) if not all(cells)]
    assert wrong == []


def test_every_row_says_where_and_by_which_test() -> None:
    table = rows(CONFORMANCE)
    assert len(table) > 150
    wrong = [number for number, cells in table if len(cells) != 3 or not NAMED_TEST.search(cells[2])]
    assert wrong == []
    files = {file for _, cells in table for file in re.findall(r"`([^`]+)`", cells[1])}
    assert [file for file in sorted(files) if not any((place / file).is_file() for place in PLACES)] == []
    assert [number for number, cells in table if "`" not in cells[1]] == []


def test_every_function_of_the_library_is_in_the_table() -> None:
    functions = library_functions()
    assert {"init", "callBatch", "userOption.get", "im.openHistory", "placement.bindEvent"} <= functions
    described = {match[1] for code in code_in_tables() if (match := re.match(r"BX24\.([\w.]+)\(", code))}
    assert sorted(functions - described) == []


def test_every_command_of_the_wire_is_in_the_table() -> None:
    commands = commands_of_the_wire()
    assert {"getInitData", "openPath", "imCallTo"} <= commands
    assert sorted(commands - set(code_in_tables())) == []


def test_every_rest_method_is_in_the_table() -> None:
    assert sorted(set(METHODS) - set(code_in_tables())) == []


def test_the_table_of_faults_is_the_matrix() -> None:
    assert faults.table() in (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
