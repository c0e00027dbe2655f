"""Files that customers take away, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from django.http import StreamingHttpResponse

# A spreadsheet takes a cell that begins with one of these for a formula (OWASP, CSV injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_answer(
    name: str, *, head: Sequence[str], steps: Iterable[Sequence[Sequence[str]]]
) -> StreamingHttpResponse:
    """Stream rows as a CSV file, step by step, so that a long list needs little memory."""
    return StreamingHttpResponse(
        _lines(head, steps),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _lines(head: Sequence[str], steps: Iterable[Sequence[Sequence[str]]]) -> Iterator[bytes]:
    yield _encoded([head])
    for rows in steps:
        yield _encoded([[inert(cell) for cell in row] for row in rows])


def _encoded(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def inert(cell: str) -> str:
    """Return the cell so that no spreadsheet computes it; plain numbers stay numbers."""
    number = cell.removeprefix("-").replace(".", "", 1)
    if cell.startswith(_FORMULA) and not (number.isascii() and number.isdigit()):
        return f"'{cell}"
    return cell
