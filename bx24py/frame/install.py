"""Installation of an application: `BX24.installFinish`.

An installation step of the loader (`data-install`) needs none of it: it is finished when install.py returns.
"""

from __future__ import annotations

from typing import Any, Protocol

from ..calls.pending import Pending, start_task
from ..errors import BX24Error
from .portal_page import PortalPage


class _Client(Protocol):
    """What the functions here use of the client that they are part of."""

    _page: PortalPage

    def call_method(self, method: str, /, *, timeout: float | None) -> Pending[Any]: ...


class Install:
    """The part of the client that is about installation."""

    _page: PortalPage

    def install_finish(self: _Client, *, timeout: float | None = None) -> Pending[None]:
        """Tell the portal that the installer page has done its work; the portal then opens the application.

        The installer page is the one that the portal opens as long as the application is not installed: `install.html`
        in an uploaded archive. Elsewhere BX24.installFinish does nothing, without a word (contract, section 1), so
        the portal is asked first, with `app.info`, whether the application is installed already. The portal's page
        is loaded anew, and this one with it: what follows the call may not run any more.

        Args:
            timeout: seconds for that question; the client's when None.

        Raises:
            BX24Error: when awaited: the application is installed already; or the call stands in install.py, whose end
                is the end of its installation.
        """
        installed = None if self._page.installing else self.call_method("app.info", timeout=timeout)

        async def finish() -> None:
            if installed is None:
                raise BX24Error(
                    "BX24.installFinish: the loader calls it when install.py returns; leave bx24.install_finish() out"
                )
            try:
                data = (await installed).data
            except BX24Error:
                data = None  # it may work for all that, and tells itself what fails
            if isinstance(data, dict) and data.get("INSTALLED") is True:
                raise BX24Error(
                    "BX24.installFinish: the application is installed already, so there is nothing to finish. "
                    "Call it on the page that the portal opens for the installation (install.html)."
                )
            await self._page.tell("installFinish")

        finished = start_task(finish())
        if installed is not None:
            finished.add_done_callback(lambda _: installed.cancel())  # if it was given up
        return finished
