"""A campaign reaches those who agree at that moment, once, and nobody else."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from nummer.apps.agreements.offers import Channel, Purpose
from nummer.apps.marketing import actions, queries, segments
from nummer.apps.marketing.actions import sending
from nummer.apps.marketing.errors import (
    CampaignIncomplete,
    CampaignNeedsAnotherPerson,
    CampaignNotDraft,
    SegmentRefused,
)
from nummer.apps.marketing.models import Campaign
from nummer.apps.marketing.ports import installed_tool
from nummer.apps.notify import queries as letters
from nummer.apps.notify import unsubscribing
from nummer.apps.notify.models import Letter
from nummer.apps.notify.returning import receive_report
from nummer.apps.outbound.errors import NotCleared
from nummer.apps.outbound.register import REGISTER
from nummer.kernel.errors import Unavailable
from tests import builders
from tests.apps.marketing.conftest import NOW, TEXT, agree, deliver, released, written_to
from tests.protocols.mail.test_returns import arf

pytestmark = pytest.mark.usefixtures("shop")


def withdraw(account_id: int) -> None:
    actions.withdraw(
        account_id, purpose=Purpose.OFFERS, channel=Channel.MAIL, surface="site", now=NOW
    )


def offers_sent() -> list[Any]:
    return [one for one in mail.outbox if "List-Unsubscribe" in one.extra_headers]


@pytest.mark.clause("PP-2.2")
@pytest.mark.clause("LD-U4")
def test_only_who_agreed_gets_it_in_his_language_with_a_way_out() -> None:
    agreed, silent = builders.customer(locale="de"), builders.customer()
    agree(agreed)
    agree(silent, Purpose.NEWS)  # to something else

    campaign = released()
    assert sending.send_batch(campaign, now=NOW) == 1
    for account_id in (agreed, silent):
        deliver(account_id)

    (sent,) = offers_sent()
    assert written_to(campaign) == [agreed]
    assert sent.to == [builders.email_of(agreed)]
    assert sent.subject == "Günstigere Nummern"
    assert "Sie kosten weniger." in sent.body
    link = unsubscribing.link(agreed, purpose=Purpose.OFFERS)
    assert sent.extra_headers["List-Unsubscribe"] == f"<{link}>"
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in sent.body
    assert Campaign.objects.get().state == "done"


def test_letters_of_the_service_bear_no_way_to_unsubscribe() -> None:
    agree(builders.customer())

    assert offers_sent() == []
    assert mail.outbox


def test_withdrawn_between_the_segment_and_the_letter_is_not_written() -> None:
    first, second = builders.customer(), builders.customer()
    agree(first)
    agree(second)
    campaign = released()
    assert segments.members({}, purpose=Purpose.OFFERS, after=0, limit=9, now=NOW) == [
        first,
        second,
    ]

    withdraw(first)
    sending.send_batch(campaign, now=NOW)

    assert written_to(campaign) == [second]


def test_withdrawn_between_the_letter_and_its_mail_is_not_sent() -> None:
    account_id = builders.customer()
    agree(account_id)
    sending.send_batch(released(), now=NOW)

    withdraw(account_id)
    deliver(account_id)

    assert offers_sent() == []
    assert letters.letters(account_id)[0].state == "withheld"


@pytest.mark.parametrize("by", ["one click", "complaint"])
def test_one_click_and_a_complaint_count_the_same(by: str) -> None:
    account_id = builders.customer()
    agree(account_id)
    sending.send_batch(released(), now=NOW)
    if by == "one click":
        link = unsubscribing.link(account_id, purpose=Purpose.OFFERS)
        unsubscribing.unsubscribe(link.rstrip("/").rpartition("/")[2], now=NOW)
    else:
        path = str(getattr(mail.outbox[-1], "envelope_sender"))  # noqa: B009 -- unknown to Django
        receive_report(arf(), recipients=[path], null_sender=False, now=NOW)

    deliver(account_id)

    assert offers_sent() == []


@pytest.mark.clause("LD-U4")
@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_that_races_the_sender_is_before_or_after_the_mail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Hostile 17: while a mail is handed over the withdrawal waits; once it is said, none goes."""
    account_id = builders.customer()
    agree(account_id)
    sending.send_batch(released(), now=NOW)
    order: list[str] = []
    handing, withdrawn = threading.Event(), threading.Event()

    def slow(*_: object, **__: object) -> int:
        handing.set()
        assert not withdrawn.wait(1.0), "the withdrawal did not wait for the mail"
        order.append("mail")
        return 1

    def no() -> None:
        try:
            handing.wait(10)
            withdraw(account_id)
            order.append("withdrawn")
            withdrawn.set()
        finally:
            connection.close()

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", slow)
    thread = threading.Thread(target=no)
    thread.start()
    deliver(account_id)
    thread.join(20)

    assert order == ["mail", "withdrawn"]
    sending.send_batch(released(), now=NOW)
    deliver(account_id)
    assert order == ["mail", "withdrawn"]


