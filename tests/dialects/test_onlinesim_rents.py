"""Rents of the onlinesim protocol: a lease for one month, by the client that exists."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from onlinesimru import RentNumbersService
from onlinesimru.exceptions import NoNumberException, RequestException
from pytest_django.live_server_helper import LiveServer

from nummer.apps.leases import actions as leases
from nummer.apps.leases import held, waiting
from nummer.apps.leases.models import Lease, Rentable
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import queries as ledger
from nummer.policy.lease import LeaseState
from tests.builders import deliver, rentals, top_up
from tests.dialects.conftest import Moment, Program, get

NORWAY = 47
MONTH = 30
TEXT = "Telegram code: 48213. Do not give this code to anyone."


@pytest.fixture
def renter(program: Program, rental_supplier: None, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Return a program in a shop that rents; nobody waits for the supplier."""
    monkeypatch.setattr(waiting, "SUPPLIED_WITHIN_S", 0.0)
    rentals([f"+4759443{n:03d}" for n in range(3)])
    top_up(program.account_id, "100.00")
    return program


def said(program: Program, verb: str, *, key: str = "", **query: object) -> Any:
    headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    answer = get({"apikey": program.key, **query}, path=f"/api/rent/{verb}.php", **headers)
    assert answer.status_code == 200
    return json.loads(answer.content)


def lease(program: Program, tzid: int) -> LeaseRow:
    return held.lease_by_short_id(program.account_id, short=tzid)


def rent(program: Program, moment: Moment, **wish: object) -> int:
    """Rent a number, let the supplier give it, and return its id."""
    item = said(program, "getRentNum", **{"country": NORWAY, "days": MONTH, **wish})["item"]
    row = lease(program, item["tzid"])
    leases.supply(program.account_id, lease_id=row.id, now=moment.now())
    return int(item["tzid"])


def spendable(program: Program) -> str:
    return ledger.balance(program.account_id).spendable.decimal_text()


def test_a_rent_receives_and_ends_with_its_month(renter: Program, moment: Moment) -> None:
    tzid = rent(renter, moment)
    number = lease(renter, tzid).number
    deliver(number, TEXT, sender="Telegram", at=moment.now())

    [item] = said(renter, "getRentState")["list"]

    assert (item["tzid"], f"+{item['country']}{item['number']}") == (tzid, number.e164)
    [message] = item["messages"]
    assert (message["service"], message["text"], message["code"]) == ("Telegram", TEXT, "48213")
    assert message["created_at"] == "2026-11-22 12:00:00"
    assert (item["days"], item["sum"], item["extend"]) == (30, "12.50", {"30": 12.5})
    row = lease(renter, tzid)
    assert (row.state, spendable(renter)) == (LeaseState.CANCELLED, "101.25")
    assert row.paid_until is not None
    leases.moment(renter.account_id, lease_id=row.id, now=row.paid_until)
    assert said(renter, "getRentState", tzid=tzid) == {"response": 1, "list": []}
    assert said(renter, "extendRentState", tzid=tzid, days=MONTH)["response"] == "ERROR_WRONG_TZID"


@pytest.mark.parametrize("days", [0, 1, 7, 27, 32, 60, "x", "", "-30", "1e9"])
def test_only_a_month_is_rented_and_nothing_else_is_charged(renter: Program, days: object) -> None:
    assert said(renter, "getRentNum", country=NORWAY, days=days) == {"response": "ERROR_PARAMS"}
    assert (spendable(renter), said(renter, "getRentState")["list"]) == ("120.00", [])


def test_what_cannot_be_rented_is_refused(renter: Program) -> None:
    assert said(renter, "getRentNum", country=999, days=MONTH)["response"] == "UNDEFINED_COUNTRY"
    assert said(renter, "getRentNum", country=49, days=MONTH)["response"] == "NO_NUMBER"
    for verb in ("extendRentState", "closeRentNum", "portReload"):
        assert said(renter, verb, tzid=1, days=MONTH) == {"response": "ERROR_WRONG_TZID"}
        assert said(renter, verb, tzid="x", days=MONTH) == {"response": "ERROR_WRONG_TZID"}
        assert said(renter, verb, days=MONTH) == {"response": "ERROR_NO_TZID"}
    assert spendable(renter) == "120.00"


def test_without_a_country_that_with_the_lowest_calling_code_is_meant(renter: Program) -> None:
    assert said(renter, "getRentNum", days=MONTH) == {"response": "NO_NUMBER"}
    rentals(["+12025550123"], country="US")
    assert said(renter, "getRentNum", days=MONTH)["item"]["country"] == 1


def test_the_same_idempotency_key_rents_once(renter: Program) -> None:
    wish = {"country": NORWAY, "days": MONTH}

    first, second = (said(renter, "getRentNum", key="one", **wish)["item"] for _ in range(2))

    assert first["tzid"] == second["tzid"]
    assert len(said(renter, "getRentState")["list"]) == 1


