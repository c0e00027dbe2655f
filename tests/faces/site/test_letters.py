"""The customer's page of letters: the record without words, and what no mail could bring."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core import mail

from nummer.apps.notify import actions
from nummer.apps.notify.returning import receive_report
from tests import builders
from tests.faces.conftest import Enter, StandingClock
from tests.protocols.mail.test_returns import dsn

REFUND = {
    "refunds": [
        {
            "service": "<b>Telegram</b>",
            "country": "NO",
            "clause": "RP-B4",
            "amount": "1.25",
            "currency": "EUR",
            "decided_at": "2026-11-22T12:21:00+00:00",
        }
    ]
}


def write_to(account_id: int) -> str:
    key = uuid4()
    actions.send_letter(
        account_id, letter="order-refunded", context=REFUND, now=builders.NOW, key=key
    )
    actions.deliver(account_id, letter_id=key, now=builders.NOW)
    return str(key)


def bounce() -> None:
    path = str(getattr(mail.outbox[-1], "envelope_sender"))  # noqa: B009 -- set by us, unknown to Django
    receive_report(dsn(), recipients=[path], null_sender=True, now=builders.NOW)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "it does not seem to exist"),
        ("nb", "Den ser ikke ut til å finnes"),
        ("de", "Es scheint sie nicht zu geben"),
    ],
)
def test_a_customer_sees_what_became_of_his_letters(
    enter: Enter, language: str, words: str
) -> None:
    account_id = builders.customer(locale=language)
    write_to(account_id)
    bounce()
    kept = write_to(account_id)
    browser = enter(account_id, language=language)

    page = browser.get("/letters/").content.decode()
    letter = browser.get(f"/letters/{kept}/").content.decode()

    assert words in page
    assert "5.1.1" in page
    assert "Telegram" not in page
    assert "&lt;b&gt;Telegram&lt;/b&gt;" in letter
    assert "/letters/" in browser.get("/account/").content.decode()


def test_nobody_reads_the_letters_of_another(enter: Enter) -> None:
    kept = write_to(builders.customer())
    stranger = enter(builders.customer())

    assert stranger.get(f"/letters/{kept}/").status_code == 404
    assert kept not in stranger.get("/letters/").content.decode()


def test_an_address_is_confirmed_anew_in_two_steps(enter: Enter) -> None:
    account_id = builders.customer()
    write_to(account_id)
    bounce()
    browser = enter(account_id)

    assert browser.post("/letters/confirm/").status_code == 302
    link = next(line for line in mail.outbox[-1].body.splitlines() if "/letters/confirm/" in line)
    path = "/" + link.partition("//")[2].partition("/")[2]
    assert browser.get(path).status_code == 200
    assert "comes back" in browser.get("/account/").content.decode()
    assert browser.post(path).status_code == 302
    assert "comes back" not in browser.get("/account/").content.decode()
    assert enter(builders.customer()).post(path).status_code == 409


def test_the_record_is_read_page_by_page_with_as_many_questions(
    enter: Enter, shop: StandingClock, django_assert_max_num_queries: object
) -> None:
    del shop
    account_id = builders.customer()
    for _ in range(30):
        write_to(account_id)
    browser = enter(account_id)

    with django_assert_max_num_queries(25):  # type: ignore[operator]
        page = browser.get("/letters/").content.decode()
    assert page.count('<li class="py-3">') == 25
    older = page.partition("?before=")[2].partition('"')[0]
    rest = browser.get(f"/letters/?before={older}").content.decode()
    assert rest.count('<li class="py-3">') == 5