@pytest.mark.django_db(transaction=True)
def test_withdrawals_and_senders_at_once_never_send_after_a_no(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    customers = [builders.customer() for _ in range(12)]
    for account_id in customers:
        agree(account_id)
    sending.send_batch(released(), now=NOW)
    said_no: set[str] = set()
    late: list[str] = []

    def send(message: Any, *_: object, **__: object) -> int:
        (to,) = message.to
        if to in said_no:
            late.append(to)
        return 1

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", send)
    start = threading.Barrier(2)

    def refuse() -> None:
        try:
            start.wait(10)
            for account_id in reversed(customers):
                withdraw(account_id)
                said_no.add(builders.email_of(account_id))
        finally:
            connection.close()

    thread = threading.Thread(target=refuse)
    thread.start()
    start.wait(10)
    for account_id in customers:
        deliver(account_id)
    thread.join(30)

    assert late == []
    states = {letters.letters(account_id)[0].state for account_id in customers}
    assert states <= {"sent", "withheld"}
    assert queries.audit_lines()[0][1] == 0


def test_batches_that_are_killed_and_begun_again_write_to_nobody_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    customers = [builders.customer() for _ in range(5)]
    for account_id in customers:
        agree(account_id)
    monkeypatch.setattr(sending, "BATCH", 2)
    campaign = released()
    counted = {"calls": 0}
    real = sending._write

    def killed(*args: Any) -> None:
        counted["calls"] += 1
        if counted["calls"] in (2, 4):
            raise KeyboardInterrupt
        real(*args)

    monkeypatch.setattr(sending, "_write", killed)
    at = NOW
    for _ in range(10):
        try:
            with transaction.atomic():
                sending.send_batch(campaign, now=at)
        except KeyboardInterrupt:
            continue
        at += timedelta(seconds=10)

    assert written_to(campaign) == customers
    assert Letter.objects.filter(letter="campaign").count() == 5
    assert Campaign.objects.get().state == "done"


def test_an_offer_that_may_have_left_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    account_id = builders.customer()
    agree(account_id)
    sending.send_batch(released(), now=NOW)
    tries: list[int] = []

    def killed(*_: object, **__: object) -> None:
        tries.append(1)
        raise KeyboardInterrupt

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", killed)
    with pytest.raises(KeyboardInterrupt):
        deliver(account_id)
    deliver(account_id, now=NOW + timedelta(hours=1))

    assert tries == [1]
    assert letters.letters(account_id)[0].state == "given_up"


def test_an_offer_that_the_server_surely_did_not_take_is_sent_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account_id = builders.customer()
    agree(account_id)
    sending.send_batch(released(), now=NOW)

    def away(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMultiAlternatives.send", away)
        with pytest.raises(Unavailable):
            deliver(account_id)
    deliver(account_id)

    assert len(offers_sent()) == 1


def test_who_wrote_it_does_not_release_it_and_half_of_it_is_not_released() -> None:
    segment = actions.save_segment(name="x", rules={}, actor="staff:1", now=NOW)
    campaign = actions.draft(
        name="x",
        segment_id=segment,
        purpose=Purpose.OFFERS,
        text=type(TEXT)({**TEXT.subjects, "nb": " "}, TEXT.bodies),
        actor="staff:1",
        now=NOW,
    )
    with pytest.raises(CampaignIncomplete):
        actions.release(campaign, actor="staff:2", now=NOW)
    from nummer.apps.marketing.actions.campaigns import rewrite

    rewrite(campaign, text=TEXT, actor="staff:2", now=NOW)
    with pytest.raises(CampaignNeedsAnotherPerson):
        actions.release(campaign, actor="staff:2", now=NOW)
    with pytest.raises(IntegrityError, match="campaign_released_by_another"), transaction.atomic():
        Campaign.objects.update(released_by="staff:2")
    actions.release(campaign, actor="staff:1", now=NOW)
    with pytest.raises(CampaignNotDraft):
        rewrite(campaign, text=TEXT, actor="staff:3", now=NOW)


def test_a_stopped_campaign_writes_to_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        agree(builders.customer())
    monkeypatch.setattr(sending, "BATCH", 1)
    campaign = released()
    sending.send_batch(campaign, now=NOW)

    actions.stop(campaign, actor="staff:3", now=NOW)

    assert sending.send_batch(campaign, now=NOW + timedelta(minutes=1)) == 0
    assert len(written_to(campaign)) == 1


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ({}, {"no", "de", "rents", "new"}),
        ({"country": "DE"}, {"de"}),
        ({"language": "de"}, {"de"}),
        ({"kind": "company"}, {"new"}),
        ({"ordered_within_days": 7}, {"no"}),
        ({"not_ordered_within_days": 7, "country": "DE"}, {"de"}),
        ({"rents": "yes"}, set()),
        ({"customer_since_days": 1}, {"no", "de", "rents", "new"}),
        ({"customer_for_days": 1}, set()),
        ({"interest": "rent"}, {"rents"}),
    ],
)
def test_a_segment_is_a_query_over_facts(rules: dict[str, Any], found: set[str]) -> None:
    customers = {
        "no": builders.customer(),
        "de": builders.customer(country="DE", locale="de"),
        "rents": builders.customer(),
        "new": builders.customer(kind="company"),
    }
    for account_id in customers.values():
        agree(account_id)
    builders.order(customers["no"])
    from nummer.apps.marketing.actions.profiles import Told

    actions.set_profile(customers["rents"], told=Told(interest="rent"), now=NOW)

    members = segments.members(
        rules, purpose=Purpose.OFFERS, after=0, limit=99, now=NOW + timedelta(minutes=1)
    )

    assert {name for name, account_id in customers.items() if account_id in members} == found


