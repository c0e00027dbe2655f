"""Copies of messages that a carrier sends again: how many of them count."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nummer.apps.messaging import queries as messages
from nummer.apps.messaging.actions import receive, repeats
from nummer.apps.messaging.actions.arrival import whole
from nummer.apps.messaging.actions.lane import run
from nummer.apps.numbers import queries as numbers
from nummer.apps.orders.actions import Placed
from nummer.protocols.sms.inbound import Doubt
from tests.builders import NOW, customer, order, sms

pytestmark = pytest.mark.usefixtures("shop")
CODE = "Telegram code: 48213. Do not give this code to anyone."
LATER = NOW + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test know what carriers brought to another."""
    monkeypatch.setattr(repeats, "_carriers", {})


def shown(account_id: int, placed: Placed) -> list[str | None]:
    row = numbers.activation(account_id, activation_id=placed.activation_id)
    return [m.code for m in messages.messages(account_id, activation_key=row.key)]


def test_as_many_repeats_are_left_out_as_copies_were_stored_in_all_ages() -> None:
    account_id = customer()
    placed = order(account_id)
    for minutes in (0, 6):
        moment = LATER + timedelta(minutes=minutes)
        receive([sms(placed.number, CODE, at=moment)], now=moment)
    last = LATER + timedelta(minutes=12)
    again = sms(placed.number, CODE, at=last, doubt=Doubt.BREAK)

    receive([again, sms(placed.number, "Telegram code: 1004", at=last), again, again], now=last)

    assert shown(account_id, placed) == ["48213", "48213", "1004", "48213"]


def test_of_equal_texts_only_the_suspects_are_left_out() -> None:
    account_id = customer()
    placed = order(account_id)
    receive([sms(placed.number, CODE)], now=LATER)
    again = sms(placed.number, CODE, doubt=Doubt.BREAK)

    receive([sms(placed.number, CODE), again], now=LATER)
    receive([sms(placed.number, CODE), again, again, again], now=LATER)

    assert shown(account_id, placed) == ["48213"] * 4


def test_without_a_copy_all_suspects_are_stored() -> None:
    account_id = customer()
    placed = order(account_id)
    receive([sms(placed.number, "Telegram code: 1005")], now=LATER)
    new = sms(placed.number, CODE, doubt=Doubt.BREAK)

    receive([new, sms(placed.number, "Telegram code: 1006", doubt=Doubt.BREAK), new], now=LATER)

    assert shown(account_id, placed) == ["1005", "48213", "1006", "48213"]


def test_after_our_start_a_copy_of_the_process_before_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account_id = customer()
    placed = order(account_id)
    receive([sms(placed.number, CODE)], now=LATER)
    monkeypatch.setattr(repeats, "_carriers", {})
    again = LATER + timedelta(minutes=20)

    receive([sms(placed.number, CODE, at=again, doubt=Doubt.START)], now=again)

    assert shown(account_id, placed) == ["48213"]


def test_what_this_process_stored_is_no_copy_of_a_first_message_after_its_start() -> None:
    account_id = customer()
    placed = order(account_id)
    receive([sms(placed.number, "Telegram code: 1007", doubt=Doubt.START)], now=LATER)
    later = LATER + timedelta(minutes=10)
    receive([sms(placed.number, CODE, at=later)], now=later)
    meant = later + timedelta(seconds=30)

    receive([sms(placed.number, CODE, at=meant, doubt=Doubt.START)], now=meant)

    assert shown(account_id, placed) == ["1007", "48213", "48213"]


def test_how_far_is_looked_back_does_not_grow_with_the_time_since_our_start() -> None:
    first = whole(sms("+4759000999", CODE, doubt=Doubt.START), default_alphabet="gsm7")
    reached = [
        len(run(repeats.reach([first], now=LATER + timedelta(minutes=minutes)))[1])
        for minutes in (0, 29)
    ]
    assert reached[0] == reached[1]
