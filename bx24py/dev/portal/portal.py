"""One emulated portal: its state, its company, its REST server of both versions, and its end of the wire."""

from __future__ import annotations

from bx24py.dev.portal.company import Company
from bx24py.dev.portal.methods import METHODS
from bx24py.dev.portal.rest import Rest
from bx24py.dev.portal.state import State
from bx24py.dev.portal.v3.methods import METHODS as METHODS_V3
from bx24py.dev.portal.v3.rest import RestV3
from bx24py.dev.portal.wire import Frame


class Portal:
    """A portal with a sample company, ready to be scripted, and served by a `PortalServer`.

    Its application has every scope that the portal's methods need; `state.scope` takes some away.

    Args:
        deals: how many deals the company has; contacts, companies and leads grow with them. 100,000 take a moment.
        users: how many users it has.
        seed: the same seed gives the same company.
    """

    def __init__(self, *, deals: int = 5000, users: int = 120, seed: int = 1) -> None:
        # The first scope of a method is the widest.
        methods = (*METHODS.values(), *METHODS_V3.values())
        self.state = State(scope={"basic", *(method.scopes[0] for method in methods if method.scopes)})
        self.company = Company(seed=seed, deals=deals, users=users)
        self.rest = Rest(self.state, self.company)
        self.v3 = RestV3(self.rest)
        self.frame = Frame(self.state)

    def reset(self) -> None:
        """Remove all scripted answers and faults, and clear both logs. Data and state stay."""
        self.rest.reset()
        self.v3.reset()
        self.frame.reset()
