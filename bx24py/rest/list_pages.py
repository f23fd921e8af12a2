"""The rows in the answer of a list method, and what tells one row from another (contract, lists, number 13)."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..errors import BX24Error


class Page(NamedTuple):
    """The rows of one answer."""

    rows: list[Any]  # those of a mapping by id in the order of the ids
    under: str | None = None  # the key that they are under; None where they are the result itself
    keys: list[str] | None = None  # those of a mapping


def page_of(data: Any, key: str | None, called: str) -> Page:
    """Find the rows of a result: under the key, or under the only key that has a list. A BX24Error if it has none."""
    if data in (None, "", [], {}):
        return Page([], key)
    if isinstance(data, dict):
        under = key
        if under is None and not _is_keyed(data):
            under = _key_of(data)
        found = data if under is None else data.get(under)
        if found in (None, "", [], {}) and under is not None:
            return Page([], under)
        if isinstance(found, dict) and (under is not None or _is_keyed(found)):
            keys = sorted(found, key=lambda name: (not name.isdecimal(), int(name) if name.isdecimal() else 0))
            return Page([found[name] for name in keys], under, keys)
        if isinstance(found, list):
            return Page(found, under)
        raise BX24Error(
            f"{called}: the result is not a list but a dict with {', '.join(map(repr, list(data)[:10]))}. "
            "`key` names the one that has the rows; for a single object use call_method."
        )
    if isinstance(data, list):
        return Page(data)
    raise BX24Error(
        f"{called}: the result is not a list but {type(data).__name__}, and `key` cannot help: use call_method."
    )


def _is_keyed(data: dict[str, Any]) -> bool:
    return all(name.isdecimal() for name in data)


def _key_of(data: dict[str, Any]) -> str | None:
    """Return the key of the rows, None if unknown. A dict with an id is an object of its own."""
    if any(name.lower() == "id" for name in data):
        return None
    lists = [name for name, value in data.items() if isinstance(value, list)]
    maps = [name for name, value in data.items() if isinstance(value, dict) and _is_keyed(value)]
    found = lists or maps or (list(data) if len(data) == 1 and None in data.values() else [])
    return found[0] if len(found) == 1 else "items" if "items" in found else None


def name_in(row: Any, name: str) -> str | None:
    """Return how a row spells the name of a field; None if it has no such field."""
    if not isinstance(row, dict) or not name:
        return None
    return name if name in row else next((known for known in row if known.lower() == name.lower()), None)


def id_in(row: Any, name: str) -> int | None:
    """Read an id, which is a number or a text of digits; None for anything else."""
    value = row.get(name) if isinstance(row, dict) else None
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def ids_in(rows: list[Any], name: str) -> list[int] | None:
    """Read the ids of all rows; None where one has none."""
    ids = [id_in(row, name) for row in rows]
    return None if None in ids else ids  # type: ignore[return-value]


def keys_in(page: Page, names: str) -> list[Any] | None:
    """Return what tells the rows of a page apart: the values of these fields; None if a row lacks one of them."""
    if page.keys is not None:
        return list(page.keys)
    first = page.rows[0] if page.rows else None
    spelled = [name_in(first, name) for name in names.split(",")]
    rows = [[row.get(name) for name in spelled] if isinstance(row, dict) else [None] for row in page.rows]
    if None in spelled or any(None in row for row in rows):
        return None
    return [
        key if (key := id_in({"": row[0]}, "")) is not None and len(row) == 1 else tuple(map(str, row)) for row in rows
    ]
