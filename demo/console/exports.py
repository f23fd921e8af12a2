"""Rows as text for the clipboard, as a CSV file and as an XLSX file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import packages
from js import Uint8Array
from plain import harmless, number, text
from slices import Progress, slices

from bx24py import Money

Row = dict[Any, Any]

_EXCEL_TEXT = 32_767
_EXCEL_ROWS = 1_048_576


async def tabbed(
    names: list[str], keys: list[Any], rows: list[Row], view: Sequence[int], progress: Progress | None
) -> str:
    """Return rows as text with tabs between the cells."""
    return await _written(names, keys, rows, view, progress, csv.excel_tab)


async def csv_text(
    names: list[str], keys: list[Any], rows: list[Row], view: Sequence[int], progress: Progress | None
) -> str:
    """Return a CSV file: UTF-8 with the mark by which Excel knows it; no cell is a formula."""
    return "\ufeff" + await _written(names, keys, rows, view, progress, csv.excel)


async def _written(
    names: list[str],
    keys: list[Any],
    rows: list[Row],
    view: Sequence[int],
    progress: Progress | None,
    dialect: type[csv.Dialect],
) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file, dialect)
    writer.writerow(map(harmless, names))
    async for part in slices(len(view), progress):
        for row in view[part.start : part.stop]:
            writer.writerow([harmless(rows[row].get(key)) for key in keys])
    return file.getvalue()


async def xlsx(
    names: list[str], keys: list[Any], rows: list[Row], view: Sequence[int], progress: Progress | None
) -> Any:
    """Return an XLSX file as bytes of the page. Texts are texts, also those that begin with `=`.

    Raises:
        ValueError: more rows than Excel has.
        packages.PackageError: openpyxl cannot be installed.
    """
    if len(view) >= _EXCEL_ROWS:
        raise ValueError(f"rows: must be fewer than {_EXCEL_ROWS:,} for XLSX, not {len(view):,}")
    if not packages.is_there("openpyxl"):
        await packages.install("openpyxl")
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Rows")

    def cell(value: Any) -> Any:
        made = WriteOnlyCell(sheet)
        content = _of_excel(value)
        if isinstance(content, str):
            content = ILLEGAL_CHARACTERS_RE.sub("", content)[:_EXCEL_TEXT]
        made.value = content
        if isinstance(content, str):
            made.data_type = "s"  # openpyxl takes a text with `=` for a formula
        return made

    sheet.append([cell(name) for name in names])
    async for part in slices(len(view), progress):
        for row in view[part.start : part.stop]:
            sheet.append([cell(rows[row].get(key)) for key in keys])
    file = io.BytesIO()
    book.save(file)
    return Uint8Array.new(file.getvalue())


def _of_excel(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, datetime):
        return value.replace(tzinfo=None) if value.year >= 1900 else text(value)  # Excel knows no time zones
    if isinstance(value, date):
        return value if value.year >= 1900 else text(value)
    if isinstance(value, str | Money):
        return text(value)
    found = number(value)
    if found is None or (isinstance(found, int) and abs(found) >= 10**15):  # Excel keeps 15 digits
        return text(value)
    return found if isinstance(found, int | Decimal) else float(found)
