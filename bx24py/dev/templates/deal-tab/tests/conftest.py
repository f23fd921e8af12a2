"""The portal of the tests is that of fixtures.py."""

import runpy
from pathlib import Path

import pytest

from bx24py.dev.portal.portal import Portal


@pytest.fixture
def bx24_portal(bx24_portal: Portal) -> Portal:
    """A portal with the application on the card of a deal."""
    runpy.run_path(str(Path(__file__).parents[1] / "fixtures.py"))["script"](bx24_portal)
    return bx24_portal
