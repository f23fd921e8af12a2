"""Figures of plotly: plotly draws them with scripts, and none run in an output. Simple ones are drawn as charts."""

from __future__ import annotations

from array import array
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from chart import Chart, chart
from plain import text

PLOTLY = "application/vnd.plotly.v1+json"
_TYPES = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "f4": "f", "f8": "d"}
"""How plotly names the numbers of a packed array, and how Python does."""


def figure(value: Any, bundle: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the description of a figure of plotly; None if it is none.

    `charts` are those of its simple traces, `left_out` the types of the others; `html` is the whole figure as a file.
    """
    whole = bundle.get(PLOTLY)
    if not isinstance(whole, Mapping) and callable(getattr(value, "to_plotly_json", None)):
        whole = value.to_plotly_json()
    traces = whole.get("data") if isinstance(whole, Mapping) else None
    if not isinstance(traces, list | tuple):
        return None
    charts, left_out = [], []
    for trace in traces:
        try:
            charts.append(_chart(trace).described())
        except (TypeError, ValueError, KeyError):
            left_out.append(str(trace.get("type") or "scatter"))
    try:
        html = str(value.to_html(include_plotlyjs="cdn"))
    except Exception:  # it is not of plotly itself, or has no file
        html = ""
    return {"kind": "figure", "charts": charts, "left_out": ", ".join(dict.fromkeys(left_out)), "html": html}


def _chart(trace: Mapping[str, Any]) -> Chart:
    """Return the chart of a trace.

    Raises:
        TypeError, ValueError, KeyError: it is not a simple one.
    """
    kind, name = str(trace.get("type") or "scatter"), text(trace.get("name") or "")
    labels, numbers = ("labels", "values") if kind == "pie" else ("x", "y")
    if kind == "bar" and trace.get("orientation") == "h":
        labels, numbers = numbers, labels
    kinds = {"bar": "bar", "pie": "pie", "scatter": "line", "scattergl": "line"}
    if kinds[kind] == "line" and "lines" not in str(trace.get("mode") or "lines"):
        raise ValueError("points without a line")
    values = _list(trace[numbers])
    keys = _list(trace[labels]) if trace.get(labels) is not None else list(range(len(values)))
    rows = [{labels: key, name or numbers: value} for key, value in zip(keys, values, strict=True)]
    return chart(rows, labels, name or numbers, kinds[kind])


def _list(values: Any) -> list[Any]:
    """Return an array as a list: plotly packs those of numpy."""
    if isinstance(values, Mapping):
        return array(_TYPES[values["dtype"]], b64decode(values["bdata"])).tolist()
    return list(values)
