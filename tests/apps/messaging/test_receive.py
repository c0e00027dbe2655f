"""SMS that arrive: whose they are, what is shown, what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction

from nummer.apps.messaging import queries as messages
from nummer.apps.messaging.actions import flush_parts, preparing, receive, repeats, run, storing
from nummer.apps.messaging.actions.arrival import whole
from nummer.apps.messaging.actions.join import stale_sets
from nummer.apps.messaging.models import Message, Part
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.actions import close_activation, locked_activation
from nummer.apps.numbers.models import ActivationState
from nummer.apps.orders.actions import Placed
from nummer.apps.standing.actions import block
from nummer.apps.standing.models import BlockKind
from nummer.apps.vault.actions import seal_text
from nummer.apps.vault.keys import KeyClass
from nummer.gateways.smpp.memory import BREAK_S
from nummer.protocols.sms.inbound import Doubt, IncomingSms, PartKey
from tests.builders import NOW, customer, deliver, order, sms

pytestmark = pytest.mark.usefixtures("shop")
CODE = "Telegram code: 48213. Do not give this code to anyone."
LATER = NOW + timedelta(minutes=1)
NOBODYS = "+4759000999"


@pytest.fixture(autouse=True)
def _new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test know what carriers brought to another."""
    monkeypatch.setattr(repeats, "_carriers", {})


def shown(account_id: int, placed: Placed) -> list[str | None]:
    row = numbers.activation(account_id, activation_id=placed.activation_id)
    return [m.code for m in messages.messages(account_id, activation_key=row.key)]


def test_a_code_is_shown_to_the_holder_of_the_number() -> None:
    account_id = customer()
    placed = order(account_id)

    deliver(placed.number, CODE, at=LATER)

    row = numbers.activation(account_id, activation_id=placed.activation_id)
    assert (row.state, row.displayed_at, row.first_sms_at) == ("shown", LATER, LATER)
    (message,) = messages.messages(account_id, activation_key=row.key)
    assert (message.sender, message.text, message.code) == ("Telegram", CODE, "48213")


def test_a_text_without_a_code_is_shown_and_fulfils_nothing() -> None:
    account_id = customer()
    placed = order(account_id)

    deliver(placed.number, "Welcome to our network!", sender="Carrier", at=LATER)

    row = numbers.activation(account_id, activation_id=placed.activation_id)
    assert (row.state, row.displayed_at, row.first_sms_at) == ("waiting", None, LATER)
    assert shown(account_id, placed) == [None]


WORDS_OF_THE_SERVICE = [
    ("a link", "Telegram: log in here https://t.me/login/abc", None),
    ("a code in words", "Telegram code: four eight two one three", None),
    ("digits of full width", "Telegram code: \uff14\uff18\uff12\uff11\uff13", "48213"),
]


@pytest.mark.parametrize(
    ("label", "text", "code"), WORDS_OF_THE_SERVICE, ids=[row[0] for row in WORDS_OF_THE_SERVICE]
)
def test_what_the_ordered_service_wrote_fulfils_the_order(
    label: str, text: str, code: str | None
) -> None:
    account_id = customer()
    placed = order(account_id)

    deliver(placed.number, text, at=LATER)

    assert shown(account_id, placed) == [code or text]
    row = numbers.activation(account_id, activation_id=placed.activation_id)
    assert (row.state, row.displayed_at) == ("shown", LATER)


@pytest.mark.parametrize("text", ["", " \r\n", "\0", "\u200b", "\u2026", "\ufffd"])
def test_a_text_with_nothing_to_read_fulfils_nothing_whoever_sent_it(text: str) -> None:
    account_id = customer()
    placed = order(account_id)

    deliver(placed.number, text, at=LATER)

    assert shown(account_id, placed) == [None]
    row = numbers.activation(account_id, activation_id=placed.activation_id)
    assert (row.state, row.displayed_at) == ("waiting", None)


