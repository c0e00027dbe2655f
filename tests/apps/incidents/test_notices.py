"""What carriers sign: taken once, while it is fresh, and only about their own numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from nummer.apps.incidents.actions import keys
from nummer.apps.incidents.actions.notices import FRESH, CarrierEvent, Signed, sign, take_notice
from nummer.apps.incidents.errors import (
    NoSuchCarrierKey,
    NoticeMalformed,
    NoticeNotGenuine,
    NoticeReplayed,
    NoticeStale,
    NumberNotOfCarrier,
    TooManyCarrierKeys,
)
from nummer.apps.incidents.models import CarrierKey, CarrierNotice
from nummer.kernel.errors import Refusal
from tests import builders
from tests.apps.incidents.world import NUMBER
from tests.builders import NOW

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
BLOCK = {
    "event": "block",
    "number": NUMBER,
    "reason": "unrelated",
    "happened_at": NOW.isoformat(),
}


@pytest.fixture
def secret() -> bytes:
    builders.numbers([NUMBER], services=())
    return keys.add_key("sandbox", actor="system:test", now=NOW).secret.encode()


def signed(
    secret: bytes, said: object = BLOCK, *, nonce: str = "a" * 16, age: timedelta = timedelta()
) -> Signed:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    timestamp = str(int((NOW - age).timestamp()))
    signature = sign(secret, timestamp=timestamp, nonce=nonce, body=body)
    return Signed("sandbox", timestamp, nonce, signature, body)


def take(notice: Signed) -> None:
    take_notice(notice, received_at=NOW, now=NOW)


def test_signed_notice_is_written_down(secret: bytes) -> None:
    row = take_notice(signed(secret), received_at=NOW, now=NOW)

    assert (row.event, row.reason, row.happened_at) == (CarrierEvent.BLOCK, "unrelated", NOW)
    stored = CarrierNotice.objects.get()
    assert (stored.number, stored.nonce, stored.received_at) == (NUMBER, "a" * 16, NOW)


def test_the_same_notice_again_is_refused(secret: bytes) -> None:
    take(signed(secret))

    for again in (signed(secret), signed(secret, {**BLOCK, "reason": "unknown"})):
        with pytest.raises(NoticeReplayed):
            take(again)
    assert CarrierNotice.objects.count() == 1


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param({"body": b'{"event": "repair"}'}, id="another body"),
        pytest.param({"nonce": "b" * 16}, id="another nonce"),
        pytest.param({"timestamp": str(int(NOW.timestamp()) + 1)}, id="another time"),
        pytest.param({"carrier": "other"}, id="a carrier without a key"),
        pytest.param({"carrier": "Sandbox'"}, id="no carrier"),
        pytest.param({"signature": "0" * 64}, id="another signature"),
        pytest.param({"signature": ""}, id="no signature"),
        pytest.param({"signature": "é" * 64}, id="a signature of other letters"),
        pytest.param({"timestamp": "-1"}, id="no time"),
        pytest.param({"timestamp": "\N{ARABIC-INDIC DIGIT ONE}" * 10}, id="other digits"),
        pytest.param({"nonce": ""}, id="no nonce"),
    ],
)
def test_forged_notice_is_refused_and_nothing_is_stored(
    secret: bytes, forged: dict[str, object]
) -> None:
    with pytest.raises(NoticeNotGenuine):
        take(replace(signed(secret), **forged))  # type: ignore[arg-type]
    assert not CarrierNotice.objects.exists()


def test_notice_of_an_unknown_carrier_signed_with_no_key_is_refused() -> None:
    nobody = b"nobody signs with this, but the time it takes is the same"
    with pytest.raises(NoticeNotGenuine):
        take(signed(nobody))


@pytest.mark.parametrize("age", [FRESH, -FRESH])
def test_notice_of_five_minutes_is_fresh(secret: bytes, age: timedelta) -> None:
    take(signed(secret, age=age))
    assert CarrierNotice.objects.count() == 1


@pytest.mark.parametrize("age", [FRESH + SECOND, -FRESH - SECOND, timedelta(days=400)])
def test_notice_older_or_newer_than_five_minutes_is_refused(secret: bytes, age: timedelta) -> None:
    with pytest.raises(NoticeStale):
        take(signed(secret, age=age))
    assert not CarrierNotice.objects.exists()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (b"{", "body"),
        (b"[]", "body"),
        (b"\xff", "body"),
        ({**BLOCK, "more": 1}, "body"),
        ({**BLOCK, "event": "party"}, "event"),
        ({**BLOCK, "event": None}, "event"),
        ({**BLOCK, "number": "4759440001"}, "number"),
        ({**BLOCK, "number": ["+4759440001"]}, "number"),
        ({k: v for k, v in BLOCK.items() if k != "number"}, "number"),
        ({**BLOCK, "country": "Norway"}, "country"),
        ({**BLOCK, "reason": "because"}, "reason"),
        ({"event": "fault", "reason": "unknown", "happened_at": NOW.isoformat()}, "reason"),
        ({**BLOCK, "happened_at": "yesterday"}, "happened_at"),
        ({**BLOCK, "happened_at": "2026-11-22T12:00:00"}, "happened_at"),
        ({**BLOCK, "happened_at": (NOW + 2 * FRESH).isoformat()}, "happened_at"),
        ({**BLOCK, "happened_at": "0001-01-01T00:00:00+23:59"}, "happened_at"),
    ],
)
def test_field_that_cannot_be_read_is_named(secret: bytes, said: object, field: str) -> None:
    with pytest.raises(NoticeMalformed) as refused:
        take(signed(secret, said))
    assert refused.value.data == {"field": field}
    assert not CarrierNotice.objects.exists()


def test_clock_a_little_ahead_of_ours_means_now(secret: bytes) -> None:
    ahead = {**BLOCK, "happened_at": (NOW + SECOND).isoformat()}
    assert take_notice(signed(secret, ahead), received_at=NOW, now=NOW).happened_at == NOW


def test_offset_that_no_zone_has_is_a_moment_all_the_same(secret: bytes) -> None:
    at = NOW.astimezone(timezone(-timedelta(hours=23, minutes=59)))
    said = {**BLOCK, "happened_at": at.isoformat()}
    take(signed(secret, said))
    assert CarrierNotice.objects.get().happened_at == NOW


def test_reason_that_nobody_gives_is_unknown(secret: bytes) -> None:
    said = {name: value for name, value in BLOCK.items() if name != "reason"}
    assert take_notice(signed(secret, said), received_at=NOW, now=NOW).reason == "unknown"


def test_number_of_another_carrier_is_refused(secret: bytes) -> None:
    with pytest.raises(NumberNotOfCarrier):
        take(signed(secret, {**BLOCK, "number": "+4759440009"}))


def test_two_keys_are_in_use_while_one_takes_over(secret: bytes) -> None:
    other = keys.add_key("sandbox", actor="system:test", now=NOW)
    with pytest.raises(TooManyCarrierKeys):
        keys.add_key("sandbox", actor="system:test", now=NOW)

    take(signed(secret, nonce="a" * 16))
    take(signed(other.secret.encode(), nonce="b" * 16))
    first = CarrierKey.objects.order_by("id")[0]
    keys.stop_key(first.id, actor="system:test", now=NOW)

    with pytest.raises(NoticeNotGenuine):
        take(signed(secret, nonce="c" * 16))
    with pytest.raises(NoSuchCarrierKey):
        keys.stop_key(first.id, actor="system:test", now=NOW)


def test_secret_is_stored_sealed(secret: bytes) -> None:
    assert secret not in bytes(CarrierKey.objects.get().key)
    assert secret.decode() not in repr(keys.listed_keys())


def test_refusals_of_notices_hold_no_word_of_the_notice(secret: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        take(signed(secret, {**BLOCK, "number": "+4759440009"}))
    assert "+4759440009" not in repr(refused.value.data) + str(refused.value)
