"""What a holder does with a rented number by our own interface, and hooks that are signed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from nummer.apps.incidents.actions import scopes
from nummer.apps.leases.models import Rentable
from nummer.apps.messaging import queries as messaging
from nummer.apps.notify import summaries
from nummer.apps.notify.models import Letter
from nummer.apps.refunds.actions import number_blocked
from nummer.apps.webhooks.actions import announce, repeating
from nummer.apps.webhooks.models import Endpoint
from nummer.faces.api import reading
from nummer.kernel.limits import CallLimit
from nummer.kernel.phone import PhoneNumber
from nummer.kernel.remembered import Remembered
from tests import builders
from tests.dialects.conftest import Moment, Program
from tests.dialects.own import call, fields, told
from tests.hooks import Receiver, work


@pytest.fixture
def lease(program: Program, rental_supplier: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """Rent a number, and let one SMS come."""
    monkeypatch.setattr(reading, "PROGRAMS", CallLimit(per_s=1000, burst=1000))
    builders.rentals(["+4759441001"])
    builders.top_up(program.account_id, "100.00")
    found = builders.rented(program.account_id)
    builders.deliver(found.number, "Hello", sender="+4790000001")
    return str(found.id)


def test_what_ending_brings_is_said_before_and_given_then(program: Program, lease: str) -> None:
    path = f"leases/{lease}"
    _, expected = told(call(program, "GET", f"{path}/if-cancelled"))
    odd, _ = told(call(program, "POST", f"{path}/cancel", {"why": "bored"}))
    _, ended = told(call(program, "POST", f"{path}/cancel", {"why": "price"}))

    assert set(expected) == fields("IfCancelled")
    assert (odd, expected["window_open"]) == (400, True)
    assert [refund["amount"] for refund in ended["refunds"]] == [expected["amount"]]


def test_cancelling_within_two_working_days_counts_easter_and_the_day_after_is_too_late(
    programs: Callable[..., Program], lease: str, moment: Moment
) -> None:
    """U14, by program: a company rents on the Thursday before Easter, in Norway."""
    program = programs(kind="company", balance="100.00")
    moment.at = datetime(2027, 3, 25, 9, tzinfo=UTC)
    builders.rentals(["+4759441002", "+4759441003"])
    first, second = (
        f"leases/{builders.rented(program.account_id, number, now=moment.at).id}"
        for number in ("+4759441002", "+4759441003")
    )
    moment.at = datetime(2027, 3, 31, 9, tzinfo=UTC)  # a Wednesday
    _, seen = told(call(program, "GET", f"{first}/if-cancelled"))
    _, ended = told(call(program, "POST", f"{first}/cancel"))
    moment.advance(days=1)
    _, late = told(call(program, "GET", f"{second}/if-cancelled"))
    _, kept = told(call(program, "POST", f"{second}/cancel"))

    assert (seen["window_open"], seen["window_until"]) == (True, "2027-03-31")
    [refund] = ended["refunds"]
    assert (refund["clauses"][0], refund["amount"]) == (seen["clause"], seen["amount"])
    assert 0 < Decimal(refund["amount"]) < Decimal(seen["paid"])  # the days that were not used
    assert (late["window_open"], late["amount"]) == (False, "0.00")
    assert [one["amount"] for one in kept["refunds"]] in ([], ["0.00"])
    resting = Rentable.objects.get(e164="+4759441002")
    assert resting.quarantined_until is not None
    assert resting.quarantined_until > moment.at


def test_a_summary_is_a_pdf_in_the_callers_language(program: Program, lease: str) -> None:
    answer = call(program, "GET", f"leases/{lease}/summary.pdf")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF")


def test_the_same_summary_is_set_once_and_others_are_limited(
    program: Program, lease: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summaries, "SETTINGS", CallLimit(per_s=0.1, burst=2))
    monkeypatch.setattr(summaries, "_SET", Remembered(10))
    path = f"leases/{lease}/summary.pdf"
    first = [call(program, "GET", path) for _ in range(3)]
    german = call(program, "GET", path, language="de")
    refused = call(program, "GET", path, language="nb")

    assert len({answer.content for answer in first}) == 1
    assert (german.status_code, german.content != first[0].content) == (200, True)
    assert (refused.status_code, int(refused["Retry-After"]) > 0) == (429, True)
    assert json.loads(refused.content)["code"] == "too_many_summaries"


def test_a_fault_is_reported_once_and_its_moment_counts(
    program: Program, lease: str, moment: Moment
) -> None:
    path = f"leases/{lease}/reports"
    moment.advance(hours=1)
    status, report = told(call(program, "POST", path, {"words": "Nothing comes"}, key="1"))
    moment.advance(hours=1)
    again = told(call(program, "POST", path, {"words": "Nothing comes"}, key="1"))
    _, listed = told(call(program, "GET", path))

    assert (status, set(report)) == (201, fields("Report"))
    assert again == (200, report)
    assert listed["reports"] == [report]
    assert report["reported_at"] == (builders.NOW + timedelta(hours=1)).isoformat()


def test_sms_are_forwarded_and_answered_as_the_holder_says(program: Program, lease: str) -> None:
    path = f"leases/{lease}/inbox"
    _, before = told(call(program, "GET", path))
    _, mailed = told(call(program, "PUT", path, {"mailed": True, "reply": "Later.\nThanks"}))
    _, kept = told(call(program, "PUT", path, {"mailed": False}))
    _, silent = told(call(program, "PUT", path, {"reply": None}))
    long = told(call(program, "PUT", path, {"reply": "x" * 1000}))

    assert before == {"mailed": False, "reply": None}
    assert mailed == {"mailed": True, "reply": "Later.\nThanks"}
    assert kept == {"mailed": False, "reply": "Later.\nThanks"}
    assert silent == {"mailed": False, "reply": None}
    assert (long[0], long[1]["code"]) == (400, "reply_too_long")


def test_a_conversation_is_marked_as_read(program: Program, lease: str) -> None:
    _, listed = told(call(program, "GET", "conversations"))
    [found] = listed["conversations"]
    read = call(program, "POST", f"leases/{lease}/conversations/{found['id']}/read")
    _, after = told(call(program, "GET", "conversations"))
    unknown = told(call(program, "POST", f"leases/{lease}/conversations/{uuid4()}/read"))

    assert (found["unread"], read.status_code) == (1, 204)
    assert [row["unread"] for row in after["conversations"]] == [0]
    assert (unknown[0], unknown[1]["code"]) == (404, "no_such_conversation")


def test_an_incident_that_concerns_the_number_is_told_and_answered(
    program: Program, lease: str, moment: Moment
) -> None:
    incident_id = scopes.publish(
        scopes.Scope(country="NO"),
        words="No SMS from abroad.",
        began_at=moment.now(),
        actor="staff:1",
        now=moment.now(),
    ).id
    path = f"leases/{lease}/incidents"
    _, known = told(call(program, "GET", path))
    first, second = (
        told(call(program, "POST", f"{path}/{incident_id}/affected")) for _ in range(2)
    )
    none = told(call(program, "POST", f"{path}/{uuid4()}/affected"))

    assert [set(row) for row in known["incidents"]] == [fields("Incident")]
    assert first == second
    assert first[1]["source"] == "notice"
    assert (none[0], none[1]["code"]) == (404, "no_such_incident")


def test_anothers_number_does_not_exist(program: Program, lease: str, moment: Moment) -> None:
    other = builders.customer(balance="50.00")
    builders.rentals(["+4759441002"])
    theirs = builders.rented(other, "+4759441002", now=moment.now())

    for method, rest, body in (
        ("GET", "if-cancelled", None),
        ("POST", "pay", None),
        ("GET", "summary.pdf", None),
        ("GET", "reports", None),
        ("POST", "reports", {}),
        ("GET", "incidents", None),
        ("POST", f"incidents/{uuid4()}/affected", None),
        ("GET", "inbox", None),
        ("PUT", "inbox", {"mailed": True}),
        ("POST", f"conversations/{uuid4()}/read", None),
        ("POST", "hooks/sms/secret", None),
    ):
        status, refused = told(call(program, method, f"leases/{theirs.id}/{rest}", body, key="1"))
        assert (status, refused["code"]) == (404, "no_such_lease"), rest


def hooked(program: Program, lease: str, receiver: Receiver, **more: object) -> dict[str, Any]:
    wish = {"url": receiver.url("/sms?mine=1"), **more}
    status, hook = told(call(program, "PUT", f"leases/{lease}/hooks/sms", wish))
    assert status == 200
    assert isinstance(hook, dict)
    return hook


def come(program: Program, moment: Moment) -> None:
    """Tell of the SMS that came."""
    [sms] = messaging.sms_of(program.account_id)
    announce(
        program.account_id,
        kind="message.received",
        subject_id=sms.id,
        lease_id=sms.lease_id,
        now=moment.now(),
    )
    work(moment.now())


def test_a_hook_of_a_number_is_signed_with_a_secret_that_is_shown_once(
    program: Program, lease: str, moment: Moment
) -> None:
    with Receiver() as receiver:
        hook = hooked(program, lease, receiver)
        again = hooked(program, lease, receiver, method="POST")
        come(program, moment)
        [sent] = receiver.told

    assert set(hook) == fields("HookWithSecret")
    assert set(again) == fields("Hook")
    event = Webhook(hook["secret"]).verify(sent.body, sent.headers)
    assert (event["type"], event["data"]["text"]) == ("message.received", "Hello")
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_AAAA").verify(sent.body, sent.headers)


def test_a_hook_keeps_its_method_and_by_get_names_the_subject_only(
    program: Program, lease: str, moment: Moment
) -> None:
    with Receiver() as receiver:
        hook = hooked(program, lease, receiver, method="GET")
        come(program, moment)
        [sent] = receiver.told

    query = parse_qs(urlsplit(sent.path).query)
    assert (sent.method, sent.body, query["mine"]) == ("GET", b"", ["1"])
    event = Webhook(hook["secret"]).verify(query["event"][0], sent.headers)
    [sms] = messaging.sms_of(program.account_id)
    assert event["data"] == {"id": str(sms.id)}
    assert "Hello" not in sent.path
    changed = query["event"][0].replace(str(sms.id), str(uuid4()))
    with pytest.raises(WebhookVerificationError):
        Webhook(hook["secret"]).verify(changed, sent.headers)


def test_a_hook_gets_a_new_secret_and_for_a_day_both_sign(
    program: Program, lease: str, moment: Moment
) -> None:
    path = f"leases/{lease}/hooks/sms"
    with Receiver() as receiver:
        old = hooked(program, lease, receiver)["secret"]
        _, fresh = told(call(program, "POST", f"{path}/secret"))
        come(program, moment)
        moment.advance(days=2)
        come(program, moment)
        both, later = receiver.told

    assert set(fresh) == fields("HookWithSecret")
    for secret in (old, fresh["secret"]):
        Webhook(secret).verify(both.body, both.headers)
    Webhook(fresh["secret"]).verify(later.body, later.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(later.body, later.headers)
    none = told(call(program, "POST", f"leases/{lease}/hooks/voice/secret"))
    assert (none[0], none[1]["code"]) == (404, "no_such_endpoint")


def test_a_hook_that_was_set_before_secrets_were_is_called_and_then_gets_one(
    program: Program, lease: str, moment: Moment
) -> None:
    with Receiver() as receiver:
        hooked(program, lease, receiver)
        Endpoint.objects.filter(account_id=program.account_id).update(secret=None)
        come(program, moment)
        [sent] = receiver.told
        secret = hooked(program, lease, receiver)["secret"]
        come(program, moment)

    assert "webhook-signature" not in sent.headers
    assert json.loads(sent.body)["data"]["text"] == "Hello"
    Webhook(secret).verify(receiver.told[1].body, receiver.told[1].headers)


def test_the_owner_hears_of_each_new_host_once(program: Program, lease: str) -> None:
    def mails() -> int:
        rows = Letter.objects.filter(account_id=program.account_id, letter="webhook-added")
        return rows.count()

    with Receiver() as receiver:
        call(program, "POST", "webhooks", {"url": receiver.url()}, key="1")
        first = mails()
        hooked(program, lease, receiver)
        wish = {"url": "https://93.184.216.34/hook"}
        call(program, "PUT", f"leases/{lease}/hooks/status", wish)

    assert (first, mails()) == (1, 2)


def test_tests_and_replays_are_limited_and_tell_when_to_come_back(
    program: Program, lease: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeating, "REPEATS", CallLimit(per_s=0.1, burst=2))
    with Receiver() as receiver:
        _, hook = told(call(program, "POST", "webhooks", {"url": receiver.url()}, key="1"))
    path = f"webhooks/{hook['id']}"
    _, sent = told(call(program, "POST", f"{path}/test"))
    replayed = call(program, "POST", f"{path}/deliveries/{sent['event']}/replay")
    answers = [
        call(program, "POST", f"{path}/test"),
        call(program, "POST", f"{path}/replay", {"since": "2026-11-01T00:00:00+00:00"}),
    ]

    assert replayed.status_code == 202
    for answer in answers:
        assert (answer.status_code, int(answer["Retry-After"]) > 0) == (429, True)
        assert json.loads(answer.content)["code"] == "too_many_webhook_repeats"


def test_a_withdrawal_is_taken_once_and_judged(program: Program, moment: Moment) -> None:
    wish = {"service": "tg", "country": "NO"}
    _, order = told(call(program, "POST", "orders", wish, key="1"))
    path = f"orders/{order['id']}"
    moment.advance(seconds=1)
    status, claim = told(call(program, "POST", f"{path}/withdrawal", key="w"))
    moment.advance(seconds=1)
    again = told(call(program, "POST", f"{path}/withdrawal", key="w"))
    _, claims = told(call(program, "GET", f"{path}/claims"))
    _, after = told(call(program, "GET", path))

    assert (status, set(claim)) == (201, fields("Claim"))
    assert again == (200, claim)
    assert claims["claims"] == [claim]
    assert (claim["state"], after["refund"]["clauses"]) == ("decided", ["LAW-14"])


@pytest.fixture
def lost(program: Program, lease: str, moment: Moment) -> str:
    """Let a carrier take a number away while another one is free; return the lease."""
    builders.rentals(["+4759441002", "+4759441003"])
    moment.advance(days=10)
    number_blocked(PhoneNumber("+4759441001"), reason="unrelated", now=moment.now())
    return f"leases/{lease}"


def test_a_lost_number_is_replaced_as_the_holder_says(program: Program, lost: str) -> None:
    _, offer = told(call(program, "GET", f"{lost}/other"))
    odd, _ = told(call(program, "POST", f"{lost}/other", {"answer": "perhaps"}))
    taken = told(
        call(program, "POST", f"{lost}/other", {"answer": "accept", "number": "+4759441009"})
    )
    wish = {"answer": "accept", "number": "+4759441003"}
    status, lease = told(call(program, "POST", f"{lost}/other", wish))
    _, after = told(call(program, "GET", f"{lost}/other"))
    again = told(call(program, "POST", f"{lost}/other", wish))

    assert set(offer) == fields("OtherNumber")
    assert (offer["offered"], offer["free"]) == (True, ["+4759441002", "+4759441003"])
    assert (odd, taken[0], taken[1]["code"]) == (400, 409, "number_taken")
    assert (status, lease["number"], set(lease)) == (200, "+4759441003", fields("Lease"))
    assert [set(one) for one in after["lost"]] == [fields("LostNumber")]
    assert (after["offered"], again[0], again[1]["code"]) == (False, 409, "nothing_offered")


def test_a_lost_number_that_is_declined_gives_back_and_is_paid_out_once(
    program: Program, lost: str
) -> None:
    early = told(call(program, "POST", f"{lost}/pay-out"))
    _, ended = told(call(program, "POST", f"{lost}/other", {"answer": "decline"}))
    first, second = (told(call(program, "POST", f"{lost}/pay-out")) for _ in range(2))

    assert (early[0], early[1]["code"]) == (409, "payout_not_granted")
    assert ended["ended_at"] is not None
    assert first == second