def test_a_rent_goes_on_for_one_more_month_when_asked(renter: Program, moment: Moment) -> None:
    tzid = rent(renter, moment)

    short = said(renter, "extendRentState", tzid=tzid, days=1)
    longer = said(renter, "extendRentState", tzid=tzid, days=MONTH)["item"]
    again = said(renter, "extendRentState", tzid=tzid, days=MONTH)

    assert short == {"response": "ERROR_PARAMS"}
    assert (longer["days"], longer["extend"]) == (61, {})
    assert again == {"response": "NO_COMPLETE_TZID"}
    row = lease(renter, tzid)
    assert row.paid_until is not None
    leases.moment(renter.account_id, lease_id=row.id, now=row.paid_until)
    assert lease(renter, tzid).state is LeaseState.CANCELLED
    assert spendable(renter) == "88.75"


def test_a_rent_is_given_back_while_the_policy_gives_something_for_it(
    renter: Program, moment: Moment
) -> None:
    tzid = rent(renter, moment)

    assert said(renter, "closeRentNum", tzid=tzid) == {"response": 1, "tzid": tzid}

    assert lease(renter, tzid).state is LeaseState.RELEASED
    assert float(spendable(renter)) > 102
    assert said(renter, "closeRentNum", tzid=tzid) == {"response": "ERROR_WRONG_TZID"}


def test_a_rent_for_which_nothing_is_given_is_kept(renter: Program, moment: Moment) -> None:
    tzid = rent(renter, moment)
    moment.advance(days=20)

    assert said(renter, "closeRentNum", tzid=tzid) == {"response": "NO_COMPLETE_TZID"}
    assert lease(renter, tzid).state is LeaseState.CANCELLED


def test_nobody_reaches_anothers_rent(
    renter: Program, programs: Callable[..., Program], moment: Moment
) -> None:
    tzid = rent(renter, moment)
    other = programs()

    for verb in ("extendRentState", "closeRentNum", "portReload"):
        assert said(other, verb, tzid=tzid, days=MONTH) == {"response": "ERROR_WRONG_TZID"}
    assert said(other, "getRentState", tzid=tzid) == {"response": 1, "list": []}
    assert lease(renter, tzid).state is LeaseState.CANCELLED


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(RequestException) as error:
        act()
    return str(error.value.error)


@pytest.mark.django_db(transaction=True)
def test_the_client_rents_reads_extends_and_gives_back(
    renter: Program, moment: Moment, live_server: LiveServer
) -> None:
    client = RentNumbersService(apikey=renter.key, base_url=live_server.url)
    [tariff] = [one for one in client.get_tariffs() if one.enabled]
    assert (tariff.code, tariff.enabled, tariff.count, tariff.days) == (47, True, {30: 3}, {30: 19})
    assert client.get_tariff(NORWAY).days == tariff.days
    assert refused(lambda: client.rent_new_number(country=NORWAY)) == "ERROR_PARAMS"

    item = client.rent_new_number(country=NORWAY, days=MONTH)
    row = lease(renter, item["tzid"])
    leases.supply(renter.account_id, lease_id=row.id, now=moment.now())
    deliver(row.number, TEXT, sender="Telegram", at=moment.now())
    found = client.get_number_by_phone_number(row.number.e164)

    assert found is not None
    assert found == client.get_number(found.tzid)
    last = client.get_last_message(found.tzid)
    assert last is not None
    assert last.code == "48213"
    assert refused(lambda: client.port_reload(found.tzid)) == "NO_COMPLETE_TZID"
    assert client.extend_number_rental(found.tzid, days=MONTH).days == 61
    assert client.revoke_number(found.tzid)["response"] == 1
    assert client.get_numbers() == []
    with pytest.raises(NoNumberException):
        client.get_number(found.tzid)


def test_a_number_that_takes_no_sms_is_never_rented(renter: Program) -> None:
    able = Rentable.objects.latest("e164").e164
    Rentable.objects.exclude(e164=able).update(sms=False)

    wish: dict[str, Any] = {"country": NORWAY, "days": MONTH}
    tzid = said(renter, "getRentNum", **wish)["item"]["tzid"]
    assert lease(renter, tzid).number.e164 == able

    Rentable.objects.filter(account_id=None).update(sms=False)
    assert said(renter, "getRentNum", **wish)["response"] == "NO_NUMBER"


def test_a_lease_of_the_site_under_notice_is_not_made_to_go_on_for_good(
    renter: Program, moment: Moment
) -> None:
    rent_id = rent(renter, moment)
    row = lease(renter, rent_id)
    Lease.objects.filter(id=row.id).update(for_one_period=False)  # as one ordered on the site

    refused = said(renter, "extendRentState", tzid=rent_id, days=MONTH)
    assert refused["response"] not in (1, "1")
    assert lease(renter, rent_id).state is LeaseState.CANCELLED
    assert spendable(renter) == "101.25"
