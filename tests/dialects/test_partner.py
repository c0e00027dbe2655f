"""Partners who bring the SMS of their SIM cards: each push is one message, however often it comes.

`GrizzlyPartner` of grizzly-sms-client 0.1.1 is the partner, unmodified; the pushes that it cannot
make are posted by hand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db import OperationalError
from grizzly_sms import GrizzlyPartner, GrizzlySmsError
from pytest_django.live_server_helper import LiveServer

from nummer.apps.catalogue import jobs, partners
from nummer.apps.catalogue.errors import NoSuchPartner, PartnerAddressRefused, PartnerTaken
from nummer.apps.catalogue.models import PartnerPush
from nummer.apps.catalogue.partners import NewPartner
from nummer.apps.messaging import queries as messages
from nummer.apps.messaging.models import Message
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.models import Number
from nummer.faces.partners.words import WORDS
from nummer.kernel.errors import Unavailable
from tests.builders import NOW
from tests.dialects.conftest import Moment, Program, post
from tests.dialects.test_words import refusals

TEXT = "Telegram code: 48213. Do not give this code to anyone."
PATH = "/agent/api/sms"
CARRIER = "sims"


def add(carrier: str = CARRIER, url: str = "") -> NewPartner:
    return partners.add_partner(carrier, url=url, loopback=True, actor="staff:0", now=NOW)


@pytest.fixture
def partner(program: Program) -> NewPartner:
    """Return the partner whose SIM cards all the shop's numbers are."""
    Number.objects.update(carrier=CARRIER)
    return add()


@pytest.fixture
def client(live_server: LiveServer, partner: NewPartner) -> Iterator[GrizzlyPartner]:
    """Return the partner's program."""
    with GrizzlyPartner(partner.key, base_url=live_server.url) as running:
        yield running


