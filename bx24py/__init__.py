"""In-portal Bitrix24 applications in Python.

Python runs in Pyodide inside the application's frame and drives the page's BX24 object:

```python
from bx24py import bx24

user = await bx24.call_method("user.current")
print(user.data["NAME"])
```
"""

from .auth import Auth
from .batch import Batch, BatchCall
from .client import BX24
from .dialogs import AccessRight, CrmChoice, CrmItem, User
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
from .placement import PlacementInfo, PlacementInterface
from .result import Result, Time
from .window import Label, ScrollSize

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
