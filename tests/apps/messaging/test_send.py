"""Texts that we send: a row first, never twice by our doing, and the gate sees them leave."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nummer.apps.messaging.actions import (
    mark_failed,
    mark_sent,
    mark_unknown,
    queue_system_text,
    record_receipt,
    recover_taken,
    take_outgoing,
)
from nummer.apps.messaging.models import Outgoing
from nummer.apps.outbound.errors import NotCleared
from nummer.apps.outbound.models import Passage
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber
from tests.builders import NOW

pytestmark = pytest.mark.django_db
TO = PhoneNumber("+447700900123")
LATER = NOW + timedelta(seconds=1)


def queue(*, purpose: str = "login-code") -> object:
    return queue_system_text(
        None, to=TO, text="Your code is 4711", purpose=purpose, key=new_id(), now=NOW
    )


def test_a_text_is_taken_by_one_gateway_only() -> None:
    row_id = queue()

    (taken,) = take_outgoing(limit=10, now=LATER)

    assert (taken.id, taken.to, taken.text) == (row_id, TO, "Your code is 4711")
    assert take_outgoing(limit=10, now=LATER) == []


def test_the_same_key_queues_once() -> None:
    key = new_id()
    arguments = {"to": TO, "text": "Your code is 4711", "purpose": "login-code", "key": key}

    first = queue_system_text(None, **arguments, now=NOW)  # type: ignore[arg-type]
    again = queue_system_text(None, **arguments, now=LATER)  # type: ignore[arg-type]

    assert first == again
    assert len(take_outgoing(limit=10, now=LATER)) == 1


def test_what_leaves_is_written_down_without_its_content() -> None:
    queue()

    take_outgoing(limit=10, now=LATER)

    passage = Passage.objects.get()
    assert (passage.recipient, passage.purpose, passage.fields) == (
        "sms-carrier",
        "login-code",
        ["text", "to"],
    )


def test_a_purpose_that_no_register_names_does_not_leave() -> None:
    queue(purpose="gossip")

    with pytest.raises(NotCleared):
        take_outgoing(limit=10, now=LATER)


ENDS = [
    (
        "accepted and delivered",
        lambda row: (
            mark_sent(row.id, account_id=0, carrier="c", carrier_message_id="m1", now=LATER),
            record_receipt(carrier="c", carrier_message_id="m1", delivered=True, now=LATER),
        ),
        "delivered",
    ),
    (
        "accepted and not delivered",
        lambda row: (
            mark_sent(row.id, account_id=0, carrier="c", carrier_message_id="m1", now=LATER),
            record_receipt(carrier="c", carrier_message_id="m1", delivered=False, now=LATER),
        ),
        "undelivered",
    ),
    (
        "answered in hexadecimal, reported in decimal",
        lambda row: (
            mark_sent(row.id, account_id=0, carrier="c", carrier_message_id="00000A1F", now=LATER),
            record_receipt(carrier="c", carrier_message_id="2591", delivered=True, now=LATER),
        ),
        "delivered",
    ),
    (
        "answered in hexadecimal, reported in decimal with zeros in front",
        lambda row: (
            mark_sent(row.id, account_id=0, carrier="c", carrier_message_id="a1f", now=LATER),
            record_receipt(carrier="c", carrier_message_id="0000002591", delivered=True, now=LATER),
        ),
        "delivered",
    ),
    (
        "answered in decimal, reported in hexadecimal",
        lambda row: (
            mark_sent(row.id, account_id=0, carrier="c", carrier_message_id="2591", now=LATER),
            record_receipt(carrier="c", carrier_message_id="A1F", delivered=True, now=LATER),
        ),
        "delivered",
    ),
    ("refused", lambda row: mark_failed(row.id, account_id=0, status=0x0B, now=LATER), "failed"),
    ("not answered", lambda row: mark_unknown([(0, row.id)], now=LATER), "unknown"),
    ("left behind by a gateway that died", lambda _: recover_taken(now=LATER), "unknown"),
    (
        "a receipt of somebody else's message",
        lambda _: record_receipt(carrier="c", carrier_message_id="x", delivered=True, now=LATER),
        "taken",
    ),
]


@pytest.mark.parametrize(("label", "happen", "state"), ENDS, ids=[row[0] for row in ENDS])
def test_how_a_text_ends(label: str, happen: object, state: str) -> None:
    queue()
    (taken,) = take_outgoing(limit=10, now=LATER)

    happen(taken)  # type: ignore[operator]

    assert Outgoing.objects.get().state == state
    assert take_outgoing(limit=10, now=LATER) == [], "nothing is ever sent blindly again"


def test_number_and_text_appear_in_no_repr() -> None:
    queue()

    (taken,) = take_outgoing(limit=10, now=LATER)

    assert "447700900123" not in repr(taken)
    assert "4711" not in repr(taken)


def test_a_receipt_that_two_texts_could_mean_settles_neither() -> None:
    queue()
    queue()
    texts = take_outgoing(limit=10, now=LATER)
    for text, id_ in zip(texts, ("a1f", "00000A1F"), strict=True):
        mark_sent(text.id, account_id=0, carrier="c", carrier_message_id=id_, now=LATER)

    record_receipt(carrier="c", carrier_message_id="2591", delivered=True, now=LATER)

    assert set(Outgoing.objects.values_list("state", flat=True)) == {"sent"}