def push(key: str, **other: object) -> Any:
    said = {
        "action": "PUSH_SMS",
        "key": key,
        "smsId": 1,
        "phone": 4759440000,
        "phoneFrom": "Telegram",
        "text": TEXT,
        **other,
    }
    answer = post(json.dumps(said).encode(), path=PATH, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    return json.loads(answer.content)


@pytest.mark.usefixtures("transactional_db")
def test_what_a_partner_pushes_is_shown_to_who_ordered_it(
    client: GrizzlyPartner, program: Program, moment: Moment
) -> None:
    order_id, number = program.buy()

    told = client.push_sms(sms_id=7, phone=int(number), phone_from="Telegram", text=TEXT)

    assert told.status == "SUCCESS"
    assert program.call("getStatus", id=order_id) == "STATUS_OK:48213"
    assert program.call("getFullSms", id=order_id) == f"FULL_SMS:{TEXT}"


@pytest.mark.usefixtures("transactional_db")
def test_a_push_that_comes_again_is_one_message(
    client: GrizzlyPartner, program: Program, moment: Moment
) -> None:
    _, number = program.buy()

    for _ in range(3):
        again = client.push_sms(sms_id=7, phone=int(number), phone_from="Telegram", text=TEXT)
        assert again.status == "SUCCESS"
        moment.advance(hours=1)

    assert Message.objects.count() == 1


@pytest.mark.usefixtures("transactional_db")
def test_twenty_equal_pushes_at_once_are_one_message(
    live_server: LiveServer, partner: NewPartner, program: Program
) -> None:
    _, number = program.buy()
    said = {
        "action": "PUSH_SMS",
        "key": partner.key,
        "smsId": 7,
        "phone": int(number),
        "phoneFrom": "Telegram",
        "text": TEXT,
    }

    with ThreadPoolExecutor(5) as pool:
        answers = list(
            pool.map(
                lambda _: httpx.post(live_server.url + PATH, json=said, timeout=60).json(),
                range(20),
            )
        )

    assert answers == [{"status": "SUCCESS"}] * 20
    assert Message.objects.count() == 1


@pytest.mark.usefixtures("transactional_db")
def test_calls_are_refused_in_words(client: GrizzlyPartner) -> None:
    calls: tuple[Callable[[], object], ...] = (
        lambda: client.push_call(call_id=1, phone=4759440000, phone_from="100"),
        lambda: client.push_call_record(
            call_id=1, phone=4759440000, phone_from="100", file=b"RIFF", filename="a.wav"
        ),
        lambda: client.push_call_record(
            call_id=1, phone=4759440000, phone_from="100", text="your code is 5015"
        ),
    )
    for call in calls:
        with pytest.raises(GrizzlySmsError) as refused:
            call()
        assert (refused.value.code, refused.value.raw) == ("ERROR", "CALLS_NOT_TAKEN")
    assert Message.objects.count() == 0


def test_the_same_text_under_another_number_of_a_push_is_another_message(
    partner: NewPartner, program: Program
) -> None:
    order_id, number = program.buy()

    push(partner.key, smsId=1, phone=number)
    push(partner.key, smsId=2, phone=number)

    row = numbers.activation(program.account_id, activation_id=int(order_id))
    assert len(messages.messages(program.account_id, activation_key=row.key)) == 2


def test_two_partners_count_their_pushes_apart(partner: NewPartner, program: Program) -> None:
    other = add("others")
    Number.objects.filter(e164="+4759440001").update(carrier="others")

    assert push(partner.key) == push(other.key, phone=4759440001) == {"status": "SUCCESS"}

    assert Message.objects.count() == 2


def test_a_partner_brings_sms_of_his_own_numbers_only(partner: NewPartner) -> None:
    Number.objects.filter(e164="+4759440001").update(carrier="others")

    for foreign in (4759440001, 447700900123):
        assert push(partner.key, phone=foreign) == {"status": "ERROR", "error": "BAD_PHONE"}

    assert (Message.objects.count(), PartnerPush.objects.count()) == (0, 0)


def test_what_fails_is_not_acknowledged_and_may_come_again(
    partner: NewPartner, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nummer.apps.messaging.actions import push as pushing

    def away(*_: object, **__: object) -> None:
        raise Unavailable("database", retry_after_s=1)

    with monkeypatch.context() as failing:
        failing.setattr(pushing, "receive", away)
        first = push(partner.key)
    again = push(partner.key)

    assert (first, again) == ({"status": "ERROR", "error": "SERVER_ERROR"}, {"status": "SUCCESS"})
    assert Message.objects.count() == 1


def test_while_the_database_is_away_nothing_is_acknowledged(
    partner: NewPartner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: str) -> None:
        raise OperationalError

    monkeypatch.setattr(partners, "partner_by_key", away)

    assert push(partner.key) == {"status": "ERROR", "error": "SERVER_ERROR"}


MALFORMED: list[dict[str, object]] = [
    {"smsId": None},
    {"smsId": -1},
    {"smsId": 1.5},
    {"smsId": True},
    {"smsId": "one"},
    {"smsId": 2**63},
    {"smsId": "9" * 30},
    {"phone": None},
    {"phone": 1},
    {"phone": 10**15},
    {"phone": "+4759440000x"},
    {"phone": [4759440000]},
    {"phoneFrom": None},
    {"phoneFrom": ""},
    {"phoneFrom": "x" * 65},
    {"text": None},
    {"text": ""},
    {"text": {"a": 1}},
    {"text": "x" * 4001},
]


def test_a_push_that_cannot_be_read_changes_nothing(partner: NewPartner) -> None:
    for bad in MALFORMED:
        assert push(partner.key, **bad) == {"status": "ERROR", "error": "BAD_DATA"}, bad

    assert (Message.objects.count(), PartnerPush.objects.count()) == (0, 0)


def test_odd_texts_are_kept_as_far_as_they_can_be(partner: NewPartner, program: Program) -> None:
    order_id, number = program.buy()

    assert push(partner.key, phone=number, text="Telegram 48213 \U0001f600 \ud800 \x00 ç") == {
        "status": "SUCCESS"
    }

    kept = program.call("getFullSms", id=order_id)
    assert kept.startswith("FULL_SMS:Telegram 48213 \U0001f600")
    assert "\x00" not in kept


@pytest.mark.parametrize("sender", ["Tele\x00gram", "\ud800Telegram", "Telegram\r\n"])
def test_an_odd_sender_loses_no_sms(partner: NewPartner, program: Program, sender: str) -> None:
    order_id, number = program.buy()

    assert push(partner.key, phone=number, phoneFrom=sender) == {"status": "SUCCESS"}

    assert program.call("getStatus", id=order_id) == "STATUS_OK:48213"
    kept = json.loads(program.call("getAllSms", id=order_id))["data"][0]["phoneFrom"]
    assert "\ufffd" in kept
    assert kept.isprintable()


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"key": None}, "BAD_KEY"),
        ({"key": ""}, "BAD_KEY"),
        ({"key": "nobody's"}, "BAD_KEY"),
        ({"key": "k" * 5000}, "BAD_KEY"),
        ({"key": ["k"]}, "BAD_KEY"),
        ({"key": "\ud800"}, "BAD_KEY"),
        ({"action": "PUSH_FAX"}, "BAD_ACTION"),
        ({"action": None}, "BAD_ACTION"),
        ({"action": "GET_NUMBER"}, "BAD_ACTION"),
        ({"action": "PUSH_CALL"}, "CALLS_NOT_TAKEN"),
    ],
)
def test_whoever_is_not_understood_gets_a_word(
    partner: NewPartner, said: dict[str, object], word: str
) -> None:
    assert push(**{"key": partner.key, **said}) == {"status": "ERROR", "error": word}  # type: ignore[arg-type]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 60_000, b'"PUSH_SMS"'])
