"""Measuring the application's frame and its content."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .callbacks import Callbacks
from .interface import Forget, FrameSize

try:
    import js
except ImportError:  # plain CPython
    js = None  # type: ignore[assignment]


def frame_size() -> FrameSize:
    """Measure the frame and its content."""
    root = js.document.documentElement
    page = js.document.scrollingElement or root
    overhang = page.scrollHeight - page.clientHeight
    if overhang <= 0:  # inconclusive: scrollHeight is never less than the visible height
        bottom = root.getBoundingClientRect().bottom
        body = js.document.body
        if body:  # including overflow, such as an open menu
            bottom = max(bottom, body.getBoundingClientRect().top + body.scrollHeight)
        overhang = min(0, math.ceil(bottom) - page.clientHeight)
    return FrameSize(js.innerHeight, overhang)


def watch_size(callbacks: Callbacks, on_change: Callable[[], None]) -> Forget:
    """Call a function when they may have changed, at most once per animation frame, until told to stop."""
    frame: Any = None

    def changed(*_: Any) -> None:
        nonlocal frame
        if frame is None:
            frame = js.requestAnimationFrame(draw)

    def drawn(*_: Any) -> None:
        nonlocal frame
        frame = None
        on_change()

    change, forget_change = callbacks.make(changed, lasting=True)
    draw, forget_draw = callbacks.make(drawn, lasting=True)
    root, body = js.document.documentElement, js.document.body
    boxes = js.ResizeObserver.new(change)
    for element in filter(None, (root, body)):
        boxes.observe(element)
    # If the page is as high as the frame (height: 100%), its boxes keep their size.
    nodes = js.MutationObserver.new(change)
    nodes.observe(root, subtree=True, childList=True, characterData=True, attributes=True)
    listened = (js.window, "resize"), (js.document, "load")  # of the frame; of images and the like
    for target, event in listened:
        target.addEventListener(event, change, True)

    def forget() -> None:
        boxes.disconnect()
        nodes.disconnect()
        for target, event in listened:
            target.removeEventListener(event, change, True)
        if frame is not None:
            js.cancelAnimationFrame(frame)
        forget_change()
        forget_draw()

    return forget
