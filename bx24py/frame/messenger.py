"""The portal's messenger and telephony: `BX24.im`."""

from __future__ import annotations

from ..calls.pending import Pending
from .handlers import check_name
from .portal_page import PortalPage


class Messenger:
    """The functions of `BX24.im`.

    The portal answers none of these commands (contract, section 2): awaiting one ends when it has been sent, and its
    outcome is unknown.
    """

    def __init__(self, page: PortalPage) -> None:
        self._page = page

    def call_to(self, user_id: int | str, video: bool = True) -> Pending[None]:
        """Call a user of the portal.

        Args:
            user_id: the user's id, an int or a str of digits.
            video: whether with video, or audio only.

        Raises:
            TypeError, ValueError: an invalid id, or `video` is not a bool.
        """
        number = _user_id(user_id)
        if not isinstance(video, bool):
            raise TypeError(f"video: must be a bool, not {type(video).__name__}")
        return self._page.tell("im.callTo", number, video)

    def phone_to(self, phone: str) -> Pending[None]:
        """Call a phone number through the portal's telephony.

        Args:
            phone: the number as a str, preferably with the country code, such as `+14151234567`.

        Raises:
            TypeError, ValueError: not a str (an int would lose its `+` and zeros), or empty.
        """
        check_name(phone, "phone")
        return self._page.tell("im.phoneTo", phone)

    def open_messenger(self, dialog_id: int | str | None = None) -> Pending[None]:
        """Open the messenger.

        Args:
            dialog_id: the chat: a user's id, `chat12`, `sg4` (a group) or `imol|7` (an open channel); None: the list
                of chats.

        Raises:
            TypeError, ValueError: an invalid id.
        """
        arguments = () if dialog_id is None else (_dialog_id(dialog_id),)
        return self._page.tell("im.openMessenger", *arguments)

    def open_history(self, dialog_id: int | str) -> Pending[None]:
        """Open the history of a chat.

        Args:
            dialog_id: the chat: a user's id, `chat12` or `imol|7` (an open channel).

        Raises:
            TypeError, ValueError: an invalid id.
        """
        return self._page.tell("im.openHistory", _dialog_id(dialog_id))


def _user_id(user_id: object, name: str = "user_id") -> int:
    if isinstance(user_id, bool) or not isinstance(user_id, int | str):
        raise TypeError(f"{name}: must be a user id, not {type(user_id).__name__}")
    number = int(user_id) if isinstance(user_id, int) or (user_id.isascii() and user_id.isdigit()) else 0
    if number < 1:
        raise ValueError(f"{name}: must be a user id, not {user_id!r}")
    return number


def _dialog_id(dialog_id: object) -> str:
    if isinstance(dialog_id, str):
        check_name(dialog_id, "dialog_id")
        return dialog_id
    if isinstance(dialog_id, bool) or not isinstance(dialog_id, int):
        raise TypeError(f"dialog_id: must be the id of a user or chat, not {type(dialog_id).__name__}")
    return str(_user_id(dialog_id, "dialog_id"))
