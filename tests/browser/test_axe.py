"""axe-core finds nothing on the pages of the demos, of the templates and of the local portal, in light and dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, expect

from bx24py.dev import new
from bx24py.dev.application import make_server
from bx24py.dev.browser import application_frame
from bx24py.dev.portal.portal import Portal

from .axe import axe
from .test_new import WORKS

ROOT = Path(__file__).parents[2]

SHOWN: dict[str, Callable[[Frame], None]] = {
    "department_message": lambda frame: expect(frame.locator("#message")).to_have_attribute("data-state", "done"),
    "deal_card": lambda frame: expect(frame.locator("#card")).to_be_visible(),
    "deal_card elsewhere": lambda frame: expect(frame.get_by_role("alert")).to_be_visible(),
    "handbook": lambda frame: expect(frame.locator("#structure .row").first).to_be_visible(),
    "mass_change": lambda frame: expect(frame.get_by_role("heading", level=1)).to_be_visible(),
}


@pytest.fixture
def application(name: str, tmp_path: Path) -> Path:
    """The folder of a demo, or of a template as `bx24py new` makes it."""
    if name in SHOWN:
        return ROOT / "demo" / name.partition(" ")[0]
    return new.create("my_app", name, tmp_path)


@pytest.mark.parametrize("name", [*SHOWN, *WORKS])
def test_axe_finds_nothing(name: str, application: Path, bx24_browser: Browser, bx24_snapshot: bytes | None) -> None:
    portal = Portal(deals=200)
    if name in ("deal_card", "deal-tab"):
        portal.state.placement, portal.state.placement_options = "CRM_DEAL_DETAIL_TAB", {"ID": "5"}
    with make_server(portal, application, snapshot=bx24_snapshot) as server, bx24_browser.new_page() as page:
        page.goto(server.url)
        frame = application_frame(page, server.app_url)
        {**SHOWN, **WORKS}[name](frame)
        found = []
        for scheme, width in (("light", 1280), ("dark", 400)):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(400)  # until colours have changed
            found += [f"{scheme} {width}: {one}" for one in axe(frame)]
            if name == "department_message":  # the portal's page is the same around all of them
                found += [f"portal {scheme} {width}: {one}" for one in axe(page)]
    assert found == []
