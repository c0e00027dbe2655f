"""The status page: planned work before, during and after it, and uptime that names no carrier."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions import scopes
from nummer.apps.incidents.actions.facts import Source, Told
from nummer.apps.incidents.actions.maintenance import call_off_maintenance, plan_maintenance
from nummer.apps.incidents.actions.scopes import Scope
from nummer.apps.incidents.errors import PlanNotPossible
from nummer.apps.incidents.models import CarrierNotice, PlanLetter
from nummer.apps.leases.ports import install_suppliers
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.numbers.models import Number
from nummer.apps.probes import uptime
from nummer.apps.probes.models import Plan, Spell
from nummer.apps.probes.uptime import NetworkUptime, Uptime, lease_uptime, public_uptime
from nummer.apps.refunds.actions import report_fault
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber
from nummer.kernel.remembered import Remembered
from nummer.suppliers.sandbox.numbers import SandboxNumbers
from tests import builders
from tests.builders import NOW
from tests.faces.conftest import Enter, StandingClock

NUMBER, OTHER = "+4759441001", "+4759441002"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def nothing_was_shown_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uptime, "_SHOWN", Remembered(1))


@pytest.fixture
def lease(shop: StandingClock, tmp_path: Path) -> LeaseRow:
    install_suppliers([SandboxNumbers(tmp_path)])
    builders.rentals([NUMBER, OTHER])
    return builders.rented(builders.customer(balance="50.00"), NUMBER)


def spell(*, hours: tuple[int, int | None], carrier: str = "sandbox", country: str = "NO") -> None:
    """Let probes of a route have failed, hours after NOW."""
    first, last = hours
    plan = Plan.objects.create(
        id=new_id(),
        carrier=carrier,
        number=f"+47595300{Plan.objects.count():02d}",
        country=country,
        number_carrier=carrier,
        added_at=NOW,
        next_at=NOW,
    )
    Spell.objects.create(
        id=new_id(),
        plan=plan,
        carrier=carrier,
        country=country,
        began_at=NOW + first * HOUR,
        ended_at=None if last is None else NOW + last * HOUR,
    )


def percents(uptime: Uptime | None) -> tuple[str, str, str]:
    assert uptime is not None
    return str(uptime.day), str(uptime.month), str(uptime.quarter)


def test_planned_work_is_shown_before_during_and_after_it(shop: StandingClock) -> None:
    begins = NOW + 2 * DAY
    plan_maintenance(
        words="New power.",
        translated={"nb": "Ny strøm.", "de": "Neuer Strom."},
        carrier="sandbox",
        country="NO",
        begins_at=begins,
        ends_at=begins + 2 * HOUR,
        actor="staff:1",
        now=NOW,
    )
    for language, words in (("en", "New power."), ("nb", "Ny strøm."), ("de", "Neuer Strom.")):
        page = Client(headers={"accept-language": language}).get("/status/").text
        assert words in page
        assert "sandbox" not in page.split("</main>", maxsplit=1)[0].split("<main", maxsplit=1)[1]
    assert "Maintenance under way" not in Client().get("/status/").text

    shop.at = begins
    page = Client().get("/status/").text
    assert ("Maintenance under way" in page, "Nothing is planned" in page) == (True, True)
    shop.at = begins + 2 * HOUR
    page = Client().get("/status/").text
    assert ("Maintenance under way" in page, "Over in the last 7 days" in page) == (False, True)
    shop.at = begins + 8 * DAY
    assert "New power." not in Client().get("/status/").text


def test_work_that_is_called_off_says_so_and_what_cannot_be_planned_is_refused(
    shop: StandingClock,
) -> None:
    begins = NOW + 2 * DAY
    when = {"begins_at": begins, "ends_at": begins + HOUR}
    plan_id = plan_maintenance(
        words="Cables.",
        country="",
        begins_at=begins,
        ends_at=begins + HOUR,
        actor="staff:1",
        now=NOW,
    )
    for wrong in (
        {"words": " ", **when},
        {"words": "Late.", **when, "begins_at": NOW - DAY},
        {"words": "Short.", "begins_at": begins, "ends_at": begins},
    ):
        with pytest.raises(PlanNotPossible):
            plan_maintenance(country="NO", **wrong, actor="staff:1", now=NOW)  # type: ignore[arg-type]
    for _ in range(2):
        call_off_maintenance(plan_id, actor="staff:1", now=NOW)
    shop.at = NOW + HOUR
    page = Client().get("/status/").text
    assert ("Cables." in page, "called off" in page, "Nothing is planned" in page) == (
        True,
        True,
        True,
    )
    assert not incidents.under_maintenance(carrier="sandbox", country="NO", at=begins)


def test_work_of_one_carrier_is_told_to_whoever_has_numbers_of_it(lease: LeaseRow) -> None:
    builders.rented(builders.customer(balance="50.00"), OTHER)
    when = NOW + DAY
    for carrier, owed in (("other", 0), ("sandbox", 2)):
        plan_maintenance(
            words="Power.",
            carrier=carrier,
            country="NO",
            begins_at=when,
            ends_at=when + HOUR,
            actor="staff:1",
            now=NOW,
        )
        assert PlanLetter.objects.count() == owed


def test_uptime_of_a_number_counts_reports_incidents_notices_and_spells_once(
    lease: LeaseRow,
) -> None:
    at = NOW + 10 * DAY
    assert percents(lease_uptime(lease, now=at)) == ("100", "100", "100")
    scopes.publish(Scope(carrier="sandbox"), began_at=NOW + DAY, actor="staff:1", now=NOW + DAY)
    (incident,) = incidents.incidents()
    scopes.end_incident(incident.id, ended_at=NOW + 2 * DAY, actor="staff:1", now=NOW + 2 * DAY)
    spell(hours=(36, 60))
    spell(hours=(0, 48), country="DE")
    spell(hours=(0, 48), carrier="other")
    # a day and a half of ten, and nothing of the last day
    assert percents(lease_uptime(lease, now=at)) == ("100", "85", "85")

    for hours in (9 * 24 + 12, 9 * 24 + 18):
        report_fault(
            lease.account_id,
            order_id=lease.id,
            told=Told(
                source=Source.PAGE,
                actor="customer:1",
                happened_at=NOW + hours * HOUR,
                key=new_id(),
            ),
            now=NOW + hours * HOUR,
        )
    assert percents(lease_uptime(lease, now=at)) == ("50", "80", "80")


def test_uptime_of_a_number_knows_only_its_holders_own_time(lease: LeaseRow) -> None:
    spell(hours=(-100, -1))
    scopes.publish(
        Scope(numbers=[PhoneNumber(OTHER)]), began_at=NOW, actor="staff:1", now=NOW + HOUR
    )
    assert percents(lease_uptime(lease, now=NOW + DAY)) == ("100", "100", "100")
    spell(hours=(-10, 6))
    assert percents(lease_uptime(lease, now=NOW + DAY)) == ("75", "75", "75")
    assert lease_uptime(lease, now=NOW) == Uptime(None, None, None)


def test_the_customer_reads_three_times_on_the_page_of_his_number(
    lease: LeaseRow, enter: Enter, shop: StandingClock
) -> None:
    spell(hours=(0, 12))
    shop.at = NOW + DAY
    page = enter(lease.account_id).get(f"/my-numbers/{lease.id}/").text
    for name in ("uptime-day", "uptime", "uptime-quarter"):
        assert f'id="{name}">50.00' in page


def test_everybody_reads_uptime_by_country_and_network_and_never_a_carriers_name(
    shop: StandingClock,
) -> None:
    Number.objects.create(
        id=new_id(), e164="+4759449999", country="NO", carrier="telco-two", kind="mobile",
        sms=True, voice=False, added_at=NOW,
    )  # fmt: skip
    Number.objects.create(
        id=new_id(), e164="+494066969000", country="DE", carrier="telco-two", kind="mobile",
        sms=True, voice=False, added_at=NOW,
    )  # fmt: skip
    shop.at = NOW + 10 * DAY
    spell(hours=(216, 228))
    notice("fault", 234, country="DE")
    notice("repair", 237)

    found = {(row.country, row.place): percents(row.uptime) for row in public_uptime(now=shop.at)}

    assert found == {
        ("DE", 0): ("87.5", "99.58", "99.86"),
        ("NO", 1): ("50", "98.33", "99.44"),
        ("NO", 2): ("100", "100", "100"),
    }
    page = Client().get("/status/").text
    assert "Norway, network 1" in page
    assert "50.00" in page
    for name in ("telco-two", "sandbox"):
        assert name not in page.split("<main", maxsplit=1)[1].split("</main>", maxsplit=1)[0]


def test_strangers_who_reload_the_page_have_uptime_counted_once_a_minute(
    lease: LeaseRow, shop: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []
    count = uptime.public_uptime

    def counting(*, now: datetime) -> list[NetworkUptime]:
        counted.append(now)
        return count(now=now)

    monkeypatch.setattr(uptime, "public_uptime", counting)
    for _ in range(3):
        assert Client().get("/status/").status_code == 200
    shop.at += timedelta(seconds=61)
    assert Client().get("/status/").status_code == 200
    assert len(counted) == 2


def test_a_shop_without_numbers_says_so(shop: StandingClock) -> None:
    Number.objects.all().update(status="withdrawn")
    assert "There are no numbers to measure yet." in Client().get("/status/").text
    assert public_uptime(now=NOW) == []


def notice(event: str, hours: int, *, country: str = "") -> None:
    """Let the second carrier have said something, hours after NOW."""
    at = NOW + hours * HOUR
    CarrierNotice.objects.create(
        id=new_id(),
        carrier="telco-two",
        event=event,
        country=country,
        happened_at=at,
        received_at=at,
        nonce=new_id().hex,
        signed_at=at,
        body_sha256="0" * 64,
    )


def test_an_incident_of_one_service_or_of_named_numbers_is_no_countrys(
    shop: StandingClock,
) -> None:
    for scope in (Scope(service="tg"), Scope(numbers=[PhoneNumber("+4759440000")])):
        scopes.publish(scope, began_at=NOW, actor="staff:1", now=NOW)
    assert {row.uptime.quarter for row in public_uptime(now=NOW + DAY)} == {Decimal(100)}
