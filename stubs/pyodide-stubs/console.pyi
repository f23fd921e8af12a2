"""Applications seldom need it: its names have no types here."""

from typing import Any

def __getattr__(name: str) -> Any: ...
