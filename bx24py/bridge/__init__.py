"""The only interface to the browser: plain Python on this side, the page's BX24 object on the other.

No other room imports `js` or `pyodide`; `page.py` does, for what it puts into the page. This one can be imported in
plain CPython, where `connect` raises NotInBrowserError; unit tests replace the bridge with a fake.
"""

from __future__ import annotations

from ..errors import NotInBrowserError, NotInPortalError
from .files import Blob, Content, Encoded, PageFiles, content_size, contents_in, page_files
from .interface import CALLBACK, NOT_JSON, Answer, Bridge, Forget, FrameSize, OnAnswer, Sending
from .loaded import LoadedBridge
from .plain import PlainBridge
from .request import OnProgress, Options, Request, WireCommand
from .values import page_type, page_value

try:
    import js
    from pyodide.ffi import jsnull
except ImportError:  # plain CPython
    js = None  # type: ignore[assignment]

__all__ = [
    "CALLBACK",
    "NOT_JSON",
    "Answer",
    "Blob",
    "Bridge",
    "Content",
    "Encoded",
    "Forget",
    "FrameSize",
    "OnAnswer",
    "OnProgress",
    "Options",
    "PageFiles",
    "Request",
    "Sending",
    "WireCommand",
    "connect",
    "content_size",
    "contents_in",
    "page_files",
    "page_type",
    "page_value",
]


def connect(bx24: object = None) -> Bridge:
    """Connect to a BX24 object: the given one, or the page's.

    Raises:
        NotInBrowserError: this is not Pyodide.
        NotInPortalError: the page has no BX24 object, or null in its place.
    """
    if js is None:
        raise NotInBrowserError
    found = getattr(js, "BX24", None) if bx24 is None else bx24
    if found is None or found is jsnull:
        raise NotInPortalError(
            "BX24 is null: the page was opened outside a portal. Open it as an application of Bitrix24."
            if found is jsnull
            else 'BX24 is missing: the page needs <script src="//api.bitrix24.com/api/v1/"></script>, '
            "and the script must have loaded."
        )
    # Set by the loader's subclass of XMLHttpRequest, which the page's own library sends through.
    loaded = getattr(js.XMLHttpRequest, "bx24pyConnect", None)
    is_own = found == getattr(js, "BX24", None)
    return LoadedBridge(found, loaded) if loaded is not None and is_own else PlainBridge(found)
