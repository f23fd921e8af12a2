"""Lists of REST 3.0: how `filter`, `order`, `pagination` and `cursor` are read, and the rows that they choose."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bx24py.dev.portal.tables.query import Condition, Group, Query, Source
from bx24py.dev.portal.v3.dto import Dto, lacks, wrong_type
from bx24py.dev.portal.v3.faults import V3Fault, unknown_field

if TYPE_CHECKING:
    from bx24py.dev.portal.method import Context

PAGE = 50
"""Rows of a page unless asked otherwise."""

MOST = 1000
"""Rows of the largest page of any method."""

_OPERATORS = {"=": "=", "!=": "!", ">": ">", ">=": ">=", "<": "<", "<=": "<=", "in": "@"}
"""Operators of REST 3.0 and of the tables; `between` is two of them."""


@dataclass(frozen=True)
class Not(Group):
    """A group that must not hold."""

    def test(self, table: Source) -> Callable[[int], bool]:
        """Return a function that tests a row against the group."""
        holds = super().test(table)
        return lambda number: not holds(number)


def where(given: Any, dto: Dto, call: Context) -> tuple[Condition | Group, ...]:
    """Read `filter`.

    Raises:
        V3Fault: it is damaged, or names an unknown field or operator, or a value does not fit.
    """
    if given is None:
        return ()
    if not isinstance(given, list):
        raise _damaged("FILTER", "filter expression", given)
    return tuple(_part(part, dto, call) for part in given)


def _damaged(what: str, words: str, given: Any) -> V3Fault:
    shown = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False, separators=(",", ":"))
    return V3Fault(f"INVALID{what}EXCEPTION", f"Unable to recognize {words} `{shown}`")


def _part(given: Any, dto: Dto, call: Context) -> Condition | Group:
    if isinstance(given, dict) and isinstance(given.get("conditions"), list):
        logic = str(given.get("logic", "and")).lower()
        if logic not in {"and", "or"}:
            raise _damaged("FILTER", "filter expression", given)
        kind = Not if given.get("negative") is True else Group
        return kind(tuple(_part(part, dto, call) for part in given["conditions"]), logic == "or")
    if not isinstance(given, list) or len(given) not in {2, 3} or not isinstance(given[0], str):
        raise _damaged("FILTER", "filter expression", given)
    if len(given) == 2:
        given = [given[0], "in" if isinstance(given[1], list) else "=", given[1]]
    path, operator, value = given
    return _condition(path, path, operator, value, dto, call)


def _condition(name: str, path: str, operator: Any, value: Any, dto: Dto, call: Context) -> Condition | Group:
    head, dot, rest = name.partition(".")
    one = dto.field(head)
    if dot:
        if one.dto is None:
            raise unknown_field(rest, dto.name)
        inner = _condition(rest, path, operator, value, one.dto, call)
        return Condition(one.column, "@", tuple(one.dto.table(call.company).found(Query((inner,)))))
    if not isinstance(operator, str) or operator not in {*_OPERATORS, "between"}:
        raise V3Fault("UNKNOWNFILTEROPERATOREXCEPTION", f"Unknown filter operator `{operator}`")
    if not one.filters or not one.column:
        raise lacks(dto.name, path, "Filterable")
    if operator in {"in", "between"}:
        if not isinstance(value, list) or (operator == "between" and len(value) != 2):
            raise wrong_type(path, "array")
        values = tuple(one.stored(path, item) for item in value)
    else:
        values = (one.stored(path, value),)
    if operator == "between":
        low, high = values
        return Group((Condition(one.column, ">=", (low,)), Condition(one.column, "<=", (high,))), False)
    return Condition(one.column, _OPERATORS[operator], values)


def order(given: Any, dto: Dto) -> tuple[tuple[str, bool], ...]:
    """Read `order`: pairs of a column and whether it is descending; by id if there is none.

    Raises:
        V3Fault: it is damaged, or names a field that does not sort.
    """
    if given is None or given == []:
        return ()
    pairs = []
    for name, direction in given.items() if isinstance(given, dict) else [("", "")]:
        one = dto.fields.get(name)
        if one is None or not one.sorts or str(direction).upper() not in {"ASC", "DESC"}:
            raise _damaged("ORDER", "sorting parameter", given)
        pairs.append((one.column, str(direction).upper() == "DESC"))
    return tuple(pairs)


def _number(given: dict[str, Any], name: str, default: int, whole: Any) -> int:
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _damaged("PAGINATION", "pagination parameter", whole)
    try:
        return int(value)
    except ValueError:
        raise _damaged("PAGINATION", "pagination parameter", whole) from None


def page(numbers: Sequence[int], given: Any, most: int) -> list[int]:
    """Return the rows that `pagination` asks for, silently never more than `most`.

    Raises:
        V3Fault: it is damaged.
    """
    given = {} if given is None or given == [] else given
    if not isinstance(given, dict):
        raise _damaged("PAGINATION", "pagination parameter", given)
    limit = _number(given, "limit", PAGE, given)
    if limit < 0:  # as live portals answer it
        raise V3Fault("INTERNAL_INTERNALEXCEPTION")
    limit, number = min(limit, MOST), _number(given, "page", 0, given)
    offset = (number - 1) * limit if number > 0 else _number(given, "offset", 0, given)
    if limit == 0 or number < 0 or offset < 0:
        raise _damaged("PAGINATION", "pagination parameter", given)
    return list(numbers[offset : offset + min(limit, most)])


def rows(params: dict[str, Any], dto: Dto, call: Context, most: int = MOST) -> dict[str, Any]:
    """Return the answer of a list method."""
    chosen = dto.select(params.get("select"))
    query = Query(where(params.get("filter"), dto, call), order(params.get("order"), dto))
    found = page(dto.table(call.company).found(query), params.get("pagination"), most)
    return {"items": [dto.show(call, number, chosen) for number in found]}


def tail(params: dict[str, Any], dto: Dto, call: Context) -> dict[str, Any]:
    """Return the answer of a tail method: the rows behind `cursor`.

    Raises:
        V3Fault: a parameter is damaged, or the filter uses the cursor's field.
    """
    cursor = params.get("cursor")
    cursor = {} if cursor is None or cursor == [] else cursor
    if not isinstance(cursor, dict):
        raise _damaged("PAGINATION", "pagination parameter", cursor)
    limit = _number(cursor, "limit", PAGE, cursor)
    if limit <= 0:
        raise _damaged("PAGINATION", "pagination parameter", cursor)
    name, direction = cursor.get("field", "id"), str(cursor.get("order", "ASC")).upper()
    if not isinstance(name, str) or direction not in {"ASC", "DESC"}:
        raise _damaged("ORDER", "sorting parameter", cursor)
    by = order({name: direction}, dto)
    conditions = list(where(params.get("filter"), dto, call))
    if any(isinstance(part, Condition) and part.name == by[0][0] for part in conditions):
        raise _damaged("FILTER", "filter expression", f"Cursor field {name} cannot be used at filter.")
    if direction == "DESC" or cursor.get("value", 0) != 0:
        conditions.append(_condition(name, name, ">" if direction == "ASC" else "<", cursor.get("value", 0), dto, call))
    chosen = dto.select(params.get("select"))
    found = dto.table(call.company).found(Query(tuple(conditions), by))
    return {"items": [dto.show(call, number, chosen) for number in found[: min(limit, MOST)]]}
