"""Searching for a number to rent."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nummer.apps.catalogue import cities
from nummer.apps.catalogue.cities import CityRow
from nummer.apps.leases import actions, queries, searching
from nummer.apps.leases.errors import NoNumberForRent, NumberTaken, PatternNotReadable
from nummer.apps.leases.models import Rentable
from nummer.apps.leases.pattern import read_pattern
from nummer.apps.leases.queries import Found
from nummer.kernel.phone import PhoneNumber
from tests import builders
from tests.builders import NOW, customer, rental_wish, rented

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]
OSLO = [f"+4759461{n:03d}" for n in range(12)]
BERGEN = [f"+4759471{n:03d}" for n in range(3)]


@pytest.fixture(autouse=True)
def _stock(rentals: None) -> None:
    builders.rentals(OSLO, city=cities.city("NO", code="oslo"))
    builders.rentals(BERGEN, city=cities.city("NO", code="bergen"))


def found(page: Found) -> list[str]:
    return [row.number.e164 for row in page.numbers]


def of_norway(**wishes: object) -> list[str]:
    return found(queries.search(country="NO", now=NOW, **wishes))  # type: ignore[arg-type]


def test_city_has_its_numbers_in_their_order_with_region_and_abilities() -> None:
    page = queries.search(country="NO", kind="local", city="bergen", now=NOW)

    assert (found(page), page.after) == (BERGEN, None)
    first = page.numbers[0]
    assert (first.city, first.region, first.area, first.sms, first.voice) == (
        "bergen",
        "NO-46",
        "",
        True,
        True,
    )


def test_without_a_city_all_of_the_country_come_also_those_of_none() -> None:
    assert of_norway(limit=200) == sorted(
        [*(f"+475944100{n}" for n in range(1, 5)), *OSLO, *BERGEN]
    )


@pytest.mark.parametrize(
    ("label", "pattern", "expected"),
    [
        ("in the middle", "9471", BERGEN),
        ("three digits in the middle", "471", BERGEN),
        ("two places of any digit", "9*7*001", [BERGEN[1]]),
        ("at the beginning, with the country", "+475947", BERGEN),
        ("at the beginning, with a digit left open", "+4759*7", BERGEN),
        ("at the end", "7100*$", BERGEN),
        ("written with spaces and brackets", "+47 (59) 47-1.002", [BERGEN[2]]),
        ("what nobody has", "99999", []),
        ("the whole number", "+4759471002$", [BERGEN[2]]),
        ("four digits that every number has, at its end only", "7002$", []),
    ],
)
def test_pattern_finds(label: str, pattern: str, expected: list[str]) -> None:
    assert of_norway(pattern=pattern) == expected, label


@pytest.mark.parametrize("pattern", ["abc", "*", "***", "1" * 16, "+", "$", "12'; --", "²2"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(PatternNotReadable):
        queries.search(country="NO", pattern=pattern, now=NOW)


def test_pages_follow_one_another_and_miss_and_double_nothing() -> None:
    seen: list[str] = []
    after: str | None = None
    for _ in range(20):
        page = queries.search(country="NO", after=after, limit=3, now=NOW)
        assert len(page.numbers) <= 3
        seen += found(page)
        after = page.after
        if after is None:
            break
    assert seen == of_norway(limit=200)
    assert after is None


def test_rare_pattern_goes_on_behind_what_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "SCANNED", 4)
    seen: list[str] = []
    after: str | None = None
    pages = 0
    while pages == 0 or after is not None:
        page = queries.search(country="NO", kind="local", pattern="471", after=after, now=NOW)
        seen, after, pages = seen + found(page), page.after, pages + 1
        assert pages < 10
    assert (seen, pages > 1) == (BERGEN, True)


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    pattern=st.builds(
        "".join,
        st.tuples(
            st.sampled_from(["", "+47", "+"]),
            st.text("0145679*", min_size=1, max_size=7),
            st.sampled_from(["", "$"]),
        ),
    ),
    kind=st.sampled_from([None, "local", "mobile"]),
    city=st.sampled_from([None, "oslo", "bergen"]),
    limit=st.sampled_from([1, 4, 50]),
    scanned=st.sampled_from([3, 10_000]),
    gathered=st.sampled_from([1, 3, 5_000]),
)
def test_every_walk_finds_what_fits_in_its_order(
    pattern: str, kind: str | None, city: str | None, *, limit: int, scanned: int, gathered: int
) -> None:
    if not pattern.strip("+*$"):
        return
    form = pattern.strip("+$").replace("*", "[0-9]")
    form = ("^\\+" if pattern[0] == "+" else "") + form + ("$" if pattern[-1] == "$" else "")
    fits = [
        (row.kind, row.e164)
        for row in Rentable.objects.filter(country="NO")
        if re.search(form, row.e164) and kind in (None, row.kind) and city in (None, row.city)
    ]
    with patch.multiple(searching, SCANNED=scanned, GATHERED=gathered):
        assert walked(pattern=pattern, kind=kind, city=city, limit=limit) == sorted(fits)


def walked(**wishes: object) -> list[tuple[str, str]]:
    """Return what all pages of a search have, by kind and number."""
    seen: list[tuple[str, str]] = []
    after: str | None = None
    for _ in range(200):
        page = queries.search(country="NO", after=after, now=NOW, **wishes)  # type: ignore[arg-type]
        seen += [(row.kind, row.number.e164) for row in page.numbers]
        after = page.after
        if after is None:
            return seen
    raise AssertionError("a walk without an end")


def test_kinds_come_one_after_another_and_abilities_are_asked_for() -> None:
    Rentable.objects.filter(e164=OSLO[0]).update(kind="tollfree", voice=False)

    assert of_norway(limit=200)[-1] == OSLO[0]
    assert of_norway(kind="tollfree") == [OSLO[0]]
    assert of_norway(kind="tollfree", voice=True) == []
    assert of_norway(kind="tollfree", voice=False) == [OSLO[0]]
    assert queries.search(country="NO", limit=19, now=NOW).numbers[-1].kind == "tollfree"


def test_rented_withdrawn_and_resting_numbers_are_not_found() -> None:
    rented(customer(balance="50.00"), BERGEN[0])
    Rentable.objects.filter(e164=BERGEN[1]).update(withdrawn=True)
    Rentable.objects.filter(e164=BERGEN[2]).update(quarantined_until=NOW + timedelta(days=1))

    assert of_norway(city="bergen") == of_norway(pattern="59471") == []
    later = NOW + timedelta(days=1)
    assert found(queries.search(country="NO", city="bergen", now=later)) == [BERGEN[2]]
    assert queries.free_number(PhoneNumber(BERGEN[2]), now=NOW) is None
    assert queries.free_number(PhoneNumber(OSLO[3]), now=NOW) is not None


def test_stock_of_places_is_counted_up_to_a_hundred(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "COUNTED_MAX", 10)
    places = [("NO", "local", "oslo"), ("NO", "local", "bergen"), ("NO", "mobile", "")]
    rows = queries.stock(places=places, now=NOW)
    assert [(row.city, row.free, row.sms) for row in rows] == [
        ("oslo", 10, True),
        ("bergen", 3, True),
        ("", 0, False),
    ]


def test_any_number_of_a_city_is_rented_and_refused_when_the_city_has_none() -> None:
    account_id = customer(balance="100.00")
    for _ in BERGEN:
        lease = actions.rent(account_id, wish=replace(rental_wish(), city="bergen"), now=NOW)
        assert (lease.city, lease.number.e164 in BERGEN) == ("bergen", True)
    with pytest.raises(NoNumberForRent):
        actions.rent(account_id, wish=replace(rental_wish(), city="bergen"), now=NOW)
    with pytest.raises(NumberTaken):  # it is one of another city
        actions.rent(account_id, wish=replace(rental_wish(OSLO[0]), city="bergen"), now=NOW)


def test_city_is_named_in_any_language_and_a_new_one_gets_a_code() -> None:
    munich = cities.city("DE", code="muenchen")
    assert (munich.name("en"), munich.name("nb")) == ("Munich", "München")
    assert cities.city_named("DE", name="munich ") == munich
    cities.add_cities(
        [CityRow("NO", "alesund", "NO-15", "Møre og Romsdal", "", {"here": "Ålesund"})]
    )
    assert cities.code_of("Ålesund") == "alesund"
    assert cities.city("NO", code="alesund").name("de") == "Ålesund"


@pytest.mark.parametrize(
    ("typed", "pieces"),
    [("+4740*12", ()), ("+47*1234", ("1234",)), ("40123*4", ("4012", "0123")), ("+47401234", ())],
)
def test_only_digits_behind_a_known_beginning_are_looked_up(
    typed: str, pieces: tuple[str, ...]
) -> None:
    wanted = read_pattern(typed)
    assert wanted is not None
    assert wanted.pieces == pieces
