"""What a check finds, and what it is found in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning"]
"""An error fails in a portal; a warning may, or is a waste."""

Kind = Literal["method", "event", "place"]

Called = Literal["", "classic", "v3"]
"""By which interface a method is called; "" if the name only looks like that of a method."""


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        file: the file, relative to the application's folder.
        line: the line in it, from 1; 0 if it is about the file as a whole.
        level: how bad it is.
        text: what is wrong, and what to do.
    """

    file: str
    line: int
    level: Level
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.level}: {self.text}"


@dataclass(frozen=True)
class Reference:
    """An address in a file.

    Attributes:
        file: the file that has it.
        line: the line.
        address: as it is written.
        directive: the directive of the Content-Security-Policy that decides about it; "" for a link that is followed.
        base: the file that a relative address begins at: the page for one that a program asks for.
        whole: whether the address is whole; else only its beginning is known.
    """

    file: str
    line: int
    address: str
    directive: str
    base: str
    whole: bool = True


@dataclass(frozen=True)
class Inline:
    """Code or style inside of a page, which a strict policy forbids.

    Attributes:
        file: the file that has it.
        line: the line.
        directive: the directive of the policy that forbids it.
        source: what the directive would have to allow.
        text: what is there.
        advice: what to do.
    """

    file: str
    line: int
    directive: str
    source: str
    text: str
    advice: str


@dataclass(frozen=True)
class MethodUse:
    """The name of a REST method, of an event or of a place, in a file.

    Attributes:
        file: the file.
        line: the line.
        name: the name, or its beginning.
        kind: what it is a name of.
        whole: whether the name is whole; else only its beginning is known.
        called: how it is called.
    """

    file: str
    line: int
    name: str
    kind: Kind = "method"
    whole: bool = True
    called: Called = ""
