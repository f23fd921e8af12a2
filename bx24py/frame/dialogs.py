"""The portal's selection dialogs: users, access rights, CRM items."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..calls.pending import Pending
from .portal_page import PortalPage

if TYPE_CHECKING:
    from .choices import AccessRight, CrmChoice, CrmItem, User

_LATE = (
    "Nothing was chosen: the dialog is still open, or was closed without a choice, which cannot be detected. "
    "A later choice is dropped."
)


_TYPES = "lead", "contact", "company", "deal", "quote"


class Dialogs:
    """The part of the client that opens the portal's dialogs.

    A dialog that is closed without a choice never answers, and this cannot be detected (contract, section 2). So each
    call waits indefinitely, unless it has a `timeout`, and can be cancelled; the dialog itself then stays open, and a
    later choice is dropped.

    What users choose is imported when a dialog opens: few applications need it, and it would make each start longer.
    """

    _page: PortalPage

    def select_user(self, *, title: str | None = None, timeout: float | None = None) -> Pending[User]:
        """Let the user choose a user of the portal.

        Args:
            title: the dialog's title; None: the portal's.
            timeout: seconds; None: no limit.

        Raises:
            TypeError: the title is not a str.
            CallTimeoutError: when awaited: nothing was chosen in time.
        """
        from .choices import user

        return self._choose("selectUser", *_title(title), read=user, timeout=timeout)

    def select_users(self, *, title: str | None = None, timeout: float | None = None) -> Pending[list[User]]:
        """Let the user choose users of the portal.

        Args:
            title: the dialog's title; None: the portal's.
            timeout: seconds; None: no limit.

        Raises:
            TypeError: the title is not a str.
            CallTimeoutError: when awaited: nothing was chosen in time.
        """
        from .choices import users

        return self._choose("selectUsers", *_title(title), read=users, timeout=timeout)

    def select_access(self, value: Iterable[str] = (), *, timeout: float | None = None) -> Pending[list[AccessRight]]:
        """Let the user choose who gets access: users, departments, groups.

        Args:
            value: ids that cannot be chosen, such as `["U1", "AU"]`, because they already have access.
            timeout: seconds; None: no limit.

        Raises:
            TypeError: not a list of str.
            CallTimeoutError: when awaited: nothing was chosen in time.
        """
        from .choices import access_rights

        blocked = _texts(value, "value", "ids, such as ['U1', 'AU'],")
        return self._choose("selectAccess", blocked, read=access_rights, timeout=timeout)

    def select_crm(
        self,
        *,
        entity_type: Iterable[str] | None = None,
        multiple: bool = False,
        value: Mapping[str, Iterable[int | str | CrmItem]] | None = None,
        timeout: float | None = None,
    ) -> Pending[CrmChoice]:
        """Let the user choose CRM items.

        Args:
            entity_type: the types to offer: `lead`, `contact`, `company`, `deal`, `quote`; None: all.
            multiple: whether several may be chosen.
            value: the items selected at first, by type, such as `{"deal": [1, 2]}`; ids or CrmItem objects. Only with
                `multiple`: BX24 drops it otherwise.
            timeout: seconds; None: no limit.

        Raises:
            TypeError, ValueError: a type that does not exist or is not offered, an invalid id, or `value` without
                `multiple`.
            CallTimeoutError: when awaited: nothing was chosen in time.
        """
        from .choices import crm_choice

        if not isinstance(multiple, bool):
            raise TypeError(f"multiple: must be a bool, not {type(multiple).__name__}")
        types = _types(entity_type)
        params: dict[str, Any] = {"entityType": types, "multiple": multiple}
        if value is not None:
            params["value"] = _chosen(value, types)
            if params["value"] and not multiple:
                raise ValueError("value: BX24.selectCRM accepts it only with multiple=True")
        return self._choose("selectCRM", params, read=crm_choice, timeout=timeout)

    def _choose(self, function: str, *arguments: Any, read: Any, timeout: float | None) -> Pending[Any]:
        return self._page.ask(function, *arguments, read=read, timeout=timeout, default=math.inf, late=_LATE)


def _title(title: object) -> tuple[str, ...]:
    if title is None:
        return ()
    if not isinstance(title, str):
        raise TypeError(f"title: must be a str, not {type(title).__name__}")
    return (title,)


def _texts(values: Iterable[str], name: str, what: str) -> list[str]:
    """Return a list of str. A single str would count as a list of its letters."""
    if isinstance(values, str | Mapping) or not isinstance(values, Iterable):
        raise TypeError(f"{name}: must be a list of {what} not {type(values).__name__}")
    texts = list(values)
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(f"{name}[{index}]: must be a str, not {type(text).__name__}")
    return texts


def _types(entity_type: Iterable[str] | None) -> list[str]:
    types = list(_TYPES) if entity_type is None else _texts(entity_type, "entity_type", "types, such as ['deal'],")
    if not types:
        raise ValueError("entity_type: must not be empty; None means all")
    for one in types:
        _check_type(one, _TYPES, "entity_type")
    return types


def _check_type(one: object, types: Collection[str], name: str) -> None:
    if one not in types:
        raise ValueError(f"{name}: must be one of {', '.join(types)}, not {one!r}")


def _chosen(value: Mapping[str, Iterable[int | str | CrmItem]], types: list[str]) -> dict[str, list[int]]:
    """Return the value for BX24.selectCRM, without the types that have no items."""
    if not isinstance(value, Mapping):
        raise TypeError(f"value: must be a mapping, such as {{'deal': [1, 2]}}, not {type(value).__name__}")
    chosen: dict[str, list[int]] = {}
    for kind, items in value.items():
        _check_type(kind, _TYPES, "value")
        name = f"value[{kind!r}]"
        if isinstance(items, str) or not isinstance(items, Iterable):
            raise TypeError(f"{name}: must be a list of ids, not {type(items).__name__}")
        ids = [_item_id(item, f"{name}[{index}]") for index, item in enumerate(items)]
        if ids:
            _check_type(kind, types, "value")
            chosen[kind] = ids
    return chosen


def _item_id(item: object, name: str) -> int:
    from .choices import CrmItem

    if isinstance(item, CrmItem):
        return item.entity_id
    if isinstance(item, bool) or not isinstance(item, int | str):
        raise TypeError(f"{name}: must be an item id, not {type(item).__name__}")
    digits = str(item).rpartition("_")[2]
    number = int(digits) if digits.isascii() and digits.isdigit() else 0
    if number < 1:
        raise ValueError(f"{name}: must be an item id, such as 5 or 'D_5', not {item!r}")
    return number