def test_an_sms_of_another_service_is_shown_to_nobody() -> None:
    account_id = customer()
    placed = order(account_id)

    deliver(
        placed.number, "Your WhatsApp code is 123-456. Don't share it.", sender="WhatsApp", at=LATER
    )

    row = numbers.activation(account_id, activation_id=placed.activation_id)
    assert row.state == "waiting"
    assert shown(account_id, placed) == []
    kept = Message.objects.get(outcome="other")
    assert (kept.account_id, kept.while_activation_id) == (0, row.key)


def test_an_sms_of_a_blocked_sender_is_shown_to_nobody() -> None:
    account_id = customer()
    placed = order(account_id)
    block(BlockKind.SENDER, value="SpamCo", reason="abuse", actor="staff:1", now=NOW)
    batch = [sms(placed.number, CODE, sender=sender, at=LATER) for sender in ("SPAMCO", "Telegram")]

    receive(batch, now=LATER)

    assert shown(account_id, placed) == ["48213"]
    kept = Message.objects.get(outcome="nobody")
    assert (kept.account_id, kept.while_activation_id) == (0, None)


def test_an_sms_after_the_window_is_shown_to_nobody() -> None:
    account_id = customer()
    placed = order(account_id)

    deliver(placed.number, CODE, at=placed.window_ends_at + timedelta(microseconds=1))

    assert shown(account_id, placed) == []
    assert Message.objects.get().outcome == "nobody"


def test_the_last_instant_of_the_window_still_counts() -> None:
    account_id = customer()
    placed = order(account_id)

    deliver(placed.number, CODE, at=placed.window_ends_at)

    assert shown(account_id, placed) == ["48213"]


def test_an_sms_to_a_number_that_nobody_holds_is_kept_for_the_operator() -> None:
    deliver("+4759440002", CODE)

    assert (Message.objects.get().account_id, Message.objects.get().outcome) == (0, "nobody")


def test_two_services_on_one_number_each_get_their_own_code() -> None:
    account_id = customer()
    telegram, whatsapp = order(account_id), order(account_id, service="wa")
    assert telegram.number == whatsapp.number, "both take the first number of the shelf"

    deliver(telegram.number, "Your WhatsApp code is 123-456", sender="WhatsApp", at=LATER)
    deliver(telegram.number, CODE, at=LATER)

    assert shown(account_id, telegram) == ["48213"]
    assert shown(account_id, whatsapp) == ["123-456"]


def test_a_text_of_no_service_goes_to_the_oldest_of_several() -> None:
    account_id = customer()
    older = order(account_id)
    newer = order(account_id, service="wa", now=NOW + timedelta(seconds=5))

    deliver(older.number, "Your code is 5512", sender="+4799", at=LATER)

    assert (shown(account_id, older), shown(account_id, newer)) == (["5512"], [])


def test_further_codes_are_added_until_the_window_ends() -> None:
    account_id = customer()
    placed = order(account_id)

    deliver(placed.number, CODE, at=LATER)
    deliver(placed.number, "Telegram code: 77001", at=LATER + timedelta(minutes=1))

    row = numbers.activation(account_id, activation_id=placed.activation_id)
    assert shown(account_id, placed) == ["48213", "77001"]
    assert (row.displayed_at, row.last_code_at) == (LATER, LATER + timedelta(minutes=1))


def test_the_same_text_twice_is_two_messages() -> None:
    account_id = customer()
    placed = order(account_id)

    receive([sms(placed.number, CODE), sms(placed.number, CODE)], now=LATER)

    assert shown(account_id, placed) == ["48213", "48213"]


def test_what_a_carrier_sends_again_after_a_break_is_stored_once() -> None:
    account_id = customer()
    placed = order(account_id)
    receive([sms(placed.number, CODE)], now=LATER)

    receive([sms(placed.number, CODE, doubt=Doubt.BREAK)], now=LATER)
    receive([sms(placed.number, "Telegram code: 1177", doubt=Doubt.BREAK)], now=LATER)

    assert shown(account_id, placed) == ["48213", "1177"]


def test_a_repeat_is_left_out_of_a_batch_and_the_others_are_stored() -> None:
    account_id = customer()
    placed = order(account_id)
    receive([sms(placed.number, CODE)], now=LATER)
    again = sms(placed.number, CODE, doubt=Doubt.BREAK)

    receive(
        [sms(placed.number, "Telegram code: 1001"), again, again, sms(placed.number, CODE)],
        now=LATER,
    )

    assert shown(account_id, placed) == ["48213", "1001", "48213", "48213"]


