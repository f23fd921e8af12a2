"""Errors on the developer's machine, in one clear line."""

import click


class Problem(click.ClickException):
    """An error that the user of the command line can fix; the message says what is wrong, and how to fix it."""
