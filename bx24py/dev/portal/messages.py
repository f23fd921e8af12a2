"""Messages of the wire: what an application sent, the answer, and what the portal page must do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from bx24py.dev.portal.log import cut_texts, weigh


class _Silence:
    """The type of NO_ANSWER."""

    def __repr__(self) -> str:
        return "NO_ANSWER"


class _Nothing:
    """The type of NOTHING."""

    def __repr__(self) -> str:
        return "NOTHING"


NO_ANSWER: Final = _Silence()
"""What a command returns if the portal must never answer it."""

NOTHING: Final = _Nothing()
"""What a command returns for an answer without a result, which BX24.js passes on as `[]` (contract, section 2)."""


@dataclass
class WireMessage:
    """One message that an application sent. Tokens in it are replaced by `***`."""

    id: int
    frame: str
    """The frame that sent it: an application may be open several times (`openApplication`)."""

    command: str
    params: Any
    """Decoded from JSON; None if the message had none."""

    time: float
    """When it arrived, in seconds since the epoch."""

    answer: Any = NO_ANSWER
    """The portal's answer: a JSON value, NOTHING for an empty result, NO_ANSWER if there is none yet."""

    duration: float | None = None
    """Seconds until the answer."""

    @property
    def answered(self) -> bool:
        """Whether the portal has answered this message."""
        return self.answer is not NO_ANSWER

    def weight(self) -> int:
        """Return the approximate memory in bytes of the parameters and the answer."""
        return weigh(self.params) + weigh(self.answer)

    def cut(self) -> None:
        """Cut long strings in the parameters and the answer."""
        self.params, self.answer = cut_texts(self.params), cut_texts(self.answer)


@dataclass
class Action:
    """What the portal page must do for a message, and the answer, if already known."""

    answer: Any = NO_ANSWER
    do: str | None = None
    args: dict[str, Any] = field(default_factory=dict)
    delay: float = 0.0
    """Seconds before the page posts the answer."""
