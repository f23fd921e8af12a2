"""Charts: a number for each label. chart.js draws them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plain import is_empty, number, order_key, text
from pyodide.ffi import to_js

KINDS = ("bar", "line", "pie")
MOST = {"bar": 50, "line": 10_000, "pie": 8}
"""How many labels a chart shows. Of a bar or pie chart the largest are shown, and the rest as one."""


class Groups:
    """The sum of numbers for each label."""

    def __init__(self) -> None:
        self.sums: dict[str, float] = {}
        self.keys: dict[str, Any] = {}

    def add(self, label: Any, value: Any) -> None:
        """Add a number to its label."""
        name = text(label) or "—"
        self.sums[name] = self.sums.get(name, 0.0) + (0.0 if value is None else float(value))
        self.keys.setdefault(name, label)


class Chart:
    """A chart, shown as the value of a cell."""

    def __init__(self, groups: Groups, kind: str, x: str, y: str | None) -> None:
        if kind == "pie" and any(value < 0 for value in groups.sums.values()):
            raise ValueError("kind: must be bar or line for negative numbers, not 'pie'")
        if kind == "line" and len(groups.sums) > MOST[kind]:
            raise ValueError(f"x: must have at most {MOST[kind]:,} labels for a line, not {len(groups.sums):,}")
        self._groups, self._kind, self._x, self._y = groups, kind, x, y

    def described(self) -> Any:
        """Return the description for chart.js."""
        pairs = list(self._groups.sums.items())
        kind, rest = self._kind, 0
        if kind == "line":
            pairs.sort(key=lambda pair: order_key(self._groups.keys[pair[0]]))
        most = MOST[kind]
        others = 0.0
        if len(pairs) > most:
            kept = sorted(pairs, key=lambda pair: abs(pair[1]), reverse=True)[: most - 1]
            others = sum(value for _, value in pairs) - sum(value for _, value in kept)
            rest, pairs = len(pairs) - len(kept), kept
        return to_js(
            {
                "kind": "chart",
                "type": kind,
                "x": self._x,
                "y": self._y,
                "labels": [label for label, _ in pairs],
                "values": [value for _, value in pairs],
                "rest": rest,
                "others": others,
            }
        )

    def __repr__(self) -> str:
        return f"<Chart {self._kind}: {len(self._groups.sums)} labels>"


def chart(rows: Any, x: str | None = None, y: str | None = None, kind: str = "bar") -> Chart:
    """Make a chart: `chart(deals, x="STAGE_ID", y="OPPORTUNITY")`. The value of a cell is shown; else `show` it.

    Args:
        rows: a list of dicts, a data frame, or a dict or Counter of a number for each label.
        x: the column of the labels. Not for a dict.
        y: the column of the numbers, which are summed for each label; without it the rows are counted.
        kind: "bar", "line" or "pie".

    Raises:
        ValueError: there is no such column, or it has something that is no number; or a pie has a negative part.
    """
    if kind not in KINDS:
        raise ValueError(f"kind: must be one of {', '.join(KINDS)}, not {kind!r}")
    groups = Groups()
    if hasattr(rows, "itertuples") and hasattr(rows, "columns"):
        names = list(rows.columns)
        rows = [dict(zip(names, row, strict=True)) for row in rows.itertuples(index=False, name=None)]
    if isinstance(rows, Mapping):
        if x is not None or y is not None:
            raise ValueError("x and y: must be left out when rows is a dict")
        for label, value in rows.items():
            groups.add(label, _number("rows", value))
    elif not isinstance(rows, list | tuple) or not all(isinstance(row, dict) for row in rows):
        raise TypeError(f"rows: must be a list of dicts, a data frame or a dict, not {type(rows).__name__}")
    else:
        if x is None:
            raise ValueError("x: must be the name of the column of the labels")
        columns = dict.fromkeys(key for row in rows[:1000] for key in row)
        for parameter, column in (("x", x), ("y", y)):
            if rows and column is not None and not any(column in row for row in rows):
                raise ValueError(f"{parameter}: must be one of {', '.join(map(text, columns))}, not {column!r}")
        for row in rows:
            groups.add(row.get(x), 1 if y is None else _number("y", row.get(y)))
    return Chart(groups, kind, x or "", y)


def _number(parameter: str, value: Any) -> Any:
    found = number(value)
    if found is None and not is_empty(value):
        raise ValueError(f"{parameter}: must be numbers, not {text(value)[:60]!r}")
    return found


def is_labelled(value: Any) -> bool:
    """Whether a dict has a number for each label."""
    if not isinstance(value, dict) or not 1 < len(value) <= 1000:
        return False
    return all(
        isinstance(key, str | int) and not isinstance(item, bool | str) and number(item) is not None
        for key, item in value.items()
    )
