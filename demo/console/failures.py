"""How an error is shown: the traceback of the cells' own lines, and what helps."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import PurePath
from typing import Any

from page_text import page_text

import bx24py
from bx24py import BX24Error

CELL = "<cell "
"""How the file name of a cell's code begins."""
_FOLDED = "<folded>"
_LONGEST = 5000
"""How many characters of one part of an error are shown."""
_MOST = 30_000
"""How many characters of a traceback are shown."""


def described(error: BaseException, label: Callable[[str], str]) -> dict[str, str]:
    """Return the description of an error for the page.

    Args:
        error: the error, with its traceback.
        label: returns what a cell is called, from its file name.
    """
    own = traceback.TracebackException.from_exception(error, compact=True)
    folded = _fold(own, label)
    text = _shortened(own.format(chain=True), label)
    whole = _shortened(traceback.TracebackException.from_exception(error).format(), label) if folded else ""
    return {"title": type(error).__name__, "traceback": text, "whole": whole, "advice": "\n".join(_advice(error))}


def failing_lines(error: BaseException) -> list[tuple[str, int]]:
    """Return the file name and the line of each frame of a cell, the innermost last."""
    frames = traceback.walk_tb(error.__traceback__)
    found = [(frame.f_code.co_filename, line) for frame, line in frames if frame.f_code.co_filename.startswith(CELL)]
    if isinstance(error, SyntaxError) and (error.filename or "").startswith(CELL) and error.lineno:
        found.append((str(error.filename), error.lineno))
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            found += failing_lines(inner)
    return found


def _fold(shown: traceback.TracebackException, label: Callable[[str], str]) -> bool:
    """Leave the frames of cells, and one line for those of packages between and after them."""
    frames = _Stack()
    frames.label = label
    folded = False
    for is_own, group in groupby(shown.stack, lambda frame: frame.filename.startswith(CELL)):
        those = list(group)
        if is_own:
            frames.extend(those)
        elif frames:  # those before the first of a cell are the console's
            folded = True
            packages = ", ".join(dict.fromkeys(_package(frame.filename) for frame in those))
            frames.append(traceback.FrameSummary(_FOLDED, len(those), packages, lookup_line=False, line=""))
    shown.stack = frames
    inner = [shown.__cause__, shown.__context__, *(shown.exceptions or ())]
    return sum(_fold(each, label) for each in inner if each is not None) > 0 or folded


class _Stack(traceback.StackSummary):
    label: Callable[[str], str]

    def format_frame_summary(self, frame_summary: traceback.FrameSummary, **options: Any) -> str:
        if frame_summary.filename == _FOLDED:
            return f"  … {page_text('frames_folded', count=frame_summary.lineno, name=frame_summary.name)}\n"
        return str(super().format_frame_summary(frame_summary, **options))


def _package(filename: str) -> str:
    path = PurePath(filename)
    parts, above = path.parts, path.parent.name
    for folder in ("site-packages", "app"):
        if folder in parts[:-1]:
            return parts[parts.index(folder) + 1].removesuffix(".py")
    return path.name.removesuffix(".py") if not above or above.startswith("python3") else above


def _shortened(parts: Iterator[str], label: Callable[[str], str]) -> str:
    texts = [part if len(part) <= _LONGEST else _cut(part, _LONGEST) for part in parts]
    text = without_tokens("".join(texts))
    for name in {part.split('"', 1)[0] for part in text.split('File "')[1:]}:
        if name.startswith(CELL):
            text = text.replace(f'File "{name}"', label(name))
    return _cut(text, _MOST) if len(text) > _MOST else text


def without_tokens(text: str) -> str:
    """Return a text without the tokens of the page, which a cell or another library may have put into it."""
    auth = bx24py.bx24.get_auth()
    for token in (auth.access_token, auth.refresh_token) if auth else ():
        text = text.replace(token, "[token]") if token else text
    return text


def _cut(text: str, length: int) -> str:
    half = length // 2
    return f"{text[:half]}\n… {page_text('characters_left_out', count=f'{len(text) - 2 * half:,}')} …\n{text[-half:]}"


def _advice(error: BaseException) -> list[str]:
    """Return what bx24py says to users about the errors of the portal in it, the outermost first, each once."""
    found: dict[str, None] = {}
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting and len(seen) < 100:
        each = waiting.pop(0)
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, BX24Error):
            found[each.user_message] = None
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
        waiting.append(each.__cause__ or (None if each.__suppress_context__ else each.__context__))
    return list(found)[:3]
