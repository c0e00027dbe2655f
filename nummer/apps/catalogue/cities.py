"""The cities and regions that numbers for rent belong to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nummer.apps.catalogue import files, queries
from nummer.apps.catalogue.errors import UnknownCity
from nummer.apps.catalogue.models import City
from nummer.kernel.locale import LANGUAGES

CODE_MAX: Final = 40
LISTED_MAX: Final = 2_000


@dataclass(frozen=True, slots=True)
class CityRow:
    """A city: `code` names it in addresses of pages, `region` is of ISO 3166-2, `area` digits."""

    country: str
    code: str
    region: str
    region_name: str
    area: str
    names: Mapping[str, str]

    def name(self, language: str) -> str:
        """Return its name in a language, or else as it is called at home."""
        return self.names.get(language) or self.names["here"]


def city(country: str, *, code: str) -> CityRow:
    """Return one city. Refuses: UnknownCity."""
    row = City.objects.filter(country_id=country, code=code[: CODE_MAX + 1]).first()
    if row is None:
        raise UnknownCity
    return _row(row)


def cities(country: str | None = None) -> list[CityRow]:
    """Return the cities of a country, or of all, by country and code."""
    rows = City.objects.order_by("country_id", "code")
    if country is not None:
        rows = rows.filter(country_id=country)
    return [_row(row) for row in rows[:LISTED_MAX]]


def city_named(country: str, *, name: str) -> CityRow | None:
    """Return the city that somebody calls so in any of our languages, by name or code."""
    wanted = name.strip().casefold()
    for row in cities(country):
        if wanted == row.code or wanted in {known.casefold() for known in row.names.values()}:
            return row
    return None


def add_cities(rows: Sequence[CityRow]) -> None:
    """Write cities; those that exist stay as they are. Refuses: UnknownCountry."""
    for country in {row.country for row in rows}:
        queries.country(country)
    City.objects.bulk_create(
        [
            City(
                country_id=row.country,
                code=row.code,
                region=row.region,
                region_name=row.region_name,
                area=row.area,
                names=dict(row.names),
            )
            for row in rows
        ],
        ignore_conflicts=True,
    )


def install() -> None:
    """Write the cities that ship with the program."""
    add_cities(
        [
            CityRow(
                country=country,
                code=code_of(entry["name"]) if "code" not in entry else entry["code"],
                region=entry.get("region", ""),
                region_name=entry.get("region_name", ""),
                area=str(entry.get("area", "")),
                names={
                    "here": entry["name"],
                    **{code: entry[code] for code in LANGUAGES if code in entry},
                },
            )
            for country, entries in files.listed_cities().items()
            for entry in entries
        ]
    )


_SPELLED: Final = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ä": "ae", "ö": "oe", "ü": "ue"})


def code_of(name: str) -> str:
    """Return what stands for a city in an address: its name in plain small letters."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_SPELLED))
    letters = plain.encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:CODE_MAX]


def _row(row: City) -> CityRow:
    return CityRow(
        country=row.country_id,
        code=row.code,
        region=row.region,
        region_name=row.region_name,
        area=row.area,
        names=row.names,
    )
