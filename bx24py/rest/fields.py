"""The fields of an entity: what a row's values are in Python, and how they are written back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Field:
    """One field, as the portal describes it.

    Attributes:
        name: its name in the description, such as `STAGE_ID`, or `stageId` in `crm.item`.
        title: what people read, in the portal's language.
        type: the portal's name of its type, such as `string`, `double` or `crm_status`.
        is_required: whether a new row must have it.
        is_read_only: whether it cannot be written.
        is_immutable: whether it can be written in a new row only.
        is_multiple: whether its value is a list. Of custom fields of tasks the portal does not say.
        items: for enumerations and statuses the word of each id, as `Fields.read` gives the id; else empty.
    """

    name: str
    title: str
    type: str
    is_required: bool = False
    is_read_only: bool = False
    is_immutable: bool = False
    is_multiple: bool = False
    items: Mapping[int | str, str] = field(default_factory=dict)


class Described(NamedTuple):
    """A field, with what `Fields` needs to know beyond it.

    Attributes:
        field: the field.
        read: reads its values; raises nothing.
        write: writes them; raises TypeError or ValueError.
        alias: its name in the other notation.
    """

    field: Field
    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    alias: str


class Fields(Mapping[str, Field]):
    """The fields of an entity by name, which read its rows and write its parameters.

    A name may also be that of the other notation: `responsibleId` for `RESPONSIBLE_ID` of tasks, `UF_CRM_1720` for
    `ufCrm_1720` of `crm.item`. Reading `fields[name]` raises KeyError for an unknown name, with similar names.

    Attributes:
        entity: what they belong to, such as `crm.deal`.
    """

    def __init__(self, entity: str, described: Iterable[Described]) -> None:
        self.entity = entity
        self._fields: dict[str, Field] = {}
        self._known: dict[str, Field] = {}
        self._readers: dict[str, Callable[[Any], Any]] = {}
        self._writers: dict[str, Callable[[Any], Any]] = {}
        for one in described:
            name = one.field.name
            self._fields[name] = self._known[name] = one.field
            self._readers[name], self._writers[name] = one.read, one.write
            self._known.setdefault(one.alias, one.field)
            self._readers.setdefault(one.alias, one.read)

    def __getitem__(self, name: str) -> Field:
        """Return a field by its name.

        Raises:
            KeyError: there is no such field; the message has similar names.
        """
        found = self._known.get(name)
        if found is None:
            raise KeyError(self._unknown(name))
        return found

    def __contains__(self, name: object) -> bool:
        """Return whether there is such a field."""
        return name in self._known

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._fields)

    def __len__(self) -> int:
        """Return how many fields there are."""
        return len(self._fields)

    def __repr__(self) -> str:
        """Return the entity and the number of fields."""
        return f"<Fields {self.entity}: {len(self)} fields>"

    def read(self, row: Mapping[str, object]) -> dict[str, Any]:
        """Return a new dict of a row's values in Python.

        Integers are int, doubles Decimal, `money` a `Money`, moments aware datetimes, days dates, flags (Y and N, 1 and
        0) bool, and statuses, enumerations and references their ids. Empty values are None, as is a reference to 0.
        Multiple fields are lists, empty ones `[]`. Files and values of other types stay as they are, and so do a value
        that does not fit its type and what is not a field.

        Args:
            row: a row of an answer.

        Raises:
            TypeError: it is no mapping.
        """
        if not isinstance(row, Mapping):
            raise TypeError(f"row: must be a mapping, not {type(row).__name__}")
        readers = self._readers
        return {name: readers[name](value) if name in readers else value for name, value in row.items()}

    def write(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return a new dict of what the portal takes for these values: the way back of `read`.

        None clears a field. A reference of a batch builder stands for any value. The names become those of the
        description.

        Args:
            values: Python values by the fields' names, each of the class that `read` gives; int and float are good for
                doubles, a tuple for a list.

        Raises:
            TypeError: a value of another class; the message has `values["NAME"]`.
            ValueError: an unknown field, one that is read-only or given twice, a datetime without a time zone or a
                number that is not finite; the message names it.
        """
        if not isinstance(values, Mapping):
            raise TypeError(f"values: must be a mapping, not {type(values).__name__}")
        written: dict[str, Any] = {}
        for given, value in values.items():
            path, found = f'values["{given}"]', self._known.get(given)
            if found is None:
                raise ValueError(f"{path}: {self._unknown(given)}")
            if found.is_read_only:
                raise ValueError(f"{path}: the field is read-only")
            if found.name in written:
                raise ValueError(f"{path}: {found.name} is given twice")
            try:
                written[found.name] = self._writers[found.name](value)
            except (TypeError, ValueError) as error:
                raise type(error)(f"{path}: {error}") from None
        return written

    def _unknown(self, name: object) -> str:
        return f"{self.entity} has no field {name!r}{similar(name, self._known)}"


def similar(name: object, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown name: names like it, or nothing."""
    from difflib import get_close_matches  # here, because it takes its time

    names = get_close_matches(str(name), known, cutoff=0.5)
    return f"; did you mean {' or '.join(map(repr, names))}?" if names else ""
