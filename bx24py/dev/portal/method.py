"""A REST method: its function, its scope, its arguments and its return value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bx24py.dev.portal.faults import RestFault

if TYPE_CHECKING:
    from bx24py.dev.portal.company import Company
    from bx24py.dev.portal.state import State


@dataclass(frozen=True)
class Rows:
    """A list with its `total` and, except on the last page, `next`; `data` may have the rows under a key."""

    data: Any
    total: int | None = None
    next: int | None = None


@dataclass(frozen=True)
class Raw:
    """An answer that is not a REST answer, such as a gateway's error page or the content of a file."""

    body: bytes
    status: int
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """Who calls a method, and on which portal."""

    name: str
    """The method's name."""
    state: State
    """The application as the portal sees it."""
    company: Company
    """The portal's data."""
    methods: Mapping[str, Method]
    """All methods of the portal, by name."""
    origin: str = ""
    """The portal's own address, such as `http://127.0.0.1:8024`."""
    token: str = field(default="", repr=False)
    """The access token of the call, for links."""

    def require_admin(self, why: str = "Access denied!") -> None:
        """Reject users who are not administrators.

        Raises:
            RestFault: ACCESS_DENIED, status 403.
        """
        if not self.state.admin:
            raise RestFault("ACCESS_DENIED", why)


Function = Callable[[dict[str, Any], Context], Any]
"""Takes parameters and context; returns data, `Rows`, a `Raw` or an awaitable of them; raises `RestFault`."""


@dataclass(frozen=True)
class Method:
    """A method of the portal. One of `scopes` must be granted; without scopes every application may call it."""

    name: str
    function: Function
    scopes: tuple[str, ...] = ()

    def granted(self, scope: set[str]) -> bool:
        """Return whether an application with these scopes may call the method."""
        return not self.scopes or any(name in scope for name in self.scopes)


class Methods(dict[str, Method]):
    """Methods by lower-case name, filled by a decorator."""

    def __call__(self, name: str, *scopes: str) -> Callable[[Function], Function]:
        """Return a decorator that adds a function as a method."""

        def add(function: Function) -> Function:
            self[name.lower()] = Method(name.lower(), function, scopes)
            return function

        return add


def upper(params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters with upper-case names: most methods ignore case."""
    return {name.upper(): value for name, value in params.items()}
