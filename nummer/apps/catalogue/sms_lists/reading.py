"""Reads a carrier's price list, line by line; what is not plain is refused with line and column."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from typing import Final

from nummer.apps.catalogue.errors import (
    ListBroken,
    ListColumnMissing,
    ListCurrencyRefused,
    ListDateRefused,
    ListEmpty,
    ListFieldsRefused,
    ListPrefixRefused,
    ListPrefixTwice,
    ListPriceRefused,
    ListTooLarge,
)
from nummer.kernel.errors import Refusal
from nummer.kernel.money import MICRO, Money

LIST_BYTES_MAX: Final = 16_000_000  # 200,000 lines of 80 bytes
LINES_MAX: Final = 200_000
BROKEN_SHOWN: Final = 20
DESTINATION_MAX: Final = 100
_LINE_LENGTH_MAX: Final = 1_000
_DELIMITERS: Final = (",", ";", "\t")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_PREFIX: Final = re.compile(r"\+?([1-9][0-9]{0,14})", re.ASCII)
_PRICE: Final = {
    ".": re.compile(r"([0-9]{1,6})(?:\.([0-9]{1,6}))?", re.ASCII),
    ",": re.compile(r"([0-9]{1,6})(?:,([0-9]{1,6}))?", re.ASCII),
}
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_DOTTED: Final = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})", re.ASCII)


class Column(StrEnum):
    """What a column says."""

    PREFIX = "prefix"
    DESTINATION = "destination"
    PRICE = "price"
    FROM = "effective from"
    CURRENCY = "currency"


# What carriers write above their columns, in small letters, with one space between words.
HEADINGS: Final[Mapping[str, Column]] = {
    name: column
    for column, names in {
        Column.PREFIX: (
            "prefix", "code", "dial code", "dialcode", "dialing code", "country code", "area code",
            "destination code", "prefiks", "retningsnummer", "vorwahl", "rufnummernpräfix",
        ),
        Column.DESTINATION: (
            "destination", "destination name", "country", "network", "operator", "name", "zone",
            "description", "destinasjon", "land", "navn", "ziel", "zielland", "beschreibung",
        ),
        Column.PRICE: (
            "price", "rate", "cost", "new rate", "new price", "price per part", "price per sms",
            "price per message", "rate per sms", "pris", "pris per sms", "preis",
            "preis pro sms", "einkaufspreis",
        ),
        Column.FROM: (
            "effective from", "effective date", "effective", "valid from", "start date", "from",
            "gyldig fra", "fra", "gültig ab", "ab",
        ),
        Column.CURRENCY: ("currency", "ccy", "valuta", "währung"),
    }.items()
    for name in names
}  # fmt: skip
_NEEDED: Final = (Column.PREFIX, Column.PRICE)


@dataclass(frozen=True, slots=True)
class ListForm:
    """How a list is to be read, as the person says who brings it: nothing of it is guessed."""

    currency: str
    decimal: str  # "." or ","

    def __post_init__(self) -> None:
        assert self.decimal in _PRICE, "a decimal sign is a point or a comma"


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A line: `line` is its number in the file; without `from_at` the list's own moment counts."""

    line: int
    prefix: str
    destination: str
    cost: Money
    from_at: datetime | None


def read_list(content: bytes, *, form: ListForm) -> list[PriceLine]:
    """Return the lines of a file, or refuse the whole of it at the first that is not plain.

    UTF-8 with or without a byte order mark. Fields are divided by the one of comma, semicolon and
    tab that divides the heading into columns we know; unknown columns are left alone. Days are
    written 2026-12-31 or 31.12.2026. Refuses: ListTooLarge, ListBroken, ListEmpty,
    ListColumnMissing, ListFieldsRefused, ListPrefixRefused, ListPriceRefused, ListDateRefused,
    ListCurrencyRefused, ListPrefixTwice.
    """
    lines = []
    for read in _each(content, form=form):
        if isinstance(read, Refusal):
            raise read
        lines.append(read)
    if not lines:
        raise ListEmpty
    return lines


def broken_lines(content: bytes, *, form: ListForm) -> list[Refusal]:
    """Return why a file is refused, line by line: the first `BROKEN_SHOWN` of what is not plain.

    A file that cannot be divided into lines and columns has one reason.
    """
    try:
        broken = (read for read in _each(content, form=form) if isinstance(read, Refusal))
        return list(islice(broken, BROKEN_SHOWN))
    except Refusal as refusal:
        return [refusal]


def _each(content: bytes, *, form: ListForm) -> Iterator[PriceLine | Refusal]:
    """Yield each line that is not blank, or why it is refused.

    Refuses: ListTooLarge, ListBroken, ListEmpty, ListColumnMissing.
    """
    texts = _texts(content)
    delimiter, columns = _heading(texts[0])
    reader = _Reader(form, columns)
    seen: dict[str, int] = {}
    for number, text in enumerate(texts[1:], start=2):
        if not text.strip():
            continue
        try:
            line = reader.line(_fields(text, delimiter=delimiter, line=number), line=number)
        except Refusal as refusal:
            yield refusal
            continue
        first = seen.setdefault(line.prefix, number)
        if first == number:
            yield line
        else:
            yield ListPrefixTwice(line=number, first=first, column=reader.named(Column.PREFIX))


