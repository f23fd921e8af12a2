"""In-portal Bitrix24 applications in Python.

Python runs in Pyodide inside the application's frame and drives the page's BX24 object:

```python
from bx24py import bx24

user = await bx24.call_method("user.current")
print(user.data["NAME"])
```
"""

from typing import TYPE_CHECKING, Any

from .batch_results import BatchResults
from .calls.pacing import Limits
from .calls.pending import Pending
from .client import BX24
from .complaint import Complaint
from .errors import (
    AccessError,
    AuthError,
    BadResponseError,
    BX24Error,
    CallTimeoutError,
    CommandError,
    InitTimeoutError,
    MethodNotFoundError,
    NetworkError,
    NotExecutedError,
    NotInBrowserError,
    NotInPortalError,
    OperationTimeLimitError,
    PathNotAvailableError,
    RateLimitError,
    RestError,
    ScriptError,
    ServerError,
    UnknownCommandError,
    UnknownEventError,
    WriteRefusedError,
)
from .frame.placement import PlacementInterface
from .frame.window import Label, ScrollSize
from .monitor import CallInfo
from .rest.batch import Batch, BatchCall
from .rest.batch_run import BatchRun
from .rest.files import File
from .rest.lists import RowStream
from .rest.macros import Reference
from .rest.money import Money
from .rest.result import Result, Time
from .rest.writes import Write

if TYPE_CHECKING:
    from .frame.auth import Auth
    from .frame.choices import AccessRight, CrmChoice, CrmItem, User
    from .frame.placement_info import PlacementInfo
    from .rest.fields import Field, Fields
    from .v3.batch import BatchCallV3, BatchV3
    from .v3.client import V3
    from .v3.methods import MethodInfo, MethodParameter
    from .v3.references import FieldV3

__version__ = "0.1.0"

bx24 = BX24()
"""The client of this page."""

__all__ = [
    "BX24",
    "V3",
    "AccessError",
    "AccessRight",
    "Auth",
    "AuthError",
    "BX24Error",
    "BadResponseError",
    "Batch",
    "BatchCall",
    "BatchCallV3",
    "BatchResults",
    "BatchRun",
    "BatchV3",
    "CallInfo",
    "CallTimeoutError",
    "CommandError",
    "Complaint",
    "CrmChoice",
    "CrmItem",
    "Field",
    "FieldV3",
    "Fields",
    "File",
    "InitTimeoutError",
    "Label",
    "Limits",
    "MethodInfo",
    "MethodNotFoundError",
    "MethodParameter",
    "Money",
    "NetworkError",
    "NotExecutedError",
    "NotInBrowserError",
    "NotInPortalError",
    "OperationTimeLimitError",
    "PathNotAvailableError",
    "Pending",
    "PlacementInfo",
    "PlacementInterface",
    "RateLimitError",
    "Reference",
    "RestError",
    "Result",
    "RowStream",
    "ScriptError",
    "ScrollSize",
    "ServerError",
    "Time",
    "UnknownCommandError",
    "UnknownEventError",
    "User",
    "Write",
    "WriteRefusedError",
    "bx24",
]

_LATER = {
    ".frame.auth": ("Auth",),
    ".frame.choices": ("AccessRight", "CrmChoice", "CrmItem", "User"),
    ".frame.placement_info": ("PlacementInfo",),
    ".rest.fields": ("Field", "Fields"),
    ".v3.batch": ("BatchCallV3", "BatchV3"),
    ".v3.client": ("V3",),
    ".v3.methods": ("MethodInfo", "MethodParameter"),
    ".v3.references": ("FieldV3",),
}
"""Modules that are imported when one of these names is asked for. Few applications do; each makes the start longer."""


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for module, names in _LATER.items():
        if name in names:
            return getattr(import_module(module, __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
