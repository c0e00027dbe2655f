"""Who may not be written to, how much and when: STOP, limits, new accounts, nights."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nummer.apps.leases.queries import LeaseRow
from nummer.apps.messaging.actions import send_sms, submitting
from nummer.apps.messaging.actions.habits import (
    NEW_FOR,
    USUAL,
    HowMuch,
    set_quiet_hours,
    set_sending_limits,
    set_spend_limit,
    spend_limit,
)
from nummer.apps.messaging.actions.lane import run
from nummer.apps.messaging.errors import (
    QuietHours,
    RecipientOptedOut,
    SendingUnusual,
    SpendLimitReached,
    TooManySms,
)
from nummer.apps.messaging.models import OptOut, Outgoing
from nummer.apps.standing import actions as standing
from nummer.apps.standing.errors import AccountSuspended
from nummer.kernel.errors import Refusal
from nummer.kernel.money import Money
from tests.builders import NOW, deliver, sms_rates, sms_wish

pytestmark = pytest.mark.django_db


def writes_back(rented: LeaseRow, text: str) -> None:
    deliver(rented.number, text, sender="+4791234567")


def limit(rented: LeaseRow, **change: int) -> None:
    given = {"per_minute": 0, "per_day": 0, "new_recipients_per_hour": 0, "new_abroad_per_day": 0}
    set_sending_limits(
        rented.account_id, limits=HowMuch(**{**given, **change}), actor="staff:1", now=NOW
    )


@pytest.mark.parametrize("word", ["STOP", "stopp.", " Stop ", "Abmelden", "AUFHÖREN", "avmeld"])
def test_who_wrote_stop_is_not_written_to(rented: LeaseRow, word: str) -> None:
    writes_back(rented, word)

    with pytest.raises(RecipientOptedOut):
        send_sms(rented.account_id, wish=sms_wish(rented, to="+4791234567"), now=NOW)

    assert not Outgoing.objects.exists()
    send_sms(rented.account_id, wish=sms_wish(rented, to="+4791234568"), now=NOW)


@pytest.mark.parametrize("word", ["START", "påmeld", "anmelden!"])
def test_who_wrote_start_may_be_written_to_again(rented: LeaseRow, word: str) -> None:
    writes_back(rented, "STOP")
    writes_back(rented, "stop")
    writes_back(rented, word)

    send_sms(rented.account_id, wish=sms_wish(rented, to="+4791234567"), now=NOW)

    assert not OptOut.objects.exists()


@pytest.mark.parametrize("text", ["please stop", "don't stop me now", "bus stop at 5", "ja"])
def test_a_word_in_a_sentence_is_no_wish(rented: LeaseRow, text: str) -> None:
    writes_back(rented, text)

    send_sms(rented.account_id, wish=sms_wish(rented, to="+4791234567"), now=NOW)


def test_more_than_a_minutes_texts_wait_for_the_next_minute(rented: LeaseRow) -> None:
    limit(rented, per_minute=2)
    wishes = [sms_wish(rented) for _ in range(3)]

    answers = run(submitting(rented.account_id, wishes=wishes, now=NOW))

    refused = answers[2]
    assert isinstance(refused, TooManySms)
    assert refused.data["retry_after_s"] == 60
    assert Outgoing.objects.count() == 2
    with pytest.raises(TooManySms):
        send_sms(rented.account_id, wish=sms_wish(rented), now=NOW + timedelta(seconds=59))
    send_sms(rented.account_id, wish=sms_wish(rented), now=NOW + timedelta(seconds=60))


def test_more_than_a_days_texts_wait_for_the_next_day(rented: LeaseRow) -> None:
    limit(rented, per_day=1)
    send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)

    with pytest.raises(TooManySms):
        send_sms(rented.account_id, wish=sms_wish(rented), now=NOW + timedelta(hours=23))
    send_sms(rented.account_id, wish=sms_wish(rented), now=NOW + timedelta(hours=24))


def test_a_new_account_writes_to_a_few_people_an_hour(rented: LeaseRow) -> None:
    limit(rented, new_recipients_per_hour=2)
    people = ["+4791000001", "+4791000002", "+4791000001", "+4791000003", "+4791000002"]
    wishes = [sms_wish(rented, to=to) for to in people]

    answers = run(submitting(rented.account_id, wishes=wishes, now=NOW))

    refused = [isinstance(answer, Refusal) for answer in answers]
    assert refused == [False, False, False, True, False]
    with pytest.raises(SendingUnusual):
        send_sms(rented.account_id, wish=sms_wish(rented, to=people[3]), now=NOW)
    old = NOW + NEW_FOR
    for to in (*people, "+4791000009"):
        send_sms(rented.account_id, wish=sms_wish(rented, to=to), now=old)


def test_a_new_account_writes_abroad_a_few_times_a_day(rented: LeaseRow) -> None:
    sms_rates({"49": "0.09"})
    limit(rented, new_abroad_per_day=1)
    send_sms(rented.account_id, wish=sms_wish(rented, to="+4915112345678"), now=NOW)

    with pytest.raises(SendingUnusual):
        send_sms(rented.account_id, wish=sms_wish(rented, to="+4915112345679"), now=NOW)
    send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)


def test_a_customer_spends_no_more_a_day_than_he_lets_himself(rented: LeaseRow) -> None:
    part = send_sms(rented.account_id, wish=sms_wish(rented), now=NOW).price
    assert part is not None
    limit = Money(part.micro * 3, part.currency)
    set_spend_limit(rented.account_id, limit=limit, actor="system:tests", now=NOW)
    wishes = [sms_wish(rented, body=body) for body in ("x", "x" * 161, "y", "z")]

    answers = run(submitting(rented.account_id, wishes=wishes, now=NOW))

    # What was sent before the limit counts, and a text of two parts is too much where one is not.
    refused = [isinstance(answer, SpendLimitReached) for answer in answers]
    assert refused == [False, True, False, True]
    assert Outgoing.objects.count() == 3
    with pytest.raises(SpendLimitReached):
        send_sms(rented.account_id, wish=sms_wish(rented), now=NOW + timedelta(hours=23))
    send_sms(rented.account_id, wish=sms_wish(rented), now=NOW + timedelta(hours=24))


def test_a_limit_of_spending_can_be_set_before_anything_was_sent_and_lifted(
    rented: LeaseRow,
) -> None:
    set_spend_limit(rented.account_id, limit=Money(0, "EUR"), actor="system:tests", now=NOW)
    with pytest.raises(SpendLimitReached):
        send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)
    assert spend_limit(rented.account_id, currency="EUR") == Money(0, "EUR")

    set_spend_limit(rented.account_id, limit=None, actor="system:tests", now=NOW)

    send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)
    assert spend_limit(rented.account_id, currency="EUR") is None


def test_without_limits_of_its_own_those_of_everybody_hold(rented: LeaseRow) -> None:
    set_sending_limits(None, limits=HowMuch(1, USUAL.per_day, 0, 0), actor="staff:1", now=NOW)
    send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)

    with pytest.raises(TooManySms):
        send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)


def test_at_night_where_the_recipient_is_a_quiet_number_sends_nothing(rented: LeaseRow) -> None:
    night = NOW.replace(hour=21)  # in Oslo it is 22 o'clock
    send_sms(rented.account_id, wish=sms_wish(rented), now=night)
    set_quiet_hours(rented.account_id, lease_id=rented.id, quiet=True, now=NOW)

    with pytest.raises(QuietHours):
        send_sms(rented.account_id, wish=sms_wish(rented), now=night)
    send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)
    set_quiet_hours(rented.account_id, lease_id=rented.id, quiet=False, now=NOW)
    send_sms(rented.account_id, wish=sms_wish(rented), now=night)


def test_a_suspended_account_sends_nothing(rented: LeaseRow) -> None:
    standing.suspend(rented.account_id, reason="abuse", actor="staff:1", now=NOW)

    with pytest.raises(AccountSuspended):
        send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)
