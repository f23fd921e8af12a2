"""The command line."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
import watchfiles
from rich.console import Console

import bx24py
from bx24py.dev import assets, browser, distribution, loader, new
from bx24py.dev.application import Application, make_server
from bx24py.dev.fixtures import Fixtures
from bx24py.dev.pack import Packed, check_zip, pack, pack_zip
from bx24py.dev.portal.portal import Portal
from bx24py.dev.problem import Problem

if TYPE_CHECKING:
    from bx24py.dev.portal.server import PortalServer

PORT = 8024

_APP_DIR = click.argument("app_dir", type=click.Path(path_type=Path))
_FOLDER = """APP_DIR is the application's folder. It must have:

\b
index.html   with <script src="//api.bitrix24.com/api/v1/"></script> and
             <script type="module" src="bx24py.js" data-app="app.py"></script>
app.py       which data-app names

`bx24py new` makes such a folder."""
"""The end of the help of each command that takes an application."""

_TEMPLATES = "\b\nThe templates:\n" + "\n".join(f"{name:10}{what}" for name, what in new.TEMPLATES.items())

_PORT = click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0: any free port.")
_DEALS = click.option("--deals", type=click.IntRange(0), default=5000, show_default=True, help="Deals of the sample.")
_FIXTURES = click.option(
    "--fixtures",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file with `script(portal)`, reloaded on change.",
)
_SLOW_START = click.option(
    "--slow-start",
    type=click.FloatRange(0),
    default=0.0,
    metavar="SECONDS",
    help="Delay the portal's answer at the start of the application.",
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


@cli.command()
@_PORT
@_APP_PORT
def demo(port: int, app_port: int | None) -> None:
    """Show the department-message application in the local portal."""
    _serve(assets.folder("demo") / "department_message", Portal(), None, port, app_port)


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
@_DEALS
@_FIXTURES
@_SLOW_START
def serve(app_dir: Path, port: int, app_port: int | None, deals: int, fixtures: Path | None, slow_start: float) -> None:
    """Show an application in the local portal, and reload it whenever one of its files changes."""
    portal = Portal(deals=deals)
    portal.frame.start_delay = slow_start
    _serve(app_dir, portal, fixtures, port, app_port)


@cli.command(epilog=_FOLDER)
@_APP_DIR
@click.option("--headless", is_flag=True, help="Show no window, and exit with the application.")
@click.option("--screenshot", type=click.Path(dir_okay=False, path_type=Path), help="Write a screenshot to this file.")
@click.option(
    "--timeout", type=click.FloatRange(1), default=60.0, show_default=True, help="Seconds until it counts as failed."
)
@_DEALS
@_FIXTURES
@_SLOW_START
def run(
    app_dir: Path,
    headless: bool,
    screenshot: Path | None,
    timeout: float,
    deals: int,
    fixtures: Path | None,
    slow_start: float,
) -> None:
    """Run an application once in the local portal; print its output and its visible text.

    The exit status is 1 if it failed.
    """
    from bx24py.dev.run import run as run_once

    portal = Portal(deals=deals)
    portal.frame.start_delay = slow_start
    if fixtures is not None:
        Fixtures(fixtures, portal).apply()
    with _running(app_dir, portal, 0, 0) as server:
        succeeded = run_once(server, headless=headless, screenshot=screenshot, timeout=timeout)
    sys.exit(0 if succeeded else 1)


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
def pack_command(app_dir: Path, out: Path | None, zip_file: Path | None, pyodide: str, snapshot: bool) -> None:
    """Write the files to upload: a folder for a static host, or a .zip for the portal's upload form.

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
            )
            if zip_file is not None:
                pack_zip(folder, zip_file)
    _list(packed)
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
    """Install what the other commands need: Pyodide, the package compiled for it, a Chromium if there is none."""
    with Console(stderr=True).status("Fetching Pyodide…"):
        folder = distribution.ensure()
        distribution.browser_archive()
        loader.files()
    click.echo(f"Pyodide {distribution.version()}: {folder}")
    browser.ensure()
    click.echo(f"Chromium: {browser.find() or 'from Playwright'}")


@contextmanager
def _running(
    app_dir: Path, portal: Portal, port: int, app_port: int, *, shows_errors: bool = False
) -> Iterator[PortalServer]:
    """Serve an application in a portal."""
    with Console(stderr=True).status("Fetching Pyodide…"):
        server = make_server(portal, app_dir, port=port, app_port=app_port, shows_errors=shows_errors)
    try:
        server.start()
    except OSError as error:
        raise Problem(f"{error.strerror or error}; choose another with --port") from None
    try:
        yield server
    finally:
        server.stop()


def _serve(app_dir: Path, portal: Portal, fixtures_file: Path | None, port: int, app_port: int | None) -> None:
    fixtures = Fixtures(fixtures_file, portal) if fixtures_file is not None else None
    if fixtures is not None:
        fixtures.apply()
    app_port = app_port if app_port is not None else port and port + 1
    with _running(app_dir, portal, port, app_port, shows_errors=True) as server:
        click.echo(f"The application runs in the portal at {server.url} (Ctrl+C to stop)")
        # Editors replace a file when saving it, so watch the folder of the fixtures.
        watched = {app_dir.resolve()} | ({fixtures.file.resolve().parent} if fixtures else set())
        with suppress(KeyboardInterrupt):
            for changes in watchfiles.watch(*watched):
                changed = {Path(path) for _, path in changes}
                if fixtures is not None and fixtures.file.resolve() in changed:
                    try:
                        fixtures.apply()
                    except Problem as problem:
                        problem.show()
                server.reload()
