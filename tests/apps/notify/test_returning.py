"""What comes back marks an address by a signed return path only; then letters go to the page."""

from __future__ import annotations

import smtplib
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core import mail

from nummer.apps.notify import actions, confirming, queries
from nummer.apps.notify.errors import AddressConfirmedTooOften, AddressLinkInvalid, NoSuchLetter
from nummer.apps.notify.models import Address, Letter, Step
from nummer.apps.notify.returning import receive_report
from nummer.kernel.errors import Unavailable
from tests import builders
from tests.apps.notify.conftest import NOW
from tests.protocols.mail.test_returns import arf, dsn

REFUND = {
    "refunds": [
        {
            "service": "Telegram",
            "country": "NO",
            "clause": "RP-B4",
            "amount": "1.25",
            "currency": "EUR",
            "decided_at": "2026-11-22T12:21:00+00:00",
        }
    ]
}


def send(account_id: int, *, letter: str = "order-refunded", at: Any = NOW) -> UUID:
    key = uuid4()
    context = (
        REFUND if letter == "order-refunded" else {"number": "1", "subject": "", "answer": "x"}
    )
    actions.send_letter(account_id, letter=letter, context=context, now=at, key=key)
    actions.deliver(account_id, letter_id=key, now=at)
    return key


def back() -> str:
    return str(getattr(mail.outbox[-1], "envelope_sender"))  # noqa: B009 -- set by us, unknown to Django


def fates(account_id: int, letter_id: UUID) -> list[tuple[str, str]]:
    steps = queries.steps(account_id, ids=[letter_id])[letter_id]
    return [(step.fate, step.status) for step in steps]


def report(raw: bytes, *, to: str | None = None, at: Any = NOW) -> bool:
    return receive_report(raw, recipients=[to or back()], null_sender=True, now=at)


def test_each_mail_has_a_return_path_of_its_own(account_id: int) -> None:
    send(account_id)
    first = back()
    send(account_id)

    assert first != back()
    assert back().startswith("hello+r-")
    assert back().endswith("@nummer.example")
    assert len(back().partition("@")[0]) <= 64
    assert "ola" not in back()


def test_a_hard_bounce_marks_the_address_and_the_next_letter_is_on_the_page(
    account_id: int,
) -> None:
    sent = send(account_id)

    assert report(dsn())
    assert report(dsn())  # a server brings it twice
    assert fates(account_id, sent) == [("sent", ""), ("bounced", "5.1.1")]
    assert [row.state for row in queries.letters(account_id)] == ["bounced"]

    later = send(account_id, at=NOW + timedelta(hours=1))
    assert len(mail.outbox) == 1
    assert fates(account_id, later) == [("on_page", "")]
    assert "Telegram" in queries.content(account_id, letter_id=later).text
    mark = queries.mark_of(account_id, now=NOW)
    assert mark is not None
    assert mark.mark == "bounced"


def test_a_secret_letter_that_cannot_be_mailed_is_kept_to_be_read(account_id: int) -> None:
    send(account_id)
    report(dsn())

    kept = send(account_id, letter="case-answer")

    assert queries.content(account_id, letter_id=kept).text


@pytest.mark.parametrize("forged", ["hello+r-aaaa@nummer.example", "hello@nummer.example"])
def test_a_report_without_our_signature_changes_nothing(account_id: int, forged: str) -> None:
    send(account_id)
    token = back()
    turned = token.replace(token[9], "a" if token[9] != "a" else "b", 1)

    report(dsn(), to=forged)
    report(dsn(), to=turned)

    assert not Address.objects.exists()
    assert [row.state for row in queries.letters(account_id)] == ["sent"]


def test_a_return_path_is_valid_for_thirty_days(account_id: int) -> None:
    send(account_id)

    report(dsn(), at=NOW + timedelta(days=32))

    assert not Address.objects.exists()


def test_a_complaint_by_any_way_marks_by_the_path_that_it_encloses(account_id: int) -> None:
    sent = send(account_id)

    assert receive_report(
        arf(back()), recipients=["hello@nummer.example"], null_sender=False, now=NOW
    )

    assert fates(account_id, sent)[-1] == ("complained", "")
    assert Address.objects.get().mark == "complained"


def test_a_mail_about_nothing_of_ours_goes_on_to_the_mailbox(account_id: int) -> None:
    send(account_id)
    plain = b"From: a@b.example\r\nSubject: hi\r\n\r\nhi\r\n"

    assert not receive_report(
        plain, recipients=["hello@nummer.example"], null_sender=False, now=NOW
    )
    assert not receive_report(
        arf(), recipients=["hello@nummer.example"], null_sender=False, now=NOW
    )
    assert receive_report(plain, recipients=[back()], null_sender=True, now=NOW)  # an absence


