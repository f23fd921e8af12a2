"""Modal dialogs in a frame that is as high as its content.

A modal `<dialog>` opens in the middle of the frame. If the frame is several screens high, that is mostly out of sight,
and only the portal's page scrolls. So the dialog is moved to the middle of the visible part of the frame, which an
IntersectionObserver reports even across origins.
"""

from __future__ import annotations

from typing import Any

from .callbacks import Callbacks
from .interface import Forget

try:
    import js
except ImportError:  # plain CPython
    js = None  # type: ignore[assignment]

_PROPERTIES = ("top", "bottom", "max-height")
_MARGIN = 16  # pixels that stay free above and below


def keep_modals_in_view(callbacks: Callbacks) -> Forget:
    """Move each modal dialog that opens into the visible part of the frame, until told to stop."""
    placed: list[Any] = []

    def changed(*_: Any) -> None:
        for dialog in [one for one in placed if not one.open]:
            placed.remove(dialog)
            for name in _PROPERTIES:
                dialog.style.removeProperty(name)
        if js.document.querySelector("dialog:modal"):
            seen.disconnect()  # observing again makes it report again
            seen.observe(js.document.documentElement)

    def visible(entries: Any, *_: Any) -> None:
        seen.disconnect()
        rect = entries[entries.length - 1].intersectionRect
        if not rect.height or rect.height >= js.innerHeight - 1:
            return  # the frame is not visible, or all of it is
        modals = js.document.querySelectorAll("dialog:modal")
        for dialog in (modals.item(index) for index in range(modals.length)):
            if dialog in placed or any(dialog.style.getPropertyValue(name) for name in _PROPERTIES):
                continue
            dialog.style.setProperty("top", f"{rect.top}px")
            dialog.style.setProperty("bottom", f"{js.innerHeight - rect.bottom}px")
            dialog.style.setProperty("max-height", f"{max(0, rect.height - 2 * _MARGIN)}px")
            placed.append(dialog)

    on_change, forget_change = callbacks.make(changed, lasting=True)
    on_visible, forget_visible = callbacks.make(visible, lasting=True)
    seen = js.IntersectionObserver.new(on_visible)
    opened = js.MutationObserver.new(on_change)
    opened.observe(js.document.documentElement, subtree=True, attributes=True, attributeFilter=js.Array.of("open"))
    changed()

    def forget() -> None:
        opened.disconnect()
        seen.disconnect()
        forget_change()
        forget_visible()

    return forget