@pytest.mark.parametrize(
    "rules",
    [
        {"email": "a@b.example"},
        {"country": "NO' OR 1=1 --"},
        {"country": "no"},
        {"language": "fr"},
        {"ordered_within_days": "7"},
        {"ordered_within_days": 0},
        {"ordered_within_days": 100_000},
        {"rents": True},
        {"a.id > 0 OR": 1},
    ],
)
def test_what_is_no_fact_is_refused(rules: dict[str, Any]) -> None:
    with pytest.raises(SegmentRefused):
        actions.save_segment(name="x", rules=rules, actor="staff:1", now=NOW)


def test_fewer_than_ten_persons_are_not_counted() -> None:
    for _ in range(9):
        agree(builders.customer())
    assert queries.reach({}, now=NOW)[Purpose.OFFERS] is None

    agree(builders.customer())

    assert queries.reach({}, now=NOW)[Purpose.OFFERS] == 10
    campaign = released()
    sending.send_batch(campaign, now=NOW)
    assert queries.outcome(campaign).written == 10
    assert queries.outcome(campaign).by_state == {"waiting": 10}


def test_nothing_leaves_to_a_tool_of_somebody_else() -> None:
    assert installed_tool() is None
    assert not [whom for whom, _ in REGISTER if "marketing" in whom]
    from nummer.apps.outbound.actions import clear

    with pytest.raises(NotCleared):
        clear("marketing-tool", "audience", {"email": "x"}, account_id=None, now=NOW)
