"""Letters are written in three languages and sent once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import polib
import pytest
from django.core import mail
from django.db import connection, transaction

from nummer.apps.accounts import actions as accounts
from nummer.apps.accounts.models import Login
from nummer.apps.notify import actions, queries
from nummer.apps.notify.errors import LetterIncomplete
from nummer.apps.notify.jobs import DUE_SOURCES, JOBS
from nummer.apps.notify.letters import LETTERS
from nummer.apps.notify.models import Letter
from nummer.apps.notify.rendering import write
from nummer.apps.outbound.models import Passage
from nummer.kernel.errors import Unavailable
from nummer.kernel.jobs import DELIVER_LETTER, TELL_KEY_CREATED

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = UUID("018f0000-0000-7000-8000-000000000001")
ORDER = {
    "activation_id": 1000000017,
    "service": "Telegram",
    "country": "NO",
    "total": "1.25",
    "tax": "0.25",
    "currency": "EUR",
    "placed_at": "2026-11-22T12:00:00+00:00",
    "window_ends_at": "2026-11-22T12:20:00+00:00",
    "documents": [{"document": "terms", "version": "2026-11-22", "sha256": "0" * 64}],
}
REFUND = {
    "service": "Telegram",
    "country": "NO",
    "clause": "RP-B4",
    "amount": "1.25",
    "currency": "EUR",
    "decided_at": "2026-11-22T12:21:00+00:00",
}
CONTENTS: dict[str, dict[str, Any]] = {
    "email-confirmation": {"link": "https://nummer.example/confirm/abc"},
    "login-code": {"code": "482913", "minutes": 15},
    "password-reset": {"link": "https://nummer.example/reset/abc"},
    "account-exists": {"link": "https://nummer.example/reset"},
    "consent-confirm": {
        "link": "https://nummer.example/consents/confirm/abc/",
        "purpose": "Yes, write to me by e-mail about offers and lower prices.",
    },
    "campaign": {
        "purpose": "offers",
        "subjects": {"en": "Cheaper", "nb": "Billigere", "de": "Günstiger"},
        "bodies": {
            "en": "Numbers of Norway cost less.",
            "nb": "Norske numre koster mindre.",
            "de": "Norwegische Nummern kosten weniger.",
        },
        "unsubscribe": "https://nummer.example/unsubscribe/abc/",
    },
    "account-handed-over": {"before": "ola@example.com", "after": "kari@example.com"},
    "invitation": {
        "link": "https://nummer.example/join/abc/",
        "inviter": "ola@example.com",
        "days": "7",
    },
    "address-again": {"link": "https://nummer.example/letters/confirm/abc/"},
    "order-confirmation": {"orders": [ORDER]},
    "order-refunded": {"refunds": [REFUND]},
    "top-up-received": {
        "amount": "20.00",
        "currency": "EUR",
        "reference": "pay_17",
        "received_at": "2026-11-22T12:00:00+00:00",
    },
    "top-up-beside": {
        "amount": "20.00",
        "currency": "EUR",
        "reference": "pay_17",
        "received_at": "2026-11-22T12:00:00+00:00",
    },
    "payment-captured-twice": {
        "amount": "20.00",
        "currency": "EUR",
        "reference": "pay_17",
        "received_at": "2026-11-22T12:00:00+00:00",
    },
    "payment-disputed": {
        "amount": "20.00",
        "currency": "EUR",
        "reference": "pay_17",
        "received_at": "2026-11-22T12:00:00+00:00",
    },
    "invoice-ready": {
        "credit_note": False,
        "number": "2026-17",
        "month": "2026-11-01",
        "amount": "12.50",
        "currency": "EUR",
        "document": "0190a1b2-0000-7000-8000-000000000001",
    },
    "misuse-decided": {
        "confirmed": True,
        "clause": "RP-X3",
        "reason": "Codes were sold on.",
        "decided_at": "2026-11-22T12:00:00+00:00",
    },
    "balance-low": {"amount": "4.10", "threshold": "5.00", "currency": "EUR"},
    "auto-top-up-stopped": {
        "amount": "20.00",
        "currency": "EUR",
        "decided_at": "2026-11-22T12:00:00+00:00",
    },
    "lease-ordered": {
        "lease": "018f0000-0000-7000-8000-000000000009",
        "phone": "+4759441001",
        "country": "DE",
        "city": {"here": "München", "en": "Munich"},
        "kind": "local",
        "sms": True,
        "voice": True,
        "monthly": "12.50",
        "setup": "6.25",
        "amount": "18.75",
        "currency": "EUR",
        "delivery_h": 24,
        "papers": ["identity"],
        "documents": [{"document": "terms", "version": "2026-11-01", "sha256": "0" * 64}],
        "placed_at": "2026-11-22T12:00:00+00:00",
    },
    "lease-active": {
        "phone": "+4759441001",
        "ends_at": "2026-12-22T12:00:00+00:00",
        "documents": [{"document": "terms", "version": "2026-11-01", "sha256": "0" * 64}],
    },
    "lease-reminder": {
        "phone": "+4759441001",
        "ends_at": "2026-12-22T12:00:00+00:00",
        "fee": "12.50",
        "currency": "EUR",
        "covered": "",
    },
    "lease-unpaid": {
        "phone": "+4759441001",
        "kept_until": "2026-12-29T12:00:00+00:00",
        "fee": "12.50",
        "currency": "EUR",
    },
    "lease-ended": {
        "phone": "+4759441001",
        "ends_at": "2026-12-22T12:00:00+00:00",
        "reason": "unpaid",
    },
    "lease-blocked": {
        "phone": "+4759441001",
        "reason": "unrelated",
        "words": "",
        "free": ["+47 59 44 10 02", "+47 59 44 10 03"],
        "answer_by": "2026-11-25T23:00:00+00:00",
        "lease": "018f0000-0000-7000-8000-000000000009",
    },
    "lease-replaced": {
        "before": "+4759441001",
        "phone": "+4759441002",
        "ends_at": "2026-12-22T12:00:00+00:00",
        "lease": "018f0000-0000-7000-8000-000000000009",
    },
    "incident-rented": {
        "phone": "+4759441001",
        "began_at": "2026-11-22T12:00:00+00:00",
        "words": "",
        "path": "/incidents/018f0000-0000-7000-8000-000000000002/AAAA/",
        "lease": "018f0000-0000-7000-8000-000000000009",
    },
    "maintenance-planned": {
        "country": "NO",
        "words": "",
        "begins_at": "2026-11-24T01:00:00+00:00",
        "ends_at": "2026-11-24T03:00:00+00:00",
        "count": 2,
    },
    "handover-offered": {
        "phone": "+4759441001",
        "handover": "018f0000-0000-7000-8000-000000000003",
        "ends_at": "2026-11-29T12:00:00+00:00",
    },
    "handover-accepted": {
        "phone": "+4759441001",
        "lease": "018f0000-0000-7000-8000-000000000003",
        "ends_at": "2026-11-29T12:00:00+00:00",
    },
    "handover-ended": {"phone": "+4759441001", "reason": "lapsed"},
    "port-out": {
        "phone": "+4759441001",
        "state": "set",
        "port_on": "2026-12-01",
        "why": "",
        "said": "",
        "lease": "018f0000-0000-7000-8000-000000000003",
    },
    "texts-published": {
        "texts": [
            {
                "document": "terms",
                "version": "2026-12-01",
                "before": "2026-11-01",
                "effective_at": "2026-12-15T12:00:00+00:00",
            }
        ]
    },
    "incident-notice": {
        "service": "Telegram",
        "country": "NO",
        "activation_id": 1000000017,
        "path": "/incidents/018f0000-0000-7000-8000-000000000002/AAAA/",
    },
    "case-receipt": {
        "number": "100017",
        "received_at": "2026-11-22T12:00:00+00:00",
        "proof": "claimed",
    },
    "case-assigned": {"number": "100017", "received_at": "2026-11-22T12:00:00+00:00"},
    "case-answer": {
        "number": "100017",
        "subject": "",
        "answer": "We looked.",
        "survey": "abc",
        "files": "1",
    },
    "claim-decided": {
        "verdict": "CREDIT",
        "service": "Telegram",
        "country": "NO",
        "activation_id": "1000000017",
        "clause": "RP-B4",
        "quotes": [{"id": "RP-B4", "words": "The whole price."}],
        "names": "RP-B4",
        "paid": "0.0750",
        "earlier": "0",
        "amount": "0.0750",
        "credited": "0.0750",
        "currency": "EUR",
        "received_at": "2026-11-22T12:00:00+00:00",
        "decided_at": "2026-11-22T12:00:00+00:00",
        "settle_by": "",
        "duplicate_of": "",
        "missing": [],
        "decision_id": "018f0000-0000-7000-8000-000000000003",
        "order_id": "018f0000-0000-7000-8000-000000000004",
    },
    "withdrawal-receipt": {
        "order": "1000000017",
        "received_at": "2026-11-22T12:00:00+00:00",
        "token": "AAAA",
        "number": "100017",
    },
    "termination-receipt": {
        "order": "*1001",
        "when": "period",
        "received_at": "2026-11-22T12:00:00+00:00",
        "token": "AAAA",
        "number": "100017",
    },
    "payout-missing": {
        "missing": ["service_name", "amount", "reason", "details"],
        "payout": "018f0000-0000-7000-8000-000000000005",
    },
    "payout-granted": {
        "amount": "20.00",
        "currency": "EUR",
        "settle_by": "2026-12-06",
        "choose": True,
        "clause": "LAW-14",
        "payout": "018f0000-0000-7000-8000-000000000005",
    },
    "payout-refused": {
        "clause": "RP-C0",
        "words": "Money leaves the balance in the cases of this part.",
        "decided_at": "2026-11-22T12:00:00+00:00",
    },
    "sms-forwarded": {
        "phone": "+4759441001",
        "messages": [
            {
                "sender": "PostNord",
                "text": "Your parcel is here.\n\nBest <wishes>",
                "received_at": "2026-11-22T12:00:00+00:00",
            }
        ],
    },
    "papers-expiring": {"expires_on": "2027-05-17"},
    "papers-refused": {"reasons": ["expired", "other_name"], "words": "<b>page two</b>"},
    "alert": {
        "word": "raised",
        "kind": "carrier",
        "subject": "alpha",
        "said": "The carrier is not bound.",
        "at": "2026-11-22T12:00:00+00:00",
    },
    "supply-balance-low": {
        "supplier": "didww",
        "left": "4.10",
        "least": "50.00",
        "currency": "USD",
    },
    "supply-stock-low": {
        "supplier": "didww",
        "country": "NO",
        "kind": "local",
        "left": 2,
        "least": 10,
    },
    "route-fails": {
        "carrier": "sandbox",
        "country": "NO",
        "since": "2026-11-22T12:00:00+00:00",
    },
    "webhook-added": {"host": "hooks.example.com", "created_at": "2026-11-22T12:00:00+00:00"},
    "webhook-off": {"host": "hooks.example.com", "since": "2026-11-17T12:00:00+00:00"},
    "security-changed": {
        "change": "passkey-added",
        "changed_at": "2026-11-22T12:00:00+00:00",
    },
    "email-changed": {
        "link": "http://127.0.0.1:8000/account/e-mail-back/x:y:z/",
        "changed_at": "2026-11-22T12:00:00+00:00",
        "ends_at": "2026-11-29T12:00:00+00:00",
    },
    "key-created": {"label": "<b>shop</b>", "created_at": "2026-11-22T12:00:00+00:00"},
}
CONTENTS["handover-done"] = {
    **CONTENTS["lease-ordered"],
    "ends_at": "2026-12-22T12:00:00+00:00",
}
LOCALE = Path(__file__).resolve().parents[3] / "nummer" / "apps" / "notify" / "locale"


@pytest.mark.parametrize("language", ["nb", "de"])
def test_every_sentence_is_translated_with_the_same_blanks(language: str) -> None:
    for entry in polib.pofile(str(LOCALE / language / "LC_MESSAGES" / "django.po")):
        blanks = set(re.findall(r"%\(\w+\)s", entry.msgid_plural or entry.msgid))
        written = entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]
        for text in written:
            assert text, entry.msgid
            assert not entry.fuzzy, entry.msgid
        assert set(re.findall(r"%\(\w+\)s", list(written)[-1])) == blanks


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(LETTERS))
def test_every_letter_is_another_one_in_each_language(name: str) -> None:
    written = {
        language: write(name, content=CONTENTS[name], language=language)
        for language in ("en", "nb", "de")
    }

    for part in ("subject", "text", "html"):
        assert len({getattr(letter, part) for letter in written.values()}) == 3
    for letter in written.values():
        assert "\n" not in letter.subject
        assert not re.search(r"[{}]|%\(|None|\n\n\n", letter.text)


@pytest.mark.django_db
def test_an_order_confirmation_says_price_tax_period_and_texts() -> None:
    text = write("order-confirmation", content=CONTENTS["order-confirmation"], language="de").text

    assert "Bestellung 1000000017: eine Einmalnummer für Telegram, Norwegen" in text
    assert "Gesamtpreis: 1,25\xa0€, davon Steuer: 0,25\xa0€" in text
    assert "Zeitraum: 22.11.2026, 12:00:00 UTC bis 22.11.2026, 12:20:00 UTC" in text
    assert "- terms, Fassung 2026-11-22" in text
    assert "RP-N2" in text
    assert "Nummer Sandbox AS" in text


@pytest.mark.django_db
def test_a_refund_letter_names_clause_and_sum() -> None:
    text = write("order-refunded", content=CONTENTS["order-refunded"], language="nb").text

    assert "1,25\xa0€ for engangsnummeret for Telegram, Norge" in text
    assert "Grunn: Det kom ingen SMS til nummeret. (punkt RP-B4 i refusjonsvilkårene)" in text


@pytest.mark.django_db
def test_a_refund_letter_leads_to_the_reasons_if_it_knows_the_order() -> None:
    order_id = "018f0000-0000-7000-8000-000000000017"
    known = {"refunds": [{**REFUND, "order_id": order_id}]}

    text = write("order-refunded", content=known, language="de").text
    older = write("order-refunded", content=CONTENTS["order-refunded"], language="de").text

    assert f"/orders/of/{order_id}/" in text
    assert "/orders/of/" not in older


@pytest.mark.django_db
def test_what_a_customer_wrote_is_inert_in_the_page() -> None:
    letter = write("key-created", content=CONTENTS["key-created"], language="en")

    assert "“<b>shop</b>”" in letter.text
    assert "&lt;b&gt;shop&lt;/b&gt;" in letter.html


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "said"), [("1", "1 minutt "), (15, "15 minutter ")])
def test_one_minute_is_not_several(minutes: str | int, said: str) -> None:
    content = {"code": "482913", "minutes": minutes}

    assert said in write("login-code", content=content, language="nb").text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("no-such-letter", {}),
        ("login-code", {"code": "482913"}),
        ("order-refunded", {"refunds": [{"service": "Telegram"}]}),
    ],
)
def test_a_letter_that_lacks_a_word_is_not_written(name: str, content: dict[str, Any]) -> None:
    with pytest.raises(LetterIncomplete):
        write(name, content=content, language="en")


def send(account_id: int, name: str = "order-refunded", key: UUID = KEY) -> None:
    actions.send_letter(account_id, letter=name, context=CONTENTS[name], now=NOW, key=key)


def jobs() -> Iterator[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, args FROM procrastinate_jobs ORDER BY id")
        for task, args in cursor.fetchall():
            assert task == DELIVER_LETTER
            yield args if isinstance(args, dict) else json.loads(args)


def test_a_letter_leaves_a_job_that_holds_ids_only(account_id: int) -> None:
    send(account_id)
    send(account_id)

    assert list(jobs()) == [{"account_id": account_id, "letter_id": str(KEY)}]


def test_a_cause_that_is_rolled_back_sends_no_letter(account_id: int) -> None:
    with transaction.atomic():
        send(account_id)
        transaction.set_rollback(True)

    assert list(jobs()) == []
    assert queries.letters(account_id) == []


def test_the_content_of_a_letter_is_sealed(account_id: int) -> None:
    send(account_id)

    assert b"Telegram" not in bytes(Letter.objects.get().content)


def test_a_letter_is_sent_once_in_the_customers_language(account_id: int) -> None:
    send(account_id)
    arguments = next(jobs())

    JOBS[DELIVER_LETTER](**arguments)
    JOBS[DELIVER_LETTER](**arguments)

    (sent,) = mail.outbox
    assert sent.to == ["ola@example.no"]
    assert sent.subject == "Geld ist zurück auf Ihrem Guthaben"
    assert sent.extra_headers["Message-ID"] == f"<{KEY}@nummer.example>"
    assert sent.extra_headers["Reply-To"] == "hello@nummer.example"
    assert sent.from_email == "Nummer <no-reply@nummer.example>"
    for fact in ("Nummer Sandbox AS", "Storgata 1", "000 000 000", "/contact/"):
        assert fact in sent.body
    assert [row.state for row in queries.letters(account_id)] == ["sent"]
    assert Passage.objects.get().fields == ["html", "subject", "text", "to"]


def test_a_letter_that_another_worker_is_sending_is_left_alone(account_id: int) -> None:
    send(account_id)
    Letter.objects.update(claimed_until=NOW + timedelta(minutes=1))

    actions.deliver(account_id, letter_id=KEY, now=NOW)
    assert mail.outbox == []
    actions.deliver(account_id, letter_id=KEY, now=NOW + timedelta(minutes=1))
    assert len(mail.outbox) == 1


def test_while_the_mail_server_is_away_a_letter_waits(
    account_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(account_id)

    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("ola@example.no")

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
        with pytest.raises(Unavailable) as away:
            actions.deliver(account_id, letter_id=KEY, now=NOW)
    assert "ola" not in str(away.value)
    assert away.value.__cause__ is None

    actions.deliver(account_id, letter_id=KEY, now=NOW)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("name", ["login-code", "email-confirmation", "password-reset"])
def test_a_secret_is_forgotten_once_it_was_sent(account_id: int, name: str) -> None:
    send(account_id, name)
    actions.deliver(account_id, letter_id=KEY, now=NOW)

    assert Letter.objects.get().content is None


def test_a_letter_whose_job_was_lost_is_found_again(account_id: int) -> None:
    send(account_id)
    connection.cursor().execute("DELETE FROM procrastinate_jobs")
    (source,) = DUE_SOURCES
    due = NOW + timedelta(minutes=15)

    assert source.find(due - timedelta(seconds=1), 10) == []
    (row,) = source.find(due, 10)
    source.fire(row, due)
    source.fire(row, due)

    assert len(list(jobs())) == 1
    assert source.find(due, 10) == []
    assert source.find(due + timedelta(minutes=15), 10)[0].key == KEY


def test_after_a_week_without_a_mail_server_a_letter_is_given_up(account_id: int) -> None:
    send(account_id)
    actions.look_after(account_id, letter_id=KEY, now=NOW + timedelta(days=7))

    assert [row.state for row in queries.letters(account_id)] == ["given_up"]


def test_nobody_is_written_to_after_the_address_was_erased(account_id: int) -> None:
    send(account_id)
    Login.objects.update(email=None)

    actions.deliver(account_id, letter_id=KEY, now=NOW)

    assert mail.outbox == []
    assert [row.state for row in queries.letters(account_id)] == ["given_up"]


@pytest.mark.django_db
def test_a_mail_can_be_sent_on_the_spot_to_somebody_without_account() -> None:
    actions.send_mail_now(
        to="kari@example.no",
        letter="account-exists",
        context=CONTENTS["account-exists"],
        language="nb",
        account_id=None,
        now=NOW,
    )

    assert mail.outbox[0].subject == "Du har allerede en konto"


def test_a_new_key_is_told_to_its_owner_once(account_id: int) -> None:
    key = accounts.add_key(account_id, label="shop", now=NOW)

    for _ in range(2):
        JOBS[TELL_KEY_CREATED](account_id=account_id, key_id=str(key.id))

    (row,) = queries.letters(account_id)
    actions.deliver(account_id, letter_id=row.id, now=NOW)
    assert "ein Schlüssel mit dem Namen „shop“" in mail.outbox[0].body
    assert key.secret not in mail.outbox[0].body
