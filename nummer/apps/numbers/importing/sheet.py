"""Reads the bytes of a CSV file as lines of named fields, or says why it cannot be trusted."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from nummer.apps.numbers.errors import (
    SheetBroken,
    SheetColumnMissing,
    SheetEmpty,
    SheetTooLarge,
)

COLUMNS: Final = ("number", "country", "carrier", "kind", "sms", "voice")
SHEET_BYTES_MAX: Final = 16_000_000  # 200,000 lines of 80 bytes
LINES_MAX: Final = 200_000
LINE_LENGTH_MAX: Final = 1_000
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A line that is not blank: its number in the file, and its fields (None: too few or many)."""

    number: int
    fields: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that was looked through: its columns and how many lines it has below them."""

    delimiter: str
    columns: tuple[str, ...]
    text_lines: tuple[str, ...]
    total: int

    def lines(self) -> Iterator[SheetLine]:
        """Yield the lines below the heading, in their order."""
        for number, text in enumerate(self.text_lines, start=1):
            if number == 1 or not text.strip():
                continue
            values = _split(text, delimiter=self.delimiter, number=number)
            fits = len(values) == len(self.columns)
            fields = dict(zip(self.columns, map(str.strip, values), strict=True)) if fits else None
            yield SheetLine(number, fields)


def read_sheet(content: bytes) -> Sheet:
    """Look through a whole file.

    UTF-8 with or without a byte order mark, else Latin-1; fields are divided by comma, semicolon
    or tab; a field stays in its line. Refuses: SheetTooLarge, SheetEmpty, SheetBroken,
    SheetColumnMissing.
    """
    if len(content) > SHEET_BYTES_MAX:
        raise SheetTooLarge(limit=SHEET_BYTES_MAX // 1_000_000)
    text_lines = tuple(_LINE_END.split(_decoded(content)))
    if len(text_lines) > LINES_MAX + 2:
        raise SheetTooLarge(limit=SHEET_BYTES_MAX // 1_000_000)
    _require_sound(text_lines)
    delimiter, columns = _heading(text_lines[0])
    sheet = Sheet(delimiter, columns, text_lines, total=0)
    total = sum(1 for _ in sheet.lines())
    if total == 0:
        raise SheetEmpty
    return Sheet(delimiter, columns, text_lines, total=total)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _require_sound(text_lines: tuple[str, ...]) -> None:
    """Refuses: SheetEmpty, SheetBroken."""
    if not text_lines[0].strip():
        raise SheetEmpty
    for number, text in enumerate(text_lines, start=1):
        if len(text) > LINE_LENGTH_MAX or _CONTROL.search(text):
            raise SheetBroken(line=number)


def _heading(text: str) -> tuple[str, tuple[str, ...]]:
    """Return what divides the fields, and the columns in small letters."""
    delimiter = max(";,\t", key=text.count)
    columns = tuple(name.strip().lower() for name in _split(text, delimiter=delimiter, number=1))
    for column in COLUMNS:
        if columns.count(column) != 1:
            raise SheetColumnMissing(column=column)
    return delimiter, columns


def _split(text: str, *, delimiter: str, number: int) -> list[str]:
    """Refuses: SheetBroken, for a quote that opens and does not close in its line."""
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        raise SheetBroken(line=number) from None
