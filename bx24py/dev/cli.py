"""The command line."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click
from rich.console import Console

import bx24py
from bx24py.dev import browser, demos, distribution, loader, new, serving
from bx24py.dev.application import Application
from bx24py.dev.check import check
from bx24py.dev.options import Wanted, portal_options
from bx24py.dev.pack import Packed, check_zip, pack, pack_zip
from bx24py.dev.problem import Problem

PORT = 8024

_APP_DIR = click.argument("app_dir", type=click.Path(path_type=Path))
_FOLDER = """APP_DIR is the application's folder. It must have:

\b
index.html   with <script src="//api.bitrix24.com/api/v1/"></script> and
             <script type="module" src="bx24py.js" data-app="app.py"></script>
app.py       which data-app names

`bx24py new` makes such a folder."""
"""The end of the help of each command that takes an application."""

_DEMOS = "\b\nThe demonstrations:\n" + "\n".join(f"{name:20}{what}" for name, what in demos.titles().items())
_TEMPLATES = "\b\nThe templates:\n" + "\n".join(f"{name:10}{what}" for name, what in new.TEMPLATES.items())

_PORT = click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0: any free port.")
_OPEN = click.option("--open", "open_", is_flag=True, help="Open it in the browser.")
_KEEP_STATE = click.option(
    "--keep-state", is_flag=True, help="Begin with the options, places and data that the last time ended with."
)
_APP_PORT = click.option(
    "--app-port",
    type=click.IntRange(0, 65535),
    default=None,
    help="The application's; default: the portal's plus 1.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(bx24py.__version__, prog_name="bx24py")
def cli() -> None:
    """In-portal Bitrix24 applications in Python: run them in a local portal, pack them for a real one."""


@cli.command(epilog=_DEMOS)
@click.argument("name", default="department_message")
@_PORT
@_APP_PORT
@_OPEN
@portal_options
def demo(name: str, port: int, app_port: int | None, open_: bool, wanted: Wanted) -> None:
    """Show a demonstration in the local portal: department_message, or the one with this NAME."""
    folder = demos.find(name)
    fixtures = folder / "fixtures.py"
    if wanted.fixtures is None and fixtures.is_file():
        wanted.fixtures = fixtures
    serving.serve(folder, wanted, port, app_port, open_=open_)


@cli.command("new", epilog=_TEMPLATES)
@click.argument("name")
@click.option("--from", "template", metavar="TEMPLATE", default="page", show_default=True, help="What to begin with.")
def new_command(name: str, template: str) -> None:
    """Make a new application in the folder NAME, from a template.

    The folder gets what the other commands need, index.html and app.py, besides a test, settings for pytest, mypy, ruff
    and the editor, and a README.md. It must not exist yet, or be empty.
    """
    folder = new.create(name, template, Path())
    serve_command = new.serve_command(folder)
    steps = {f"cd {name}": "", serve_command: "shows it in the local portal", "pytest": "runs its tests"}
    click.echo(f"made {name} from the template {template}; now:")
    for command, what in steps.items():
        click.echo(f"  {command:{len(serve_command)}}  {what}".rstrip())
    click.echo(f"{name}/README.md says what comes next.")


@cli.command(epilog=_FOLDER)
@_APP_DIR
@_PORT
@_APP_PORT
@_OPEN
@_KEEP_STATE
@portal_options
def serve(app_dir: Path, port: int, app_port: int | None, open_: bool, keep_state: bool, wanted: Wanted) -> None:
    """Show an application in the local portal, and reload it whenever one of its files changes.

    Its installation comes first, as in a portal: install.html, or what data-install names. The button Reinstall of the
    portal's page runs it again.
    """
    serving.serve(app_dir, wanted, port, app_port, open_=open_, keep_state=keep_state)


@cli.command(epilog=_FOLDER)
@_APP_DIR
@click.option("--headless", is_flag=True, help="Show no window, and exit with the application.")
@click.option("--screenshot", type=click.Path(dir_okay=False, path_type=Path), help="Write a screenshot to this file.")
@click.option(
    "--timeout", type=click.FloatRange(1), default=60.0, show_default=True, help="Seconds until it counts as failed."
)
@portal_options
def run(app_dir: Path, headless: bool, screenshot: Path | None, timeout: float, wanted: Wanted) -> None:
    """Run an application once in the local portal, after its installation; print its output and its visible text.

    The exit status is 1 if it failed.
    """
    from bx24py.dev.run import run as run_once

    if Application(app_dir).starts_itself:
        raise Problem("`run` waits for the end of app.py, which only the loader tells: test this page with pytest")
    portal, _ = wanted.make(app_dir)
    with serving.running(app_dir, portal, 0, 0) as server:
        succeeded = run_once(server, headless=headless, screenshot=screenshot, timeout=timeout)
    sys.exit(0 if succeeded else 1)


@cli.command("check", epilog=_FOLDER)
@_APP_DIR
def check_command(app_dir: Path) -> None:
    """Find what of an application fails in a portal, before the upload.

    It reads the files and runs nothing: addresses that lead to no file, imports that the browser does not have, methods
    whose scope index.html does not name, what a strict Content-Security-Policy forbids, what is packed twice or large.
    The exit status is 1 if there are errors; warnings leave it 0.
    """
    findings = check(app_dir)
    for one in findings:
        click.echo(one)
    errors = sum(one.level == "error" for one in findings)
    click.echo(f"{_counted(errors, 'error')}, {_counted(len(findings) - errors, 'warning')}")
    sys.exit(1 if errors else 0)


def _counted(number: int, name: str) -> str:
    return f"{number} {name}{'s' * (number != 1)}"


@cli.command("pack", epilog=_FOLDER)
@_APP_DIR
@click.option("-o", "--out", type=click.Path(file_okay=False, path_type=Path), help="The folder to write.")
@click.option("--zip", "zip_file", type=click.Path(dir_okay=False, path_type=Path), help="The .zip to upload.")
@click.option(
    "--pyodide",
    type=click.Choice(["bundled", "cdn"]),
    default="cdn",
    show_default=True,
    help="Pack Python itself, or load it from the public CDN.",
)
@click.option("--snapshot", is_flag=True, help="Pack a snapshot of Python's memory too, for a faster first visit.")
@click.option("--anyway", is_flag=True, help="Pack in spite of errors that the check finds.")
def pack_command(
    app_dir: Path, out: Path | None, zip_file: Path | None, pyodide: str, snapshot: bool, anyway: bool
) -> None:
    """Write the files to upload: a folder for a static host, or a .zip for the portal's upload form.

    It checks the application first, as `bx24py check` does: with errors nothing is packed, warnings are printed.
    It lists what is packed and what is left out. A file `.bx24pyignore` in the folder leaves out more files, or
    includes some that are left out.
    """
    if out is None and zip_file is None:
        raise click.UsageError("give a target: -o FOLDER, --zip FILE, or both")
    application = Application(app_dir)
    if zip_file is not None:
        check_zip(zip_file)
    with tempfile.TemporaryDirectory() as scratch:
        folder = out or Path(scratch) / "packed"
        with Console(stderr=True).status("Packing…"):
            packed = pack(
                application,
                folder,
                bundled=pyodide == "bundled",
                snapshot=snapshot,
                without=() if zip_file is None else (zip_file,),
                anyway=anyway,
            )
            if zip_file is not None:
                pack_zip(folder, zip_file)
    _list(packed)
    for one in packed.findings:
        click.echo(one, err=True)
    for written in (out, zip_file):
        if written is not None:
            click.echo(f"packed {written}")


def _list(packed: Packed) -> None:
    """Print the packed files with their sizes, and what was left out."""
    rows = [(name, f"{size:,}") for name, size in packed.sizes.items()]
    rows.append((f"{len(rows)} files", f"{sum(packed.sizes.values()):,} bytes"))
    width = max(len(name) for name, _ in rows)
    digits = max(len(size.removesuffix(" bytes")) for _, size in rows)
    for name, size in rows:
        number, _, unit = size.partition(" ")
        click.echo(f"  {name:{width}}  {number:>{digits}} {unit}".rstrip())
    if packed.left_out:
        click.echo("left out:")
        width = max(len(one.name) for one in packed.left_out)
        for one in packed.left_out:
            click.echo(f"  {one.name:{width}}  {one.reason}")


@cli.command()
def setup() -> None:
    """Install what the other commands need: Pyodide, what is compiled for it, a Chromium if there is none."""
    with Console(stderr=True).status("Fetching Pyodide…"):
        folder = distribution.ensure()
        distribution.browser_archive()
        distribution.standard_library()
        loader.files()
        for name in demos.titles():
            demos.find(name)
    click.echo(f"Pyodide {distribution.version()}: {folder}")
    browser.ensure()
    click.echo(f"Chromium: {browser.find() or 'from Playwright'}")
