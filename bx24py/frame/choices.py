"""What people choose in the portal's dialogs."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class User:
    """A user who was chosen.

    Attributes:
        id: the user's id, as `user.get` takes it.
        name: the name as the portal shows it.
    """

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class AccessRight:
    """A holder of access rights who was chosen.

    Attributes:
        id: such as `U1` (a user), `SG4` (a group), `AU` (all authorised users).
        name: the name as the portal shows it.
    """

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class CrmItem:
    """A CRM item that was chosen.

    Attributes:
        id: the portal's composite id, such as `D_5`.
        type: `lead`, `contact`, `company`, `deal` or `quote`.
        place: where the dialog found it; mostly the type.
        title: its title or name.
        desc: a line more about it; may be empty.
        url: the path of its page in the portal.
        image: the address of its picture, or None.
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
        """The number in `id`, as the REST methods of the CRM take it."""
        return int(self.id.rpartition("_")[2])


@dataclass(frozen=True, slots=True)
class CrmChoice:
    """The CRM items that were chosen, by their type."""

    lead: list[CrmItem] = field(default_factory=list)
    contact: list[CrmItem] = field(default_factory=list)
    company: list[CrmItem] = field(default_factory=list)
    deal: list[CrmItem] = field(default_factory=list)
    quote: list[CrmItem] = field(default_factory=list)

    @property
    def items(self) -> list[CrmItem]:
        """All of them in one list."""
        return [*self.lead, *self.contact, *self.company, *self.deal, *self.quote]