def test_a_repeat_is_known_across_the_border_of_its_age() -> None:
    account_id = customer()
    placed = order(account_id)
    receive([sms(placed.number, CODE, at=LATER)], now=LATER)
    sooner = LATER + timedelta(minutes=14)

    receive([sms(placed.number, CODE, at=sooner, doubt=Doubt.BREAK)], now=sooner)

    assert shown(account_id, placed) == ["48213"]


@pytest.mark.parametrize("hours", [0.5, 3, 5.9])
def test_a_repeat_is_known_after_a_break_of_hours(hours: float) -> None:
    receive([sms(NOBODYS, CODE, at=NOW)], now=NOW)
    later = NOW + timedelta(hours=hours)
    receive([sms(NOBODYS, "Telegram code: 1003", at=later)], now=later)

    receive([sms(NOBODYS, CODE, at=later, doubt=Doubt.BREAK)], now=later)

    assert Message.objects.count() == 2


@pytest.mark.parametrize("hours", [0.5, 3, 5.4])
def test_a_repeat_is_known_when_the_installation_was_away_for_hours(
    hours: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive([sms(NOBODYS, CODE, at=NOW)], now=NOW)
    monkeypatch.setattr(repeats, "_carriers", {})  # as a new process begins
    later = NOW + timedelta(hours=hours)
    first = [sms(NOBODYS, f"Code {n}", at=later, doubt=Doubt.BREAK) for n in range(3)]

    receive([*first, sms(NOBODYS, CODE, at=later, doubt=Doubt.BREAK)], now=later)
    soon = later + timedelta(minutes=30)
    receive([sms(NOBODYS, CODE, at=soon, doubt=Doubt.BREAK)], now=soon)

    assert Message.objects.count() == 4


def test_looking_for_repeats_is_cheap_while_a_process_is_young(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    receive([sms(NOBODYS, CODE, at=NOW)], now=NOW)
    monkeypatch.setattr(repeats, "_carriers", {})
    sizes = []
    for minutes in (0, 15, 30, 600):
        now = NOW + timedelta(hours=3, minutes=minutes)
        arrival = whole(sms(NOBODYS, CODE, at=now, doubt=Doubt.BREAK), default_alphabet="gsm7")
        sizes.append(len(run(repeats.reach([arrival], now=now))[1]))
    assert sizes[0] <= sizes[1] <= sizes[2] <= 14
    assert sizes[3] <= 80


def test_the_gateway_doubts_no_longer_than_we_remember() -> None:
    assert timedelta(seconds=BREAK_S) == repeats.REPEAT_MEMORY


def test_after_a_hundred_messages_the_newest_are_read() -> None:
    account_id = customer()
    flooded, quiet = order(account_id), order(account_id)
    batch = [sms(flooded.number, f"Telegram code: {20_000 + n}") for n in range(130)]
    receive([*batch, sms(quiet.number, CODE)], now=LATER)
    keys = [
        numbers.activation(account_id, activation_id=placed.activation_id).key
        for placed in (flooded, quiet)
    ]

    found = messages.messages_of(account_id, activation_keys=keys)

    newest = [str(20_000 + n) for n in range(30, 130)]
    assert shown(account_id, flooded) == [m.code for m in found[keys[0]]] == newest
    assert [m.code for m in found[keys[1]]] == ["48213"]
    assert messages.messages_of(customer(), activation_keys=keys) == {keys[0]: [], keys[1]: []}


def test_an_activation_that_ends_meanwhile_gets_nothing_and_the_others_all() -> None:
    ended, holder = customer(), customer()
    gone, kept = order(ended), order(holder)
    codes = [sms(gone.number, CODE), sms(kept.number, "Telegram code: 1002")]
    batch = run(preparing(codes, now=LATER))
    row = numbers.activation(ended, activation_id=gone.activation_id)
    with transaction.atomic():
        close_activation(
            locked_activation(ended, key=row.key), end=ActivationState.CANCELLED, now=LATER
        )

    run(storing([batch], now=LATER))

    assert (shown(ended, gone), shown(holder, kept)) == ([], ["1002"])
    assert sorted(Message.objects.values_list("outcome", flat=True)) == ["nobody", "shown"]


def test_a_message_of_before_that_has_four_seals_can_be_read() -> None:
    account_id = customer()
    placed = order(account_id)
    deliver(placed.number, CODE, at=LATER)
    row = Message.objects.get()
    said = {"sender": "Telegram", "text": CODE, "code": "48213", "raw": "{}"}
    sealed = {
        column: seal_text(
            text,
            account_id=account_id,
            klass=KeyClass.COMMUNICATION,
            place=f"messaging_message.{column}",
            row=row.id,
        )
        for column, text in said.items()
    }

    Message.objects.filter(id=row.id).update(content=None, **sealed)

    assert shown(account_id, placed) == ["48213"]


def _parts(placed: Placed, texts: list[str], reference: int = 7) -> list[IncomingSms]:
    return [
        replace(
            sms(placed.number, text),
            part=PartKey(reference=reference, total=len(texts), sequence=n),
        )
        for n, text in enumerate(texts, start=1)
    ]


def test_a_long_message_is_shown_when_its_last_part_is_there() -> None:
    account_id = customer()
    placed = order(account_id)
    first, second, third = _parts(placed, ["Telegram ", "code: 90", "210. Keep it."])

    receive([third], now=LATER)
    receive([first, first], now=LATER)
    assert shown(account_id, placed) == []
    receive([second], now=LATER)

    assert shown(account_id, placed) == ["90210"]
    assert not Part.objects.exists()


def test_a_part_that_stays_away_does_not_keep_the_others() -> None:
    account_id = customer()
    placed = order(account_id)
    receive(_parts(placed, ["Telegram code: 90210 ", "lost"])[:1], now=LATER)

    ((_, key),) = stale_sets(before=LATER, limit=10)
    flush_parts(key, now=LATER + timedelta(minutes=1))
    flush_parts(key, now=LATER + timedelta(minutes=1))

    assert shown(account_id, placed) == ["90210"]


@pytest.mark.parametrize("came", [0, 1])
def test_what_came_of_a_text_without_its_code_fulfils_nothing(came: int) -> None:
    account_id = customer()
    placed = order(account_id)
    parts = _parts(placed, ["Telegram: log in with the code ", "or here: https://t.me/login/abc"])
    receive([parts[came]], now=LATER)

    ((_, key),) = stale_sets(before=LATER, limit=10)
    flush_parts(key, now=LATER + timedelta(minutes=1))

    assert shown(account_id, placed) == [None]
    row = numbers.activation(account_id, activation_id=placed.activation_id)
    assert (row.state, row.displayed_at) == ("waiting", None)


def test_script_and_control_characters_are_kept_but_for_nul() -> None:
    account_id = customer()
    placed = order(account_id)
    text = "<script>alert(1)</script>\x00\x1b[31m\u202e Telegram code: 48213 \U0001f600"

    deliver(placed.number, text, at=LATER)

    row = numbers.activation(account_id, activation_id=placed.activation_id)
    (message,) = messages.messages(account_id, activation_key=row.key)
    assert message.text == text.replace("\x00", "\ufffd")  # no database or page takes a NUL
    assert message.code == "48213"


def test_text_and_sender_do_not_lie_readable_in_the_database() -> None:
    account_id = customer()
    placed = order(account_id)
    deliver(placed.number, CODE, sender="SecretSender", at=LATER)

    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(m)::text FROM messaging_message m")
        (row,) = cursor.fetchone()

    for secret in (b"48213", b"SecretSender", b"Telegram"):
        assert secret.hex() not in row
        assert secret.decode() not in row


def test_a_mixed_batch_finds_every_holder() -> None:
    holders = [(account_id := customer(), order(account_id)) for _ in range(3)]
    batch = [sms(placed.number, f"Telegram code: 1000{n}") for n, (_, placed) in enumerate(holders)]

    receive([*batch, sms("+4759449999", CODE)], now=LATER)

    assert [shown(*holder) for holder in holders] == [["10000"], ["10001"], ["10002"]]
