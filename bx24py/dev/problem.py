"""What goes wrong on the developer's machine, in one clear line."""

import click


class Problem(click.ClickException):
    """Something that the person at the command line can mend; the message says what it is, and how."""
