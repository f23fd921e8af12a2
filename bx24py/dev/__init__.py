"""What runs on the developer's machine: command line, local portal, packing. Never shipped to the browser."""

import sys


def main() -> None:
    """Run the command line `bx24py`."""
    try:
        from bx24py.dev.cli import cli
    except ModuleNotFoundError as error:
        sys.exit(f"bx24py: the command line needs {error.name}: pip install 'bx24py[dev]'")
    cli(prog_name="bx24py")
