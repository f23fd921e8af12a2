"""What the loader shows can be read, whatever the browser prefers and the page draws on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import Page

from .conftest import PAGE, PythonPage
from .test_loader import failure_of

OpenApp = Callable[..., PythonPage]

CONTRAST = """(part) => {
  const light = (colour) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const parts = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((one) => one / 255)
      .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  let behind = part;
  while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
  const [one, other] = [getComputedStyle(part).color, getComputedStyle(behind).backgroundColor].map(light);
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}"""

PAGES = {
    "says nothing": "",
    "both": "<style>:root { color-scheme: light dark; }</style>",
    "both, in a meta": '<meta name="color-scheme" content="light dark">',
    "dark without a scheme": "<style>body { background: #111; color: #eee; }</style>",
    "light only": "<style>:root { color-scheme: only light; }</style>",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_failure_can_be_read_on_every_page(open_app: OpenApp, scheme: Literal["light", "dark"]) -> None:
    for what, head in PAGES.items():
        page = PAGE.replace("</head>", f"{head}</head>")

        def before(page: Page) -> None:
            page.emulate_media(color_scheme=scheme)
            page.route("**/app.py", lambda route: route.fulfill(status=404))

        app = open_app({"index.html": page}, before=before)
        assert failure_of(app)[0] == "A file of the application is missing"
        panel = app.frame.get_by_role("alert")
        for part in "h1", "p":
            assert panel.locator(part).evaluate(CONTRAST) >= 4.5, (what, part)
        prefers_dark = scheme == "dark" and what.startswith("both")
        dark = panel.evaluate("(element) => getComputedStyle(element).backgroundColor") != "rgb(255, 255, 255)"
        assert dark == prefers_dark, what
        app.page.close()
