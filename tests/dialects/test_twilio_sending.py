"""Sending by the Twilio protocol: what is queued, what is refused, and replies to webhooks."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
from twilio.twiml.messaging_response import MessagingResponse

from nummer.apps.leases import waiting
from nummer.apps.leases.actions import supply
from nummer.apps.leases.models import Lease
from nummer.apps.ledger import queries as ledger
from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.actions import Fate, Kind, report
from nummer.apps.messaging.jobs import DUE_SOURCES
from nummer.apps.messaging.models import Deadline, Outgoing, OutgoingState
from nummer.apps.messaging.queries import Direction, Sms
from nummer.apps.webhooks.actions.announcing import once_id
from nummer.apps.webhooks.models import Delivery, Endpoint, Event, Follow
from nummer.apps.webhooks.ports import Answer, Occasion, Target
from nummer.config.sweeper import sweep_until
from nummer.faces.api_twilio import views
from nummer.faces.api_twilio.webhooks import (
    RECEIVED,
    REDIRECTS_MAX,
    UPDATED,
    TwilioRenderer,
)
from nummer.kernel.ids import new_id
from nummer.kernel.limits import CallLimit
from tests.builders import NOW, deliver, rentals, sms_rates, top_up
from tests.dialects.conftest import Moment, Program
from tests.dialects.test_twilio import Twilio

NUMBER, OTHER = "+4759443001", "+4759443002"
TO = "+4791234567"


@pytest.fixture
def sender(
    program: Program,
    rental_supplier: None,
    moment: Moment,
    monkeypatch: pytest.MonkeyPatch,
) -> Twilio:
    """Return a program that has a rented number, in a shop that sends."""
    monkeypatch.setattr(views, "PROGRAMS", CallLimit(per_s=1000, burst=1000))
    monkeypatch.setattr(waiting, "SUPPLIED_WITHIN_S", 0.0)
    rentals([NUMBER, OTHER])
    sms_rates({"47": "0.05"})
    top_up(program.account_id, "100.00")
    twilio = Twilio(program)
    placed = twilio.post("IncomingPhoneNumbers.json", status=201, PhoneNumber=NUMBER)
    supply(program.account_id, lease_id=UUID(placed["sid"][2:]), now=NOW)
    return twilio


def sent(sender: Twilio) -> list[Sms]:
    return messaging.sms_of(sender.account_id, direction=Direction.OUT)


def held(sender: Twilio) -> str:
    return ledger.balance(sender.account_id).held.decimal_text()


def test_a_message_is_queued_and_its_price_is_held(sender: Twilio) -> None:
    row = sender.post("Messages.json", status=201, To=TO, From=NUMBER, Body="Hei")

    assert (row["status"], row["direction"], row["num_segments"]) == ("queued", "outbound-api", "1")
    assert (row["from"], row["to"], row["body"]) == (NUMBER, TO, "Hei")
    assert (row["price"], row["price_unit"], held(sender)) == ("-0.0625", "EUR", "0.0625")
    assert (row["date_sent"], row["error_code"]) == (None, None)
    assert sender.get(f"Messages/{row['sid']}.json") == row
    assert sender.get("Messages.json", From=NUMBER)["messages"] == [row]
    assert sender.get("Messages.json", To=TO)["messages"] == [row]
    assert sender.get("Messages.json", To=NUMBER)["messages"] == []


def test_the_same_key_is_answered_as_the_first_time_though_the_number_is_gone(
    sender: Twilio,
) -> None:
    wish = {"To": TO, "From": NUMBER, "Body": "Hei"}
    first = sender.answer("POST", "Messages.json", wish, HTTP_IDEMPOTENCY_KEY="one")
    Lease.objects.filter(account_id=sender.account_id).update(
        state="released", ended_at=NOW, next_due_at=None
    )

    again = sender.answer("POST", "Messages.json", wish, HTTP_IDEMPOTENCY_KEY="one")
    other = sender.answer("POST", "Messages.json", wish, HTTP_IDEMPOTENCY_KEY="two")

    assert again.status_code == 201
    assert json.loads(again.content) == json.loads(first.content)
    assert other.status_code == 400
    assert len(sent(sender)) == 1


def test_the_same_idempotency_key_sends_once(sender: Twilio) -> None:
    wish = {"To": TO, "From": NUMBER, "Body": "Hei"}
    answers = [
        sender.answer("POST", "Messages.json", wish, HTTP_IDEMPOTENCY_KEY="one") for _ in range(2)
    ]
    other = sender.answer(
        "POST", "Messages.json", {**wish, "Body": "Hallo"}, HTTP_IDEMPOTENCY_KEY="one"
    )

    assert json.loads(answers[0].content)["sid"] == json.loads(answers[1].content)["sid"]
    assert Twilio.refusal(other) == (409, 20409, "idempotency_conflict")
    assert len(sent(sender)) == 1


def test_the_protocols_own_header_for_repeated_calls_is_read_as_well(sender: Twilio) -> None:
    wish = {"To": TO, "From": NUMBER, "Body": "Hei"}
    answers = [
        sender.answer("POST", "Messages.json", wish, **headers)
        for headers in (
            {"HTTP_I_TWILIO_IDEMPOTENCY_TOKEN": "one"},
            {"HTTP_IDEMPOTENCY_KEY": "one"},
            {"HTTP_I_TWILIO_IDEMPOTENCY_TOKEN": "one", "HTTP_IDEMPOTENCY_KEY": "one"},
        )
    ]
    two = {"HTTP_I_TWILIO_IDEMPOTENCY_TOKEN": "one", "HTTP_IDEMPOTENCY_KEY": "two"}

    assert len({json.loads(answer.content)["sid"] for answer in answers}) == 1
    assert Twilio.refusal(sender.answer("POST", "Messages.json", wish, **two))[:2] == (400, 20001)
    assert len(sent(sender)) == 1


def test_a_call_that_comes_again_is_answered_as_before_when_its_number_is_gone(
    sender: Twilio,
) -> None:
    wish = {"To": TO, "From": NUMBER, "Body": "Hei"}
    first = sender.answer("POST", "Messages.json", wish, HTTP_IDEMPOTENCY_KEY="one")
    (number,) = sender.get("IncomingPhoneNumbers.json")["incoming_phone_numbers"]
    sender.delete(f"IncomingPhoneNumbers/{number['sid']}.json")

    again = sender.answer("POST", "Messages.json", wish, HTTP_IDEMPOTENCY_KEY="one")
    other = sender.answer(
        "POST", "Messages.json", {**wish, "To": "+4791234568"}, HTTP_IDEMPOTENCY_KEY="one"
    )

    assert (again.status_code, json.loads(again.content)["sid"]) == (
        201,
        json.loads(first.content)["sid"],
    )
    assert Twilio.refusal(other) == (409, 20409, "idempotency_conflict")
    assert Twilio.refusal(sender.answer("POST", "Messages.json", wish))[1] == 21606


def test_a_message_that_still_waits_when_its_time_is_over_fails_and_costs_nothing(
    sender: Twilio, moment: Moment
) -> None:
    form = {"To": TO, "From": NUMBER, "Body": "Hei"}
    short = sender.post("Messages.json", status=201, **form, ValidityPeriod="60")
    taken = sender.post("Messages.json", status=201, **form, ValidityPeriod="60")
    long = sender.post("Messages.json", status=201, **form)
    Outgoing.objects.filter(id=UUID(taken["sid"][2:])).update(state=OutgoingState.TAKEN)
    moment.advance(seconds=61)

    sweep_until(moment.now(), sources=DUE_SOURCES)

    def state(row: Any) -> tuple[str, int | None]:
        now = sender.get(f"Messages/{row['sid']}.json")
        return now["status"], now["error_code"]

    assert (state(short), state(taken), state(long)) == (
        ("failed", 30001),
        ("sending", None),  # a carrier may have it
        ("queued", None),
    )
    assert held(sender) == "0.125"
    assert Deadline.objects.count() == 0


def test_typographic_characters_are_sent_as_plain_ones_where_that_was_asked_for(
    sender: Twilio,
) -> None:
    form = {"To": TO, "From": NUMBER, "Body": "\u201cHei\u201d \u2013 " + "x" * 100}

    as_it_is = sender.post("Messages.json", status=201, **form)
    plain = sender.post("Messages.json", status=201, **form, SmartEncoded="true")

    assert (as_it_is["num_segments"], plain["num_segments"]) == ("2", "1")
    assert plain["body"] == '"Hei" - ' + "x" * 100


@pytest.mark.parametrize(
    "words",
    [
        {"Attempt": "2", "ForceDelivery": "true", "SmartEncoded": "false"},
        {"ProvideFeedback": "false", "ShortenUrls": "false", "SendAsMms": "false"},
        {"ContentRetention": "retain", "AddressRetention": "retain", "RiskCheck": "enable"},
        {"ValidityPeriod": "36000", "MaxPrice": "1"},
    ],
)
def test_words_that_change_nothing_here_are_taken(sender: Twilio, words: dict[str, str]) -> None:
    form = {"To": TO, "From": NUMBER, "Body": "Hei", **words}

    assert sender.post("Messages.json", status=201, **form)["status"] == "queued"


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"To": ""}, 21604),
        ({"To": "hello"}, 21211),
        ({"To": "911"}, 21211),
        ({"To": NUMBER}, 21266),
        ({"To": "+8613800138000"}, 21612),
        ({"From": ""}, 21603),
        ({"From": OTHER}, 21606),
        ({"From": "ACME"}, 21606),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"MediaUrl": "https://example.com/cat.png"}, 21623),
        ({"MessagingServiceSid": "MG" + "0" * 32}, 21701),
        ({"ContentSid": "HX" + "0" * 32}, 21655),
        ({"ScheduleType": "fixed"}, 35118),
        ({"StatusCallback": "https://10.0.0.1/"}, 21402),
        ({"MaxPrice": "0.01"}, 30010),
        ({"MaxPrice": "cheap"}, 20001),
        ({"ValidityPeriod": "99999"}, 20001),
        ({"ApplicationSid": "AP" + "0" * 32}, 20001),
        ({"ProvideFeedback": "true"}, 20001),
        ({"ContentRetention": "discard"}, 20001),
        ({"AddressRetention": "obfuscate"}, 20001),
        ({"RiskCheck": "disable"}, 20001),
        ({"ShortenUrls": "true"}, 20001),
        ({"SendAsMms": "true"}, 21623),
        ({"SendAt": "2030-01-01T00:00:00Z"}, 35118),
        ({"PersistentAction": "geo:1,2"}, 20001),
        ({"Attempt": "often"}, 20001),
        ({"SmartEncoded": "maybe"}, 20001),
        ({"ValidityPeriod": "0"}, 20001),
    ],
)
def test_what_is_refused_is_neither_sent_nor_charged(
    sender: Twilio, change: dict[str, str], number: int
) -> None:
    form = {"To": TO, "From": NUMBER, "Body": "Hei", **change}

    status, code, _ = sender.refused("POST", "Messages.json", **form)

    assert (status, code) == (400, number)
    assert (sent(sender), held(sender)) == ([], "0.00")


def test_a_message_within_its_highest_price_is_sent(sender: Twilio) -> None:
    form = {"To": TO, "From": NUMBER, "Body": "Hei", "MaxPrice": "0.0625"}

    assert sender.post("Messages.json", status=201, **form)["status"] == "queued"


def test_the_address_of_one_message_is_told_of_its_changes_alone(sender: Twilio) -> None:
    form = {"To": TO, "From": NUMBER, "Body": "Hei"}
    url = "https://example.com/status"
    followed = sender.post("Messages.json", status=201, **form, StatusCallback=url)
    sender.post("Messages.json", status=201, **form)

    report(
        [Fate(sender.account_id, row.id, Kind.FAILED, status=8) for row in sent(sender)], now=NOW
    )

    (event,) = Event.objects.all()
    (delivery,) = Delivery.objects.all()
    assert (event.kind, f"SM{event.subject_id.hex}") == (UPDATED, followed["sid"])
    assert delivery.event_id == event.id
    occasion = Occasion(
        event.account_id, event.id, event.kind, event.subject_id, event.lease_id, event.word, NOW
    )
    call = TwilioRenderer().render(
        occasion, target=Target(delivery.endpoint_id, "", "POST", url, ()), now=NOW
    )
    assert call is not None
    told = dict(parse_qsl(call.body.decode()))
    assert (told["MessageStatus"], told["ErrorCode"]) == ("failed", "30008")


def test_a_message_on_its_way_can_no_longer_be_stopped(sender: Twilio) -> None:
    row = sender.post("Messages.json", status=201, To=TO, From=NUMBER, Body="Hei")

    refusal = sender.refused("POST", f"Messages/{row['sid']}.json", Status="canceled")

    assert refusal == (409, 20009, "twilio_message_not_cancellable")


def answered(
    sender: Twilio,
    body: str,
    *,
    kind: str = RECEIVED,
    content_type: str = "text/xml",
    word: str = "",
) -> None:
    """Let an SMS come, and the customer's server answer its webhook, twice."""
    deliver(NUMBER, "Hello", sender="+4799887766", at=NOW)
    (came,) = messaging.sms_of(sender.account_id, direction=Direction.IN)
    occasion = Occasion(sender.account_id, new_id(), kind, came.id, None, word, NOW)
    target = Target(new_id(), "sms", "POST", "https://example.com/shop/sms?a=1", ())
    answer: Any = Answer(
        status=200,
        failure=None,
        duration_ms=5,
        size=len(body),
        content_type=content_type,
        body=body.encode(),
    )
    for _ in range(2):
        TwilioRenderer().heard(occasion, target=target, answer=answer, now=NOW)


