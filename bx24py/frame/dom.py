"""What Python needs of the page's DOM: events of elements, scripts, and when the page is ready."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from ..bridge import Bridge, Forget
from ..calls.call import check_timeout
from ..calls.pending import Pending, start_task
from ..errors import ScriptError
from .handlers import Handler, check_handler, check_name, run
from .portal_page import TIMEOUT, PortalPage


class Dom:
    """The part of the client that is about the page itself. None of it waits for the library's initialisation."""

    _page: PortalPage
    _timeout: float

    @cached_property
    def _listening(self) -> dict[tuple[int, str, Handler], Forget]:
        return {}

    def bind(self, element: Any, event_name: str, handler: Handler) -> None:
        """Have a function called with each event of an element, until `unbind`.

        It needs no `create_proxy`. It gets the event as the page has it, and is called while the event is being
        handled: `event.preventDefault()` works, but not in an `async def`, which is run as a task of its own a moment
        later. What it raises goes to the log `bx24py`. A handler that is bound already is not bound twice.

        Args:
            element: an element, the document or the window, such as `js.document.getElementById("save")`.
            event_name: such as `click`. `mousewheel` and `transitionend` stand for their older names too
                (official documentation, BX24.bind).
            handler: the function.

        Raises:
            TypeError, ValueError: no element, no name, or nothing that can be called.
            NotInPortalError: the page was opened outside a portal.
        """
        key = self._key(element, event_name, handler)
        if key not in self._listening:
            self._listening[key] = self._page.bridge.listen(
                element, event_name, lambda event=None, *_: run(handler, event, event_name)
            )

    def unbind(self, element: Any, event_name: str, handler: Handler) -> None:
        """Do not have a function called any more that was given to `bind`, and free what that held.

        Args:
            element: as it was given to `bind`, and so the others.
            event_name: the event.
            handler: the function.

        Raises:
            TypeError: no element, no name, or nothing that can be called.
            ValueError: it is not bound to this event of this element.
        """
        key = self._key(element, event_name, handler)
        if key not in self._listening:
            raise ValueError(f"handler: {handler!r} is not bound to {event_name!r} of this element")
        self._listening.pop(key)()

    @staticmethod
    def _key(element: Any, event_name: str, handler: Handler) -> tuple[int, str, Handler]:
        if not callable(getattr(element, "addEventListener", None)):
            raise TypeError(f"element: an element of the page is needed, not {type(element).__name__}")
        check_name(event_name, "event_name")
        check_handler(handler)
        # Proxies are no keys, and each look-up of an element makes another one; `js_id` is the element's own.
        return getattr(element, "js_id", id(element)), event_name, handler

    def is_ready(self) -> bool:
        """Tell whether the page has been read to its end, so that all of its elements are there.

        Raises:
            NotInPortalError: the page was opened outside a portal.
        """
        return bool(self._page.bridge.tell("isReady"))

    def ready(self, *, timeout: float | None = None) -> Pending[None]:
        """Wait until the page has been read to its end, so that all of its elements are there.

        Args:
            timeout: seconds; 30 when None.

        Raises:
            CallTimeoutError: when awaited: the page was not read in time.
            NotInPortalError: when awaited: the page was opened outside a portal.
        """

        def send(bridge: Bridge, answered: Callable[[Any], None]) -> Any:
            return bridge.ask("ready", (), lambda *_: answered(None))

        seconds = check_timeout(timeout, TIMEOUT)
        late = "The page is still being read."
        return self._page.at_once("BX24.ready", send, read=lambda _: None, timeout=seconds, late=late)

    def load_script(self, script: str | Sequence[str], *, timeout: float | None = None) -> Pending[None]:
        """Load JavaScript files into the page, one after another, once the page has been read to its end.

        Args:
            script: the address of a file, or several; relative ones as seen from the page.
            timeout: seconds for each; the client's when None.

        Raises:
            TypeError, ValueError: not an address.
            ScriptError: when awaited: one could not be loaded; those after it were not tried. BX24.loadScript never
                calls back then. A script that was loaded and failed itself is no error here: see the console.
            CallTimeoutError: when awaited: one was not loaded in time, and may still be later.
            NotInPortalError: when awaited: the page was opened outside a portal.
        """
        addresses = [script] if isinstance(script, str) else script
        if not isinstance(addresses, Sequence):
            raise TypeError(f"script: an address or a list of addresses is needed, not {type(script).__name__}")
        addresses = list(addresses)
        for address in addresses:
            check_name(address, "script")
        seconds = check_timeout(timeout, self._timeout)
        ready = self.ready(timeout=seconds)

        async def load() -> None:
            await ready
            for address in addresses:
                await self._load(address, seconds)

        return start_task(load())

    def _load(self, address: str, seconds: float) -> Pending[None]:
        def send(bridge: Bridge, answered: Callable[[Any], None]) -> Any:
            return bridge.load_script(address, answered)

        def read(loaded: bool) -> None:
            if not loaded:
                raise ScriptError(address)

        late = "It may still be loaded."
        return self._page.at_once(f"BX24.loadScript, {address}", send, read=read, timeout=seconds, late=late)
