"""The fault matrix in Firefox and WebKit: every await ends there as in Chromium."""

from __future__ import annotations

import pytest

from tests.faults import FASTER_RETRIES, FAULTS, Fault, check

from .conftest import PAGE, Application, Open

LIBRARY = "//api.bitrix24.com/api/v1/"


@pytest.fixture(scope="module", params=["call_method", "call_batch"])
def way(request: pytest.FixtureRequest) -> str:
    """A way of calling."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def app(open_app: Open, way: str) -> Application:
    """A page for one way of calling, whose calls are not paced: the last fault leaves it waiting for ever."""
    opened = open_app(files={"index.html": PAGE.replace(LIBRARY, f"{LIBRARY}?rateguard=0")})
    opened.python("bx24.limits = Limits(capacity=float('inf'))" + FASTER_RETRIES)
    opened.portal.rest.limits.enabled = False
    return opened


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if "slow" not in fault.name], ids=lambda fault: fault.name)
def test_every_await_ends(app: Application, fault: Fault, way: str) -> None:
    check(app, fault, way)
