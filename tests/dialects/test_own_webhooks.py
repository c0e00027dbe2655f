"""Webhooks by our own interface, and what they tell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from nummer.faces.api import reading
from nummer.kernel.limits import CallLimit
from tests import builders
from tests.dialects.conftest import Moment, Program
from tests.dialects.own import call, fields, told
from tests.hooks import Receiver, Reply, failing, work


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setattr(reading, "PROGRAMS", CallLimit(per_s=1000, burst=1000))
    with Receiver() as running:
        yield running


def opened(program: Program, receiver: Receiver, *kinds: str) -> dict[str, Any]:
    wish = {"url": receiver.url(), "kinds": list(kinds)}
    status, webhook = told(call(program, "POST", "webhooks", wish, key="hook"))
    assert status == 201
    assert isinstance(webhook, dict)
    return webhook


def test_a_webhook_is_opened_once_and_its_secret_shown_once(
    program: Program, receiver: Receiver
) -> None:
    webhook = opened(program, receiver)
    wish = {"url": receiver.url(), "kinds": []}
    repeated = told(call(program, "POST", "webhooks", wish, key="hook"))
    other = told(call(program, "POST", "webhooks", {"url": receiver.url("/b")}, key="hook"))
    _, listed = told(call(program, "GET", "webhooks"))

    assert set(webhook) == fields("WebhookWithSecret")
    assert repeated == (200, {name: webhook[name] for name in fields("Webhook")})
    assert (other[0], other[1]["code"]) == (409, "key_reused")
    assert [row["id"] for row in listed["webhooks"]] == [webhook["id"]]


def test_a_program_tests_replays_and_reads_what_became_of_events(
    program: Program, receiver: Receiver, moment: Moment
) -> None:
    webhook = opened(program, receiver)
    path = f"webhooks/{webhook['id']}"
    receiver.reply = failing()
    status, sent = told(call(program, "POST", f"{path}/test"))
    work(moment.now())
    one = f"{path}/deliveries/{sent['event']}"
    _, failed = told(call(program, "GET", one))
    receiver.reply = lambda told: Reply()
    again, _ = told(call(program, "POST", f"{one}/replay"))
    work(moment.now() + timedelta(minutes=1))
    _, done = told(call(program, "GET", one))
    _, listed = told(call(program, "GET", f"{path}/deliveries", state="done"))

    assert (status, again) == (202, 202)
    assert (failed["state"], failed["last_status"], failed["attempts"]) == ("waiting", 500, 1)
    assert (done["state"], [call["status"] for call in done["calls"]]) == ("done", [500, 204])
    assert set(done) == fields("DeliveryWithCalls")
    assert set(done["calls"][0]) == fields("Call")
    assert [row["event"] for row in listed["deliveries"]] == [sent["event"]]
    _, replayed = told(
        call(program, "POST", f"{path}/replay", {"since": "2026-01-01T00:00:00+00:00"})
    )
    assert replayed == {"replayed": 0}


def test_a_webhook_changes_is_switched_off_and_goes(program: Program, receiver: Receiver) -> None:
    webhook = opened(program, receiver)
    path = f"webhooks/{webhook['id']}"

    _, changed = told(call(program, "PATCH", path, {"kinds": ["lease.ended"], "on": False}))
    refused = told(call(program, "POST", f"{path}/test"))
    _, rotated = told(call(program, "POST", f"{path}/secret"))
    gone = call(program, "DELETE", path)
    after, _ = told(call(program, "GET", path))

    assert (changed["kinds"], changed["state"]) == (["lease.ended"], "off")
    assert (refused[0], refused[1]["code"]) == (409, "endpoint_off")
    assert rotated["secret"] not in (webhook["secret"], None)
    assert (gone.status_code, after) == (204, 404)


@pytest.mark.parametrize(
    ("what", "body", "code"),
    [
        ("an address inside", {"url": "https://169.254.169.254/"}, "webhook_address_refused"),
        ("plain HTTP", {"url": "http://example.com/"}, "webhook_address_refused"),
        ("an unknown kind", {"url": "https://a.com/", "kinds": ["x"]}, "unknown_event_kind"),
        ("kinds that are no list", {"url": "https://a.com/", "kinds": "x"}, "api_field_malformed"),
        ("no address", {}, "api_field_malformed"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(
    program: Program, receiver: Receiver, *, what: str, body: object, code: str
) -> None:
    status, refused = told(call(program, "POST", "webhooks", body, key="1"))

    assert (status, refused["code"]) == (400, code)


def test_an_event_about_a_lease_tells_what_a_call_would_answer(
    program: Program, receiver: Receiver, moment: Moment
) -> None:
    from nummer.apps.webhooks.actions import announce

    webhook = opened(program, receiver)
    builders.rentals(["+4759441001"])
    builders.top_up(program.account_id, "50.00")
    wish = {"country": "NO", "kind": "local"}
    _, lease = told(call(program, "POST", "leases", wish, key="rent"))
    announce(
        program.account_id,
        kind="lease.activated",
        subject_id=lease["id"],
        lease_id=lease["id"],
        now=moment.now(),
    )
    work(moment.now())
    [request] = receiver.told

    Webhook(webhook["secret"]).verify(request.body, request.headers)
    event = json.loads(request.body)
    assert set(event) == fields("SentEvent")
    assert event["data"] == told(call(program, "GET", f"leases/{lease['id']}"))[1]
