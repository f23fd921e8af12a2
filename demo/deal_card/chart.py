"""A small chart of amounts: SVG elements without a library.

Widths are in percent and heights in pixels, so that the bars grow with the page and the text does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from js import document

HEIGHT = 148
TOP, BASE = 22, 122
"""The top of the tallest bar and the bottom of all bars, in pixels from the top."""
FEWEST = 6
"""A chart with fewer bars leaves space, so that they do not become too wide."""
FILLED = 0.62
"""How much of its space a bar takes."""


@dataclass(frozen=True)
class Bar:
    """One bar: its amount, its tooltip, and the classes that colour it."""

    amount: float
    tip: str
    style: str


def bar_chart(bars: Sequence[Bar], *, label: str, highest: str, first: str, last: str) -> Any:
    """Return a chart.

    Args:
        bars: from left to right.
        label: its text for screen readers.
        highest: the amount of the tallest bar, as text.
        first: the text below the first bar.
        last: the text below the last one.
    """
    tallest = max(bar.amount for bar in bars)
    room = 100 / max(len(bars), FEWEST)
    end = f"{room * len(bars):.2f}%"
    return svg(
        "svg",
        _line(TOP),
        _line((TOP + BASE) / 2),
        *(_bar(bar, place * room, room, tallest) for place, bar in enumerate(bars)),
        _line(BASE, "base"),
        svg("text", highest, x="0", y=TOP - 7),
        svg("text", first, x="0", y=HEIGHT - 8),
        svg("text", last, x=end, y=HEIGHT - 8, text_anchor="end") if len(bars) > 1 else "",
        class_="chart",
        width="100%",
        height=HEIGHT,
        role="img",
        aria_label=label,
    )


def svg(tag: str, *children: Any, **attributes: str | float) -> Any:
    """Create an SVG element; an underscore in an attribute's name becomes a dash, one at the end is dropped."""
    made = document.createElementNS("http://www.w3.org/2000/svg", tag)
    for name, value in attributes.items():
        made.setAttribute(name.rstrip("_").replace("_", "-"), str(value))
    made.append(*children)
    return made


def _bar(bar: Bar, start: float, room: float, tallest: float) -> Any:
    height = max(2.0, (BASE - TOP) * max(0.0, bar.amount) / tallest)
    return svg(
        "rect",
        svg("title", bar.tip),
        x=f"{start + room * (1 - FILLED) / 2:.2f}%",
        y=f"{BASE - height:.1f}",
        width=f"{room * FILLED:.2f}%",
        height=f"{height:.1f}",
        rx=3,
        class_=f"bar {bar.style}",
    )


def _line(y: float, style: str = "grid") -> Any:
    return svg("line", x1="0", x2="100%", y1=y, y2=y, class_=style)
