"""Python values as the JSON of REST 3.0, which keeps null, true, false, numbers and empty lists as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..bridge import page_type, page_value
from ..rest.params import Encoder, check_token_name
from .references import FieldV3, as_sent


def encode(params: object, path: str = "params", *, method: str = "", batch: object = None) -> dict[str, Any]:
    """Copy parameters into what JSON can hold.

    Dates become ISO 8601 to the second, Decimal and UUID a str, an Enum its value, bytes base64, a file
    `[name, base64]`, and tuples, sets, ranges, views and iterators lists, as in the old REST.

    Args:
        params: the caller's object, never changed: a mapping, or None for no parameters.
        path: its name in messages.
        method: the REST method they are for.
        batch: the batch builder whose references the values may contain.

    Raises:
        TypeError: a value cannot be sent; the message names its path.
        ValueError: a number that is not finite, a str with a lone surrogate, a structure that contains itself, the
            token's name, or a reference to another batch.
    """
    return {} if params is None else _JsonEncoder(batch).params(params, path, method)


class _JsonEncoder(Encoder):
    nothing = None
    most = 2**63 - 1  # of PHP
    too_deep = "which no method expects"

    def __init__(self, batch: object) -> None:
        super().__init__(None)
        self._batch = batch

    def params(self, params: object, path: str, method: str) -> dict[str, Any]:  # noqa: ARG002  all are by name
        found = page_value(params)
        if not isinstance(found, Mapping):
            kind = page_type(params) or type(params).__name__
            raise TypeError(f"{path}: must be a mapping, as REST 3.0 takes parameters by name, not {kind}")
        encoded = self.mapping(found, path)
        self.read_iterators()
        return encoded

    def value(self, value: Any, path: str) -> Any:
        return as_sent(value, self._batch, path) if isinstance(value, FieldV3) else super().value(value, path)

    def flag(self, value: bool) -> Any:
        return value

    def no_mapping(self) -> Any:
        return {}

    def check_name(self, name: str, path: str, *, top: bool) -> None:
        check_token_name(name, path, top=top)
