"""Turns `%pip install` of a cell into Python, in the same line; any other command of IPython is an error."""

from __future__ import annotations

import re

from page_text import page_text
from scan import scan

_COMMAND = re.compile(r"(?P<indent>[ \t]*)(?P<sign>%%|%|!)(?P<rest>.*)")
_INSTALL = re.compile(r"pip3?\s+install\b(?P<what>.*)")
_QUIET = {"-q", "-qq", "--quiet", "-U", "--upgrade", "--user", "--no-input", "--disable-pip-version-check"}
"""Options of pip that mean nothing here, or that the newest version comes anyway."""


def python(code: str, filename: str) -> str:
    """Return the code with its commands as Python.

    Raises:
        SyntaxError: a command that there is not, at its line.
    """
    lines = code.split("\n")
    at = 0
    for index, line in enumerate(lines):
        found = _COMMAND.fullmatch(line.rstrip("\r"))
        begins = found is not None and not lines[index - 1 if index else index].endswith("\\")
        if found is not None and begins and _is_statement(code[:at]):
            try:
                lines[index] = found["indent"] + _python(found["sign"], found["rest"].strip())
            except ValueError as error:
                where = (filename, index + 1, len(found["indent"]) + 1, line)
                raise SyntaxError(str(error), where) from None
        at += len(line) + 1
    return "\n".join(lines)


def _is_statement(before: str) -> bool:
    """Whether a new statement begins after this code: not within brackets or a string."""
    place = scan(before)
    return len(place.brackets) == 1 and place.string is None


def _python(sign: str, command: str) -> str:
    if sign != "%%" and (install := _INSTALL.fullmatch(command)):
        import shlex  # here, as it would make the start longer

        wanted = [word for word in shlex.split(install["what"], comments=True) if word not in _QUIET]
        option = next((word for word in wanted if word.startswith("-")), None)
        if option is not None:
            raise ValueError(page_text("command_option", option=option))
        if not wanted:
            raise ValueError(page_text("command_no_package"))
        return f"await __import__('packages').install({wanted!r})"
    name = sign + (command.split() or [""])[0]
    if sign == "!":
        raise ValueError(page_text("command_shell", name=name))
    if name == "%matplotlib":
        raise ValueError(page_text("command_matplotlib"))
    if name in ("%pip", "%conda", "%mamba"):
        raise ValueError(page_text("command_pip", name=name))
    raise ValueError(page_text("command_unknown", name=name))
