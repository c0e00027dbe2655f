"""twilio 9.13, unmodified, against a server that answers on loopback."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from pytest_django.live_server_helper import LiveServer
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from nummer.apps.accounts import queries as accounts
from nummer.apps.leases import waiting
from nummer.apps.leases.actions import supply
from nummer.faces.api_twilio import views
from nummer.kernel.limits import CallLimit
from tests.builders import NOW, deliver, rentals, sms_rates, top_up
from tests.dialects.conftest import Moment, Program

pytestmark = pytest.mark.usefixtures("transactional_db")
NUMBERS = [f"+4759443{n:03d}" for n in range(6)]


@pytest.fixture
def renter(
    program: Program,
    rental_supplier: None,
    moment: Moment,
    monkeypatch: pytest.MonkeyPatch,
) -> Program:
    """Return a program in a shop that rents; nobody waits for the supplier."""
    monkeypatch.setattr(waiting, "SUPPLIED_WITHIN_S", 0.0)
    monkeypatch.setattr(views, "PROGRAMS", CallLimit(per_s=1000, burst=1000))
    rentals(NUMBERS)
    top_up(program.account_id, "200.00")
    return program


def pointed(client: Client, url: str) -> Client:
    """Lead a client's domains to us, by its own switch."""
    for domain in (client.api, client.pricing, client.numbers):
        domain.base_url = url
    return client


@pytest.fixture(params=["", "/twilio"])
def client(renter: Program, live_server: LiveServer, request: pytest.FixtureRequest) -> Client:
    """Return the library with the account's main token, at both of our addresses."""
    known = accounts.credentials(renter.account_id)
    return pointed(Client(known.account_sid, known.auth_token), f"{live_server.url}{request.param}")


def rent(client: Client, renter: Program, number: str = NUMBERS[0]) -> str:
    """Rent a number by the library and let its supplier give it; return its SID."""
    bought = client.incoming_phone_numbers.create(phone_number=number)
    supply(renter.account_id, lease_id=UUID(bought.sid[2:]), now=NOW)
    return str(bought.sid)


def test_it_reads_its_account_and_balance_and_makes_keys(
    client: Client, renter: Program, live_server: LiveServer
) -> None:
    account = client.api.accounts(client.account_sid).fetch()
    made = client.new_keys.create(friendly_name="Bot")
    by_key = pointed(Client(made.sid, made.secret, client.account_sid), live_server.url)

    assert (account.status, account.date_created) == ("active", NOW)
    assert client.balance.fetch().balance == by_key.balance.fetch().balance == "220.00"
    assert made.sid in [key.sid for key in client.keys.list()]
    assert client.keys(made.sid).fetch().friendly_name == "Bot"
    assert client.keys(made.sid).delete() is True


def test_it_searches_rents_names_lists_and_releases(client: Client, renter: Program) -> None:
    country = client.available_phone_numbers("NO")
    found = country.local.list(contains="443", sms_enabled=True, limit=3)
    assert [row.phone_number for row in found] == NUMBERS[:3]
    assert found[0].capabilities["SMS"] is True
    assert "NO" in [row.country_code for row in client.available_phone_numbers.list()]

    number_sid = rent(client, renter)
    number = client.incoming_phone_numbers(number_sid).update(friendly_name="Support")

    assert (number.friendly_name, number.status, number.phone_number) == (
        "Support",
        "in-use",
        NUMBERS[0],
    )
    assert number.date_created == NOW
    assert [row.sid for row in client.incoming_phone_numbers.list()] == [number_sid]
    assert client.incoming_phone_numbers(number_sid).delete() is True
    with pytest.raises(TwilioRestException) as gone:
        client.incoming_phone_numbers(number_sid).fetch()
    assert (gone.value.status, gone.value.code) == (404, 20404)


def test_it_lists_page_by_page(client: Client, renter: Program) -> None:
    for number in NUMBERS[:5]:
        rent(client, renter, number)

    rows = client.incoming_phone_numbers.list(page_size=2)
    first = client.incoming_phone_numbers.page(page_size=2)
    second = first.next_page()
    assert second is not None
    back = second.previous_page()
    assert back is not None

    assert [row.phone_number for row in rows] == NUMBERS[4::-1]
    assert [row.phone_number for row in back] == NUMBERS[4:2:-1]


def test_it_reads_messages_that_came(client: Client, renter: Program) -> None:
    rent(client, renter)
    for n in range(5):
        deliver(NUMBERS[0], f"text {n}", sender="+4799887766", at=NOW)

    rows = client.messages.list(to=NUMBERS[0], page_size=2, date_sent=NOW.date())
    assert [row.body for row in rows] == [f"text {n}" for n in (4, 3, 2, 1, 0)]
    message = client.messages(rows[0].sid).fetch()
    assert (message.direction, message.status, message.from_) == (
        "inbound",
        "received",
        "+4799887766",
    )
    assert message.date_sent == NOW
    assert message.media.list() == []
    assert client.messages.list(date_sent_before=date(2016, 1, 1)) == []


def test_it_sends_and_lists_and_is_refused(client: Client, renter: Program) -> None:
    sms_rates({"47": "0.05"})
    rent(client, renter)
    for n in range(3):
        client.messages.create(to="+4791234567", from_=NUMBERS[0], body=f"text {n}")

    rows = client.messages.list(from_=NUMBERS[0], page_size=2)
    assert [(row.body, row.status, row.price) for row in rows] == [
        (f"text {n}", "queued", "-0.0625") for n in (2, 1, 0)
    ]
    for form, number in (
        ({"to": "+4791234567", "from_": NUMBERS[1], "body": "x"}, 21606),
        ({"to": "911", "from_": NUMBERS[0], "body": "x"}, 21211),
        ({"to": "+4791234567", "from_": NUMBERS[0]}, 21602),
        ({"to": "+4791234567", "messaging_service_sid": "MG1", "body": "x"}, 21701),
        ({"to": "+8613800138000", "from_": NUMBERS[0], "body": "x"}, 21612),
    ):
        with pytest.raises(TwilioRestException) as refused:
            client.messages.create(**form)
        assert refused.value.code == number


def test_refusals_reach_the_program_with_their_numbers(client: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.incoming_phone_numbers.create(phone_number="+4711111111")
    assert (refused.value.status, refused.value.code) == (400, 21422)
    assert refused.value.details == {"reason": "twilio_number_not_for_rent"}
    with pytest.raises(TwilioRestException) as refused:
        client.incoming_phone_numbers.create()
    assert refused.value.code == 21421
    with pytest.raises(TwilioException, match="Unable to fetch page"):
        client.messages.list(date_sent="soon")  # type: ignore[arg-type]  # on purpose


def test_a_wrong_secret_is_no_secret(client: Client, live_server: LiveServer) -> None:
    stranger = pointed(Client(client.account_sid, "0" * 32), live_server.url)

    with pytest.raises(TwilioRestException) as refused:
        stranger.balance.fetch()

    assert (refused.value.status, refused.value.code) == (401, 20003)


def test_it_reads_prices_and_rules(client: Client) -> None:
    numbers = client.pricing.v1.phone_numbers.countries("NO").fetch()

    assert numbers.price_unit == "EUR"
    assert {"number_type": "local", "base_price": "12.50", "current_price": "12.50"} in (
        numbers.phone_number_prices
    )
    assert "NO" in [row.iso_country for row in client.pricing.v1.phone_numbers.countries.list()]
    types = client.numbers.v2.regulatory_compliance.end_user_types.list()
    assert [row.machine_name for row in types] == ["individual", "business"]
    assert client.numbers.v2.regulatory_compliance.regulations.list(iso_country="NO") == []
