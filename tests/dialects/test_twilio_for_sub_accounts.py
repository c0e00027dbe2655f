"""Numbers and SMS of sub-accounts, by Twilio's own library: rented, paid, told apart, ended."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
from pytest_django.live_server_helper import LiveServer
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts import sub_accounts
from nummer.apps.accounts.errors import SubAccountNotActive
from nummer.apps.accounts.sub_accounts import NewToken
from nummer.apps.leases import queries as leases
from nummer.apps.leases.actions import Wish
from nummer.apps.leases.actions import rent as rent_lease
from nummer.apps.ledger.queries import balance
from nummer.apps.messaging import queries as messaging
from nummer.apps.refunds.jobs import end_sub_account
from nummer.apps.webhooks.ports import Answer, Occasion, Target
from nummer.faces.api_twilio.webhooks import RECEIVED, TwilioRenderer
from nummer.kernel.ids import new_id
from nummer.policy.lease import LeaseState
from tests.builders import NOW, deliver, sms_rates
from tests.dialects.conftest import Program
from tests.dialects.test_twilio_clients import NUMBERS, pointed, rent, renter

__all__ = ["renter"]  # a fixture
pytestmark = pytest.mark.usefixtures("transactional_db")
THEIRS = "+4791234567"


@pytest.fixture
def parts(renter: Program) -> tuple[NewToken, NewToken]:
    """Return two sub-accounts of the program's account."""
    fjord, elv = (
        sub_accounts.create(renter.account_id, name=name, now=NOW) for name in ("Fjord", "Elv")
    )
    return fjord, elv


@pytest.fixture
def signed_in(live_server: LiveServer) -> Callable[[str, str], Client]:
    def sign_in(sid: str, token: str) -> Client:
        return pointed(Client(sid, token), live_server.url)

    return sign_in


@pytest.fixture
def parent(renter: Program, signed_in: Callable[[str, str], Client]) -> Client:
    known = accounts.credentials(renter.account_id)
    return signed_in(known.account_sid, known.auth_token)


@pytest.fixture
def own(parts: tuple[NewToken, NewToken], signed_in: Callable[[str, str], Client]) -> Client:
    """Return the library with the first sub-account's token."""
    return signed_in(parts[0].row.sid, parts[0].token)


@pytest.fixture
def sibling(parts: tuple[NewToken, NewToken], signed_in: Callable[[str, str], Client]) -> Client:
    return signed_in(parts[1].row.sid, parts[1].token)


def not_there(call: Callable[[], object]) -> bool:
    try:
        call()
    except TwilioRestException as refused:
        return (refused.status, refused.code) == (404, 20404)
    except TwilioException as refused:  # so the library tells it of a list
        return "HTTP 404" in str(refused.args)
    return False


def test_it_rents_names_and_releases_and_its_parent_pays(
    own: Client, parent: Client, renter: Program
) -> None:
    before = balance(renter.account_id).spendable
    number_sid = rent(own, renter)
    number = own.incoming_phone_numbers(number_sid).update(friendly_name="Support")

    assert (number.account_sid, number.friendly_name) == (own.account_sid, "Support")
    assert balance(renter.account_id).spendable < before
    assert own.available_phone_numbers("NO").local.list(limit=1)[0].phone_number == NUMBERS[1]
    through = parent.api.accounts(own.account_sid)
    assert [row.sid for row in through.incoming_phone_numbers.list()] == [number_sid]
    assert through.incoming_phone_numbers(number_sid).fetch().account_sid == own.account_sid
    assert own.incoming_phone_numbers(number_sid).delete() is True
    assert own.incoming_phone_numbers.list() == []