def test_soft_bounces_mark_by_rule_only(account_id: int) -> None:
    for hours in (0, 24, 71):
        send(account_id, at=NOW + timedelta(hours=hours))
        report(dsn(status="5.2.2"), at=NOW + timedelta(hours=hours))
    assert not Address.objects.exists()  # three, but not 72 hours apart

    send(account_id, at=NOW + timedelta(hours=72))
    report(dsn(status="5.2.2"), at=NOW + timedelta(hours=72))

    assert Address.objects.get().mark == "refused"


def test_a_delay_is_written_down_and_marks_nothing(account_id: int) -> None:
    sent = send(account_id)

    report(dsn(action="delayed", status="4.4.1"))

    assert fates(account_id, sent) == [("sent", ""), ("deferred", "4.4.1")]
    assert not Address.objects.exists()


@pytest.mark.parametrize(
    ("error", "state", "fate"),
    [
        (smtplib.SMTPRecipientsRefused({"x": (550, b"5.1.1 unknown")}), "on_page", "bounced"),
        (smtplib.SMTPDataError(554, b"5.7.1 no"), "on_page", "refused"),
    ],
)
def test_what_the_server_refuses_for_good_is_not_tried_again(  # noqa: PLR0917 -- cases and fixtures
    account_id: int,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    state: str,
    fate: str,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    sent = send(account_id)

    assert [row.state for row in queries.letters(account_id)] == [state]
    assert {name for name, _ in fates(account_id, sent)} == {fate, "on_page"}
    assert Address.objects.exists() == (fate == "bounced")


def test_what_it_puts_off_is_written_down_and_tried_again(
    account_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = uuid4()
    actions.send_letter(account_id, letter="order-refunded", context=REFUND, now=NOW, key=key)

    def later(*_: object, **__: object) -> None:
        raise smtplib.SMTPRecipientsRefused({"x": (451, b"4.7.1 greylisted")})

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMultiAlternatives.send", later)
        with pytest.raises(Unavailable):
            actions.deliver(account_id, letter_id=key, now=NOW)
    actions.deliver(account_id, letter_id=key, now=NOW)

    assert [name for name, _ in fates(account_id, key)] == ["deferred", "sent"]


def test_a_customer_confirms_his_address_anew_by_a_mail_that_arrives(account_id: int) -> None:
    send(account_id)
    report(dsn())

    confirming.ask(account_id, now=NOW)

    link = next(line for line in mail.outbox[-1].body.splitlines() if "/letters/confirm/" in line)
    token = link.rstrip("/").rpartition("/")[2]
    with pytest.raises(AddressLinkInvalid):
        confirming.confirm(account_id, token=f"{token}x", now=NOW)
    with pytest.raises(AddressLinkInvalid):
        confirming.confirm(account_id, token=token, now=NOW + timedelta(days=2))
    confirming.confirm(account_id, token=token, now=NOW)
    assert queries.mark_of(account_id, now=NOW) is None
    send(account_id)
    assert len(mail.outbox) == 3


def test_the_link_of_another_account_lifts_nothing(account_id: int) -> None:
    builders.shop()
    other = builders.customer()
    send(account_id)
    report(dsn())
    confirming.ask(account_id, now=NOW)
    link = next(line for line in mail.outbox[-1].body.splitlines() if "/letters/confirm/" in line)

    with pytest.raises(AddressLinkInvalid):
        confirming.confirm(other, token=link.rstrip("/").rpartition("/")[2], now=NOW)


def test_mails_that_confirm_are_few(account_id: int) -> None:
    send(account_id)
    report(dsn())
    for _ in range(3):
        confirming.ask(account_id, now=NOW)
    with pytest.raises(AddressConfirmedTooOften):
        confirming.ask(account_id, now=NOW)
    confirming.ask(account_id, now=NOW + timedelta(hours=2))


def test_a_letter_sent_on_the_spot_is_in_the_record_without_its_content(account_id: int) -> None:
    actions.send_mail_now(
        to="ola@example.no",
        letter="login-code",
        context={"code": "482913", "minutes": 15},
        language="de",
        account_id=account_id,
        now=NOW,
    )

    (row,) = queries.letters(account_id)
    assert (row.letter, row.state, row.readable) == ("login-code", "sent", False)
    assert Letter.objects.get().content is None
    with pytest.raises(NoSuchLetter):
        queries.content(account_id, letter_id=row.id)


def test_no_step_names_an_address_or_a_word_of_the_server(account_id: int) -> None:
    send(account_id)
    report(dsn(status="5.1.1 ola@example.no"))

    assert set(Step.objects.values_list("status", flat=True)) == {"", "5.1.1"}
