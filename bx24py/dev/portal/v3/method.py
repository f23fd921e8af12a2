"""A method of REST 3.0: its function, its scope, and its parameters, which are checked before it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bx24py.dev.portal.method import Function, Method
from bx24py.dev.portal.v3.dto import Dto, fits, wrong_type
from bx24py.dev.portal.v3.faults import missing


@dataclass(frozen=True)
class Parameter:
    """One parameter: its type (see `DtoField`), whether it is required, and what it is."""

    type: str
    title: str = ""
    required: bool = False
    dto: Dto | None = None
    """The object whose fields it holds, for `fields`."""


@dataclass(frozen=True)
class MethodV3(Method):
    """A method of REST 3.0."""

    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    writes: bool = False
    """Whether it creates, changes or deletes: then it honours an `Idempotency-Key`."""
    title: str = ""
    dto: Dto | None = None
    """The object that it returns."""

    def check(self, params: Mapping[str, Any]) -> None:
        """Check the parameters.

        Raises:
            V3Fault: a required one is missing, or one is of another type.
        """
        absent = [name for name, one in self.parameters.items() if one.required and params.get(name) is None]
        if absent:
            raise missing(*absent)
        for name, one in self.parameters.items():
            value = params.get(name)
            if value is not None and name not in _READ_LATER and not fits(value, one.type):
                raise wrong_type(name, one.type)


_READ_LATER = frozenset({"select", "filter", "order", "pagination", "cursor"})
"""Parameters with errors of their own."""

LIST: Mapping[str, Parameter] = {
    "select": Parameter("array", "Fields to return"),
    "filter": Parameter("array", "Conditions: [field, operator, value]"),
    "order": Parameter("object", "Sorting: field to ASC or DESC"),
    "pagination": Parameter("object", "Page: page, limit, offset"),
}
"""The parameters of list methods."""


class MethodsV3(dict[str, MethodV3]):
    """Methods by lower-case name, filled by a decorator."""

    def __call__(
        self,
        name: str,
        *scopes: str,
        parameters: Mapping[str, Parameter] | None = None,
        writes: bool = False,
        dto: Dto | None = None,
    ) -> Callable[[Function], Function]:
        """Return a decorator that adds a function as a method; its docstring is the method's title."""

        def add(function: Function) -> Function:
            title = (function.__doc__ or "").strip().partition("\n")[0]
            self[name.lower()] = MethodV3(name.lower(), function, scopes, parameters or {}, writes, title, dto)
            return function

        return add


def merged(all_methods: Sequence[MethodsV3]) -> MethodsV3:
    """Return the methods of several modules."""
    found = MethodsV3()
    for methods in all_methods:
        found.update(methods)
    return found
