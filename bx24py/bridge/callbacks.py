"""Python functions that JavaScript calls.

All go through one proxy of one function, which tells them apart by number. A late callback finds nothing, and one
that never comes keeps nothing alive (contract, section 4, number 13).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from .interface import Forget

try:
    import js
    from pyodide.ffi import create_proxy
except ImportError:  # plain CPython
    js = None  # type: ignore[assignment]


class Callbacks:
    """The callbacks of one bridge.

    Attributes:
        waiting: those that may still be called, by number.
    """

    def __init__(self) -> None:
        self.waiting: dict[int, Callable[..., None]] = {}
        self._lasting: set[int] = set()
        self._ids = count(1)
        self._dispatcher = create_proxy(self.dispatch, capture_this=True)
        self._function_call = js.Function.prototype.call  # once: each lookup through `js` creates proxies

    def number(self) -> int:
        """Return an unused callback number."""
        return next(self._ids)

    def make(self, function: Callable[..., None], *, lasting: bool = False) -> tuple[Any, Forget]:
        """Return a JavaScript function that calls this one: once, or if lasting, until forgotten.

        It is `Function.prototype.call` bound to the dispatcher, with the number as `this`: a closure without `eval`,
        which a Content-Security-Policy may forbid.
        """
        number = self.number()
        self.waiting[number] = function
        if lasting:
            self._lasting.add(number)

        def forget() -> None:
            self.waiting.pop(number, None)
            self._lasting.discard(number)

        return self._function_call.bind(self._dispatcher, number), forget

    def dispatch(self, number: int, *arguments: Any) -> None:
        """Call the function with this number, if it is still registered."""
        function = self.waiting.get(number)
        if number not in self._lasting:
            self.waiting.pop(number, None)
        if function is not None:
            function(*arguments)
