"""What users choose in the portal's dialogs, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class User:
    """A chosen user.

    Attributes:
        id: the user's id, as for `user.get`.
        name: the name, as the portal shows it.
    """

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class AccessRight:
    """A chosen holder of access rights.

    Attributes:
        id: such as `U1` (a user), `SG4` (a group), `AU` (all authorised users).
        name: the name, as the portal shows it.
    """

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class CrmItem:
    """A chosen CRM item.

    Attributes:
        id: the composite id, such as `D_5`.
        type: `lead`, `contact`, `company`, `deal` or `quote`.
        place: where the dialog found it; usually the type.
        title: its title or name.
        desc: one more line about it; may be empty.
        url: the path of its page in the portal.
        image: the URL of its picture, or None.
    """

    id: str
    type: str
    place: str
    title: str
    desc: str
    url: str
    image: str | None = None

    @property
    def entity_id(self) -> int:
        """The number in `id`, as for the CRM's REST methods."""
        return int(self.id.rpartition("_")[2])


@dataclass(frozen=True, slots=True)
class CrmChoice:
    """The chosen CRM items by type."""

    lead: list[CrmItem] = field(default_factory=list)
    contact: list[CrmItem] = field(default_factory=list)
    company: list[CrmItem] = field(default_factory=list)
    deal: list[CrmItem] = field(default_factory=list)
    quote: list[CrmItem] = field(default_factory=list)

    @property
    def items(self) -> list[CrmItem]:
        """All of them as one list."""
        return [*self.lead, *self.contact, *self.company, *self.deal, *self.quote]


def user(answer: Any) -> User:
    """Read the answer of BX24.selectUser."""
    return User(int(answer["id"]), str(answer["name"]))


def users(answer: Any) -> list[User]:
    """Read the answer of BX24.selectUsers."""
    return [user(one) for one in _rows(answer)]


def access_rights(answer: Any) -> list[AccessRight]:
    """Read the answer of BX24.selectAccess."""
    return [AccessRight(str(one["id"]), str(one["name"])) for one in _rows(answer)]


def crm_choice(answer: Any) -> CrmChoice:
    """Read the answer of BX24.selectCRM."""
    rows = answer if isinstance(answer, dict) else {}  # PHP writes an empty mapping as a list
    kinds = (one.name for one in fields(CrmChoice))
    return CrmChoice(*([_crm_item(row, kind) for row in _rows(rows.get(kind) or ())] for kind in kinds))


def _crm_item(row: dict[str, Any], kind: str) -> CrmItem:
    return CrmItem(
        id=str(row["id"]),
        type=str(row.get("type") or kind),
        place=str(row.get("place") or kind),
        title=str(row.get("title") or ""),
        desc=str(row.get("desc") or ""),
        url=str(row.get("url") or ""),
        image=row.get("image") or None,
    )


def _rows(answer: Any) -> list[Any]:
    """Return the rows of a list, which PHP writes as a mapping unless its keys are 0, 1, 2…."""
    return list(answer.values()) if isinstance(answer, dict) else list(answer)
