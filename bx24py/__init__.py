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
from .errors import (
    AccessError,
    AuthError,
    BadResponseError,
    BX24Error,
    CallTimeoutError,
    InitTimeoutError,
    MethodNotFoundError,
    NetworkError,
    NotExecutedError,
    NotInBrowserError,
    NotInPortalError,
    OperationTimeLimitError,
    RateLimitError,
    RestError,
    ServerError,
)
from .limits import Limits
from .macros import Reference
from .monitor import CallInfo
from .result import Result, Time

__version__ = "0.1.0"

bx24 = BX24()
"""The client of this page."""

__all__ = [
    "BX24",
    "AccessError",
    "Auth",
    "AuthError",
    "BX24Error",
    "BadResponseError",
    "Batch",
    "BatchCall",
    "CallInfo",
    "CallTimeoutError",
    "InitTimeoutError",
    "Limits",
    "MethodNotFoundError",
    "NetworkError",
    "NotExecutedError",
    "NotInBrowserError",
    "NotInPortalError",
    "OperationTimeLimitError",
    "RateLimitError",
    "Reference",
    "RestError",
    "Result",
    "ServerError",
    "Time",
    "bx24",
]
