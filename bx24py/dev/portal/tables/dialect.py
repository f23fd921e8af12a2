"""How families of list methods write filter, order, select and start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bx24py.dev.portal.faults import RestFault
from bx24py.dev.portal.tables.fields import Field, flatten
from bx24py.dev.portal.tables.query import Condition, Group, Source, as_text

_OPERATORS = ("!=%", "!%=", ">=", "<=", "!@", "!%", "!=", "=%", "%=", ">", "<", "@", "%", "=", "!")
"""Prefixes of a filter's keys (documentation of crm.item.list and user.get), longest first."""

_SAME = {"": "=", "!=": "!", "%=": "=%", "!%=": "!=%"}


@dataclass(frozen=True)
class Dialect:
    """How a family of list methods reads its parameters.

    Args:
        rename: converts the client's field name to the table's; None: there is no such field.
        strict: whether an unknown field is an error `INVALID_ARG_VALUE` (crm.item.list), or is ignored.
        read: converts a filter value to the stored form.
    """

    rename: Callable[[str], str | None]
    strict: bool = False
    read: Callable[[Field, Any], Any] = Field.read

    def where(self, given: Any, table: Source) -> tuple[Condition | Group, ...]:
        """Read a filter."""
        return self._group(given, table).parts

    def _group(self, given: Any, table: Source) -> Group:
        if isinstance(given, list):
            given = dict(enumerate(given))
        parts: list[Condition | Group] = []
        either = False
        for key, value in given.items():
            name = str(key)
            if name.casefold() == "logic":
                either = str(value).upper() == "OR"
            elif name.isdigit() and isinstance(value, dict | list):
                parts.append(self._group(value, table))
            elif condition := self._condition(name, value, table):
                parts.append(condition)
        return Group((Group(tuple(parts), True),) if either else tuple(parts), False)

    def _condition(self, key: str, value: Any, table: Source) -> Condition | None:
        operator = next((o for o in _OPERATORS if key.startswith(o)), "")
        shown = key[len(operator) :]
        name = self.rename(shown)
        if name is None or name not in table.fields:
            if self.strict:
                raise RestFault("INVALID_ARG_VALUE", f"Invalid filter: field '{shown}' is not allowed in filter")
            return None
        operator = _SAME.get(operator, operator)
        kind = table.fields[name]
        if operator.endswith("%"):
            return Condition(name, operator, tuple(as_text(item) for item in flatten(value)))
        return Condition(name, operator, tuple(self.read(kind, item) for item in flatten(value)))

    def order(self, given: Any, table: Source) -> tuple[tuple[str, bool], ...]:
        """Read an order, a mapping of field to ASC or DESC."""
        pairs: list[tuple[str, bool]] = []
        for shown, direction in given.items() if isinstance(given, dict) else ():
            name = self.rename(str(shown))
            if name is None or name not in table.fields:
                if self.strict:
                    raise RestFault("INVALID_ARG_VALUE", f"Invalid order: field '{shown}' is not allowed in order")
                continue
            if str(direction).upper() not in {"ASC", "DESC"} and self.strict:
                raise RestFault(
                    "INVALID_ARG_VALUE",
                    "Invalid order: allowed sort directions are `ASC, DESC`. "
                    f"But got '{direction}' for field '{shown}'",
                )
            pairs.append((name, str(direction).upper() == "DESC"))
        return tuple(pairs)

    def select(self, given: Any, table: Source) -> list[str]:
        """Read a select: names, `*` for all fields but custom and multiple ones, `UF_*` for custom ones.

        The default is both. The number is always included.
        """
        wanted = [str(item) for item in flatten(given) if item not in (None, "")] or ["*", "UF_*"]
        chosen: dict[str, None] = {table.key: None}
        for shown in wanted:
            if shown in {"*", "UF_*"}:
                custom = shown == "UF_*"
                for name, kind in table.fields.items():
                    if name.startswith("UF_") == custom and not kind.multiple:
                        chosen[name] = None
            elif (found := self.rename(shown)) and found in table.fields:
                chosen[found] = None
        return list(chosen)
