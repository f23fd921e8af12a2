"""References from one command of a batch to the result of an earlier one: `$ref` and `$refArray`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..bridge import WireCommand
from ..rest.commands import Command, check_references

_MARKERS = ("$ref", "$refArray")
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class FieldV3:
    """A field of the `item` that an earlier command of the same batch gives, or of each of its `items`.

    `task.item["responsibleId"]` is one value, `tasks.items["id"]` a list of values; `["responsible"]["name"]` is a
    field of a related object. As a parameter's value it stands for what will be there.
    """

    __slots__ = ("_batch", "_marker", "_names", "_path")

    __iter__ = None  # with __getitem__ alone, `list(field)` would never end

    def __init__(self, batch: object, marker: str, path: str, names: tuple[str, ...] = ()) -> None:
        self._batch = batch
        self._marker = marker
        self._path = path
        self._names = names

    def __getitem__(self, name: str) -> FieldV3:
        """Refer to a field.

        Raises:
            TypeError: the name is not a str; one row of several cannot be referred to.
            ValueError: it is empty or contains a dot, which separates the names in a reference.
        """
        if not isinstance(name, str):
            raise TypeError(f"name: must be the str name of a field, not {type(name).__name__}")
        if not name or "." in name:
            raise ValueError(f"name: {name!r} cannot be part of a reference")
        return FieldV3(self._batch, self._marker, self._path, (*self._names, name))

    def __str__(self) -> str:
        """Refuse: REST 3.0 replaces a whole value only, never a part of a text."""
        raise TypeError(f"{self!r}: cannot be part of a text; REST 3.0 replaces whole values only")

    def __repr__(self) -> str:
        """Return it as it is written."""
        word = "item" if self._marker == "$ref" else "items"
        return f"commands[{self._path}].{word}" + "".join(f"[{name!r}]" for name in self._names)


def as_sent(field: FieldV3, batch: object, path: str) -> dict[str, str]:
    """Return a field as a parameter's value in this batch.

    Raises:
        TypeError: it names no field.
        ValueError: it belongs to another batch.
    """
    if field._batch is not batch:
        raise ValueError(f"{path}: {field!r} belongs to a command of another batch")
    if not field._names:
        raise TypeError(f'{path}: must name a field of {field!r}, such as {field!r}["id"]')
    return {field._marker: ".".join((field._path, *field._names))}


def references_in(value: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Yield the path, the text and the command's name of every reference in encoded parameters."""
    if isinstance(value, dict):
        marker, target = _reference(value)
        if marker:
            yield path, f"{marker} {target!r:.60}", target.partition(".")[0]
            return
        for name, item in value.items():
            yield from references_in(item, f"{path}[{name!r}]")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from references_in(item, f"{path}[{index}]")


def check(commands: list[Command]) -> None:
    """Check that every reference names a command that the portal executes earlier.

    Raises:
        ValueError: it does not, or not one of the same 50.
    """
    check_references(commands, references_in, 'such a mapping refers to an earlier command, by its key: "key.field"')


def to_wire(commands: Sequence[Command]) -> tuple[WireCommand, ...]:
    """Return one batch as sent: a command that others refer to has a name."""
    keys = [str(command.key) for command in commands]
    plain = all(map(_PLAIN_NAME.fullmatch, keys))
    names = {key: key if plain else f"c{place}" for place, key in enumerate(keys)}
    named = {name for command in commands for _, _, name in references_in(command.params, "")}
    return tuple(
        WireCommand(names[key] if key in named else None, command.method, _rename(command.params, names.__getitem__))
        for key, command in zip(keys, commands, strict=True)
    )


def _rename(value: Any, name: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        marker, target = _reference(value)
        if marker:
            command, dot, fields = target.partition(".")
            return {marker: f"{name(command)}{dot}{fields}"}
        return {key: _rename(item, name) for key, item in value.items()}
    return [_rename(item, name) for item in value] if isinstance(value, list) else value


def _reference(value: dict[str, Any]) -> tuple[str, str]:
    """Return the marker and the target of a reference; two empty texts for any other mapping."""
    if len(value) == 1:
        ((marker, target),) = value.items()
        if marker in _MARKERS and isinstance(target, str):
            return marker, target
    return "", ""
