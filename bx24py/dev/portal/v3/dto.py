"""The objects of REST 3.0 (DTO): their fields, and how rows of the portal's tables become JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bx24py.dev.portal.tables.fields import iso, moment
from bx24py.dev.portal.v3.faults import V3Fault, invalid, unknown_field

if TYPE_CHECKING:
    from bx24py.dev.portal.company import Company
    from bx24py.dev.portal.method import Context
    from bx24py.dev.portal.tables.table import Table

Selection = dict[str, "Selection"]
"""The chosen fields of an object; of a related object its chosen fields, or all if empty."""

_JSON_TYPES: dict[str, tuple[type, ...]] = {"int": (int,), "string": (str,), "array": (list,), "object": (dict,)}


def fits(value: Any, kind: str) -> bool:
    """Return whether a JSON value is of a type; null fits none."""
    if kind == "bool":
        return isinstance(value, bool) or value in ("Y", "N")
    if kind == "DateTime":
        return isinstance(value, str) and moment(value) is not None
    if kind == "object" and value == []:  # an empty object, as PHP writes it
        return True
    return isinstance(value, _JSON_TYPES[kind]) and not isinstance(value, bool)


def wrong_type(name: str, kind: str) -> V3Fault:
    """Return the error about a value of another type."""
    return invalid((name, f"Field `{name}` requires data type `{kind}` for this request"))


@dataclass(frozen=True)
class DtoField:
    """One field of an object.

    Args:
        type: `int`, `string`, `bool`, `DateTime`, `array` or `object`.
        column: the field of the table that holds it; for a related object, the field with its number.
        title: its name in words.
        make: returns the value of a row where no column holds it.
        words: the word for each stored value.
        dto: the related object.
        filters, sorts: whether a list can be filtered and sorted by it.
        edits: whether it can be written: not at all, only in a new object, or always.
        required: whether a new object needs it.
    """

    type: str
    column: str = ""
    title: str = ""
    make: Callable[[Context, int], Any] | None = None
    words: Mapping[Any, str] = field(default_factory=dict)
    dto: Dto | None = None
    filters: bool = False
    sorts: bool = False
    edits: str = ""
    required: bool = False

    def shown(self, value: Any) -> Any:
        """Convert a stored value to JSON."""
        if self.words:
            return self.words.get(value)
        if value is None:
            return None
        if self.type == "bool":
            return value == "Y"
        return iso(value) if self.type == "DateTime" else value

    def stored(self, name: str, value: Any) -> Any:
        """Convert a JSON value to the stored form.

        Raises:
            V3Fault: it is of another type.
        """
        if value is None:
            return None
        if not fits(value, self.type):
            raise wrong_type(name, self.type)
        if self.words:
            return next((kept for kept, word in self.words.items() if word == value), value)
        if self.type == "bool":
            return "Y" if value in (True, "Y") else "N"
        return moment(value) if self.type == "DateTime" else value


@dataclass(frozen=True)
class Dto:
    """A kind of object.

    Args:
        name: as in error messages.
        table: returns the table with its rows.
        fields: by name.
        basic: what is returned without `select`.
        strict: whether an unknown field in `select` is an error; else it is dropped.
    """

    name: str
    table: Callable[[Company], Table]
    fields: Mapping[str, DtoField]
    basic: tuple[str, ...] = ("id",)
    strict: bool = False

    def field(self, name: str) -> DtoField:
        """Return a field.

        Raises:
            V3Fault: there is none.
        """
        if name not in self.fields:
            raise unknown_field(name, self.name)
        return self.fields[name]

    def select(self, given: Any) -> Selection:
        """Read `select`: names, and `responsible.name` for a field of a related object.

        Raises:
            V3Fault: it is not a list of names, or a related object has no such field.
        """
        if given is None or given == []:
            return {name: {} for name in self.basic}
        if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
            raise V3Fault("INVALIDSELECTEXCEPTION", f"Unable to recognize select expression `{given}`")
        chosen: Selection = {}
        for path in given:
            self._choose(path, chosen, related=False)
        return chosen

    def _choose(self, path: str, chosen: Selection, *, related: bool) -> None:
        name, dot, rest = path.partition(".")
        if name not in self.fields:
            if related or self.strict:
                raise unknown_field(name, self.name)
            return
        inner = chosen.setdefault(name, {})
        if dot:
            other = self.fields[name].dto
            if other is None:
                raise unknown_field(rest, self.name)
            other._choose(rest, inner, related=True)

    def show(self, call: Context, number: int, chosen: Selection) -> dict[str, Any]:
        """Return the chosen fields of a row."""
        table = self.table(call.company)
        row: dict[str, Any] = {}
        for name, inner in chosen.items():
            one = self.fields[name]
            if one.make:
                row[name] = one.make(call, number)
            elif one.dto:
                row[name] = _related(call, one.dto, table.value(number, one.column), inner)
            else:
                row[name] = one.shown(table.value(number, one.column))
        return row

    def plain(self) -> tuple[str, ...]:
        """Return the names of the fields that are not related objects."""
        return tuple(name for name, one in self.fields.items() if one.dto is None)

    def read(self, given: Mapping[str, Any], editing: str) -> dict[str, Any]:
        """Read `fields` of a new object (`add`) or of a change (`always`): values by column.

        Raises:
            V3Fault: there is no such field, it cannot be written, or the value is of another type.
        """
        values: dict[str, Any] = {}
        for name, value in given.items():
            one = self.field(name)
            if not one.edits or (editing == "always" and one.edits == "add"):
                raise lacks(self.name, name, "Editable")
            values[one.column] = one.stored(name, value)
        return values

    def required(self) -> Iterable[str]:
        """Return the names of the fields that a new object needs."""
        return (name for name, one in self.fields.items() if one.required)


def lacks(dto: str, name: str, attribute: str) -> V3Fault:
    """Return the error about a field that cannot be used in this way."""
    return invalid(
        (name, f"In DTO `{dto}`, the field `{name}` requires the `{attribute}` attribute for such a request")
    )


def _related(call: Context, dto: Dto, key: Any, inner: Selection) -> Any:
    chosen = inner or {name: {} for name in dto.plain()}
    table = dto.table(call.company)
    if isinstance(key, list):
        return [dto.show(call, number, chosen) for number in key if number in table]
    return dto.show(call, key, chosen) if isinstance(key, int) and key in table else None
