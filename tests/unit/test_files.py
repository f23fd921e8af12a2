"""Files as parameters, without a browser: what is sent, and what stands for it."""

from __future__ import annotations

import asyncio
import base64
import gc
import io
import json
from types import SimpleNamespace
from typing import Any

import pytest

from bx24py import BX24, BX24Error, File, bridge
from bx24py.bridge import files
from bx24py.bridge.files import INLINE, Content, contents_in
from bx24py.rest.params import encode

from .conftest import FakeBridge, run

LARGE = bytes(range(256)) * (INLINE // 256) + b"!"


def sources(encoded: Any) -> list[Any]:
    """Give what stands behind the marks in encoded parameters, in order."""
    return [content.source for content in contents_in(json.dumps(encoded))]


def text(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.mark.parametrize("content", [b"", b"abc", LARGE[:INLINE], bytearray(b"abc"), memoryview(b"aXbXcX")[::2]])
def test_a_small_content_is_sent_as_it_is(content: bytes) -> None:
    assert encode({"f": File("план.txt", content), "b": content}) == {
        "f": ["план.txt", text(bytes(content))],
        "b": text(bytes(content)),
    }


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_a_large_content_is_a_mark(kind: Any) -> None:
    encoded = encode({"f": File("a.bin", kind(LARGE)), "b": [kind(LARGE)], "o": io.BytesIO(LARGE)})
    assert encoded["f"][0] == "a.bin"
    assert encoded["o"][0] == "file"
    marks = [encoded["f"][1], encoded["b"][0], encoded["o"][1]]
    assert all(len(mark) == len(marks[0]) < 50 and mark.isalnum() for mark in marks)
    assert len(set(marks)) == 3
    assert sources(encoded) == [LARGE] * 3


def test_what_changes_later_is_sent_as_it_was() -> None:
    content = bytearray(LARGE)
    encoded = encode({"b": content})
    content[:] = b"changed"
    assert sources(encoded) == [LARGE]


def test_marks_survive_being_encoded_again_and_end_with_their_parameters() -> None:
    encoded = encode({"b": LARGE})
    again = encode({**encoded, "start": 50})
    assert isinstance(again["b"], Content)
    written = json.dumps(again)
    del encoded
    gc.collect()
    assert [content.source for content in contents_in(written)] == [LARGE]
    del again
    gc.collect()
    assert contents_in(written) == []
    assert not files._contents


def test_texts_without_marks_have_no_contents() -> None:
    assert contents_in(json.dumps({"a": "bx24pyfile" + "0" * 24, "b": "text"})) == []


@pytest.mark.parametrize(
    ("file", "error", "words"),
    [
        (File("", b""), ValueError, r"params\['f'\]\[0\]: a file's name must not be empty"),
        (File(None, b""), TypeError, r"params\['f'\]\[0\]: a file's name must be a str, not NoneType"),  # type: ignore[arg-type]
        (File("a", "text"), TypeError, r"params\['f'\]\[0\]: a file's content must be bytes or a Blob, not str"),  # type: ignore[arg-type]
        (File("\ud83d", b""), ValueError, r"params\['f'\]\[0\]: contains half a character"),
    ],
)
def test_what_is_no_file(file: File, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        encode({"f": [file]})


class PageValue:
    """A value of the page."""


@pytest.fixture
def page_value(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What a PageValue holds."""
    found = SimpleNamespace(many=False, files=[])
    monkeypatch.setattr(bridge, "page_files", lambda value: found if isinstance(value, PageValue) else None)
    return found


def test_files_of_the_page(page_value: SimpleNamespace) -> None:
    blob, other = PageValue(), PageValue()
    page_value.files = [("a.txt", blob)]
    encoded = encode({"f": PageValue()})
    assert encoded["f"][0] == "a.txt"
    assert sources(encoded) == [blob]
    page_value.files = [(None, blob)]
    assert sources(encode({"f": PageValue()})) == [blob]
    assert isinstance(encode({"f": PageValue()})["f"], Content)
    encoded = encode({"f": File("named", PageValue())})  # type: ignore[arg-type]
    assert encoded["f"][0] == "named"
    assert sources(encoded) == [blob]
    page_value.many = True
    page_value.files = [("a", blob), ("b", other)]
    encoded = encode({"f": PageValue()})
    assert [name for name, _ in encoded["f"]] == ["a", "b"]
    assert sources(encoded) == [blob, other]
    with pytest.raises(TypeError, match="must be bytes or a Blob"):
        encode({"f": File("named", PageValue())})  # type: ignore[arg-type]


def test_no_file_of_the_page(page_value: SimpleNamespace) -> None:
    with pytest.raises(ValueError, match=r"params\['f'\]: no file is chosen"):
        encode({"f": PageValue()})
    page_value.many = True
    assert encode({"f": PageValue()}) == {"f": []}


def test_progress_is_told_of_methods_and_batches(client: BX24, page: FakeBridge) -> None:
    def watch(_done: int, _total: int) -> None: ...

    async def main() -> None:
        call = client.call_method("disk.file.upload", {"f": File("a", LARGE)}, on_progress=watch)
        offset = client.call_method("disk.file.upload", {"start": 5}, on_progress=watch)
        batch = client.call_batch([["user.current"]] * 50, on_progress=watch)
        builder = client.batch(on_progress=watch)
        builder.call("user.current")
        run_builder = builder.run()
        unwatched = client.call_method("user.current")
        assert [sent.on_progress for sent in page.sent] == [watch, watch, watch, watch, None]
        for future in (call, offset, batch, run_builder, unwatched):
            future.cancel()

    run(main())


def test_progress_of_several_batches_is_one(client: BX24, page: FakeBridge) -> None:
    steps: list[tuple[int, int]] = []

    async def main() -> None:
        upload = ["disk.file.upload", {"f": File("a", LARGE)}]
        calls = [upload] * 50 + [["user.current"]] * 50 + [upload] * 50
        call = client.call_batch(calls, on_progress=lambda *step: steps.append(step))
        for part, size in enumerate((5_000_000, 3_000, 5_000_000)):
            tell = page.sent[part].on_progress
            assert tell is not None
            for done in (0, size // 2, 0, size):  # it is repeated once
                tell(done, size)
            page.sent[part].respond_batch([1] * 50)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await call

    run(main())
    done = [step[0] for step in steps]
    assert done[:4] == [0, 2_500_000, 0, 5_000_000]
    assert done[4:8] == [5_000_000, 5_001_500, 5_000_000, 5_003_000]
    assert done[8:] == [5_003_000, 7_503_000, 5_003_000, 10_003_000]
    assert steps[-1][1] == 10_003_000
    assert all(total == pytest.approx(10_003_000, rel=0.01) for _, total in steps)


def test_a_watch_is_a_function(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        calls: list[Any] = [
            lambda: client.call_method("user.current", on_progress=1),  # type: ignore[arg-type]
            lambda: client.call_batch([["user.current"]], on_progress=1),  # type: ignore[call-overload]
            lambda: client.batch(on_progress=1),  # type: ignore[arg-type]
        ]
        for call in calls:
            with pytest.raises(TypeError, match="on_progress: must be a function, not int"):
                call()
        assert page.sent == []

    run(main())


def test_a_file_that_cannot_be_read(client: BX24, page: FakeBridge) -> None:
    async def main() -> None:
        call = client.call_method("crm.deal.list", {"f": File("a", LARGE)})
        page.sent[0].forgotten = True
        page.sent[0].answer(BX24Error("a file could not be read"))
        with pytest.raises(BX24Error, match="a file could not be read"):
            await call
        assert len(page.sent) == 1

    run(main())