def test_an_answer_in_twiml_goes_back_to_whoever_wrote_once(sender: Twilio) -> None:
    answered(sender, "<Response><Message>Thanks</Message><Message>Bye</Message></Response>")

    assert {(row.theirs, row.body) for row in sent(sender)} == {
        ("+4799887766", "Thanks"),
        ("+4799887766", "Bye"),
    }


def test_a_plain_answer_is_the_reply(sender: Twilio) -> None:
    answered(sender, "Thanks", content_type="text/plain")

    assert [row.body for row in sent(sender)] == ["Thanks"]


def test_a_reply_that_is_refused_stops_none_of_the_others(sender: Twilio) -> None:
    answered(
        sender,
        '<Response><Message to="911">No</Message><Message>Yes</Message></Response>',
    )

    assert [row.body for row in sent(sender)] == ["Yes"]


@pytest.mark.parametrize("body", ["", "<Response/>", "<Response><Message>open", "<html/>"])
def test_an_answer_that_asks_for_nothing_or_cannot_be_read_sends_nothing(
    sender: Twilio, body: str
) -> None:
    answered(sender, body)

    assert sent(sender) == []


def test_an_answer_to_a_change_of_state_is_not_read(sender: Twilio) -> None:
    answered(sender, "<Response><Message>Thanks</Message></Response>", kind=UPDATED)

    assert sent(sender) == []


