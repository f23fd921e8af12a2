"""Errors on the developer's machine, in one clear line."""

import functools

import click


class Problem(click.ClickException):
    """An error that the user of the command line can fix; the message says what is wrong, and how to fix it."""


@functools.cache
def say_once(text: str) -> None:
    """Write a line to stderr, once per process: every served page would repeat it."""
    click.echo(f"bx24py: {text}", err=True)
