"""The frame that keeps the height of its content, without a browser."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from bx24py import (
    BX24,
    InitTimeoutError,
    bridge,
)
from bx24py.bridge import Forget, FrameSize
from bx24py.frame import window

from .conftest import FakeBridge, Sent, run


@dataclass
class FrameBridge(FakeBridge):
    """A page whose content is as high as the test says, in a frame that the portal resizes."""

    height: int = 600
    content: Callable[[int], tuple[int, int]] = lambda _height: (600, 600)
    """For the frame's height: the height of the page's box, and down to where its content reaches."""

    applies: Callable[[int], int] = lambda height: height
    """What the portal makes of a height."""

    watching: list[Callable[[], None]] = field(default_factory=list)

    def is_high(self, box: int, reach: int = 0) -> None:
        """Let the content have another height, and the page notice."""
        self.content = lambda _height: (box, max(box, reach))
        self.change()

    def change(self) -> None:
        for function in list(self.watching):
            function()

    def frame_size(self) -> FrameSize:
        box, reach = self.content(self.height)
        overhang = reach - self.height
        return FrameSize(self.height, overhang if overhang > 0 else min(0, box - self.height))

    def keep_modals_in_view(self) -> Forget:
        return lambda: None

    def watch_size(self, on_change: Callable[[], None]) -> Forget:
        self.watching.append(on_change)
        return lambda: self.watching.remove(on_change)

    @property
    def heights(self) -> list[int]:
        """The heights asked for so far."""
        for sent in self.sent:
            assert (sent.method, sent.params[0]) == ("resizeWindow", "100%")
        return [sent.params[1] for sent in self.sent]

    async def settle(self, *, late: bool = False) -> list[int]:
        """Play the portal until nothing is asked any more, nor will be; fail after 50 commands.

        Args:
            late: the frame has its new size after the answer only.
        """
        end = len(self.sent) + 50
        while self.timers:  # of a command, or of what is tried again later
            waiting = [sent for sent in self.sent if not sent.forgotten]
            assert len(waiting) <= 1, "one command at a time"
            assert len(self.sent) < end, self.heights
            if waiting:
                await self.apply(waiting[0], late=late)
            else:
                await asyncio.sleep(0.001)
        return self.heights

    async def apply(self, sent: Sent, *, late: bool = False) -> None:
        """Carry a command out."""
        if late:
            sent.reply({})
            await turns()
        self.height = self.applies(sent.params[1])
        self.change()
        if not late:
            sent.reply({})
            await turns()


async def turns() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


@pytest.fixture
def frame(monkeypatch: pytest.MonkeyPatch) -> Iterator[FrameBridge]:
    fake = FrameBridge()
    monkeypatch.setattr(bridge, "connect", lambda _bx24=None: fake)
    monkeypatch.setattr(window, "REST", 0.05)  # more than a loop of a test takes
    yield fake
    assert not fake.timers
    assert all(sent.forgotten for sent in fake.sent)


@pytest.mark.parametrize("late", [False, True], ids=["size before the answer", "size after the answer"])
class TestAutoFit:
    def test_the_frame_follows_its_content(self, frame: FrameBridge, late: bool) -> None:
        async def main() -> None:
            frame.is_high(1000)
            BX24().auto_fit()
            assert frame.heights == [1000]  # at once
            assert await frame.settle(late=late) == [1000]
            frame.is_high(1300)
            assert await frame.settle(late=late) == [1000, 1300]
            frame.is_high(200)
            assert await frame.settle(late=late) == [1000, 1300, 200]
            frame.is_high(1300)
            frame.change()
            assert await frame.settle(late=late) == [1000, 1300, 200, 1300]
            frame.is_high(200)
            assert await frame.settle(late=late) == [1000, 1300, 200, 1300, 200]

        run(main())

    def test_nothing_is_asked_where_it_fits(self, frame: FrameBridge, late: bool) -> None:
        async def main() -> None:
            BX24().auto_fit()
            frame.change()
            assert await frame.settle(late=late) == []

        run(main())

    def test_one_command_at_a_time(self, frame: FrameBridge, late: bool) -> None:
        async def main() -> None:
            BX24().auto_fit()
            for height in range(700, 800):
                frame.is_high(height)
            assert frame.heights == [700]
            assert await frame.settle(late=late) == [700, 799]

        run(main())

    def test_content_that_changes_to_and_fro_while_a_command_is_on_its_way(
        self, frame: FrameBridge, late: bool
    ) -> None:
        async def main() -> None:
            BX24().auto_fit()
            for height in (300, 400, 300, 400, 300):
                frame.is_high(height)
                await frame.apply(frame.sent[-1], late=late)
            assert await frame.settle(late=late) == [300, 400, 300, 400, 300]

        run(main())

    @pytest.mark.parametrize(
        "content",
        [lambda height: (height + 16, height + 16), lambda height: (height * 3 // 2, height * 3 // 2)],
        ids=["100vh and a margin", "150vh"],
    )
    def test_content_as_high_as_the_frame_does_not_make_it_grow_for_ever(
        self, frame: FrameBridge, late: bool, content: Callable[[int], tuple[int, int]]
    ) -> None:
        async def main() -> None:
            BX24().auto_fit()
            frame.content = content
            frame.change()
            count = len(await frame.settle(late=late))
            assert count == 3  # twice, and once more at rest
            frame.change()
            assert len(await frame.settle(late=late)) == count
            # Content that needs more is seen all the same, and less too, once the frame is not followed.
            need = frame.height + 500
            frame.content = lambda height: (max(height + 16, need), max(height + 16, need))
            frame.change()
            await frame.settle(late=late)
            assert frame.height >= need
            frame.is_high(300)
            await frame.settle(late=late)
            assert frame.height == 300

        run(main())

    @pytest.mark.parametrize("pictures", range(1, 9))
    def test_content_that_grows_while_the_frame_does_fits_in_the_end(
        self, frame: FrameBridge, late: bool, pictures: int
    ) -> None:
        """As where pictures are few: it has always grown when the frame has its new height."""

        async def main() -> None:
            BX24().auto_fit()
            frame.is_high(650)
            for number in range(1, pictures + 1):
                frame.content = lambda _height, high=650 + 60 * number: (high, high)  # type: ignore[misc]
                for sent in [sent for sent in frame.sent if not sent.forgotten]:
                    await frame.apply(sent, late=late)
                frame.change()
            await frame.settle(late=late)
            assert frame.height == 650 + 60 * pictures

        run(main())

    def test_content_that_hangs_out_of_the_page_stays_visible(self, frame: FrameBridge, late: bool) -> None:
        async def main() -> None:
            frame.is_high(400, 500)
            BX24().auto_fit()
            assert await frame.settle(late=late) == [400, 500]
            frame.change()
            assert await frame.settle(late=late) == [400, 500]
            frame.is_high(390)
            assert await frame.settle(late=late) == [400, 500, 390]

        run(main())

    def test_content_that_depends_on_the_frames_height_stays_visible(self, frame: FrameBridge, late: bool) -> None:
        async def main() -> None:
            frame.content = lambda height: (400, 400) if height >= 500 else (550, 550)
            BX24().auto_fit()
            assert await frame.settle(late=late) == [400, 550]

        run(main())

    def test_a_portal_that_does_otherwise_is_not_asked_again_and_again(self, frame: FrameBridge, late: bool) -> None:
        async def main() -> None:
            frame.is_high(1000)
            frame.applies = lambda height: min(height, 900)
            BX24().auto_fit()
            assert len(await frame.settle(late=late)) <= 3
            frame.applies = lambda height: max(height, 700)
            frame.is_high(100)
            before = len(frame.heights)
            assert len(await frame.settle(late=late)) <= before + 2
            frame.applies = lambda height: height
            frame.is_high(1200)
            await frame.settle(late=late)
            assert frame.height == 1200

        run(main())

    def test_the_frame_may_be_resized_by_others(self, frame: FrameBridge, late: bool) -> None:
        async def main() -> None:
            frame.is_high(900)
            BX24().auto_fit()
            await frame.settle(late=late)
            for height in (600, 1200, 600):
                frame.height = height
                frame.change()
                await frame.settle(late=late)
            assert frame.heights == [900, 900, 900, 900]

        run(main())


def test_a_hidden_frame_has_no_size_to_go_by(frame: FrameBridge) -> None:
    async def main() -> None:
        frame.is_high(900)
        frame.height = 0
        BX24().auto_fit()
        assert frame.heights == []
        frame.height = 600
        frame.change()
        assert await frame.settle() == [900]

    run(main())


def test_auto_fit_waits_for_the_initialisation(frame: FrameBridge) -> None:
    frame.initialised = False

    async def main() -> None:
        frame.is_high(900)
        BX24().auto_fit()
        frame.is_high(950)
        assert frame.heights == []
        assert frame.on_ready is not None
        frame.on_ready()
        assert await frame.settle() == [900, 950]

    run(main())


@pytest.mark.parametrize("initialised", [True, False])
def test_auto_fit_ends(frame: FrameBridge, initialised: bool) -> None:
    frame.initialised = initialised

    async def main() -> None:
        frame.is_high(900)
        client = BX24()
        client.auto_fit()()
        client.auto_fit()()
        assert frame.watching == []
        if frame.on_ready:
            frame.on_ready()
        await turns()
        assert [sent.forgotten for sent in frame.sent] == ([True, True] if initialised else [])

    run(main())


def test_a_command_that_fails_is_logged_and_the_next_change_tries_again(
    frame: FrameBridge, caplog: pytest.LogCaptureFixture
) -> None:
    frame.initialised = False

    async def main() -> None:
        client = BX24()
        frame.is_high(900)
        stop = client.auto_fit()
        with pytest.raises(InitTimeoutError):
            await client.init(timeout=0.01)
        await turns()
        assert frame.heights == []
        assert frame.on_ready is not None
        frame.on_ready()
        frame.change()
        assert await frame.settle() == [900]
        stop()

    with caplog.at_level(logging.WARNING, "bx24py"):
        run(main())
    assert [record.getMessage()[:50] for record in caplog.records] == [
        "auto_fit: the portal did not answer BX24.init with"
    ]
