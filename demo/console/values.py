"""How a value is shown: what its description for output.js is."""

from __future__ import annotations

import base64
import binascii
import io
import os
import sys
import warnings
from contextlib import suppress
from typing import Any

from chart import Chart, chart, is_labelled
from figures import figure
from page_text import page_text
from plain import safe_repr, text
from pyodide.ffi import create_proxy, to_js
from table import Table, is_frame, is_rows
from tree import Tree, is_tree

os.environ.setdefault("MPLBACKEND", "Agg")
warnings.filterwarnings("ignore", message=".*non-interactive, and thus cannot be shown")

_METHODS = {
    "text/html": "_repr_html_",
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "text/markdown": "_repr_markdown_",
}
"""What an object may be shown as, the best first."""


def shown(value: Any) -> Any:
    """Return the description of a value for the page; its `kind` says what draws it.

    What is in `source` is asked for more and is destroyed when the output is cleared.
    """
    try:
        return _described(value)
    except Exception:  # whatever the value does when it is looked at, it is shown
        return to_js({"kind": "text", "text": safe_repr(value)})


def _described(value: Any) -> Any:
    if isinstance(value, Chart):
        return value.described()
    if is_frame(value) or is_rows(value):
        table = Table(value)
        return to_js({"kind": "table", "count": table.count, "source": create_proxy(table)})
    rich = _rich(value)
    if rich is not None:
        return to_js(rich)
    if is_tree(value):
        tree = Tree(value)
        drawn = chart(value).described() if is_labelled(value) else None
        return to_js({"kind": "tree", "label": tree.label(), "source": create_proxy(tree), "chart": drawn})
    return to_js({"kind": "text", "text": safe_repr(value)})


def figures() -> list[Any]:
    """Return the descriptions of the figures that matplotlib's pyplot has, and close them."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return []
    found = []
    for number in pyplot.get_fignums():
        picture = _figure(pyplot.figure(number))
        if picture:
            found.append(to_js(picture))
    pyplot.close("all")
    return found


def _rich(value: Any) -> dict[str, Any] | None:
    """Return the description by the usual protocol of notebooks; None if the object has nothing, or fails."""
    if isinstance(value, type):
        return None
    if _method(value, "_no_such_method_of_any_object_"):  # it has every method, and means none
        return None
    bundle = _bundle(value)
    if drawn := figure(value, bundle):
        return drawn
    html = bundle.get("text/html")
    if isinstance(html, str) and "<script" in html.lower() and ("image/png" in bundle or "image/svg+xml" in bundle):
        del bundle["text/html"]
    for kind in _METHODS:
        content = bundle.get(kind)
        if content is None:
            continue
        if kind.startswith("image/") and kind != "image/svg+xml":
            picture = _picture(kind, content, value)
            if picture:
                return picture
        elif isinstance(content, str):
            if kind == "text/markdown":
                return {"kind": "text", "text": content}
            return {"kind": "foreign", "type": kind, "content": content, "name": type(value).__name__}
    if _method(value, "savefig"):
        return _figure(value)
    plain = bundle.get("text/plain")
    return {"kind": "text", "text": plain} if isinstance(plain, str) else None


def _bundle(value: Any) -> dict[str, Any]:
    bundle: dict[str, Any] = {}
    method = _method(value, "_repr_mimebundle_")
    if method:
        try:
            given = method(include=None, exclude=None)
            given = given[0] if isinstance(given, tuple) else given
            bundle.update(given or {})
        except Exception:
            bundle = {}
    for kind, name in _METHODS.items():
        method = None if kind in bundle else _method(value, name)
        if method:
            with suppress(Exception):  # it is shown in another way
                given = method()
                bundle[kind] = given[0] if isinstance(given, tuple) else given  # it may come with metadata
    return bundle


def _method(value: Any, name: str) -> Any:
    try:
        method = getattr(value, name, None)
        return method if callable(method) else None
    except Exception:
        return None


def _picture(kind: str, content: Any, value: Any) -> dict[str, Any] | None:
    try:
        data = base64.b64decode(content) if isinstance(content, str) else bytes(content)
    except (binascii.Error, TypeError, ValueError):
        return None
    address = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    return {"kind": "picture", "address": address, "name": text(type(value).__name__)}


def _figure(figure: Any) -> dict[str, Any] | None:
    file = io.BytesIO()
    try:
        figure.savefig(file, format="png", bbox_inches="tight")
    except Exception as error:
        return {"kind": "text", "text": page_text("no_figure", error=f"{type(error).__name__}: {text(error)}")}
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)  # it is shown once
    return _picture("image/png", file.getvalue(), figure)
