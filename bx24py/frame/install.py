"""Installation of an application: `BX24.installFinish`.

With the loader's installation step (`data-install`) this is not needed: it finishes when install.py returns.
"""

from __future__ import annotations

from typing import Any, Protocol

from ..calls.pending import Pending, start_task
from ..errors import BX24Error
from .portal_page import PortalPage


class _Client(Protocol):
    """What the functions here use from their client."""

    _page: PortalPage

    def call_method(self, method: str, /, *, timeout: float | None) -> Pending[Any]: ...


class Install:
    """The part of the client for installation."""

    _page: PortalPage

    def install_finish(self: _Client, *, timeout: float | None = None) -> Pending[None]:
        """Tell the portal that the installation is finished; the portal then opens the application.

        Call it on the installer page, which the portal opens while the application is not installed: `install.html`
        in an uploaded archive. Elsewhere BX24.installFinish silently does nothing (contract, section 1), so this first
        asks the portal, with `app.info`, whether the application is already installed. The portal's page reloads, and
        this one with it: code after the call may not run.

        Args:
            timeout: seconds for `app.info`; None: the client's.

        Raises:
            BX24Error: when awaited: the application is already installed, or this is install.py, where the loader
                finishes the installation.
        """
        installed = None if self._page.installing else self.call_method("app.info", timeout=timeout)

        async def finish() -> None:
            if installed is None:
                raise BX24Error(
                    "BX24.installFinish: the loader calls it when install.py returns; remove bx24.install_finish()"
                )
            try:
                data = (await installed).data
            except BX24Error:
                data = None  # it may work anyway, and reports its own errors
            if isinstance(data, dict) and data.get("INSTALLED") is True:
                raise BX24Error(
                    "BX24.installFinish: the application is already installed, so there is nothing to finish. "
                    "Call it on the page that the portal opens for installation (install.html)."
                )
            await self._page.tell("installFinish")

        finished = start_task(finish())
        if installed is not None:
            finished.add_done_callback(lambda _: installed.cancel())  # if it was cancelled
        return finished
