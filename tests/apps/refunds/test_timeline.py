"""Why an order went as it did, and which clause decides now."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nummer.apps.messaging.traces import Reason
from nummer.apps.notify.actions import deliver as deliver_letter
from nummer.apps.notify.queries import letters as letters_of
from nummer.apps.numbers import actions as numbers
from nummer.apps.numbers.errors import NoSuchActivation
from nummer.apps.numbers.queries import activation
from nummer.apps.orders.actions import Placed
from nummer.apps.orders.jobs import DUE_SOURCES as CONFIRMATIONS
from nummer.apps.refunds.actions import (
    cancel_activation,
    end_window,
    finish_activation,
    number_blocked,
)
from nummer.apps.refunds.jobs import DUE_SOURCES
from nummer.apps.refunds.models import Decision
from nummer.apps.refunds.timeline import Kind, Standing, Step, Timeline, timeline
from nummer.apps.standing import actions as standing
from nummer.apps.standing.models import BlockKind
from nummer.config.sweeper import sweep_until
from nummer.kernel.money import Money
from tests.builders import NOW, customer, deliver, newest, order

pytestmark = pytest.mark.usefixtures("shop")
CODE = "Telegram code: 48213"
STATEMENTS_MAX = 13


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def line_of(account_id: int, placed: Placed, *, at: datetime, language: str = "en") -> Timeline:
    return timeline(account_id, activation_id=placed.activation_id, language=language, now=at)


def told(line: Timeline) -> list[tuple[str, datetime]]:
    return [(event.kind.value, event.at) for event in line.events]


def reasons(line: Timeline) -> list[Reason | None]:
    return [event.reason for event in line.events if event.kind is Kind.SMS_RECEIVED]


def test_order_that_waits_says_what_happened_and_what_will_if_nothing_does() -> None:
    account_id = customer()
    placed = order(account_id)

    line = line_of(account_id, placed, at=after(1))

    assert told(line) == [("ordered", NOW), ("number_shown", NOW)]
    assert line.events[0].amount == placed.total
    applies = line.prospect
    assert (applies.standing, applies.clause) == (Standing.RETURNS, "RP-B4")
    assert (applies.amount, applies.at) == (placed.total, placed.window_ends_at)
    (choice,) = applies.choices
    assert (choice.step, choice.until) == (Step.CANCEL, placed.window_ends_at)
    assert (choice.amount, choice.clause) == (placed.total, "RP-B4")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "If no SMS of the service you ordered arrives"),
        ("nb", "Kommer det ingen SMS fra tjenesten du bestilte"),
        ("de", "SMS"),
    ],
)
def test_words_of_the_clause_are_quoted_in_the_version_of_the_order(
    language: str, words: str
) -> None:
    account_id = customer()
    placed = order(account_id)

    quote = line_of(account_id, placed, at=after(1), language=language).quote

    assert quote is not None
    assert words in quote.words
    assert not quote.words.startswith("**")
    assert (quote.version, quote.language) == (newest("refund-policy"), language)


def test_code_is_received_and_shown_and_the_price_stays() -> None:
    account_id = customer()
    placed = order(account_id)
    numbers.announce_sms(account_id, activation_id=placed.activation_id, now=after(1))
    deliver(placed.number, CODE, at=after(2))

    line = line_of(account_id, placed, at=after(3))

    assert told(line)[2:] == [
        ("announced", after(1)),
        ("sms_received", after(2)),
        ("code_shown", after(2)),
    ]
    assert reasons(line) == [Reason.CODE_FOUND]
    applies = line.prospect
    assert (applies.standing, applies.clause) == (Standing.STAYS, "RP-N2")
    assert applies.amount == Money(0, "EUR")
    assert [choice.step for choice in applies.choices] == [Step.ASK_ANOTHER, Step.FINISH]
    assert line.quote is not None
    assert line.quote.clause == "RP-N2"


def test_another_code_that_was_asked_for_is_not_offered_again() -> None:
    account_id = customer()
    placed = order(account_id)
    deliver(placed.number, CODE, at=after(2))
    numbers.ask_another_code(account_id, activation_id=placed.activation_id, now=after(3))

    line = line_of(account_id, placed, at=after(4))

    assert told(line)[-1] == ("another_asked", after(3))
    assert [choice.step for choice in line.prospect.choices] == [Step.FINISH]


def test_cancelled_order_names_the_credit_its_clause_and_its_letter() -> None:
    account_id = customer()
    placed = order(account_id)
    cancel_activation(account_id, activation_id=placed.activation_id, surface="test", now=after(5))
    sweep_until(after(6), sources=(*DUE_SOURCES, *CONFIRMATIONS))

    line = line_of(account_id, placed, at=after(7))

    assert told(line) == [
        ("ordered", NOW),
        ("number_shown", NOW),
        ("confirmation_written", NOW),
        ("cancelled", after(5)),
        ("credited", after(5)),
        ("refund_written", after(5)),
    ]
    credit = line.events[4]
    assert (credit.amount, credit.clause) == (placed.total, "RP-B4")
    assert line.prospect.standing is Standing.RETURNED
    assert (line.prospect.clause, line.prospect.at) == ("RP-B4", after(5))


def test_letter_that_left_says_when() -> None:
    account_id = customer()
    placed = order(account_id)
    sweep_until(after(1), sources=CONFIRMATIONS)
    [letter] = letters_of(account_id)
    deliver_letter(account_id, letter_id=letter.id, now=after(1.5))

    [told_of] = [
        event for event in line_of(account_id, placed, at=after(2)).events if event.sent_at
    ]

    assert (told_of.kind, told_of.sent_at) == (Kind.CONFIRMATION_WRITTEN, after(1.5))


def test_window_that_ended_without_a_code_is_credited_at_its_end() -> None:
    account_id = customer()
    placed = order(account_id)
    unswept = line_of(account_id, placed, at=after(21)).prospect
    sweep_until(after(21), sources=DUE_SOURCES[:1])

    line = line_of(account_id, placed, at=after(21))

    assert (unswept.standing, unswept.at) == (Standing.RETURNS, placed.window_ends_at)
    assert [choice.step for choice in unswept.choices] == [Step.OBJECT]
    assert [kind for kind, _ in told(line)][2:] == ["expired", "credited"]
    assert line.prospect.standing is Standing.RETURNED


@pytest.mark.parametrize("ended", ["finished", "window_ended"])
def test_order_with_a_code_is_settled_at_its_end(ended: str) -> None:
    account_id = customer()
    placed = order(account_id)
    deliver(placed.number, CODE, at=after(2))
    if ended == "finished":
        finish_activation(account_id, activation_id=placed.activation_id, now=after(3))
    else:
        sweep_until(after(30), sources=DUE_SOURCES[:1])

    line = line_of(account_id, placed, at=after(31))

    assert [kind for kind, _ in told(line)][4:] == [ended, "kept"]
    assert line.events[-1].clause == line.prospect.clause == "RP-N2"
    assert [choice.step for choice in line.prospect.choices] == [Step.OBJECT]


def test_number_taken_by_its_carrier_ends_the_order_with_its_clause() -> None:
    account_id = customer()
    placed = order(account_id)
    number_blocked(placed.number, reason="unrelated", now=after(4))

    line = line_of(account_id, placed, at=after(5))

    assert [kind for kind, _ in told(line)][2:] == ["failed", "credited"]
    assert (line.prospect.standing, line.prospect.clause) == (Standing.RETURNED, "RP-B2")
    assert line.quote is not None
    assert "carrier" in line.quote.words


def test_number_taken_after_its_code_is_told_and_changes_nothing() -> None:
    account_id = customer()
    placed = order(account_id)
    deliver(placed.number, CODE, at=after(2))
    number_blocked(placed.number, reason="unrelated", now=after(4))

    line = line_of(account_id, placed, at=after(5))

    assert told(line)[-1] == ("number_blocked", after(4))
    assert line.prospect.clause == "RP-N2"


def test_text_without_a_code_is_told_as_such_and_the_order_waits_on() -> None:
    account_id = customer()
    placed = order(account_id)
    deliver(placed.number, "Hello and welcome.", sender="Net", at=after(2))

    line = line_of(account_id, placed, at=after(3))

    assert reasons(line) == [Reason.NO_CODE]
    assert line.prospect.clause == "RP-B4"


def test_sms_of_another_service_is_told_without_its_name() -> None:
    account_id = customer()
    placed = order(account_id)
    deliver(placed.number, "Your WhatsApp code: 111-222", sender="WhatsApp", at=after(2))

    line = line_of(account_id, placed, at=after(3))

    assert reasons(line) == [Reason.OTHER_SERVICE]
    assert "111-222" not in repr(line)
    assert "111222" not in repr(line)
    assert "hatsapp" not in repr(line).lower()


def test_code_that_came_too_late_is_told_and_shown_to_nobody() -> None:
    account_id = customer()
    placed = order(account_id)
    sweep_until(after(21), sources=DUE_SOURCES[:1])
    deliver(placed.number, CODE, at=after(22))

    line = line_of(account_id, placed, at=after(23))

    assert reasons(line) == [Reason.TOO_LATE]
    assert told(line)[-1] == ("sms_received", after(22))
    assert "48213" not in repr(line)
    assert line.prospect.standing is Standing.RETURNED


def test_code_between_the_end_of_the_window_and_its_booking_is_too_late() -> None:
    account_id = customer()
    placed = order(account_id)
    deliver(placed.number, CODE, at=after(20.5))
    assert reasons(line_of(account_id, placed, at=after(20.6))) == [Reason.TOO_LATE]


def test_sms_of_a_blocked_sender_is_told_as_refused() -> None:
    account_id = customer()
    placed = order(account_id)
    standing.block(BlockKind.SENDER, value="Telegram", reason="abuse", actor="staff:0", now=NOW)
    deliver(placed.number, CODE, at=after(2))

    assert reasons(line_of(account_id, placed, at=after(3))) == [Reason.SENDER_BLOCKED]


def test_what_the_next_holder_of_a_number_receives_is_not_told_to_the_last_one() -> None:
    first, second = customer(), customer()
    placed = order(first)
    cancel_activation(first, activation_id=placed.activation_id, surface="test", now=after(1))
    later = _order_same_number(second, placed, at=after(2))
    deliver(placed.number, "Your WhatsApp code: 111-222", sender="WhatsApp", at=after(3))
    deliver(placed.number, "Viber code 5544", sender="Viber", at=after(4))

    assert reasons(line_of(first, placed, at=after(5))) == []
    assert Reason.CODE_FOUND in reasons(line_of(second, later, at=after(5)))


def _order_same_number(account_id: int, placed: Placed, *, at: datetime) -> Placed:
    """Order other services' numbers until the one that was sold before comes."""
    found = order(account_id, service="wa", now=at)
    while found.number != placed.number:
        found = order(account_id, service="wa", now=at)
    return found


def test_nobody_reaches_the_order_of_another_customer() -> None:
    placed = order(customer())
    with pytest.raises(NoSuchActivation):
        line_of(customer(), placed, at=after(1))


@pytest.mark.parametrize("messages", [0, 40])
def test_time_line_is_a_bounded_number_of_statements(messages: int) -> None:
    account_id = customer()
    placed = order(account_id)
    for n in range(messages):
        deliver(placed.number, f"Telegram code: {10000 + n}", at=after(1 + n / 60))
    finished = messages > 0
    if finished:
        finish_activation(account_id, activation_id=placed.activation_id, now=after(3))

    with CaptureQueriesContext(connection) as statements:
        line = line_of(account_id, placed, at=after(4))

    assert len(statements) <= STATEMENTS_MAX
    assert len(line.events) == 2 + 2 * messages + 2 * finished


def test_reading_changes_nothing() -> None:
    account_id = customer()
    placed = order(account_id)
    line_of(account_id, placed, at=after(30))
    assert not Decision.objects.exists()
    key = activation(account_id, activation_id=placed.activation_id).key
    end_window(account_id, key=key, now=after(31))
    assert Decision.objects.count() == 1
