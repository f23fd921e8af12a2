"""The fault matrix in Firefox and WebKit: every await ends there as in Chromium."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.browser.conftest import PAGE
from tests.faults import FASTER_RETRIES, FAULTS, Fault, check

from .conftest import Application, Open

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
    if app.browser.name == "webkit" and "in the middle of a body" in fault.name:
        fault = replace(fault, outcome="BadResponseError")  # to it, what has come is the whole answer
    check(app, fault, way)
