r"""Parts of the pages that are generated from the program itself: the help of its commands, and its errors.

A bar in the code of a table is written `\|`, as GitHub wants it; Python-Markdown would show the backslash.
"""

from __future__ import annotations

import inspect
import re
from typing import Any

import click

from bx24py import errors
from bx24py.dev.cli import cli

_HELP = re.compile(r"<!-- help of bx24py(?: (\w+))? -->")
_TREE = "<!-- tree of the errors -->"
_CLASSES = "<!-- classes of the errors -->"


_ROW = re.compile(r"^\|.*\|$", re.MULTILINE)
_CODE = re.compile(r"`[^`]+`")


def help_text(command: str) -> str:
    """Return the output of `bx24py COMMAND --help`."""
    width = {"terminal_width": 96, "max_content_width": 96}
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


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the comments with the generated parts."""
    markdown = _ROW.sub(
        lambda row: _CODE.sub(lambda code: code[0].replace("\\|", "|"), row[0]),
        markdown,
    )
    markdown = _HELP.sub(lambda match: f"```text\n{help_text(match[1] or '')}\n```", markdown)
    return markdown.replace(_TREE, f"```text\n{tree()}\n```").replace(_CLASSES, classes())
