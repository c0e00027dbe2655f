"""Rents of the sms-activate protocol: a lease for one month, by the programs that exist."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiosmsactivate import SmsActivate
from pytest_django.live_server_helper import LiveServer
from smsactivate.api import SMSActivateAPI

from nummer.apps.leases import actions as leases
from nummer.apps.leases import held, waiting
from nummer.apps.leases.models import Lease, Rentable
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import queries as ledger
from nummer.policy.lease import LeaseState
from tests.builders import deliver, rentals, top_up
from tests.dialects.conftest import NORWAY, PATH, Moment, Program

MONTH = 720
NUMBERS = [f"+4759443{n:03d}" for n in range(3)]


@pytest.fixture
def renter(program: Program, rental_supplier: None, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Return a program in a shop that rents; nobody waits for the supplier."""
    monkeypatch.setattr(waiting, "SUPPLIED_WITHIN_S", 0.0)
    rentals(NUMBERS)
    top_up(program.account_id, "100.00")
    return program


def said(program: Program, action: str, **parameters: object) -> Any:
    return json.loads(program.call(action, **parameters))


def word(program: Program, action: str, **parameters: object) -> str:
    answer = said(program, action, **parameters)
    assert answer["status"] == "error"
    return str(answer["message"])


def rent(program: Program, moment: Moment, **wish: object) -> tuple[int, str]:
    """Rent and let the supplier give the number; return id and number."""
    asked = {"service": "full", "time": MONTH, "country": NORWAY, **wish}
    phone = said(program, "getRentNumber", **asked)["phone"]
    row = lease(program, phone["id"])
    leases.supply(program.account_id, lease_id=row.id, now=moment.now())
    return int(phone["id"]), f"+{phone['number']}"


def lease(program: Program, rent_id: int) -> LeaseRow:
    return held.lease_by_short_id(program.account_id, short=rent_id)


def spendable(program: Program) -> str:
    return ledger.balance(program.account_id).spendable.decimal_text()


def test_what_can_be_rented_is_told_with_the_whole_first_payment(renter: Program) -> None:
    offers = said(renter, "getRentServicesAndCountries", time=MONTH, country=NORWAY)

    assert offers["services"] == {"full": {"cost": "18.75", "quant": {"current": 3, "total": 3}}}
    assert int(NORWAY) in offers["countries"].values()
    assert offers["currency"] == 978
    assert said(renter, "getRentServicesAndCountries", time=4, country=NORWAY)["services"] == {}
    assert said(renter, "getCountries")[NORWAY]["rent"] == 1


def test_a_rent_receives_for_every_service_and_ends_with_its_month(
    renter: Program, moment: Moment
) -> None:
    rent_id, number = rent(renter, moment, service="tg")
    waits = word(renter, "getRentStatus", id=rent_id)
    deliver(number, "Your code is 1234", sender="Bank", at=moment.now())
    status = said(renter, "getRentStatus", id=rent_id)

    assert waits == "STATUS_WAIT_CODE"
    assert status == {
        "status": "success",
        "quantity": "1",
        "values": {
            "0": {
                "phoneFrom": "Bank",
                "text": "Your code is 1234",
                "service": "full",
                "date": "2026-11-22 12:00:00",
            }
        },
    }
    assert said(renter, "getRentList")["values"] == {"0": {"id": rent_id, "phone": number[1:]}}
    row = lease(renter, rent_id)
    assert (row.state, spendable(renter)) == (LeaseState.CANCELLED, "101.25")
    assert row.paid_until is not None
    leases.moment(renter.account_id, lease_id=row.id, now=row.paid_until)
    assert word(renter, "setRentStatus", id=rent_id, status=2) == "ALREADY_FINISH"
    assert word(renter, "continueRentNumber", id=rent_id, rent_time=MONTH) == "RENT_DIE"


@pytest.mark.parametrize("hours", [1, 4, 671, 745, 1344])
def test_only_a_month_is_rented_and_nothing_else_is_charged(renter: Program, hours: int) -> None:
    wish = {"service": "full", "country": NORWAY, "time": hours}

    assert word(renter, "getRentNumber", **wish) == "INVALID_TIME"
    assert (spendable(renter), said(renter, "getRentList")["values"]) == ("120.00", {})


def test_what_cannot_be_rented_is_refused(renter: Program) -> None:
    wish = {"service": "full", "country": NORWAY, "time": MONTH}

    assert word(renter, "getRentNumber") == "NO_NUMBERS"
    assert word(renter, "getRentNumber", **{**wish, "service": "nope"}) == "BAD_SERVICE"
    assert word(renter, "getRentNumber", **{**wish, "country": 99999}) == "ERROR_SQL"
    assert word(renter, "getRentNumber", **{**wish, "url": "https://x.example"}) == "ERROR_SQL"
    assert word(renter, "getRentNumber", **{**wish, "incomingCall": 1}) == "NO_NUMBERS"
    assert word(renter, "getRentStatus", id="x") == "INVALID_PHONE"
    assert word(renter, "getRentStatus", id=12345) == "INVALID_PHONE"
    assert spendable(renter) == "120.00"


def test_the_same_order_id_rents_once(renter: Program) -> None:
    wish = {"service": "full", "country": NORWAY, "time": MONTH, "orderId": "one"}

    first, second = (said(renter, "getRentNumber", **wish)["phone"]["id"] for _ in range(2))

    assert first == second
    assert len(said(renter, "getRentList")["values"]) == 1


