"""What the sandbox sells cannot be anybody's number."""

from __future__ import annotations

from collections import Counter

import phonenumbers
import pytest

from nummer.apps.numbers.importing.lines import KINDS, NumberLine, judge
from nummer.suppliers.sandbox.stock import RANGES, SandboxNumber, sandbox_numbers

_NUMBERS = list(sandbox_numbers())


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
    own = [row for row in _NUMBERS if row.country == country]
    assert len(own) >= 300
    assert sum(row.kind == "local" and row.sms and row.voice for row in own) >= 100


def test_every_country_has_two_carriers() -> None:
    carriers = Counter(
        row.country for row in {(r.country, r.carrier): r for r in _NUMBERS}.values()
    )
    assert set(carriers.values()) == {2}


def test_range_that_no_authority_keeps_is_one_that_the_numbering_plan_does_not_give_out() -> None:
    unused = tuple(block.prefix for block in RANGES if block.source == "unused")
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
