r"""Parts of the pages that are generated from the program itself: the help of its commands, and its errors.

A bar in the code of a table is written `\|`, as GitHub wants it; Python-Markdown would show the backslash.
"""

from __future__ import annotations

import inspect
import re
from typing import Any

import click
from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor

from bx24py import errors
from bx24py.dev.cli import cli

_HELP = re.compile(r"<!-- help of bx24py(?: (\w+))? -->")
_TREE = "<!-- tree of the errors -->"
_CLASSES = "<!-- classes of the errors -->"


_ROW = re.compile(r"^\|.*\|$", re.MULTILINE)
_CODE = re.compile(r"`[^`]+`")


def help_text(command: str) -> str:
    """Return the output of `bx24py COMMAND --help`."""
    width = {"terminal_width": 84, "max_content_width": 84}
    group = click.Context(cli, info_name="bx24py", **width)
    if not command:
        return cli.get_help(group)
    one = cli.commands[command]
    return one.get_help(click.Context(one, info_name=command, parent=group, **width))


def tree() -> str:
    """Return the tree of errors from the module's docstring."""
    lines = inspect.cleandoc(errors.__doc__ or "").splitlines()
    return "\n".join(line for line in lines if line == "BX24Error" or re.match(r"[│ ]*[├└]─", line))


def classes() -> str:
    """Return the directives for all error classes, in the module's order."""
    found = (value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, Exception))
    return "\n".join(
        f"::: bx24py.errors.{one.__name__}\n    options:\n      merge_init_into_class: false\n      members: []\n"
        for one in found
        if one.__module__ == errors.__name__
    )


class _Made(Preprocessor):
    def run(self, lines: list[str]) -> list[str]:
        """Replace the comments with the generated parts."""
        markdown = _ROW.sub(
            lambda row: _CODE.sub(lambda code: code[0].replace("\\|", "|"), row[0]),
            "\n".join(lines),
        )
        markdown = _HELP.sub(lambda match: f"```text\n{help_text(match[1] or '')}\n```", markdown)
        return markdown.replace(_TREE, f"```text\n{tree()}\n```").replace(_CLASSES, classes()).split("\n")


class Made(Extension):
    """Makes these parts, before anything else reads the page."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  its name in the base class
        """Register it."""
        md.preprocessors.register(_Made(md), "made", 1000)


def makeExtension(**_: Any) -> Made:  # noqa: N802  which Python-Markdown calls
    """Return the extension."""
    return Made()
