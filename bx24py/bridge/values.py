"""JavaScript values as plain Python."""

from __future__ import annotations

import gc
import json
import math
from typing import Any, NoReturn

from .depth import check_depth

try:
    import js
    from pyodide.ffi import JsProxy, jsnull
except ImportError:  # plain CPython
    js = None  # type: ignore[assignment]


def is_of_page(value: object) -> bool:
    """Return whether a value is a JavaScript object."""
    return js is not None and isinstance(value, JsProxy)


def page_type(value: object) -> str:
    """Return the type name of a JavaScript object, such as `Promise`; empty for other values."""
    if not is_of_page(value):
        return ""
    return str(js.Object.prototype.toString.call(value)).removeprefix("[object ").removesuffix("]")


def page_value(value: object) -> object:
    """Convert a JavaScript value, such as an array or a Date, to Python; return any other value unchanged.

    The items of an array, object, Map or Set are not converted. Undefined properties are left out.
    """
    if js is not None and value is jsnull:
        return None
    if not is_of_page(value):
        return value
    page: Any = value
    match page_type(value):
        case "Array" | "Set":
            return list(page.values())
        case "Object":
            entries = zip(js.Object.keys(page), js.Object.values(page), strict=True)
            return {name: item for name, item in entries if item is not None}
        case "Map":
            return {pair[0]: pair[1] for pair in page.entries()}
        case "Date":
            from datetime import UTC, datetime

            milliseconds = page.getTime()
            if math.isnan(milliseconds):  # an invalid Date
                return milliseconds
            return datetime.fromtimestamp(milliseconds / 1000, UTC)
        case "ArrayBuffer" | "DataView" | "Uint8Array" | "Uint8ClampedArray" | "Int8Array":
            return page.to_bytes()
        case name if name.endswith("Array"):  # of numbers
            return list(page.values())
        case "String" | "Number" | "Boolean":
            return page.valueOf()
    return value


def plain(value: Any) -> Any:
    """Copy a JavaScript value into plain Python, with None for null and undefined."""
    if value is None or (js is not None and value is jsnull):
        return None
    if is_of_page(value):
        text = js.JSON.stringify(value)
        return None if text is None else loads(text)
    return value


def loads(text: str | bytes) -> Any:
    """Parse JSON.

    JSON has no cycles, but the garbage collector would search the new objects for them again and again. So it is
    paused, and looks at them once at the end: otherwise it would be due at once, and scan every object there is.
    """
    check_depth(text)
    if isinstance(text, str) or not gc.isenabled():
        return json.loads(text, parse_constant=_refuse)
    gc.disable()
    try:
        return json.loads(text, parse_constant=_refuse)
    finally:
        gc.collect(0)
        gc.enable()


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")
