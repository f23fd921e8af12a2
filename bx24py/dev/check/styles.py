"""The addresses in style sheets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bx24py.dev.check.finding import Reference

_TOKEN = re.compile(
    r"""(?P<comment>/\*.*?(?:\*/|\Z))
    |url\(\s*(?:"(?P<double>(?:\\.|[^"\\])*)"|'(?P<single>(?:\\.|[^'\\])*)'|(?P<bare>[^"'()\s]*))\s*\)
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |@(?P<rule>[\w-]+)
    |(?P<set>\b(?:-webkit-)?image-set\()
    |(?P<mark>[{};)])""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


def addresses(file: str, text: str, base: str = "", line: int = 1) -> Iterator[Reference]:
    """Yield the addresses in a style sheet.

    Args:
        file: the file that has the style sheet.
        text: the style sheet.
        base: the file that the addresses are relative to, if it is another.
        line: the line at which the text begins.
    """
    rules: list[str] = [""]
    rule, in_set = "", False
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup
        at = line + text.count("\n", 0, found.start())
        if kind == "rule":
            rule = found["rule"].lower()
        elif kind == "set":
            in_set = True
        elif kind == "mark":
            in_set = in_set and found["mark"] != ")"
            if found["mark"] == "{":
                rules.append(rule)
            if found["mark"] == "}" and len(rules) > 1:
                rules.pop()
            if found["mark"] in "{};":
                rule = ""
        elif kind in ("double", "single", "bare") or (kind == "string" and (rule == "import" or in_set)):
            address = found[kind].strip("\"'") if kind == "string" else found[kind]
            if rule != "namespace":
                directive = "style-src" if rule == "import" else "font-src" if "font-face" in rules else "img-src"
                yield Reference(file, at, re.sub(r"\\(.)", r"\1", address), directive, base or file)
