"""Files in Firefox and WebKit: chosen by the user, sent, and saved again, byte by byte."""

from __future__ import annotations

import base64
import random
from pathlib import Path
from typing import Any

from tests.browser.conftest import PAGE

from .conftest import Open
from .driver import wait_for

INPUT = '<input type="file" id="chosen">'
CONTENT = bytes(range(256)) * 3 + random.Random(7).randbytes(2**20) + b"!"


def test_a_chosen_file_is_sent_as_it_is(open_app: Open, tmp_path: Path) -> None:
    app = open_app(files={"index.html": PAGE.replace("<p ", INPUT + "<p ")})
    received: list[Any] = []

    @app.portal.rest.method("test.file")
    def receive(params: dict[str, Any], _call: object) -> bool:
        received.append(params["file"])
        return True

    (tmp_path / "план +&=.bin").write_bytes(CONTENT)
    app.browser.choose("#chosen", tmp_path / "план +&=.bin")
    assert app.python('return (await bx24.call_method("test.file", {"file": js.chosen.files.item(0)})).data') is True
    assert (
        app.python('return (await bx24.call_method("test.file", {"file": File("a.bin", b"\\xff" * 99)})).data') is True
    )
    [[name, content], of_bytes] = received
    assert (name, base64.b64decode(content)) == ("план +&=.bin", CONTENT)
    assert of_bytes == ["a.bin", base64.b64encode(b"\xff" * 99).decode()]


def test_a_file_is_saved_as_it_is(open_app: Open) -> None:
    app = open_app()
    app.python("from bx24py.page import save_file\nsave_file('deals.bin', bytes(range(256)) * 2000)")
    wanted = bytes(range(256)) * 2000
    downloads = app.browser.downloads
    found = wait_for(
        lambda: [path for path in downloads.rglob("deals.bin") if path.read_bytes() == wanted],
        lambda: f"{sorted(downloads.rglob('*'))}",
    )
    assert len(found) == 1
