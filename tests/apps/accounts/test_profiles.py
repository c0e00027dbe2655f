"""The history of a profile: what was given and changed, for its owner's eyes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from nummer.apps.accounts import actions, profiles
from nummer.apps.accounts.errors import (
    NotACompany,
    OrganisationNumberRefused,
    PhoneIsOurs,
    TimeZoneUnknown,
)
from nummer.apps.accounts.jobs import DUE_SOURCES
from nummer.apps.accounts.profiles import Field
from nummer.apps.invoices import actions as invoices
from nummer.kernel.phone import PhoneNumber
from tests import builders
from tests.builders import A_DAY, NOW

pytestmark = pytest.mark.usefixtures("shop")
LATER = NOW + timedelta(hours=1)
ORGANISATION = "923 609 016"  # Equinor's, from the public register


def changes(account_id: int) -> list[tuple[Field, str, str]]:
    return [(line.changed, line.before, line.after) for line in profiles.history(account_id)]


@pytest.mark.clause("LD-D1")
@pytest.mark.clause("LD-A1")
def test_what_is_given_at_registration_stands_in_the_history_with_its_notice() -> None:
    customer = builders.customer(country="DE", locale="de")
    given = {line.changed: line for line in profiles.history(customer)}
    assert set(given) == {
        Field.EMAIL,
        Field.PHONE,
        Field.KIND,
        Field.COUNTRY,
        Field.CURRENCY,
        Field.LANGUAGE,
    }
    assert (given[Field.COUNTRY].before, given[Field.COUNTRY].after) == ("", "DE")
    assert {line.notice for line in given.values()} == {builders.newest("privacy-notice")}
    assert {line.actor for line in given.values()} == {f"customer:{customer}"}


@pytest.mark.clause("LD-D6")
def test_a_change_names_the_notice_that_was_in_force_when_it_was_made(tmp_path: Path) -> None:
    customer, known = builders.customer(), builders.newest("privacy-notice")
    builders.publish(
        "privacy-notice", version="2027-01-01", words="More.", folder=tmp_path / "d", now=NOW
    )
    profiles.set_time_zone(customer, zone="Europe/Oslo", now=LATER)
    profiles.set_time_zone(customer, zone="Europe/Berlin", now=NOW + 100 * A_DAY)
    lines = profiles.history(customer)[:2]
    assert [line.notice for line in lines] == ["2027-01-01", known]


def test_the_same_value_again_is_no_change() -> None:
    customer = builders.customer()
    before = changes(customer)
    actions.set_locale(customer, locale="en", now=LATER)
    invoices.name_addressee(customer, name="", address="", now=LATER)
    profiles.set_time_zone(customer, zone="", now=LATER)
    assert changes(customer) == before


def test_name_and_address_of_invoices_are_the_profiles() -> None:
    customer = builders.customer()
    invoices.name_addressee(customer, name="Kari", address="Storgata 1\nOslo", now=LATER)
    invoices.name_addressee(customer, name="Kari N", address="Storgata 1\nOslo", now=LATER)
    assert changes(customer)[:3] == [
        (Field.NAME, "Kari", "Kari N"),
        (Field.ADDRESS, "", "Storgata 1\nOslo"),
        (Field.NAME, "", "Kari"),
    ]


def test_a_new_phone_stands_in_the_history_once_it_is_confirmed() -> None:
    customer = builders.customer()
    used = profiles.history(customer)
    old = next(line.after for line in used if line.changed is Field.PHONE)
    new = PhoneNumber("+447700900777")
    actions.set_phone(customer, number=new, now=LATER)
    assert profiles.history(customer) == used
    actions.confirm_phone(customer, number=new, now=LATER)
    assert changes(customer)[0] == (Field.PHONE, old, "+447700900777")
    with pytest.raises(PhoneIsOurs):
        actions.set_phone(customer, number=PhoneNumber("+4759440001"), now=LATER)


def test_a_company_has_an_organisation_number_that_could_exist() -> None:
    company = builders.customer(kind="company")
    profiles.set_organisation_number(company, number=f" {ORGANISATION} ", now=LATER)
    assert profiles.details(company).organisation_number == "923609016"
    with pytest.raises(OrganisationNumberRefused):
        profiles.set_organisation_number(company, number="923 609 017", now=LATER)
    assert changes(company)[0] == (Field.ORGANISATION_NUMBER, "", "923609016")
    profiles.set_organisation_number(company, number="", now=LATER)
    assert profiles.details(company).organisation_number == ""
    with pytest.raises(NotACompany):
        profiles.set_organisation_number(builders.customer(), number=ORGANISATION, now=LATER)


@pytest.mark.parametrize("number", ["x" * 31, "HRB\N{RIGHT-TO-LEFT OVERRIDE}12"])
def test_numbers_of_other_registers_are_kept_as_written_if_they_can_be_read(number: str) -> None:
    company = builders.customer(kind="company", country="DE")
    profiles.set_organisation_number(company, number="HRB 12345 B", now=LATER)
    with pytest.raises(OrganisationNumberRefused):
        profiles.set_organisation_number(company, number=number, now=LATER)
    assert profiles.details(company).organisation_number == "HRB 12345 B"


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "../etc/passwd", "Etc/UTC", "localtime"])
def test_a_zone_that_is_not_offered_is_refused(zone: str) -> None:
    customer = builders.customer()
    with pytest.raises(TimeZoneUnknown):
        profiles.set_time_zone(customer, zone=zone, now=LATER)
    assert profiles.time_zone(customer) == ""


def test_the_values_are_sealed_and_only_their_owner_has_them() -> None:
    company = builders.customer(kind="company")
    invoices.name_addressee(company, name="Fjellheim Verksted", address="", now=LATER)
    profiles.set_organisation_number(company, number=ORGANISATION, now=LATER)
    with connection.cursor() as cursor:
        cursor.execute("SELECT before, after FROM accounts_profilechange")
        kept = b"".join(bytes(value) for row in cursor.fetchall() for value in row)
        cursor.execute("SELECT organisation_number FROM accounts_details")
        kept += bytes(cursor.fetchone()[0])
    assert b"Fjellheim" not in kept
    assert b"923609016" not in kept
    assert "Fjellheim" not in repr(profiles.history(company))
    stranger = builders.customer()
    assert not {Field.NAME, Field.ORGANISATION_NUMBER} & {name for name, _, _ in changes(stranger)}


def test_after_a_year_the_values_go_and_the_line_stays() -> None:
    customer = builders.customer()
    profiles.set_time_zone(customer, zone="Europe/Oslo", now=LATER)
    source = next(each for each in DUE_SOURCES if each.name == "accounts.profiles")
    too_early = NOW + profiles.VALUES_KEPT - timedelta(seconds=1)
    assert source.find(too_early, 10) == []
    [row] = source.find(NOW + profiles.VALUES_KEPT, 10)
    source.fire(row, row.due_at)
    zone, *given = profiles.history(customer)
    assert (zone.values_gone, zone.after) == (False, "Europe/Oslo")
    assert {(line.values_gone, line.before, line.after) for line in given} == {(True, "", "")}
    assert {line.notice for line in given} == {builders.newest("privacy-notice")}
    assert profiles.time_zone(customer) == "Europe/Oslo"


def test_the_history_turns_pages() -> None:
    customer = builders.customer()
    every = profiles.history(customer)
    first = profiles.history(customer, limit=4)
    assert first + profiles.history(customer, before=first[-1].id) == every
