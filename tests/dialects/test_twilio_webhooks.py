"""What customers' servers are told in the Twilio protocol, checked by its own validator."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from twilio.request_validator import RequestValidator

from nummer.apps.accounts import queries as accounts
from nummer.apps.messaging import queries as messaging
from nummer.apps.webhooks.ports import Call, Occasion, Target
from nummer.faces.api_twilio.webhooks import RECEIVED, UPDATED, TwilioRenderer
from nummer.kernel.ids import new_id
from tests.builders import NOW, deliver, rentals, rented, top_up
from tests.dialects.conftest import Program

NUMBER = "+4759443001"
URL = "https://example.com:8443/sms?shop=1"


@pytest.fixture
def sms(program: Program, rental_supplier: None) -> messaging.Sms:
    """Return an SMS that came to a rented number."""
    rentals([NUMBER])
    top_up(program.account_id, "100.00")
    rented(program.account_id, NUMBER)
    deliver(NUMBER, "Hei & hå", sender="+4799887766", at=NOW)
    (found,) = messaging.sms_of(program.account_id)
    return found


def told(
    sms: messaging.Sms, *, kind: str = RECEIVED, method: str = "POST", word: str = ""
) -> Call | None:
    event_id: UUID = new_id()
    occasion = Occasion(sms.account_id, event_id, kind, sms.id, sms.lease_id, word, NOW)
    target = Target(new_id(), "sms", method, URL, ())
    return TwilioRenderer().render(occasion, target=target, now=NOW)


def read(call: Call | None) -> tuple[Call, dict[str, str]]:
    assert call is not None
    return call, dict(parse_qsl(call.body.decode(), keep_blank_values=True))


def valid(call: Call, form: dict[str, str], *, account_id: int) -> bool:
    token = accounts.credentials(account_id).auth_token
    return bool(
        RequestValidator(token).validate(call.url, form, call.headers["X-Twilio-Signature"])
    )


def test_an_sms_that_came_is_told_as_a_signed_form(sms: messaging.Sms) -> None:
    call, form = read(told(sms))

    assert (call.method, call.url) == ("POST", URL)
    assert call.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert valid(call, form, account_id=sms.account_id)
    message_sid = f"SM{sms.id.hex}"
    assert form == {
        "MessageSid": message_sid,
        "SmsSid": message_sid,
        "SmsMessageSid": message_sid,
        "AccountSid": accounts.credentials(sms.account_id).account_sid,
        "From": "+4799887766",
        "To": NUMBER,
        "Body": "Hei & hå",
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
        "ToCountry": "NO",
    }


def test_by_get_the_address_holds_everything_and_is_signed_whole(sms: messaging.Sms) -> None:
    call, form = read(told(sms, method="GET"))

    assert (call.method, call.body, form) == ("GET", b"", {})
    assert dict(parse_qsl(urlsplit(call.url).query))["Body"] == "Hei & hå"
    assert call.url.startswith(f"{URL}&MessageSid=SM")
    assert valid(call, {}, account_id=sms.account_id)


def test_a_form_that_was_changed_on_its_way_is_not_valid(sms: messaging.Sms) -> None:
    call, form = read(told(sms))

    assert not valid(call, {**form, "Body": "Send money"}, account_id=sms.account_id)


@pytest.mark.parametrize(
    ("word", "status"), [("sent", "sent"), ("delivered", "delivered"), ("failed", "failed")]
)
def test_a_change_is_told_with_the_state_of_its_moment(
    sms: messaging.Sms, word: str, status: str
) -> None:
    call, form = read(told(sms, kind=UPDATED, word=word))

    assert (form["MessageStatus"], form["SmsStatus"]) == (status, status)
    assert ("ErrorCode" in form) == (status == "failed")
    assert valid(call, form, account_id=sms.account_id)


def test_what_the_protocol_has_no_word_for_and_what_is_gone_is_not_told(
    sms: messaging.Sms,
) -> None:
    assert told(sms, kind="lease.renewed") is None
    nobody = Occasion(sms.account_id, new_id(), RECEIVED, new_id(), sms.lease_id, "", NOW)
    target = Target(new_id(), "sms", "POST", URL, ())
    assert TwilioRenderer().render(nobody, target=target, now=NOW) is None
