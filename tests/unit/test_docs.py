"""The documentation's tables: the tests and files that they name exist, and nothing is left out of them."""

from __future__ import annotations

import ast
import inspect
import re
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

import bx24py
from bx24py import BX24, Result
from bx24py.dev.portal.methods import METHODS
from bx24py.dev.portal.v3.methods import METHODS as METHODS_V3
from tests import faults
from tests.examples import examples

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted((ROOT / "docs").rglob("*.md"))
CONFORMANCE = ROOT / "docs" / "dev" / "conformance.md"
FUNCTIONS = ROOT / "docs" / "functions.md"
PLACES = (ROOT / "static" / "portal", ROOT / "bx24py" / "dev" / "portal", ROOT)

# All functions that the official documentation has for an application in its frame: a page of `sdk/bx24-js-sdk` each,
# and for placements of `api-reference/widgets/ui-interaction`. The last line are the methods of ajaxResult.
OFFICIAL = re.findall(
    r"\S+",
    """
    BX24.init BX24.install BX24.installFinish BX24.getAuth BX24.refreshAuth
    BX24.callMethod BX24.callBatch BX24.callBind BX24.callUnbind
    BX24.userOption.get BX24.userOption.set BX24.appOption.get BX24.appOption.set
    BX24.selectUser BX24.selectUsers BX24.selectAccess BX24.selectCRM
    BX24.isAdmin BX24.getLang BX24.getDomain
    BX24.resizeWindow BX24.fitWindow BX24.reloadWindow BX24.setTitle BX24.scrollParentWindow BX24.getScrollSize
    BX24.openApplication BX24.closeApplication BX24.openPath
    BX24.ready BX24.isReady BX24.bind BX24.unbind BX24.proxy BX24.proxyContext BX24.loadScript
    BX24.placement.info BX24.placement.getInterface BX24.placement.call BX24.placement.bindEvent
    BX24.im.callTo BX24.im.phoneTo BX24.im.openMessenger BX24.im.openHistory
    Messenger.openChat Messenger.startVideoCall Messenger.startPhoneCall
    result.data result.error result.more result.total result.time result.next
    """,
)

# Those without a Python function of their own; the table says what takes their place.
WITHOUT = {
    *("BX24.install", "BX24.proxy", "BX24.proxyContext"),
    *("Messenger.openChat", "Messenger.startVideoCall", "Messenger.startPhoneCall"),
}

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
    source = (ROOT / "bx24py" / "dev" / "portal" / "wire.py").read_text(encoding="utf-8")
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


def table_of_functions() -> dict[str, list[str]]:
    """Return the other cells of each function's row, with the bars in them as they are read."""
    found: dict[str, list[str]] = {}
    for number, cells in rows(FUNCTIONS):
        official, *others = [cell.replace("\\|", "|") for cell in cells]
        assert len(others) == 5, f"functions.md:{number}"
        name = re.match(r"`([\w.]+)`", official)
        assert name, f"functions.md:{number}"
        assert name[1] not in found
        found[name[1]] = others
    return found


def signature(name: str) -> str:
    """Write the signature of a Python function, method or property without the types of its parameters."""
    root, *path = name.split(".")
    function: object = BX24()
    if root == "result":
        function = Result
        value = inspect.getattr_static(Result, path[0])
        if isinstance(value, property):
            assert value.fget
            return f"{name} -> {inspect.signature(value.fget).return_annotation}"
        if not callable(value):
            return name
    for part in path:
        function = getattr(function, part)
    assert callable(function)
    found = inspect.signature(function)
    parameters = [one.replace(annotation=one.empty) for one in found.parameters.values() if one.name != "self"]
    returned = str(found.return_annotation)
    awaited = re.sub(r"(?:Pending|BatchRun)\[(.+?)\](?= \||$)", r"\1", returned)
    text = str(inspect.Signature(parameters)).replace("<object object>", "…")
    return f"{'await ' * (awaited != returned)}{name}{text} -> {awaited}"


def expected_name(official: str) -> str:
    """Return what the design's rule makes of an official name: `BX24.fooBar` is `bx24.foo_bar`."""
    root, *path = official.split(".")
    snake = [re.sub(r"(?<=[a-z])(CRM|[A-Z])", lambda found: f"_{found[0].lower()}", part) for part in path]
    return ".".join([root.lower(), *snake])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT / "docs").as_posix())
