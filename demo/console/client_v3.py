"""REST 3.0 in the console: `bx24.v3`, with progress of long calls below the cell that makes them."""

from __future__ import annotations

from functools import wraps
from typing import Any

import long_calls

import bx24py
from bx24py import BatchRun, BatchV3, Pending, RowStream


class V3(bx24py.V3):
    """bx24py's REST 3.0; its long calls show their progress below the running cell.

    All arguments are those of bx24py.V3, which also checks them.
    """

    @wraps(bx24py.V3.call_list)
    def call_list(self, *arguments: Any, **options: Any) -> Pending[list[Any]]:  # type: ignore[override]
        return long_calls.call_list(super().call_list, arguments, options)

    @wraps(bx24py.V3.fetch_list)
    def fetch_list(self, *arguments: Any, **options: Any) -> RowStream:  # type: ignore[override]
        return long_calls.fetch_list(super().fetch_list, arguments, options)

    @wraps(bx24py.V3.call_batch)
    def call_batch(self, *arguments: Any, **options: Any) -> BatchRun[Any]:  # type: ignore[override]
        return long_calls.call_batch(super().call_batch, arguments, options)

    @wraps(bx24py.V3.batch)
    def batch(self, *arguments: Any, **options: Any) -> BatchV3:  # type: ignore[override]
        return long_calls.batch(super().batch, arguments, options)
