"""What Python needs from the page's DOM: element events, scripts, and when the page is ready."""

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
    """The part of the client for the page itself. It does not wait for the library's initialisation."""

    _page: PortalPage
    _timeout: float

    @cached_property
    def _listening(self) -> dict[tuple[int, str, Handler], Forget]:
        return {}

    def bind(self, element: Any, event_name: str, handler: Handler) -> None:
        """Call a function on each event of an element, until `unbind`.

        The function needs no `create_proxy`. It gets the JavaScript event and runs during it:
        `event.preventDefault()` works, but not in an `async def`, which runs as a task a moment later. Exceptions go to
        the log `bx24py`. Binding a handler again has no effect.

        Args:
            element: an element, the document or the window, such as `js.document.getElementById("save")`.
            event_name: such as `click`. `mousewheel` and `transitionend` include their older names
                (official documentation, BX24.bind).
            handler: the function.

        Raises:
            TypeError, ValueError: an invalid element or name, or the handler is not callable.
            NotInPortalError: the page was opened outside a portal.
        """
        key = self._key(element, event_name, handler)
        if key not in self._listening:
            self._listening[key] = self._page.bridge.listen(
                element, event_name, lambda event=None, *_: run(handler, event, event_name)
            )

    def unbind(self, element: Any, event_name: str, handler: Handler) -> None:
        """Stop calling a function that was passed to `bind`, and free its resources.

        Args:
            element: as passed to `bind`, like the others.
            event_name: the event.
            handler: the function.

        Raises:
            TypeError: an invalid element or name, or the handler is not callable.
            ValueError: it is not bound to this event of this element.
        """
        key = self._key(element, event_name, handler)
        if key not in self._listening:
            raise ValueError(f"handler: {handler!r} is not bound to {event_name!r} of this element")
        self._listening.pop(key)()

    @staticmethod
    def _key(element: Any, event_name: str, handler: Handler) -> tuple[int, str, Handler]:
        if not callable(getattr(element, "addEventListener", None)):
            raise TypeError(f"element: must be an element of the page, not {type(element).__name__}")
        check_name(event_name, "event_name")
        check_handler(handler)
        # Each lookup of an element creates another proxy, so proxies cannot be keys; `js_id` is the element's own.
        return getattr(element, "js_id", id(element)), event_name, handler

    def is_ready(self) -> bool:
        """Return whether the page is fully parsed, so that all of its elements exist.

        Raises:
            NotInPortalError: the page was opened outside a portal.
        """
        return bool(self._page.bridge.tell("isReady"))

    def ready(self, *, timeout: float | None = None) -> Pending[None]:
        """Wait until the page is fully parsed, so that all of its elements exist.

        Args:
            timeout: seconds; None: 30.

        Raises:
            CallTimeoutError: when awaited: the page was not parsed in time.
            NotInPortalError: when awaited: the page was opened outside a portal.
        """

        def send(bridge: Bridge, answered: Callable[[Any], None]) -> Any:
            return bridge.ask("ready", (), lambda *_: answered(None))

        seconds = check_timeout(timeout, TIMEOUT)
        late = "The page is still being parsed."
        return self._page.at_once("BX24.ready", send, read=lambda _: None, timeout=seconds, late=late)

    def load_script(self, script: str | Sequence[str], *, timeout: float | None = None) -> Pending[None]:
        """Load JavaScript files into the page, one after another, once the page is fully parsed.

        Args:
            script: the URL of a file, or several; may be relative to the page.
            timeout: seconds for each; None: the client's.

        Raises:
            TypeError, ValueError: an invalid URL.
            ScriptError: when awaited: one could not be loaded; those after it were not tried. BX24.loadScript never
                calls back then. A script that loads and then fails is not an error here: see the console.
            CallTimeoutError: when awaited: one was not loaded in time, but may still load.
            NotInPortalError: when awaited: the page was opened outside a portal.
        """
        addresses = [script] if isinstance(script, str) else script
        if not isinstance(addresses, Sequence):
            raise TypeError(f"script: must be a URL or a list of URLs, not {type(script).__name__}")
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