def test_a_rent_goes_on_for_one_more_month_when_asked(renter: Program, moment: Moment) -> None:
    rent_id, _ = rent(renter, moment)
    price = said(renter, "continueRentInfo", id=rent_id, hours=MONTH)
    short = word(renter, "continueRentNumber", id=rent_id, rent_time=4)
    longer = said(renter, "continueRentNumber", id=rent_id, rent_time=MONTH)

    assert (price["price"], price["currency"], short) == (12.5, 978, "INVALID_TIME")
    assert longer["phone"]["endDate"].startswith("2027-01-22T")
    assert word(renter, "continueRentNumber", id=rent_id, rent_time=MONTH) == "MAX_HOURS_EXCEED"
    row = lease(renter, rent_id)
    assert row.paid_until is not None
    leases.moment(renter.account_id, lease_id=row.id, now=row.paid_until)
    assert lease(renter, rent_id).state is LeaseState.CANCELLED
    assert spendable(renter) == "88.75"


def test_a_rent_is_cancelled_while_the_policy_gives_something_for_it(
    renter: Program, moment: Moment
) -> None:
    rent_id, _ = rent(renter, moment)
    assert word(renter, "setRentStatus", id=rent_id, status=3) == "INCORECT_STATUS"

    assert said(renter, "setRentStatus", id=rent_id, status=2) == {"status": "success"}

    assert lease(renter, rent_id).state is LeaseState.RELEASED
    assert float(spendable(renter)) > 102
    assert word(renter, "setRentStatus", id=rent_id, status=2) == "ALREADY_CANCEL"


def test_a_rent_for_which_nothing_is_given_is_kept(renter: Program, moment: Moment) -> None:
    rent_id, _ = rent(renter, moment)
    moment.advance(days=20)

    assert word(renter, "setRentStatus", id=rent_id, status=2) == "CANT_CANCEL"
    assert lease(renter, rent_id).state is LeaseState.CANCELLED


def test_nobody_reaches_anothers_rent(
    renter: Program, programs: Callable[..., Program], moment: Moment
) -> None:
    rent_id, _ = rent(renter, moment)
    other = programs()

    for action in ("getRentStatus", "setRentStatus", "continueRentNumber", "continueRentInfo"):
        sent = {"id": rent_id, "status": 2, "rent_time": MONTH}
        assert word(other, action, **sent) == "INVALID_PHONE"


@pytest.mark.django_db(transaction=True)
def test_the_official_module_rents_reads_and_cancels(
    renter: Program, moment: Moment, live_server: LiveServer
) -> None:
    client = SMSActivateAPI(renter.key)
    client._SMSActivateAPI__api_url = live_server.url + PATH
    assert client.getRentServicesAndCountries(time=MONTH, country=NORWAY)["services"]["full"]
    phone = client.getRentNumber(service="full", time=MONTH, country=NORWAY)["phone"]
    row = lease(renter, phone["id"])
    leases.supply(renter.account_id, lease_id=row.id, now=moment.now())

    assert client.getRentStatus(id=phone["id"])["message"] == "STATUS_WAIT_CODE"
    deliver(f"+{phone['number']}", "Hei", at=moment.now())
    assert client.getRentStatus(id=phone["id"])["values"]["0"]["text"] == "Hei"
    assert client.getContinueRentPriceNumber(id=phone["id"])["price"] == 12.5
    assert client.setRentStatus(id=phone["id"], status=2) == {"status": "success"}
    assert client.getRentList()["values"] == {}


@pytest.mark.django_db(transaction=True)
def test_the_asynchronous_module_rents_and_goes_on(
    renter: Program, moment: Moment, live_server: LiveServer
) -> None:
    client = SmsActivate(renter.key, base_url=live_server.url + PATH)
    phone = asyncio.run(client.get_rent_number("full", time=MONTH, country=NORWAY))["phone"]
    row = lease(renter, phone["id"])
    leases.supply(renter.account_id, lease_id=row.id, now=moment.now())

    longer = asyncio.run(client.continue_rent_number(str(phone["id"]), rent_time=MONTH))

    assert longer["phone"]["id"] == phone["id"]


def test_a_number_that_takes_no_sms_is_never_rented(renter: Program) -> None:
    Rentable.objects.exclude(e164=NUMBERS[-1]).update(sms=False)

    wish = {"service": "full", "time": MONTH, "country": NORWAY}
    assert said(renter, "getRentNumber", **wish)["phone"]["number"] == NUMBERS[-1][1:]

    Rentable.objects.filter(account_id=None).update(sms=False)
    assert word(renter, "getRentNumber", **wish) == "NO_NUMBERS"


def test_a_lease_of_the_site_under_notice_is_not_made_to_go_on_for_good(
    renter: Program, moment: Moment
) -> None:
    rent_id, _ = rent(renter, moment)
    row = lease(renter, rent_id)
    Lease.objects.filter(id=row.id).update(for_one_period=False)  # as one ordered on the site

    assert word(renter, "continueRentNumber", id=rent_id, rent_time=MONTH) == "MAX_HOURS_EXCEED"
    assert lease(renter, rent_id).state is LeaseState.CANCELLED
    assert spendable(renter) == "101.25"