def test_a_reply_may_name_another_number_of_the_customers_as_its_sender(sender: Twilio) -> None:
    placed = sender.post("IncomingPhoneNumbers.json", status=201, PhoneNumber=OTHER)
    supply(sender.account_id, lease_id=UUID(placed["sid"][2:]), now=NOW)
    reply = MessagingResponse()
    reply.message("Mine", from_=OTHER, to=TO)
    reply.message("Not mine", from_="+4759443009")

    answered(sender, str(reply))

    assert [(row.ours.e164, row.theirs, row.body) for row in sent(sender)] == [(OTHER, TO, "Mine")]


@pytest.mark.parametrize("attribute", ["status_callback", "action"])
def test_an_address_in_a_reply_is_told_how_that_reply_fares(sender: Twilio, attribute: str) -> None:
    reply = MessagingResponse()
    reply.message("Thanks", **{attribute: "/status", "method": "GET"})
    reply.message("Bye", **{attribute: "http://10.0.0.1/"})

    answered(sender, str(reply))

    (follow,) = Follow.objects.all()
    (endpoint,) = Endpoint.objects.filter(id=follow.endpoint_id)
    assert {row.body for row in sent(sender)} == {"Thanks", "Bye"}
    assert follow.subject_id == next(row.id for row in sent(sender) if row.body == "Thanks")
    assert (endpoint.method, follow.endpoint_id) == (
        "GET",
        once_id("twilio", method="GET", url="https://example.com/status"),
    )