def _texts(content: bytes) -> list[str]:
    """Refuses: ListTooLarge, ListBroken, ListEmpty."""
    if len(content) > LIST_BYTES_MAX or content.count(b"\n") > LINES_MAX:
        raise ListTooLarge(megabytes=LIST_BYTES_MAX // 1_000_000, lines=LINES_MAX)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ListBroken(line=content.count(b"\n", 0, error.start) + 1) from None
    texts = text.replace("\r\n", "\n").split("\n")
    for number, one in enumerate(texts, start=1):
        if len(one) > _LINE_LENGTH_MAX or _CONTROL.search(one):
            raise ListBroken(line=number)
    if not texts[0].strip():
        raise ListEmpty
    return texts


def _heading(text: str) -> tuple[str, Sequence[tuple[str, Column | None]]]:
    """Return what divides the fields, and each column's own name with what it says."""
    best: Sequence[tuple[str, Column | None]] = ()
    sign = _DELIMITERS[0]
    for delimiter in _DELIMITERS:
        names = [name.strip() for name in _fields(text, delimiter=delimiter, line=1)]
        columns = [(name, HEADINGS.get(" ".join(name.lower().split()))) for name in names]
        if _known(columns) > _known(best):
            best, sign = columns, delimiter
    told = [column for _, column in best]
    for column in Column:
        if told.count(column) > 1 or (column in _NEEDED and column not in told):
            raise ListColumnMissing(column=column.value)
    return sign, best


def _known(columns: Sequence[tuple[str, Column | None]]) -> int:
    return sum(column is not None for _, column in columns)


def _fields(text: str, *, delimiter: str, line: int) -> list[str]:
    """Refuses: ListBroken, for a quote that opens and does not close in its line."""
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        raise ListBroken(line=line) from None


class _Reader:
    """Reads lines by the columns of one file."""

    def __init__(self, form: ListForm, columns: Sequence[tuple[str, Column | None]]) -> None:
        self._form = form
        self._width = len(columns)
        self._places = {
            column: place for place, (_, column) in enumerate(columns) if column is not None
        }
        self._names = {column: name for name, column in columns if column is not None}
        self._days: dict[str, datetime] = {}

    def named(self, column: Column) -> str:
        """Return what the file calls a column."""
        return self._names[column]

    def line(self, fields: Sequence[str], *, line: int) -> PriceLine:
        if len(fields) != self._width:
            raise ListFieldsRefused(line=line, columns=self._width)
        self._require_currency(fields, line=line)
        return PriceLine(
            line=line,
            prefix=self._prefix(fields, line=line),
            destination=self._said(fields, Column.DESTINATION)[:DESTINATION_MAX],
            cost=self._price(fields, line=line),
            from_at=self._from_at(fields, line=line),
        )

    def _said(self, fields: Sequence[str], column: Column) -> str:
        place = self._places.get(column)
        return "" if place is None else fields[place].strip()

    def _prefix(self, fields: Sequence[str], *, line: int) -> str:
        read = _PREFIX.fullmatch(self._said(fields, Column.PREFIX))
        if read is None:
            raise ListPrefixRefused(line=line, column=self.named(Column.PREFIX))
        return read[1]

    def _price(self, fields: Sequence[str], *, line: int) -> Money:
        read = _PRICE[self._form.decimal].fullmatch(self._said(fields, Column.PRICE))
        if read is None:
            raise ListPriceRefused(
                line=line, column=self.named(Column.PRICE), decimal=self._form.decimal
            )
        whole, part = read.groups(default="0")
        return Money(int(Decimal(f"{whole}.{part}") * MICRO), self._form.currency)

    def _require_currency(self, fields: Sequence[str], *, line: int) -> None:
        if Column.CURRENCY not in self._places:
            return
        if self._said(fields, Column.CURRENCY).upper() != self._form.currency:
            raise ListCurrencyRefused(
                line=line, column=self.named(Column.CURRENCY), currency=self._form.currency
            )

    def _from_at(self, fields: Sequence[str], *, line: int) -> datetime | None:
        said = self._said(fields, Column.FROM)
        if not said:
            return None
        if said not in self._days:
            day = _day(said)
            if day is None:
                raise ListDateRefused(line=line, column=self.named(Column.FROM))
            self._days[said] = datetime.combine(day, time(), UTC)
        return self._days[said]


def _day(said: str) -> date | None:
    """Read a day in one of two forms that cannot be mistaken for one another."""
    iso, dotted = _ISO.fullmatch(said), _DOTTED.fullmatch(said)
    try:
        if iso is not None:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if dotted is not None:
            return date(int(dotted[3]), int(dotted[2]), int(dotted[1]))
    except ValueError:
        return None
    return None
