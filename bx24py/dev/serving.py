"""Serving an application in a local portal, and reloading it when it changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
import watchfiles
from rich.console import Console

from bx24py.dev.application import make_server
from bx24py.dev.contents import IGNORE_FILE, Contents, LeftOut
from bx24py.dev.kept_state import KeptState, file_for
from bx24py.dev.problem import Problem

if TYPE_CHECKING:
    from bx24py.dev.fixtures import Fixtures
    from bx24py.dev.options import Wanted
    from bx24py.dev.portal.portal import Portal
    from bx24py.dev.portal.server import PortalServer

LOOK = 500
"""Milliseconds between looks at the fixtures. They are not watched: editors replace a file when they save it."""


def serve(
    folder: Path, wanted: Wanted, port: int, app_port: int | None, *, open_: bool = False, keep_state: bool = False
) -> None:
    """Serve an application until Ctrl+C.

    Args:
        folder: the application.
        wanted: the portal.
        port: the port of the portal; 0 for any free one.
        app_port: the port of the application; None for the next one.
        open_: open the portal in the browser.
        keep_state: begin with the state that the last time ended with.
    """
    portal, fixtures = wanted.make(folder)
    app_port = app_port if app_port is not None else port and port + 1
    with running(folder, portal, port, app_port, shows_errors=True) as server:
        kept = KeptState(file_for(folder), portal) if keep_state else None
        if kept is not None and kept.load(server.app_url):
            wanted.apply(portal)
            click.echo(f"The portal's state is that of the last time, from {kept.file}")
        click.echo(f"The application runs in the portal at {server.url} (Ctrl+C to stop)")
        if open_:
            click.launch(server.url)
        with suppress(KeyboardInterrupt):
            _follow(server, folder, fixtures, kept)
        if kept is not None:
            kept.save(server.app_url)


def _follow(server: PortalServer, folder: Path, fixtures: Fixtures | None, kept: KeptState | None) -> None:
    """Reload the application in the portal's pages whenever it or the fixtures change."""
    for changes in watchfiles.watch(folder.resolve(), rust_timeout=LOOK, yield_on_timeout=True):
        if kept is not None:
            kept.save(server.app_url)
        reload = any(_belongs(folder.resolve(), Path(path)) for _, path in changes)
        if fixtures is not None and fixtures.changed():
            reload = True
            try:
                fixtures.apply()
            except Problem as problem:
                problem.show()
        if reload:
            server.reload()


def _belongs(folder: Path, changed: Path) -> bool:
    """Return whether a file that has changed is one of the application."""
    if changed.name == IGNORE_FILE:
        return True
    try:
        found = Contents(folder).find(changed.relative_to(folder).as_posix())
        return not isinstance(found, LeftOut) or found.archived
    except (Problem, ValueError):
        return True


@contextmanager
def running(
    folder: Path, portal: Portal, port: int, app_port: int, *, shows_errors: bool = False
) -> Iterator[PortalServer]:
    """Serve an application in a portal."""
    with Console(stderr=True).status("Fetching Pyodide…"):
        server = make_server(portal, folder, port=port, app_port=app_port, shows_errors=shows_errors)
    try:
        server.start()
    except OSError as error:
        raise Problem(f"{error.strerror or error}; choose another with --port") from None
    try:
        yield server
    finally:
        server.stop()