def test_a_redirect_asks_another_address_about_the_same_message_once(sender: Twilio) -> None:
    reply = MessagingResponse()
    reply.message("First")
    reply.redirect("next?b=2", method="GET")
    reply.message("Never")

    answered(sender, str(reply))

    (event,) = Event.objects.filter(kind=RECEIVED)
    (delivery,) = Delivery.objects.filter(event_id=event.id)
    (came,) = messaging.sms_of(sender.account_id, direction=Direction.IN)
    assert [row.body for row in sent(sender)] == ["First"]
    assert (event.subject_id, event.word) == (came.id, "1")
    assert delivery.endpoint_id == once_id(
        "twilio", method="GET", url="https://example.com/shop/next?b=2"
    )


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("https://example.com/again", str(REDIRECTS_MAX)),
        ("http://169.254.169.254/latest", ""),
        ("file:///etc/passwd", ""),
        ("https://[::1", ""),
    ],
)
def test_a_redirect_goes_neither_round_in_circles_nor_where_we_do_not_call(
    sender: Twilio, url: str, word: str
) -> None:
    answered(sender, f"<Response><Redirect>{url}</Redirect></Response>", word=word)

    assert not Event.objects.exists()
    assert sent(sender) == []


def test_verbs_that_are_not_done_stop_no_reply(sender: Twilio) -> None:
    answered(
        sender,
        "<Response><Dial>+4791234567</Dial><Message><Body>Yes</Body>"
        "<Media>https://example.com/cat.png</Media></Message></Response>",
    )

    assert [row.body for row in sent(sender)] == ["Yes"]
