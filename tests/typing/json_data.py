"""What the portal sends as JSON has the type Any: only the application knows its shape. Nothing else has.

The lines marked JSON are all that mypy may call so (tests/unit/test_typing.py); where a value goes into a name with a
type, the application has said what it is, and mypy is content.
"""

from __future__ import annotations

from typing import Any, assert_type

from bx24py import Fields, Pending, PlacementInfo, Result, bx24


def progress(done: int, total: int | None) -> None:
    assert total is None or done <= total


async def main(result: Result, info: PlacementInfo, fields: Fields) -> None:
    assert_type(result.data, Any)  # JSON
    name: str = result.data["NAME"]  # JSON
    assert_type(name, str)
    rows: list[dict[str, str]] = result.data
    assert_type([row["ID"] for row in rows], list[str])
    assert_type(fields.read(rows[0]), dict[str, Any])  # JSON
    assert_type(info.options, dict[str, Any])  # JSON
    assert_type(bx24.user_option.get("columns"), Any)  # JSON
    columns: list[str] = bx24.app_option.get("columns", ["ID"])
    assert_type(columns, list[str])
    assert_type(bx24.placement.call("getStatus", {"a": 1}, timeout=5, wait=True), Pending[Any])  # JSON
    status: dict[str, str] = await bx24.placement.call("getStatus")  # JSON
    assert_type(status["OUT"], str)
    deals: list[dict[str, str]] = await bx24.call_list("crm.deal.list", {"select": ["ID"]}, limit=10)  # JSON
    assert_type(deals[0]["ID"], str)
    async for row in bx24.fetch_list("crm.deal.list", on_progress=progress):  # JSON
        assert_type(row, Any)  # JSON
