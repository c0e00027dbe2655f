"""Brings a list of numbers for rent into the stock: CSV in, numbers out, a reason for the rest.

The file is that of numbers for single codes with three columns more: the city, and for a city that
nobody named before its region (ISO 3166-2) and area code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.catalogue import actions as catalogue_actions
from nummer.apps.catalogue import cities
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.cities import CityRow
from nummer.apps.leases.actions.stock import add_numbers_for_rent
from nummer.apps.leases.errors import SupplierNotConnected
from nummer.apps.leases.ports import supplier_codes
from nummer.apps.numbers.errors import SheetTooLarge
from nummer.apps.numbers.importing import COLUMNS, NumberLine, Reason
from nummer.apps.numbers.importing.lines import judge
from nummer.apps.numbers.importing.sheet import read_sheet

RENT_COLUMNS: Final = (*COLUMNS, "city", "region", "area")
LINES_MAX: Final = 20_000  # of one file; it is taken in while the sender waits
_REGION: Final = re.compile(r"(?:[A-Z]{2}-[A-Z0-9]{1,3})?")
_AREA: Final = re.compile(r"[0-9]{0,6}")
_NAME_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: how many numbers are new, and each line left out with its reason."""

    added: int
    refused: tuple[tuple[int, Reason], ...]


@dataclass(frozen=True, slots=True)
class _Good:
    """A line that can enter the stock, and the city it names."""

    line: int
    number: NumberLine
    city: CityRow | None


def import_for_rent(content: bytes, *, supplier: str, actor: str, now: datetime) -> Imported:
    """Offer the numbers of a file for rent, all in one transaction; those we have stay.

    Refuses: SupplierNotConnected, SheetTooLarge, SheetEmpty, SheetBroken, SheetColumnMissing;
    nothing is kept of such a file.
    """
    if supplier not in supplier_codes():
        raise SupplierNotConnected
    sheet = read_sheet(content)
    if sheet.total > LINES_MAX:
        raise SheetTooLarge(limit=LINES_MAX // 10_000)
    countries = frozenset(row.code for row in catalogue.countries())
    judged = [(one.number, _judged(one.number, one.fields, countries)) for one in sheet.lines()]
    good = [found for _, found in judged if isinstance(found, _Good)]
    bad = [(line, found) for line, found in judged if isinstance(found, Reason)]
    with transaction.atomic():
        known = _take(good, supplier=supplier, now=now)
        audit.record(
            actor=actor, verb="rentals_imported", place="leases_rentable", row=supplier, now=now
        )
    bad += [(line, Reason.KNOWN) for line in known]
    return Imported(len(good) - len(known), tuple(sorted(bad)))


def _judged(
    line: int, fields: Mapping[str, str] | None, countries: frozenset[str]
) -> _Good | Reason:
    number = judge(fields, countries=countries)
    if isinstance(number, Reason):
        return number
    assert fields is not None, "what has no fields is no number"
    city = _city(number.country, fields)
    return city if isinstance(city, Reason) else _Good(line, number, city)


def _city(country: str, fields: Mapping[str, str]) -> CityRow | Reason | None:
    """Return the city a line names: one that we know, or a new one; None where it names none."""
    name = fields.get("city", "")
    region, area = fields.get("region", "").upper(), fields.get("area", "")
    code = cities.code_of(name)
    if not name:
        return None
    if not code or len(name) > _NAME_MAX:
        return Reason.CITY
    if not _REGION.fullmatch(region) or not _AREA.fullmatch(area):
        return Reason.CITY
    return CityRow(country, code, region, "", area, {"here": name})


def _take(good: Sequence[_Good], *, supplier: str, now: datetime) -> list[int]:
    """Write the numbers, those of one city together; return the lines whose numbers we had."""
    catalogue_actions.add_carriers(
        {(row.number.country, row.number.carrier, row.number.carrier) for row in good}
    )
    known: list[int] = []

    def place(row: _Good) -> tuple[str, str]:
        return row.number.country, "" if row.city is None else row.city.code

    for (country, code), rows in groupby(sorted(good, key=place), key=place):
        of_city = list(rows)
        named = of_city[0].city
        here = None
        if named is not None:
            known_as = cities.city_named(country, name=named.names["here"])
            if known_as is None:
                cities.add_cities([named])
            here = known_as or cities.city(country, code=code)
        unique = {row.number.number.e164: row for row in reversed(of_city)}
        added = add_numbers_for_rent(
            [row.number for row in unique.values()], supplier=supplier, city=here, now=now
        )
        fresh = {number.e164 for number in added}
        known += [
            row.line
            for row in of_city
            if row.number.number.e164 not in fresh or unique[row.number.number.e164] is not row
        ]
    return known
