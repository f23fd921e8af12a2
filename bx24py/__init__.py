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
from .frame.auth import Auth
from .frame.choices import AccessRight, CrmChoice, CrmItem, User
from .frame.placement import PlacementInterface
from .frame.placement_info import PlacementInfo
from .frame.window import Label, ScrollSize
from .monitor import CallInfo
from .rest.batch import Batch, BatchCall
from .rest.batch_run import BatchRun
from .rest.fields import Field, Fields
from .rest.files import File
from .rest.lists import RowStream
from .rest.macros import Reference
from .rest.money import Money
from .rest.result import Result, Time
from .rest.writes import Write

if TYPE_CHECKING:
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

_LATER = {"V3": "client", "BatchCallV3": "batch", "BatchV3": "batch", "FieldV3": "references"}
_LATER |= {"MethodInfo": "methods", "MethodParameter": "methods"}
"""Where names of REST 3.0 are; few applications need them, and each module makes the start longer."""


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".v3.{_LATER[name]}", __name__), name)
