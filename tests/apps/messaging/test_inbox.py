"""A rented number's inbox: conversations, search, what is read, and what goes on by mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nummer.apps.leases.errors import LeaseNotLikeThat, NoSuchLease
from nummer.apps.messaging import actions, content, queries
from nummer.apps.messaging.errors import NoSuchConversation, NoSuchSms, ReplyTooLong
from nummer.apps.messaging.jobs import DUE_SOURCES
from nummer.apps.messaging.models import Conversation, Forward, Message
from nummer.apps.messaging.queries import Conversation as Listed
from nummer.apps.notify.models import Letter
from nummer.apps.refunds.actions import cancel_lease
from nummer.apps.vault.actions import unseal_bytes
from nummer.apps.vault.keys import KeyClass
from nummer.config.sweeper import sweep_until
from nummer.kernel.ids import new_id
from tests.builders import NOW, customer, deliver, rented, sms_rates, sms_wish, top_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]
NUMBER, OTHER = "+4759441001", "+4759441002"
LATER = NOW + timedelta(minutes=1)


def names(found: list[Listed]) -> list[tuple[str, str | None]]:
    return [(each.theirs, each.last.body) for each in found]


def until(at: datetime) -> None:
    assert sweep_until(at, sources=DUE_SOURCES).failed == 0


def letters(account_id: int) -> int:
    return Letter.objects.filter(account_id=account_id, letter="sms-forwarded").count()


def test_conversations_are_listed_by_their_newest_sms() -> None:
    account_id = customer(balance="100.00")
    lease = rented(account_id, NUMBER)
    rented(account_id, OTHER)
    for number, sender, text in (
        (NUMBER, "Ada", "1"),
        (NUMBER, "Bo", "2"),
        (OTHER, "Ada", "3"),
        (NUMBER, "ada", "4"),
    ):
        deliver(number, text, sender=sender, at=LATER)

    assert names(queries.conversations(account_id)) == [("ada", "4"), ("Ada", "3"), ("Bo", "2")]
    assert names(queries.conversations(account_id, lease_id=lease.id)) == [
        ("ada", "4"),
        ("Bo", "2"),
    ]
    first = queries.conversations(account_id, limit=1)
    rest = queries.conversations(account_id, before=first[-1].last.id)
    assert names(rest) == [("Ada", "3"), ("Bo", "2")]
    assert queries.conversations(customer()) == []


def test_a_conversation_is_unread_until_it_was_read() -> None:
    account_id = customer()
    lease = rented(account_id, NUMBER)
    for text in ("1", "2"):
        deliver(NUMBER, text, sender="Ada", at=LATER)
    (found,) = queries.conversations(account_id)
    assert found.unread == 2

    def read(sms_id_of: Listed) -> None:
        actions.mark_read(
            account_id,
            lease_id=lease.id,
            theirs_index=sms_id_of.index,
            until=sms_id_of.last.id,
            now=LATER,
        )

    read(found)
    deliver(NUMBER, "3", sender="Ada", at=LATER)

    (later,) = queries.conversations(account_id)
    assert later.unread == 1
    read(later)
    read(found)
    assert [each.unread for each in queries.conversations(account_id)] == [0]


def test_a_thread_is_read_by_its_conversation_and_pages() -> None:
    account_id = customer()
    lease = rented(account_id, NUMBER)
    for text in ("1", "2", "3"):
        deliver(NUMBER, text, sender="Ada", at=LATER)
    deliver(NUMBER, "x", sender="Bo", at=LATER)
    key = queries.conversation_id(account_id, theirs="Ada")

    first = queries.thread(account_id, lease_id=lease.id, conversation_id=key, limit=2)
    rest = queries.thread(account_id, lease_id=lease.id, conversation_id=key, before=first[-1].id)

    assert [each.body for each in [*first, *rest]] == ["3", "2", "1"]
    other = customer()
    with pytest.raises(NoSuchConversation):
        queries.conversation(other, lease_id=lease.id, conversation_id=key)
    with pytest.raises(NoSuchConversation):
        queries.conversation(account_id, lease_id=new_id(), conversation_id=key)


def test_a_search_looks_into_texts_and_other_sides() -> None:
    account_id = customer()
    rented(account_id, NUMBER)
    deliver(NUMBER, "Your Parcel is here", sender="PostNord", at=LATER)
    deliver(NUMBER, "Hello", sender="4790011222", at=LATER)

    def found(words: str) -> list[str]:
        return [each.theirs for each in queries.conversations(account_id, search=words)]

    assert found("parcel") == ["PostNord"]
    assert found("postn") == ["PostNord"]
    assert found("900 11 222") == ["+4790011222"]
    assert found("+47 900 11 222") == ["+4790011222"]
    assert found("nothing") == []
    assert queries.searched(account_id, words="hello").complete


def test_a_search_asks_as_often_for_many_conversations_as_for_one() -> None:
    account_id = customer(balance="50.00")
    lease = rented(account_id)
    asked = []
    for senders in (["+4790000001"], [f"+479000{n:04d}" for n in range(2, 22)]):
        for sender in senders:
            deliver(lease.number, "Hello", sender=sender)
        with CaptureQueriesContext(connection) as queries_made:
            found = queries.searched(account_id, words="hello")
        asked.append(len(queries_made))

    assert len(found.conversations) == 21
    assert asked[0] == asked[1]


def test_an_other_side_in_full_is_found_however_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nummer.apps.messaging.queries.grouped.SEARCHED_MAX", 2)
    account_id = customer()
    rented(account_id, NUMBER)
    deliver(NUMBER, "old", sender="4790011222", at=LATER)
    for text in ("1", "2"):
        deliver(NUMBER, text, sender="Ada", at=LATER)

    found = queries.searched(account_id, words="+4790011222")

    assert [each.theirs for each in found.conversations] == ["+4790011222"]
    assert (found.looked_at, found.complete) == (2, False)
    assert queries.searched(account_id, words="old").conversations == []


def test_what_comes_goes_on_by_mail_once_its_holder_wants_it() -> None:
    account_id, other = customer(balance="100.00"), customer()
    lease = rented(account_id, NUMBER)
    rented(account_id, OTHER)
    deliver(NUMBER, "before", at=LATER)
    actions.set_inbox(account_id, lease_id=lease.id, mailed=True, reply=None, now=LATER)

    for text in ("1", "2"):
        deliver(NUMBER, text, at=LATER)
    deliver(OTHER, "not of this number", at=LATER)
    assert Forward.objects.count() == 2
    until(LATER)

    assert (letters(account_id), letters(other), Forward.objects.count()) == (1, 0, 0)
    until(LATER + timedelta(hours=1))
    assert letters(account_id) == 1


def test_a_flood_of_sms_is_one_mail_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nummer.apps.messaging.actions.forwarding.IN_ONE_LETTER", 2)
    account_id = customer()
    lease = rented(account_id, NUMBER)
    actions.set_inbox(account_id, lease_id=lease.id, mailed=True, reply=None, now=NOW)
    for text in "12345":
        deliver(NUMBER, text, at=LATER)

    seen = []
    for minutes in range(4):
        until(LATER + timedelta(minutes=minutes))
        seen.append(letters(account_id))

    assert seen == [1, 2, 3, 3]


def test_what_is_decided_about_a_number_stays_until_it_is_changed() -> None:
    account_id = customer()
    lease = rented(account_id, NUMBER)
    assert queries.inbox(account_id, lease_id=lease.id) == queries.InboxRow(
        mailed=False, reply=None
    )

    actions.set_inbox(account_id, lease_id=lease.id, mailed=True, reply=" We call back. ", now=NOW)

    assert queries.inbox(account_id, lease_id=lease.id) == queries.InboxRow(
        mailed=True, reply="We call back."
    )
    with pytest.raises(ReplyTooLong):
        actions.set_inbox(account_id, lease_id=lease.id, mailed=False, reply="æ" * 500, now=NOW)
    with pytest.raises(NoSuchLease):
        actions.set_inbox(customer(), lease_id=lease.id, mailed=True, reply=None, now=NOW)
    cancel_lease(account_id, lease_id=lease.id, surface="test", now=LATER)
    with pytest.raises(LeaseNotLikeThat):
        actions.set_inbox(account_id, lease_id=lease.id, mailed=False, reply=None, now=LATER)
    assert queries.inbox(account_id, lease_id=lease.id).mailed


def test_what_is_thirty_days_old_is_gone_with_how_far_it_was_read() -> None:
    account_id = customer()
    lease = rented(account_id, NUMBER)
    deliver(NUMBER, "1", sender="Ada", at=LATER)
    (found,) = queries.conversations(account_id)
    actions.mark_read(
        account_id, lease_id=lease.id, theirs_index=found.index, until=found.last.id, now=LATER
    )

    until(LATER + timedelta(days=30))

    assert (queries.conversations(account_id), queries.sms_of(account_id)) == ([], [])
    assert not Conversation.objects.exists()


def test_a_text_is_deleted_and_what_stays_is_that_it_came() -> None:
    account_id = customer()
    lease = rented(account_id, NUMBER)
    deliver(NUMBER, "secret", sender="Ada", at=LATER)
    (before,) = queries.sms_of(account_id)

    actions.redact_sms(account_id, sms_id=before.id, now=LATER)
    actions.redact_sms(account_id, sms_id=before.id, now=LATER + timedelta(days=1))

    (after,) = queries.sms_of(account_id)
    assert after == replace(before, body=None)
    row = Message.objects.get(id=before.id)
    assert row.redacted_at == LATER
    opened = unseal_bytes(
        bytes(row.content or b""),
        account_id=account_id,
        klass=KeyClass.COMMUNICATION,
        place=content.PLACE,
        row=row.id,
    )
    assert content.read(opened) == content.Content("Ada", "", None, b"")
    assert queries.conversations(account_id, search="secret", lease_id=lease.id) == []


def test_an_sms_is_deleted_with_what_still_waited_for_it() -> None:
    account_id, other = customer(), customer()
    lease = rented(account_id, NUMBER)
    actions.set_inbox(account_id, lease_id=lease.id, mailed=True, reply=None, now=NOW)
    deliver(NUMBER, "1", sender="Ada", at=LATER)
    deliver(NUMBER, "2", sender="Ada", at=LATER)
    newest, oldest = queries.sms_of(account_id)

    for act in (actions.delete_sms, actions.redact_sms):
        with pytest.raises(NoSuchSms):
            act(other, sms_id=newest.id, now=LATER)
    actions.delete_sms(account_id, sms_id=newest.id, now=LATER)

    assert queries.sms_of(account_id) == [oldest]
    assert [row.id for row in Forward.objects.all()] == [oldest.id]
    with pytest.raises(NoSuchSms):
        actions.delete_sms(account_id, sms_id=newest.id, now=LATER)


def test_both_directions_are_one_conversation() -> None:
    account_id = customer(balance="100.00")
    lease = rented(account_id, NUMBER)
    sms_rates({"47": "0.05"})
    deliver(NUMBER, "Hello", sender="4790011222", at=LATER)
    actions.send_sms(account_id, wish=sms_wish(lease, to="+4790011222", body="Hi"), now=LATER)
    actions.send_sms(account_id, wish=sms_wish(lease, to="+4791234567", body="You"), now=LATER)

    rows = queries.conversations(account_id)

    assert names(rows) == [("+4791234567", "You"), ("+4790011222", "Hi")]
    assert [row.unread for row in rows] == [0, 1]
    assert names(queries.conversations(account_id, before=rows[0].last.id)) == [
        ("+4790011222", "Hi")
    ]
    assert names(queries.conversations(account_id, search="hello")) == [("+4790011222", "Hi")]
    both = queries.thread(account_id, lease_id=lease.id, conversation_id=rows[1].id)
    assert [(each.direction.value, each.body) for each in both] == [("out", "Hi"), ("in", "Hello")]


def answers(account_id: int) -> list[tuple[str, str | None]]:
    found = queries.sms_of(account_id, direction=queries.Direction.OUT)
    return [(each.theirs, each.body) for each in reversed(found)]


def test_a_sender_is_answered_once_a_day_and_pays_nothing_for_it() -> None:
    account_id = customer(balance="100.00")
    lease = rented(account_id, NUMBER)
    sms_rates({"47": "0.05"})
    actions.set_inbox(account_id, lease_id=lease.id, mailed=False, reply="Later.", now=NOW)

    for sender in ("4790011222", "4790011222", "4791234567"):
        deliver(NUMBER, "Call me", sender=sender, at=LATER)
    until(LATER)
    deliver(NUMBER, "Hello?", sender="4790011222", at=LATER + timedelta(hours=23))
    until(LATER + timedelta(hours=23))
    assert answers(account_id) == [("+4790011222", "Later."), ("+4791234567", "Later.")]

    deliver(NUMBER, "Hello?", sender="4790011222", at=LATER + timedelta(hours=24))
    until(LATER + timedelta(hours=24))

    assert len(answers(account_id)) == 3
    assert not Forward.objects.exists()


@pytest.mark.parametrize("sender", ["PostNord", "2000", OTHER.lstrip("+")])
def test_names_short_codes_and_our_own_numbers_are_never_answered(sender: str) -> None:
    account_id = customer(balance="100.00")
    lease = rented(account_id, NUMBER)
    sms_rates({"47": "0.05"})
    actions.set_inbox(account_id, lease_id=lease.id, mailed=False, reply="Later.", now=NOW)

    deliver(NUMBER, "Hello", sender=sender, at=LATER)
    until(LATER)

    assert answers(account_id) == []
    assert not Forward.objects.exists()


def test_an_answer_that_cannot_be_paid_is_not_sent_later() -> None:
    account_id = customer(balance="18.75")
    lease = rented(account_id, NUMBER, keep_fee=False)
    sms_rates({"47": "0.05"})
    actions.set_inbox(account_id, lease_id=lease.id, mailed=False, reply="Later.", now=NOW)

    deliver(NUMBER, "Hello", sender="4790011222", at=LATER)
    until(LATER)
    top_up(account_id, "5.00", now=LATER)
    until(LATER + timedelta(hours=1))

    assert answers(account_id) == []
    assert not Forward.objects.exists()
