"""What the application's own scripts load, call and do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from bx24py.dev.check.finding import Inline, MethodUse, Reference

_SPACE = re.compile(r"\s+|//[^\n]*|/\*.*?(?:\*/|\Z)|<!--[^\n]*", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_$][\w$]*|\d[\w.]*")
_STRING = re.compile(r""""(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)
_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*")
_REGEX_AFTER = "return typeof case in of do else void delete await yield throw"
"""Words that a regular expression may follow."""
_GLOBALS = ("window", "globalThis", "self")

IS_METHOD = re.compile(r"[a-z]\w*(?:\.\w+)+", re.IGNORECASE)

Markup = Callable[[str, int], Iterator[Inline]]
"""Reads markup that a program writes into the page; given the text and its line."""


@dataclass(frozen=True)
class Token:
    """A piece of a script.

    Attributes:
        kind: `word`, `mark`, `string`, or `begin` for the beginning of a template that goes on.
        text: what it says.
        line: its line.
    """

    kind: Literal["word", "mark", "string", "begin"]
    text: str
    line: int


def read(
    file: str, text: str, page: str, names: frozenset[str], markup: Markup
) -> Iterator[Reference | Inline | MethodUse]:
    """Yield what a script loads, calls and does.

    Args:
        file: its name.
        text: its content.
        page: the page that it runs in.
        names: the documented methods.
        markup: reads markup in it.
    """
    tokens = list(_tokens(text))
    empty = Token("mark", "", 0)
    for place, token in enumerate(tokens):
        before = [one.text for one in tokens[max(place - 4, 0) : place]]
        following = [*tokens[place + 1 : place + 4], empty, empty, empty]
        if token.kind in ("string", "begin"):
            yield from _of_string(file, page, token, before, following, names, markup)
        elif token.kind == "word" and (before[-1:] != ["."] or (before[-2:-1] and before[-2] in _GLOBALS)):
            yield from _of_word(file, token, following)


def _of_string(
    file: str,
    page: str,
    token: Token,
    before: list[str],
    following: list[Token],
    names: frozenset[str],
    markup: Markup,
) -> Iterator[Reference | Inline | MethodUse]:
    whole, last, line = token.kind == "string", before[-1:], token.line
    if last in (["import"], ["from"]) or before[-2:] == ["import", "("]:
        if token.text.startswith((".", "/")) or "//" in token.text:
            yield Reference(file, line, token.text, "script-src", file, whole)
    elif before[-2:] == ["fetch", "("] or before[-3:] in (["new", "EventSource", "("], ["new", "WebSocket", "("]):
        yield Reference(file, line, token.text, "connect-src", page, whole)
    elif before[-3:] in (["new", "Worker", "("], ["new", "SharedWorker", "("]):
        yield Reference(file, line, token.text, "worker-src", page, whole)
    elif before[-3:] == ["new", "URL", "("] and [one.text for one in following[:2]] == [",", "import"]:
        yield Reference(file, line, token.text, "connect-src", file, whole)
    elif before[-3:] in ([".", "innerHTML", "="], [".", "outerHTML", "="]) or (
        last == [","] and before[:2] == ["insertAdjacentHTML", "("]
    ):
        yield from markup(token.text, line)
    elif before[-2:] == ["setAttribute", "("] and (inline := set_attribute(file, line, token.text)):
        yield inline
    elif whole and IS_METHOD.fullmatch(token.text) and token.text.lower() in names:
        yield MethodUse(file, line, token.text)


def _of_word(file: str, token: Token, following: list[Token]) -> Iterator[Inline]:
    called = following[0].text == "("
    with_text = following[1].kind in ("string", "begin")
    code = called and (
        token.text in ("eval", "Function") or (token.text in ("setTimeout", "setInterval") and with_text)
    )
    if code:
        text, advice = f"{token.text} runs text as code", "call a function"
        yield Inline(file, token.line, "script-src", "'unsafe-eval'", text, advice)


def set_attribute(file: str, line: int, name: str) -> Inline | None:
    """Return what is wrong with setting this attribute from a program; None if nothing is."""
    if name.lower() == "style":
        text, advice = "the attribute style is set", "set element.style, or a class"
        return Inline(file, line, "style-src", "'unsafe-inline'", text, advice)
    if re.fullmatch(r"on[a-z]+", name.lower()):
        text, advice = f"the attribute {name} is set", "add an event listener"
        return Inline(file, line, "script-src", "'unsafe-inline'", text, advice)
    return None


def _tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a script, without comments and regular expressions."""
    at, line = 0, 1
    former = ""
    while at < len(text):
        character = text[at]
        kind: Literal["word", "mark", "string", "begin"] = "mark"
        content = character
        if found := _SPACE.match(text, at):
            at, line = found.end(), line + found[0].count("\n")
            continue
        if found := _STRING.match(text, at):
            kind, content, end = "string", re.sub(r"\\(.)", r"\1", found[0][1:-1]), found.end()
        elif character == "`":
            end, begin, whole = _template(text, at)
            kind, content = "string" if whole else "begin", begin
            yield Token(kind, content, line)
            if not whole:  # what is computed in it is code too
                for one in _tokens_of_template(text[at:end]):
                    yield Token(one.kind, one.text, line + one.line - 1)
            line, at, former = line + text.count("\n", at, end), end, "`"
            continue
        elif character == "/" and _may_begin_regex(former) and (found := _REGEX.match(text, at)):
            at, former = found.end(), "/"
            continue
        elif found := _WORD.match(text, at):
            kind, content, end = "word", found[0], found.end()
        else:
            end = at + 1
        yield Token(kind, content, line)
        line, at, former = line + text.count("\n", at, end), end, "\"'" if kind == "string" else content


def _may_begin_regex(former: str) -> bool:
    if re.fullmatch(r"[\w$]+", former):
        return former in _REGEX_AFTER.split()
    return former not in (")", "]", "}", "`", "\"'", "/")


def _template(text: str, start: int) -> tuple[int, str, bool]:
    """Return where a template ends, its text up to the first computed part, and whether there is none."""
    at, begin, whole = start + 1, "", True
    while at < len(text) and text[at] != "`":
        if text[at] == "\\":
            begin += text[at + 1 : at + 2] if whole else ""
            at += 2
        elif text.startswith("${", at):
            whole = False
            at = _computed_end(text, at + 2)
        else:
            begin += text[at] if whole else ""
            at += 1
    return min(at + 1, len(text)), begin, whole


def _computed_end(text: str, at: int) -> int:
    """Return the place after the brace that ends a computed part."""
    depth = 1
    while at < len(text) and depth:
        if text[at] == "`":
            at = _template(text, at)[0]
            continue
        if found := _STRING.match(text, at):
            at = found.end()
            continue
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return at


def _tokens_of_template(template: str) -> Iterator[Token]:
    at = 1
    while at < len(template):
        if template[at] == "\\":
            at += 2
        elif template.startswith("${", at):
            end = _computed_end(template, at + 2)
            first = 1 + template.count("\n", 0, at)
            for one in _tokens(template[at + 2 : end - 1]):
                yield Token(one.kind, one.text, first + one.line - 1)
            at = end
        else:
            at += 1
