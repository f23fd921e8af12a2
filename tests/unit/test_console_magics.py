"""The console: commands of IPython in cells."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from .console_texts import texts

Python = Callable[[str, str], str]


@pytest.fixture(scope="module")
def python() -> Iterator[Python]:
    folder = str(Path(__file__).parents[2] / "demo" / "console")
    module = ModuleType("page_text")
    module.page_text = lambda key, /, **values: texts()["en"][key].format(**values)  # type: ignore[attr-defined]
    sys.modules["page_text"] = module  # the real one asks the page
    sys.path.insert(0, folder)
    yield import_module("magics").python
    sys.path.remove(folder)
    for name in ("scan", "magics", "page_text"):
        del sys.modules[name]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("%pip install words", ["words"]),
        ("!pip3 install -U --quiet words==1.0 'more>2'  # why", ["words==1.0", "more>2"]),
        ("  %pip  install words", ["words"]),
    ],
)
def test_an_installation_stays_in_its_line(python: Python, line: str, wanted: list[str]) -> None:
    indent = line[: len(line) - len(line.lstrip())]
    made = f"{indent}await __import__('packages').install({wanted!r})"
    assert python(f"a = 1\n{line}\nb", "<cell 1>") == f"a = 1\n{made}\nb"


@pytest.mark.parametrize(
    "code", ["x = (8\n%3)", 'x = """\n!ls\n%pip install x"""', "x = 8 \\\n%3", "'''\n%%time'''", ""]
)
def test_other_code_is_left_alone(python: Python, code: str) -> None:
    assert python(code, "<cell 1>") == code


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%%time", "%%time: there are no commands of IPython here but %pip install"),
        ("%matplotlib inline", "%matplotlib: figures are shown by themselves; delete this line"),
        ("!ls -l", "!ls: there is no shell in the browser"),
        ("%pip list", "%pip: of this there is only %pip install"),
        ("%pip install", "%pip install: name a package"),
        ("%pip install -r all.txt", "%pip install: there is no -r here"),
        ("%pip install 'a", "No closing quotation"),
        ("%%bash", "%%bash: there are"),
    ],
)
def test_another_command_is_an_error_at_its_line(python: Python, line: str, said: str) -> None:
    with pytest.raises(SyntaxError, match=f"^{said}") as caught:
        python(f"a = 1\nif a:\n    {line}", "<cell 7>")
    error = caught.value
    assert (error.filename, error.lineno, error.offset, error.text) == ("<cell 7>", 3, 5, f"    {line}")
