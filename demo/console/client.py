"""The console's client: bx24py's own, with progress of long calls below the cell that makes them.

It is put in the place of `bx24py.bx24`, so that `from bx24py import bx24` gives it too: app.py imports this before
anything else that uses the client.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import long_calls
from work import asking

import bx24py
from bx24py import Batch, BatchRun, Pending, RowStream


class BX24(bx24py.BX24):
    """bx24py's client; its long calls show their progress below the running cell.

    All arguments are those of bx24py.BX24, which also checks them.
    """

    @wraps(bx24py.BX24.call_list)
    def call_list(self, *arguments: Any, **options: Any) -> Pending[list[Any]]:  # type: ignore[override]
        return long_calls.call_list(super().call_list, arguments, options)

    @wraps(bx24py.BX24.fetch_list)
    def fetch_list(self, *arguments: Any, **options: Any) -> RowStream:  # type: ignore[override]
        return long_calls.fetch_list(super().fetch_list, arguments, options)

    @wraps(bx24py.BX24.call_batch)
    def call_batch(self, *arguments: Any, **options: Any) -> BatchRun[Any]:  # type: ignore[override]
        return long_calls.call_batch(super().call_batch, arguments, options)

    @wraps(bx24py.BX24.batch)
    def batch(self, *arguments: Any, **options: Any) -> Batch:  # type: ignore[override]
        return long_calls.batch(super().batch, arguments, options)

    @property
    def v3(self) -> bx24py.V3:
        """REST 3.0 of the portal, with the same verbs."""
        if self._v3 is None:
            from client_v3 import V3  # here, because few cells need it

            self._v3 = V3(self._rest, self._options)
        return self._v3

    @wraps(bx24py.BX24.on_write)
    def on_write(self, function: Callable[[bx24py.Write], Any]) -> Callable[[], None]:  # type: ignore[override]
        """Let no clock run while a person is asked."""
        if not callable(function):
            return super().on_write(function)  # it says so

        @wraps(function)
        async def ask(write: bx24py.Write) -> object:
            with asking():
                answer = function(write)
                return await answer if hasattr(answer, "__await__") else answer

        return super().on_write(ask)


bx24py.bx24 = bx24 = BX24()
