"""What the portal has against one parameter of a call."""

from __future__ import annotations

from typing import NamedTuple


class Complaint(NamedTuple):
    """One entry of the `validation` of an error of REST 3.0.

    Attributes:
        field: the parameter, such as `fields.title`; empty if the portal names none.
        message: what is wrong with it, in the portal's language.
    """

    field: str
    message: str

    def __str__(self) -> str:
        """Return it for a message."""
        return f"{self.field}: {self.message}" if self.field else self.message