@pytest.mark.usefixtures("db")
def test_a_body_that_is_no_object_gets_a_word(body: bytes) -> None:
    answer = post(body, path=PATH, content_type="application/json")

    assert json.loads(answer.content) == {"status": "ERROR", "error": "BAD_DATA"}


def test_a_form_is_read_like_json(partner: NewPartner, program: Program) -> None:
    order_id, number = program.buy()
    said = {
        "action": "PUSH_SMS",
        "key": partner.key,
        "smsId": "9",
        "phone": number,
        "phoneFrom": "Telegram",
        "text": TEXT,
    }

    assert json.loads(post(said, path=PATH).content) == {"status": "SUCCESS"}
    assert program.call("getStatus", id=order_id) == "STATUS_OK:48213"


def test_a_partner_who_was_stopped_is_unknown(partner: NewPartner) -> None:
    partners.stop_partner(CARRIER, actor="staff:0", now=NOW)
    partners.stop_partner(CARRIER, actor="staff:0", now=NOW)

    assert push(partner.key) == {"status": "ERROR", "error": "BAD_KEY"}
    with pytest.raises(NoSuchPartner):
        partners.key_of(CARRIER)


def test_pushes_are_forgotten_after_thirty_days(partner: NewPartner, moment: Moment) -> None:
    push(partner.key, smsId=1)
    moment.advance(days=20)
    push(partner.key, smsId=2)
    (source,) = jobs.DUE_SOURCES

    assert source.find(NOW + timedelta(days=30), 10) == []
    (row,) = source.find(NOW + timedelta(days=31), 10)
    source.fire(row, row.due_at)

    assert list(PartnerPush.objects.values_list("push_id", flat=True)) == [2]
    assert source.find(NOW + timedelta(days=31), 10) == []


@pytest.mark.usefixtures("db")
def test_a_carrier_has_one_partner_with_a_key_that_is_kept_sealed() -> None:
    made = add()

    with pytest.raises(PartnerTaken):
        add()
    assert partners.key_of(CARRIER) == made.key
    assert made.key not in repr(made)
    assert [row.carrier for row in partners.partners()] == [CARRIER]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://sims.example/",
        "http://sims.example/",
        "https://user:secret@sims.example/",
        "https://",
        "https://[::1",
        "javascript:alert(1)",
        "https://sims.example:99999/",
        "https://sims.example/" + "x" * 300,
    ],
)
@pytest.mark.usefixtures("db")
def test_a_partners_server_is_asked_over_tls(url: str) -> None:
    with pytest.raises(PartnerAddressRefused):
        add(url=url)
    with pytest.raises(PartnerAddressRefused):
        partners.add_partner(
            CARRIER, url="http://127.0.0.1:9/", loopback=False, actor="staff:0", now=NOW
        )
    assert partners.partners() == []


def test_every_refusal_of_a_push_has_its_word() -> None:
    of_the_face = {
        code
        for code, each in refusals("nummer.faces.partners").items()
        if each.__module__.startswith("nummer.faces.partners.")
    }

    assert set(WORDS) == of_the_face | {"number_not_of_partner"}
