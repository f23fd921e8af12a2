"""The commands of a batch: checked, encoded and split into requests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..bridge import WireCommand
from . import macros, params

MAX_COMMANDS = 50
"""How many commands the portal accepts in one batch (contract, section 3)."""

Key = str | int
CommandForm = Sequence[object] | Mapping[str, object]
"""`[method, params]` or `{"method": method, "params": params}`; params are optional."""

# A key that arrives unchanged. JavaScript moves numeric keys to the front, and brackets end a name in PHP.
_PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class Command(NamedTuple):
    """One command of a batch, checked and encoded; macros use the caller's keys."""

    key: Key
    method: str
    params: dict[str, Any]


def commands_of(calls: object, encode: Callable[..., dict[str, Any]] = params.encode) -> list[Command]:
    """Check and encode the commands of a batch.

    Args:
        calls: as the caller gave them.
        encode: encodes the parameters of one.

    Raises:
        TypeError: not a mapping or list, an invalid key or command, or a value that cannot be sent.
        ValueError: an invalid method name.
    """
    if isinstance(calls, Mapping):
        items = list(calls.items())
    elif isinstance(calls, Sequence) and not isinstance(calls, str | bytes | bytearray):
        items = list(enumerate(calls))
    else:
        raise TypeError(f"calls: must be a mapping or a list of commands, not {type(calls).__name__}")
    checked = [_check(key, form) for key, form in items]  # before reading parameters, which may be iterators
    return [Command(key, method, encode(values, path, method=method)) for key, method, values, path in checked]


def _check(key: object, form: object) -> tuple[Key, str, object, str]:
    """Return a command's key, method and parameters unchanged, and the parameters' name in messages."""
    if isinstance(key, bool) or not isinstance(key, str | int):
        raise TypeError(f"calls: a key must be a str or an int, not {type(key).__name__}")
    path = f"calls[{key!r}]"
    if isinstance(form, Mapping) and "method" in form and form.keys() <= {"method", "params"}:
        method, values = form["method"], form.get("params")
    elif isinstance(form, list | tuple) and 1 <= len(form) <= 2:
        method, values = form[0], form[1] if len(form) == 2 else None
    else:
        raise TypeError(f"{path}: must be [method, params] or {{'method': ..., 'params': ...}}")
    return key, params.check_method(method, f"{path}: method"), values, f"{path}: params"


def check_macros(commands: list[Command]) -> None:
    """Check that every macro names a command that the portal executes earlier.

    Raises:
        ValueError: a duplicate key, or a str that the portal would take for a macro and that names no earlier command
            of the same 50.
    """
    check_references(commands, macros.macros_in, macros.ALONE)


def check_references(
    commands: list[Command], find: Callable[[Any, str], Iterator[tuple[str, str, str]]], alone: str
) -> None:
    """Check that every reference names a command that the portal executes earlier.

    Args:
        commands: those of the whole batch.
        find: yields the path, the text and the key of each reference in encoded parameters.
        alone: what helps where the key names no command.

    Raises:
        ValueError: a duplicate key, or a reference that names no earlier command of the same 50.
    """
    places: dict[str, int] = {}
    for place, command in enumerate(commands):
        if str(command.key) in places:
            raise ValueError(f"calls: duplicate key {command.key!r}, as an int and as a str")
        places[str(command.key)] = place
    for place, command in enumerate(commands):
        called = f"calls[{command.key!r}]"
        for path, macro, key in find(command.params, f"{called}: params"):
            target = places.get(key)
            if target is None:
                where = path.removeprefix(f"{called}: ")
                raise ValueError(f"{called}: {macro} names no command of this batch ({where}), but {alone}")
            if target >= place:
                raise ValueError(f"{called}: {macro} names a command that is not executed before this one")
            if target // MAX_COMMANDS != place // MAX_COMMANDS:
                raise ValueError(
                    f"{called}: {macro} refers to another batch; the portal accepts {MAX_COMMANDS} commands at a time, "
                    f"so both must be among the same {MAX_COMMANDS}"
                )


def describe(commands: Sequence[Command]) -> str:
    """Return the name of a batch for messages."""
    return f"batch of {len(commands)} ({commands[0].method}{', …' if len(commands) > 1 else ''})"


def chunks(commands: list[Command]) -> list[list[Command]]:
    """Split the commands into batches that the portal accepts."""
    return [commands[start : start + MAX_COMMANDS] for start in range(0, len(commands), MAX_COMMANDS)]


def to_wire(commands: list[Command], *, named: bool) -> list[WireCommand]:
    """Return one batch as sent: by key, or as a list if a key would not arrive unchanged."""
    if named and all(isinstance(command.key, str) and _PLAIN_KEY.fullmatch(command.key) for command in commands):
        return [WireCommand(str(command.key), command.method, command.params) for command in commands]
    places = {str(command.key): str(place) for place, command in enumerate(commands)}
    return [
        WireCommand(None, command.method, macros.rename(command.params, places.__getitem__)) for command in commands
    ]
