"""Applications open in the local portal, in real Firefox and real WebKit with real Pyodide."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bx24py.dev import snapshot
from bx24py.dev.application import make_server
from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.server import PortalServer
from tests.browser.conftest import PAGE
from tests.python_code import RUN, body_of_async

from .driver import ENGINES, Driver, DriverError, wait_for

DEMO = Path(__file__).parents[2] / "demo"


@dataclass
class Application:
    """An application open in a browser."""

    portal: Portal
    server: PortalServer
    browser: Driver

    def open(self) -> None:
        """Open the portal's page, and go into the application's frame."""
        self.browser.open(self.server.url)
        wait_for(self._entered, "the loader runs in the frame")

    def _entered(self) -> bool:
        with suppress(DriverError):  # the frame is still going from its first, empty page to the application's
            self.browser.enter("iframe")
            return bool(self.browser.run("return 'bx24py' in window"))
        return False

    def python(self, code: str, *, limit: float = 60, **values: Any) -> Any:
        """Run the body of an async function in the application's Python, as in the tests with Chromium."""
        return json.loads(self.browser.run(f"return ({RUN})(args)", body_of_async(code, values), limit))


Open = Callable[..., Application]


@pytest.fixture(scope="session", params=ENGINES)
def browser(request: pytest.FixtureRequest) -> Iterator[Driver]:
    """A browser. Where it is not installed, its tests are skipped; not in CI."""
    start, programs = ENGINES[request.param]
    missing = [name for name in programs if not shutil.which(name)]
    if missing:
        outcome = pytest.fail if os.environ.get("CI") else pytest.skip
        outcome(f"not installed: {', '.join(missing)}; README.md, A checkout, says how to get it")
    with start(*programs) as running:
        yield running


@pytest.fixture(scope="session")
def packed_snapshot() -> bytes:
    """A snapshot of Python's memory that was made in Chromium, as `bx24py pack --snapshot` does."""
    return snapshot.make()


@pytest.fixture(scope="module")
def open_app(browser: Driver, packed_snapshot: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Open an application of a folder, or of these files in the page that tests use."""
    with ExitStack() as stack:

        def open_one(
            folder: Path | None = None,
            files: dict[str, str] | None = None,
            *,
            packed: bool = True,
            placement: tuple[str, dict[str, str]] = ("DEFAULT", {}),
        ) -> Application:
            if not folder:
                folder = tmp_path_factory.mktemp("app")
                for name, content in {"index.html": PAGE, "app.py": "", **(files or {})}.items():
                    (folder / name).write_text(content)
            portal = Portal(deals=200)
            portal.state.placement, portal.state.placement_options = placement
            server = make_server(portal, folder, snapshot=packed_snapshot if packed else None)
            app = Application(portal, stack.enter_context(server), browser)
            app.open()
            return app

        yield open_one