def test_its_parent_rents_and_sends_for_it_by_its_sid(
    own: Client, parent: Client, renter: Program
) -> None:
    sms_rates({"47": "0.05"})
    through = parent.api.accounts(own.account_sid)
    bought = through.incoming_phone_numbers.create(phone_number=NUMBERS[0])
    assert bought.account_sid == own.account_sid
    rented_by_itself = rent(own, renter, NUMBERS[1])
    sent = through.messages.create(to=THEIRS, from_=NUMBERS[1], body="by the parent")
    assert sent.account_sid == own.account_sid
    assert [row.sid for row in own.messages.list()] == [sent.sid]
    assert {row.sid for row in own.incoming_phone_numbers.list()} == {bought.sid, rented_by_itself}


def test_nobody_sees_numbers_or_sms_of_another_part(
    own: Client, sibling: Client, parent: Client, renter: Program
) -> None:
    sms_rates({"47": "0.05"})
    number_sid = rent(own, renter)
    rent(sibling, renter, NUMBERS[1])
    rent(parent, renter, NUMBERS[2])
    for number in NUMBERS[:3]:
        deliver(number, f"to {number}", sender="+4799887766", at=NOW)
    sent = own.messages.create(to=THEIRS, from_=NUMBERS[0], body="out")

    assert {row.to for row in own.messages.list()} == {NUMBERS[0], THEIRS}
    assert {row.to for row in sibling.messages.list(page_size=1)} == {NUMBERS[1]}
    assert {row.to for row in parent.messages.list(from_="+4799887766")} == {NUMBERS[2]}
    for other in (sibling, parent):
        assert [row.sid for row in other.incoming_phone_numbers.list()] != [number_sid]
        assert len(other.incoming_phone_numbers.list()) == 1
        assert other.incoming_phone_numbers.list(phone_number=NUMBERS[0]) == []
        assert other.messages.list(from_=NUMBERS[0]) == other.messages.list(to=NUMBERS[0]) == []
        number, message = other.incoming_phone_numbers(number_sid), other.messages(sent.sid)
        for call in (
            number.fetch,
            lambda number=number: number.update(friendly_name="Mine"),
            number.delete,
            message.fetch,
            lambda message=message: message.update(body=""),
            message.delete,
            message.media.list,
        ):
            assert not_there(call)
        with pytest.raises(TwilioRestException) as foreign:
            other.messages.create(to=THEIRS, from_=NUMBERS[0], body="x")
        assert foreign.value.code == 21606
    assert not_there(sibling.api.accounts(own.account_sid).incoming_phone_numbers.list)
    assert not_there(sibling.api.accounts(parent.account_sid).messages.list)
    assert own.messages(sent.sid).fetch().body == "out"


def test_a_key_of_the_parent_does_not_reach_below(
    own: Client, parent: Client, renter: Program, signed_in: Callable[[str, str], Client]
) -> None:
    rent(own, renter)
    key = parent.new_keys.create(friendly_name="Bot")
    by_key = signed_in(key.sid, key.secret)
    assert not_there(by_key.api.accounts(own.account_sid).incoming_phone_numbers.list)


def test_a_suspended_one_keeps_its_number_and_sends_and_rents_nothing(
    own: Client, parent: Client, renter: Program
) -> None:
    sms_rates({"47": "0.05"})
    number_sid = rent(own, renter)
    parent.api.accounts(own.account_sid).update(status="suspended")
    before = balance(renter.account_id)
    through = parent.api.accounts(own.account_sid)

    assert through.incoming_phone_numbers(number_sid).fetch().status == "in-use"
    for call in (
        lambda: through.messages.create(to=THEIRS, from_=NUMBERS[0], body="x"),
        lambda: through.incoming_phone_numbers.create(phone_number=NUMBERS[1]),
    ):
        with pytest.raises(TwilioRestException) as refused:
            call()
        assert (refused.value.status, refused.value.code) == (403, 20005)
    assert balance(renter.account_id) == before
    parent.api.accounts(own.account_sid).update(status="active")
    assert own.messages.create(to=THEIRS, from_=NUMBERS[0], body="x").status == "queued"


