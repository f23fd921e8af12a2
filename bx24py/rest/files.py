"""A named file among the parameters of a call."""

from __future__ import annotations

from dataclasses import dataclass

from ..bridge import Blob


@dataclass(frozen=True, slots=True)
class File:
    """A named file as a parameter of a call, sent as `[name, base64]` (contract, section 4, number 8).

    ```python
    fields = {"UF_CRM_PLAN": {"fileData": File("plan.csv", content)}}
    await bx24.call_method("crm.deal.update", {"id": 5, "fields": fields})
    ```

    Attributes:
        name: the file's name.
        content: its bytes, or a browser's `Blob`.
    """

    name: str
    content: bytes | bytearray | memoryview | Blob
