"""What the sandbox sells cannot be anybody's number."""

from __future__ import annotations

from collections import Counter

import phonenumbers
import pytest

from nummer.apps.catalogue.cities import code_of
from nummer.apps.catalogue.files import listed_cities, listed_rentals
from nummer.apps.numbers.importing.lines import KINDS, NumberLine, judge
from nummer.suppliers.sandbox.stock import (
    RANGES,
    RENT_RANGES,
    SandboxNumber,
    numbers_for_rent,
    sandbox_numbers,
)

_FOR_CODES = list(sandbox_numbers())
_FOR_RENT = [number for _, number in numbers_for_rent()]
_NUMBERS = [*_FOR_CODES, *_FOR_RENT]
_BLOCKS = [*RANGES, *(row.numbers for row in RENT_RANGES)]


def test_no_number_comes_twice_and_every_one_could_be_dialled() -> None:
    assert len({row.e164 for row in _NUMBERS}) == len(_NUMBERS)
    assert all(phonenumbers.is_possible_number(phonenumbers.parse(r.e164)) for r in _NUMBERS)


def test_every_number_would_pass_an_import() -> None:
    countries = {row.country for row in _NUMBERS}
    for row in _NUMBERS:
        assert isinstance(judge(_fields(row), countries=countries), NumberLine), row
        assert row.kind in KINDS


@pytest.mark.parametrize("country", ["NO", "DE", "GB", "US"])
def test_country_has_several_hundred_numbers_and_local_ones_with_voice(country: str) -> None:
    own = [row for row in _FOR_CODES if row.country == country]
    assert len(own) >= 300
    assert sum(row.kind == "local" and row.sms and row.voice for row in own) >= 100


@pytest.mark.parametrize("country", ["NO", "DE", "GB", "US"])
def test_country_rents_out_local_numbers_of_several_cities_that_exist(country: str) -> None:
    cities = {city for city, row in numbers_for_rent() if city and row.country == country}
    listed = {entry.get("code", code_of(entry["name"])) for entry in listed_cities()[country]}
    assert len(cities) >= 5
    assert cities <= listed
    assert {e.country for e in listed_rentals()} >= {row.country for row in _FOR_RENT}


def test_every_country_has_two_carriers() -> None:
    carriers = Counter(
        row.country for row in {(r.country, r.carrier): r for r in _NUMBERS}.values()
    )
    assert set(carriers.values()) == {2}


def test_range_that_no_authority_keeps_is_one_that_the_numbering_plan_does_not_give_out() -> None:
    unused = tuple(block.prefix for block in _BLOCKS if block.source == "unused")
    for row in _NUMBERS:
        if row.e164.startswith(unused):
            assert not phonenumbers.is_valid_number(phonenumbers.parse(row.e164))


def _fields(row: SandboxNumber) -> dict[str, str]:
    return {
        "number": row.e164,
        "country": row.country,
        "carrier": row.carrier,
        "kind": row.kind,
        "sms": "yes" if row.sms else "no",
        "voice": "yes" if row.voice else "no",
    }
