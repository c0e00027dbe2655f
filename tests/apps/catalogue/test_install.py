"""Writing the shipped lists into the tables."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from nummer.apps.catalogue import queries
from nummer.apps.catalogue.actions import add_carriers, install_services, set_price
from nummer.apps.catalogue.errors import NoticeChanged, UnknownCountry, UnknownService
from nummer.apps.catalogue.models import (
    Country,
    Notice,
    NoticeKind,
    Price,
    Service,
    TaxRate,
)
from nummer.kernel.money import Money


def _counts() -> list[int]:
    return [
        table.objects.count()  # type: ignore[attr-defined]
        for table in (Country, Service, Price, TaxRate, Notice)
    ]


def test_new_installation_has_every_service_off(db: None, now: datetime) -> None:
    install_services(now)
    assert queries.services() == []
    assert len(queries.services(enabled_only=False)) >= 45


def test_installing_twice_adds_nothing_and_keeps_what_staff_decided(
    catalogue: None, now: datetime
) -> None:
    Service.objects.filter(code="wa").update(enabled=False)
    set_price(
        service="tg",
        country="NO",
        currency="NOK",
        net=Money.parse("1.00", "NOK"),
        from_at=now,
        actor="staff:1",
        now=now,
    )
    before = _counts()
    install_services(now + timedelta(days=1))
    assert _counts() == before
    assert not Service.objects.get(code="wa").enabled
    assert Service.objects.get(code="tg").enabled


def test_words_that_were_published_cannot_change_under_their_version(
    catalogue: None, now: datetime
) -> None:
    Notice.objects.filter(code="lawful-use", language="en").update(text="Other words.")
    with pytest.raises(NoticeChanged):
        install_services(now)


@pytest.mark.parametrize("language", ["en", "nb", "de"])
def test_restrictions_of_a_service_stand_in_the_readers_language(
    catalogue: None, language: str
) -> None:
    texts = queries.restrictions("tg", language=language)
    assert len(texts) == 5
    assert len(queries.responsibilities("tg", language=language)) == 4
    assert len(queries.helps("tg", language=language)) == 3
    assert not set(texts) & set(queries.responsibilities("tg", language=language))


def test_latest_words_of_a_notice_are_shown_and_the_older_ones_stay(
    catalogue: None, now: datetime
) -> None:
    Notice.objects.create(
        code="lawful-use",
        version=2,
        language="en",
        kind=NoticeKind.RESTRICTION,
        text="New words.",
        from_at=now,
    )
    rows = queries.notices("tg", kind=NoticeKind.RESTRICTION, language="en")
    assert ("lawful-use", 2, "New words.") in [(row.code, row.version, row.text) for row in rows]
    assert Notice.objects.filter(code="lawful-use", language="en").count() == 2


def test_unknown_service_has_no_notices(catalogue: None) -> None:
    with pytest.raises(UnknownService):
        queries.restrictions("zzzz", language="en")


@pytest.mark.parametrize("number", [-1, 9_999, 10**30])
def test_number_of_no_country_is_refused(catalogue: None, number: int) -> None:
    with pytest.raises(UnknownCountry):
        queries.country_by_activate_id(number)


def test_country_is_found_by_either_number_and_named_in_the_readers_language(
    catalogue: None,
) -> None:
    assert queries.country_by_activate_id(12) == queries.country_by_activate_id(187)
    norway = queries.country_by_activate_id(174)
    assert norway == queries.country("NO")
    names = [norway.name(language) for language in ("en", "nb", "de", "ru")]
    assert names == ["Norway", "Norge", "Norwegen", "Норвегия"]


def test_carriers_are_listed_by_country(catalogue: None) -> None:
    add_carriers([("NO", "nord", "Nord"), ("DE", "sued", "Süd"), ("NO", "nord", "Other name")])
    assert [(row.code, row.name) for row in queries.carriers("NO")] == [("nord", "Nord")]
    assert len(queries.carriers()) == 2