def test_every_test_named_exists(document: Path) -> None:
    named = NAMED_TEST.findall(document.read_text(encoding="utf-8"))
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).is_file() or name not in names_of_tests(ROOT / file)
    ]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT / "docs").as_posix())
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
    assert sorted({*METHODS, *METHODS_V3} - set(code_in_tables())) == []


def test_the_table_of_faults_is_the_matrix() -> None:
    assert faults.table() in (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")


def test_the_table_of_functions_has_them_all() -> None:
    table = table_of_functions()
    assert list(table) == OFFICIAL
    assert len(OFFICIAL) == len(set(OFFICIAL)) == 47 + 6
    assert {f"BX24.{name}" for name in library_functions()} <= set(OFFICIAL)
    assert [name for name, cells in table.items() if not NAMED_TEST.search(cells[4])] == []


@pytest.mark.parametrize("official", [name for name in OFFICIAL if name not in WITHOUT])
def test_the_python_function_has_the_signature_in_the_table(official: str) -> None:
    python = table_of_functions()[official][0]
    shown = re.match(r"`([^`]+)`", python)
    assert shown, python
    expected = {"result.error": "result.error", "result.next": "result.next_page"}.get(
        official, expected_name(official)
    )
    assert shown[1] == signature(expected)


@pytest.mark.parametrize("official", sorted(WITHOUT))
def test_what_has_no_python_function_says_what_takes_its_place(official: str) -> None:
    assert not hasattr(BX24, expected_name(official).split(".")[-1])
    assert table_of_functions()[official][0].startswith("none: ")


def test_every_example_in_the_table_is_a_line_of_one_that_is_run() -> None:
    lines = {line.strip() for example in examples() for line in example.code.splitlines()}
    shown = {name: re.findall(r"`([^`]+)`", cells[3]) for name, cells in table_of_functions().items()}
    assert [name for name, code in shown.items() if not code] == []
    assert [(name, one) for name, code in shown.items() for one in code if one not in lines] == []


def test_the_table_of_tests_has_every_file_of_tests() -> None:
    tables = [cells for _, cells in rows(ROOT / "docs" / "dev" / "testing.md")]
    for folder, column, columns in (("unit", 1, 3), ("browser", 2, 3), ("engines", 1, 2)):
        table = [cells for cells in tables if len(cells) == columns]
        files = {path.name for path in (ROOT / "tests" / folder).glob("test_*.py")}
        patterns = {code for cells in table for code in re.findall(r"`([^`]+\.py)`", cells[column])}
        assert [one for one in sorted(patterns) if not any(fnmatch(name, one) for name in files)] == [], "no such file"
        missing = [name for name in sorted(files) if not any(fnmatch(name, one) for one in patterns)]
        assert missing == [], f"docs/dev/testing.md does not say what is tested in tests/{folder}"


def test_every_page_of_the_documentation_is_in_the_navigation() -> None:
    docs = ROOT / "docs"
    pages = {path.relative_to(docs).as_posix() for path in docs.rglob("*.md")}
    listed = re.findall(r"[\w/-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2])
    assert sorted(listed) == sorted(pages)


def test_no_link_of_the_documentation_begins_at_the_root_of_a_host() -> None:
    for path in (ROOT / "docs").rglob("*.md"):
        assert re.findall(r"\]\((/[^)]*)\)", path.read_text(encoding="utf-8")) == [], path.name


def test_every_public_name_is_in_the_reference() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "reference").glob("*.md"))
    documented = set(re.findall(r"^::: bx24py(?:\.\w+)*\.(\w+)$", text, re.MULTILINE))
    named = [name for name in bx24py.__all__ if name != "bx24" and not name.endswith("Error")]
    assert [name for name in named if name not in documented] == []
    assert "<!-- classes of the errors -->" in text


def test_the_loaders_attributes_are_in_the_reference() -> None:
    files = [ROOT / "static" / "bx24py.js", *(ROOT / "static" / "bx24py").glob("*.js")]
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    read = {f"data-{name}" for name in re.findall(r"settings\.(\w+)", source)}
    document = ROOT / "docs" / "reference" / "loader.md"
    described = {code for _, cells in rows(document) for code in re.findall(r"`(data-\w+)`", cells[0])}
    assert read == described
    events = set(re.findall(r'CustomEvent\("([\w:]+)"', source))
    shown = {code for _, cells in rows(document) for code in re.findall(r"`(bx24py:\w+)`", cells[0])}
    assert events == shown


def test_the_readme_links_only_to_what_a_reader_of_the_package_has() -> None:
    """Where the picture of the console cannot be shown, its words are."""
    links = re.findall(r"(?<!!)\[[^\]]*\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
