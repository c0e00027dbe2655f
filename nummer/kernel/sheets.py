"""Lists as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

# A spreadsheet takes a cell that begins with one of these for a formula (OWASP, CSV injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(*, head: Sequence[str], steps: Iterable[Sequence[Sequence[str]]]) -> Iterator[bytes]:
    """Return a file step by step, so that a long list needs little memory."""
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