def test_closing_ends_its_leases_as_their_holder_would_once(
    own: Client, sibling: Client, parent: Client, renter: Program
) -> None:
    first, second = rent(own, renter), rent(own, renter, NUMBERS[1])
    kept = rent(sibling, renter, NUMBERS[2])
    row = sub_accounts.named(renter.account_id, sid=own.account_sid)
    parent.api.accounts(own.account_sid).update(status="closed")

    for _ in range(2):  # a job may come twice
        end_sub_account(account_id=renter.account_id, sub_account_id=str(row.id))
    states = {
        sid: leases.lease(renter.account_id, lease_id=UUID(sid[2:]))
        for sid in (first, second, kept)
    }
    assert [states[sid].end_reason for sid in (first, second)] == ["cancelled"] * 2
    assert states[kept].state is LeaseState.ACTIVE
    assert parent.api.accounts(own.account_sid).incoming_phone_numbers.list() == []
    with pytest.raises(SubAccountNotActive):
        rent_lease(
            renter.account_id,
            wish=Wish(
                country="NO",
                kind="local",
                key=new_id(),
                surface="test",
                consent_immediate=True,
                sub_account_id=row.id,
            ),
            now=NOW,
        )


def test_the_same_key_of_two_parts_rents_two_numbers(
    own: Client, sibling: Client, renter: Program
) -> None:
    for client, number in ((own, NUMBERS[0]), (sibling, NUMBERS[1]), (own, NUMBERS[0])):
        client.http_client.session.headers["Idempotency-Key"] = "7"  # type: ignore[attr-defined]
        client.incoming_phone_numbers.create(phone_number=number)
    assert len(own.incoming_phone_numbers.list()) == 1
    assert len(sibling.incoming_phone_numbers.list()) == 1


def test_its_webhooks_carry_its_sid_and_are_signed_with_its_token(
    own: Client, parts: tuple[NewToken, NewToken], renter: Program
) -> None:
    rent(own, renter)
    deliver(NUMBERS[0], "Hei", sender="+4799887766", at=NOW)
    (sms,) = messaging.sms_of(renter.account_id)
    occasion = Occasion(renter.account_id, new_id(), RECEIVED, sms.id, sms.lease_id, "", NOW)
    target = Target(new_id(), "sms", "POST", "https://example.com/sms", ())
    call = TwilioRenderer().render(occasion, target=target, now=NOW)

    assert call is not None
    form = dict(parse_qsl(call.body.decode(), keep_blank_values=True))
    assert form["AccountSid"] == own.account_sid
    signed = call.headers["X-Twilio-Signature"]
    assert RequestValidator(parts[0].token).validate(call.url, form, signed)
    parents = accounts.credentials(renter.account_id).auth_token
    assert not RequestValidator(parents).validate(call.url, form, signed)


def test_a_suspended_ones_server_sends_nothing_by_its_answer(
    own: Client, parent: Client, renter: Program
) -> None:
    sms_rates({"47": "0.05"})
    rent(own, renter)
    deliver(NUMBERS[0], "Hei", sender="+4799887766", at=NOW)
    (sms,) = messaging.sms_of(renter.account_id)
    occasion = Occasion(renter.account_id, new_id(), RECEIVED, sms.id, sms.lease_id, "", NOW)
    target = Target(new_id(), "sms", "POST", "https://example.com/sms", ())
    said = Answer(200, None, 5, 54, "text/xml", b"<Response><Message>Hi</Message></Response>")
    parent.api.accounts(own.account_sid).update(status="suspended")
    TwilioRenderer().heard(occasion, target=target, answer=said, now=NOW)
    assert len(messaging.sms_of(renter.account_id)) == 1
    parent.api.accounts(own.account_sid).update(status="active")
    TwilioRenderer().heard(occasion, target=target, answer=said, now=NOW)
    assert len(messaging.sms_of(renter.account_id)) == 2
