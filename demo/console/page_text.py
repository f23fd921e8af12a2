"""The words of the page, in the portal's language: see texts.js."""

from __future__ import annotations

from typing import Any

import js
from pyodide.ffi import to_js


def page_text(key: str, /, **values: Any) -> str:
    """Return a text of the page.

    Args:
        key: its name in texts.js.
        values: what stands for `{names}` in it.
    """
    return str(js.page_text(key, to_js(values, dict_converter=js.Object.fromEntries)))
