"""In-portal Bitrix24 applications in Python.

Python runs in Pyodide inside the application's frame and drives the page's BX24 object:

```python
from bx24py import bx24

user = await bx24.call_method("user.current")
print(user.data["NAME"])
```
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .batch import Batch, BatchCall
from .client import BX24
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
)
from .files import File
from .limits import Limits
from .macros import Reference
from .monitor import CallInfo
from .pending import Pending
from .placement import PlacementInterface
from .result import Result, Time
from .window import Label, ScrollSize

if TYPE_CHECKING:
    from .auth import Auth
    from .chosen import AccessRight, CrmChoice, CrmItem, User
    from .placement_info import PlacementInfo
else:
    _MODULES = {
        "AccessRight": "chosen",
        "Auth": "auth",
        "CrmChoice": "chosen",
        "CrmItem": "chosen",
        "PlacementInfo": "placement_info",
        "User": "chosen",
    }

    def __getattr__(name: str) -> Any:
        """Import what takes long to make, and what few applications name."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f".{_MODULES[name]}", __name__), name)
        return value


__version__ = "0.1.0"

bx24 = BX24()
"""The client of this page."""

__all__ = [
    "BX24",
    "AccessError",
    "AccessRight",
    "Auth",
    "AuthError",
    "BX24Error",
    "BadResponseError",
    "Batch",
    "BatchCall",
    "CallInfo",
    "CallTimeoutError",
    "CommandError",
    "CrmChoice",
    "CrmItem",
    "File",
    "InitTimeoutError",
    "Label",
    "Limits",
    "MethodNotFoundError",
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
    "ScriptError",
    "ScrollSize",
    "ServerError",
    "Time",
    "UnknownCommandError",
    "UnknownEventError",
    "User",
    "bx24",
]
