"""Every citation of the contract names a section and a number that docs/dev/contract.md or docs/dev/lists.md has."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEV = ROOT / "docs" / "dev"
FOLDERS = ("bx24py", "static", "demo", "tests", "docs")
KINDS = {".py", ".js", ".mjs", ".ts", ".html", ".css", ".md"}

# Between two words of a citation: a space, or the end of a line and the comment's mark on the next one.
_GAP = r"\s+(?:(?:#|\*|//|>)\s+)?"
_MANY = rf"\d+\b(?:(?:,|,?{_GAP}and){_GAP}\d+\b)*"
_NUMBERS = rf"(?:,{_GAP}(?:number{_GAP}(?P<number>\d+\b)|numbers{_GAP}(?P<numbers>{_MANY})))?"
_NO_MORE = rf"(?!,?{_GAP}(?:and{_GAP})?\d)"  # "section 4, 2" is neither two sections nor a number
_SECTIONS = rf"(?:section{_GAP}(?P<section>\d+\b){_NUMBERS}|sections{_GAP}(?P<sections>{_MANY})){_NO_MORE}"
_LISTS = rf"(?P<lists>lists)\b{_NUMBERS.replace('<number', '<list_number')}"
_CITATION = re.compile(rf"(?:{_SECTIONS}|{_LISTS})")

# "contract, …" and "contract (…" are citations; so is "sharp edge 9", or "sharp edges 6 and 7", of section 4.
_BEGIN = re.compile(rf"\bcontract(?:,{_GAP}|{_GAP}\()", re.IGNORECASE)
_EDGES = re.compile(rf"\bsharp{_GAP}edges?{_GAP}(?P<numbers>{_MANY})", re.IGNORECASE)


@cache
def places() -> frozenset[str]:
    """Return what can be cited, as the anchors of the headings: `section-4-7`, `number-3` for the page about lists."""
    return frozenset(anchors(DEV / "contract.md") + anchors(DEV / "lists.md"))


def anchors(page: Path) -> list[str]:
    """Return the anchors that are written into the headings of a page."""
    return re.findall(r"^#+ .* \{ #([\w-]+) \}$", page.read_text(encoding="utf-8"), re.MULTILINE)


def wrong_citations(text: str) -> list[str]:
    """Return each citation of the contract that names nothing, or cannot be read, with the number of its line."""
    wrong: list[str] = []
    for begin in _BEGIN.finditer(text):
        found = _CITATION.match(text, begin.end())
        named = _named(found) if found else []
        if not named or not places().issuperset(named):
            wrong.append(_at(text, begin.start()))
    wrong += [
        _at(text, edges.start())
        for edges in _EDGES.finditer(text)
        if not places().issuperset(f"section-4-{number}" for number in re.findall(r"\d+", edges["numbers"]))
    ]
    return wrong


def _named(found: re.Match[str]) -> list[str]:
    if found["lists"]:
        numbers = re.findall(r"\d+", found["list_number"] or found["list_numbers"] or "")
        return [f"number-{number}" for number in numbers] or ["number-1"]
    if found["sections"]:
        return [f"section-{number}" for number in re.findall(r"\d+", found["sections"])]
    numbers = re.findall(r"\d+", found["number"] or found["numbers"] or "")
    return [f"section-{found['section']}", *(f"section-{found['section']}-{number}" for number in numbers)]


def _at(text: str, start: int) -> str:
    line = text.count("\n", 0, start) + 1
    return f"line {line}: {' '.join(text[start : start + 60].split())}"


def test_every_citation_names_a_place_in_the_contract() -> None:
    files = [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.suffix in KINDS),
    ]
    cited = 0
    wrong: list[str] = []
    for path in files:
        if path == Path(__file__):
            continue  # its examples are wrong on purpose
        text = path.read_text(encoding="utf-8")
        cited += len(_BEGIN.findall(text))
        wrong += [f"{path.relative_to(ROOT)}, {citation}" for citation in wrong_citations(text)]
    assert wrong == []
    assert cited > 70


def test_the_anchors_are_those_of_the_numbers_in_the_headings() -> None:
    section = ""
    for line in (DEV / "contract.md").read_text(encoding="utf-8").splitlines():
        heading = re.match(r"(##|###) (\d+)\. .* \{ #([\w-]+) \}$", line)
        if heading and heading[1] == "##":
            section = heading[2]
            assert heading[3] == f"section-{section}"
        elif heading:
            assert heading[3] == f"section-{section}-{heading[2]}"
    assert {f"section-{number}" for number in range(1, 7)} <= places()
    assert {f"section-4-{number}" for number in range(1, 14)} <= places()
    for page in ("contract.md", "lists.md"):
        found = anchors(DEV / page)
        assert len(found) == len(set(found))
    numbers = re.findall(
        r"^## (\d+)\. .* \{ #number-(\d+) \}$", (DEV / "lists.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert numbers == [(str(number), str(number)) for number in range(1, len(numbers) + 1)]


@pytest.mark.parametrize(
    "text",
    [
        "(contract, section 4, number 13)",
        "# as in the contract,\n    # section 4, numbers 1 and\n    # 2.",
        " * (contract, sections 1, 2, 5).",
        "the codes of the contract (section 3) and of the page",
        "(contract, section 3, batch).",
        "contract, section 2: the wire",
        "contract, lists, numbers 2 and 17",
        "contract, lists.",
        "Sharp edge 9",
        "the contract has 403; a service contract",
    ],
)
def test_a_citation_that_names_a_place_is_right(text: str) -> None:
    assert wrong_citations(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "(contract, section 7)",
        "(contract, section 4, number 14)",
        "(contract, section 3, number 1)",
        "(contract, section 4, numbers 1 and 14)",
        "(contract, section 4, 2)",
        "(contract, section 14, 2)",
        "(contract, sections 1 and 9)",
        "// contract, section 4,\n// number 140",
        "contract, lists, number 99",
        "contract, numbers 3",
        "contract (4)",
        "sharp edge 14",
        "sharp edges 1 and 14",
    ],
)
def test_a_citation_that_names_nothing_is_found(text: str) -> None:
    assert len(wrong_citations(text)) == 1
