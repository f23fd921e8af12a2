"""Reads unfinished code up to the cursor: in which brackets and in which string the cursor is. Nothing is run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"(?P<space>[ \t\f\r]+|\\\n)|(?P<newline>\n)|(?P<comment>\#[^\n]*)"
    r"|(?P<string>[rRbBuUfFtT]{0,2}(?:\"\"\"|'''|\"|'))|(?P<name>[^\W\d]\w*)|(?P<number>\d[\w.]*)|(?P<other>.)",
    re.DOTALL,
)
_CLOSING = {")": "(", "]": "[", "}": "{"}


@dataclass
class Token:
    """A word, a string, a number, a sign, or a whole group in brackets. `value` is a string's content."""

    kind: str
    value: str
    start: int
    end: int


@dataclass
class Bracket:
    """An open bracket.

    Attributes:
        opener: the bracket.
        before: the expression right before it, such as `bx24.call_method`.
        index: how many commas stand before the cursor in it.
        key: what the present value belongs to: the `"filter":` of a dict, the `limit=` of a call.
        values: strings and numbers that are whole values, by their key or index.
        tokens: what stands since the last comma, `:` or `=`.
    """

    opener: str = ""
    before: str = ""
    index: int = 0
    key: str | None = None
    values: dict[str | int, str] = field(default_factory=dict)
    tokens: list[Token] = field(default_factory=list)
    start: int = 0

    @property
    def slot(self) -> str | int:
        """The key of the present value, or its index."""
        return self.index if self.key is None else self.key

    def end_value(self) -> None:
        """A comma has come: keep the value before it."""
        if len(self.tokens) == 1 and self.tokens[0].kind in ("string", "number"):
            self.values[self.slot] = self.tokens[0].value
        self.index, self.key, self.tokens = self.index + 1, None, []


@dataclass
class Place:
    """Where the cursor is.

    Attributes:
        brackets: those that are open, the innermost last; the first stands for the code outside of all.
        string: the content so far of the string that the cursor is in, or None.
        comment: whether it is in a comment.
        words: the names of the code before it.
    """

    brackets: list[Bracket]
    string: str | None
    comment: bool
    words: set[str]


def scan(code: str) -> Place:
    """Return the place at the end of this code."""
    stack, words, at = [Bracket()], set[str](), 0
    while found := _TOKEN.match(code, at):
        kind, value, start, at = str(found.lastgroup), found[0], at, found.end()
        inner = stack[-1]
        if kind == "comment" and at == len(code):
            return Place(stack, None, True, words)
        if kind == "string":
            quote = value.lstrip("rRbBuUfFtT")
            end = _string_end(code, at, quote)
            if end is None:
                return Place(stack, code[at:], False, words)
            inner.tokens.append(Token("string", code[at : end - len(quote)], start, end))
            at = end
        elif kind in ("space", "comment"):
            continue
        elif kind == "newline":
            if len(stack) == 1:
                inner.tokens = []
        elif value in "([{" and kind == "other":
            stack.append(Bracket(value, expression(code, inner.tokens), start=start))
        elif value in _CLOSING:
            if len(stack) > 1 and inner.opener == _CLOSING[value]:
                stack.pop()
                stack[-1].tokens.append(Token("group", value, inner.start, at))
        elif value == "," or (value == ";" and len(stack) == 1):
            inner.end_value()
        elif _names_value(inner, value, code, at):
            inner.key, inner.tokens = inner.tokens[-1].value, []
        else:
            inner.tokens.append(Token(kind, value, start, at))
            if kind == "name" and at < len(code):
                words.add(value)
    return Place(stack, None, False, words)


def _names_value(inner: Bracket, value: str, code: str, at: int) -> bool:
    if not inner.tokens or len(inner.tokens) > 1:
        return False
    if value == ":":
        return inner.opener == "{"
    return value == "=" and inner.opener == "(" and inner.tokens[0].kind == "name" and code[at : at + 1] != "="


def _string_end(code: str, at: int, quote: str) -> int | None:
    while at < len(code):
        if code[at] == "\\":
            at += 2
        elif code.startswith(quote, at):
            return at + len(quote)
        elif code[at] == "\n" and len(quote) == 1:
            return at  # it was never closed
        else:
            at += 1
    return None


def expression(code: str, tokens: list[Token]) -> str:
    """Return the expression that these tokens end with, such as `deals[0].name`; empty if there is none."""
    first = len(tokens)
    while first:
        token = tokens[first - 1]
        after = tokens[first] if first < len(tokens) else None
        if after is not None and after.value != "." and after.kind != "group" and token.value != ".":
            break
        if token.kind not in ("name", "group", "string") and token.value != ".":
            break
        first -= 1
    return code[tokens[first].start : tokens[-1].end] if first < len(tokens) else ""
