"""The examples of the documentation: where they stand, and what the tests are told about each.

An example is a fenced block of Python in README.md, in a page of docs/ or in a docstring of the package. What stands
in a comment `<!-- test … -->` above it is Python of the test: it prepares the portal, calls `example()` and looks at
what came of it; without a comment the example is only run. A block of JavaScript followed by one of Python is a pair,
and the test runs both.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

_FENCE = re.compile(r"(?P<indent> *)(?P<ticks>```+|~~~+)\s*(?P<language>[\w+-]*)(?P<rest>.*)")

# What the tests are told about examples in places that have no room for it: by the file, or the name of what has the
# docstring, and the number of the block there, from 1.
TOLD: dict[tuple[str, int], str] = {
    ("README.md", 1): """
        application()
        expect(page.frame.locator("#message")).to_have_text("Hello Emma!")
    """,
    ("README.md", 2): """
        example()
        assert received("user.get")[0] == {"ACTIVE": "1"}
        assert methods().count("department.get") == 2
    """,
    ("README.md", 3): """
        placement("CRM_DEAL_DETAIL_TAB", {"ID": "5"}, fresh=True)
        portal.frame.answer("selectUser", {"id": "7", "name": "Ann Lee"})
        portal.frame.answer("openPath", {"result": "close"})
        example()
        assert sent("openPath") == [{"path": "/company/personal/user/7/"}]
        sends("setUserOption", {"name": "columns", "value": '["TITLE", "STAGE_ID"]'})
    """,
    ("README.md", 4): """
        pytest_example("README.md", 1)
    """,
    ("README.md", 5): """
        run_here(portal=portal, event="anEvent", data={})
        assert "my.method" in portal.rest.methods
    """,
    ("bx24py", 1): """
        example()
        assert printed() == ["Emma"]
    """,
    ("bx24py.client.BX24.batch", 1): """
        example()
        assert methods() == ["user.current", "department.get", "batch"]
    """,
    ("bx24py.rest.files.File", 1): """
        portal.rest.route("crm.deal.update").respond(True)
        example("content = b'x'")
        assert received("crm.deal.update")[0]["fields"]["UF_CRM_PLAN"]["fileData"] == ["plan.csv", "eA=="]
    """,
    ("bx24py.frame.placement.Placement.bind_event", 1): """
        placement("CALL_CARD", fresh=True)
        example("closing = lambda _: None")
        events = ["CallCard::CallStateChanged", "CallCard::BeforeClose"]
        sends("placementBindEvent", *({"event": event} for event in events))
    """,
    ("bx24py.dev.fixtures", 1): """
        run_here()["script"](portal)
        assert not portal.state.admin
        portal.state.admin = True
        assert "my.method" in portal.rest.methods
    """,
    ("bx24py.dev.pytest_plugin", 1): """
        pytest_example(demo="department_message")
    """,
}


@dataclass(frozen=True)
class Example:
    """One fenced block."""

    place: str
    """The file, or the name of what has the docstring."""

    number: int
    """Which of the Python blocks (of the JavaScript blocks) there."""

    line: int
    language: str
    code: str
    told: str
    """Python of the test; empty where it only runs the example."""

    page: str = ""
    """The last block of HTML before it."""

    pair: str = ""
    """The block of JavaScript of which this one is the translation."""

    @property
    def before(self) -> str:
        """What is there without an import: in a docstring of the package its own names."""
        return "from bx24py import *" if self.place.startswith("bx24py") else ""

    def __str__(self) -> str:
        return f"{self.place}:{self.line}"


@dataclass(frozen=True)
class _Block:
    line: int
    language: str
    code: str
    told: str
    alone: bool
    """Whether other text stands between it and the block before."""


def _blocks(text: str, place: str) -> Iterator[_Block]:
    """Give the fenced blocks of a text.

    Raises:
        ValueError: a fence or a comment without an end, or a comment for the tests without a block below it.
    """
    lines = text.splitlines()
    at, told, alone = 0, "", True
    while at < len(lines):
        line = lines[at]
        if line.strip().startswith("<!-- test"):
            end = next((n for n in range(at, len(lines)) if "-->" in lines[n]), None)
            if end is None or told:
                raise ValueError(f"{place}:{at + 1}: a comment for the tests without an end, or without an example")
            told = "\n".join(lines[at : end + 1]).split("<!-- test", 1)[1].split("-->")[0]
            at, alone = end + 1, True
            continue
        fence = _FENCE.fullmatch(line)
        if fence is None:
            alone = alone or bool(line.strip())
            if told and line.strip():
                raise ValueError(f"{place}:{at + 1}: a comment for the tests must stand right above its example")
            at += 1
            continue
        end = next((n for n in range(at + 1, len(lines)) if lines[n].strip() == fence["ticks"]), None)
        if end is None:
            raise ValueError(f"{place}:{at + 1}: a block without an end")
        code = textwrap.dedent("\n".join(lines[at + 1 : end])) + "\n"
        yield _Block(at + 1, fence["language"].lower(), code, textwrap.dedent(told), alone)
        at, told, alone = end + 1, "", False


def _examples(text: str, place: str, first_line: int = 0) -> Iterator[Example]:
    numbers: dict[str, int] = {}
    before: _Block | None = None
    page = ""
    for block in _blocks(text, place):
        language = {"py": "python", "javascript": "js"}.get(block.language, block.language)
        numbers[language] = number = numbers.get(language, 0) + 1
        if language == "html":
            page = block.code
        if language == "python":
            paired = before if before is not None and before.language == "js" and not block.alone else None
            told = paired.told if paired else block.told or textwrap.dedent(TOLD.get((place, number), ""))
            line = first_line + block.line
            yield Example(place, number, line, language, block.code, told, page, paired.code if paired else "")
        before = block


def documents() -> list[Path]:
    """Give README.md and all pages."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def _docstrings() -> Iterator[tuple[str, str]]:
    """Give the name of everything in the package that has a docstring, and that."""
    for path in sorted((ROOT / "bx24py").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        yield from _docstrings_of(ast.parse(path.read_text(encoding="utf-8")), module)


def _docstrings_of(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, name: str
) -> Iterator[tuple[str, str]]:
    text = ast.get_docstring(node)
    if text:
        yield name, text
    for child in node.body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _docstrings_of(child, f"{name}.{child.name}")
        elif isinstance(child, ast.Expr) and child is not node.body[0] and isinstance(child.value, ast.Constant):
            yield f"{name}:{child.lineno}", inspect.cleandoc(str(child.value.value))


def examples() -> list[Example]:
    """Give all Python examples.

    Raises:
        ValueError: what the tests are told belongs to no example.
    """
    found = [
        example
        for document in documents()
        for example in _examples(document.read_text(encoding="utf-8"), document.relative_to(ROOT).as_posix())
    ]
    for name, text in _docstrings():
        found += _examples(text, name)
    left = set(TOLD) - {(example.place, example.number) for example in found}
    if left:
        raise ValueError(f"no example, but something to tell the tests: {sorted(left)}")
    return found
