"""Refunds, disputes and the speed of payers, as finance and support see them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from nummer.apps.audit.models import Line
from nummer.apps.payments import overview
from nummer.apps.payments.models import Dispute, Payer, Refund, TopUp
from nummer.apps.payouts.models import Channel, Payout, Share
from nummer.kernel.ids import new_id
from tests import builders
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import LANGUAGES, StandingClock

TITLES = {
    "en": "Refunds under way",
    "nb": "Refusjoner underveis",
    "de": "Erstattungen unterwegs",
}


def paid(account_id: int, **changes: object) -> UUID:
    row = TopUp(
        account_id=account_id,
        id=new_id(),
        provider="sandbox",
        method="sandbox-card",
        refundable=True,
        payment_reference=f"pi_{new_id().hex}",
        started_at=builders.NOW,
        **(
            {"amount_micro": 20_000_000, "currency": "EUR", "state": "paid"}
            | {"closed_at": builders.NOW}
            | changes
        ),
    )
    row.save(force_insert=True)
    return row.id


def refund(account_id: int, state: str = "wanted", *, minutes: int = 0) -> UUID:
    at = builders.NOW + timedelta(minutes=minutes)
    ended = state in ("paid", "failed")
    row = Refund(
        account_id=account_id,
        id=new_id(),
        top_up_id=paid(account_id),
        amount_micro=5_000_000,
        currency="EUR",
        clause="LAW-14",
        provider="sandbox",
        provider_reference="re_1",
        state=state,
        wanted_at=at,
        due_at=None if ended else at,
        closed_at=at if ended else None,
    )
    row.save(force_insert=True)
    return row.id


def dispute(account_id: int, state: str = "open") -> UUID:
    row = Dispute(
        account_id=account_id,
        id=new_id(),
        top_up_id=paid(account_id),
        provider="sandbox",
        provider_reference=f"dp_{state}",
        amount_micro=20_000_000,
        uncovered_micro=20_000_000 if state == "lost" else 0,
        currency="EUR",
        state=state,
        opened_at=builders.NOW,
        closed_at=None if state == "open" else builders.NOW,
    )
    row.save(force_insert=True)
    return row.id


def owed(account_id: int, refund_id: UUID, *, days: int) -> None:
    """Let a refund be a share of a payout that is due in so many days."""
    payout = Payout(
        account_id=account_id,
        id=new_id(),
        currency="EUR",
        channel=Channel.PAGE,
        actor="customer:1",
        received_at=builders.NOW,
        state="paying",
        granted_micro=5_000_000,
        settle_by=(builders.NOW + timedelta(days=days)).date(),
    )
    payout.save(force_insert=True)
    Share(
        account_id=account_id,
        id=new_id(),
        payout_id=payout.id,
        place=0,
        amount_micro=5_000_000,
        currency="EUR",
        way="method",
        refund_id=refund_id,
    ).save(force_insert=True)


def body(browser: Client, path: str) -> str:
    answer = browser.get(f"/staff/payments/{path}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_begins_with_what_is_under_way(shop: StandingClock, language: str) -> None:
    account_id = builders.customer()
    going, gone = refund(account_id), refund(account_id, "paid")
    answer = at_work("support").get("/staff/payments/", headers={"accept-language": language})
    page = answer.content.decode()
    assert f">{TITLES[language]}</h1>" in page
    assert f"movement-{going}" in page
    assert f"movement-{gone}" not in page


@pytest.mark.parametrize(
    ("which", "shown"),
    [
        ("refunds-open", {"wanted", "pending"}),
        ("refunds-failed", {"failed"}),
        ("refunds", {"wanted", "pending", "paid", "failed"}),
        ("disputes-open", {"open"}),
        ("disputes", {"open", "won", "lost"}),
        ("nonsense", {"wanted", "pending"}),
    ],
)
def test_each_list_shows_its_states_and_nothing_else(
    shop: StandingClock, which: str, shown: set[str]
) -> None:
    account_id = builders.customer()
    rows = {state: refund(account_id, state) for state in overview.REFUND_STATES}
    rows |= {state: dispute(account_id, state) for state in overview.DISPUTE_STATES}
    page = body(at_work("finance"), f"?list={which}")
    assert {state for state, row in rows.items() if f"movement-{row}" in page} == shown


def test_what_is_due_and_late_is_said(shop: StandingClock) -> None:
    account_id = builders.customer()
    owed(account_id, refund(account_id), days=-1)
    page = body(at_work("finance"), "")
    assert (builders.NOW - timedelta(days=1)).date().isoformat() in page
    assert page.count("badge-error") == 1

    Payout.objects.update(settle_by=(builders.NOW + timedelta(days=3)).date())
    assert "badge-error" not in body(at_work("finance"), "")


def test_a_long_list_has_pages(shop: StandingClock) -> None:
    account_id = builders.customer()
    rows = [refund(account_id, minutes=minute) for minute in range(52)]
    browser = at_work("finance")
    first = body(browser, "")
    assert f"before={rows[2]}" in first
    second = body(browser, f"?list=refunds-open&before={rows[2]}")
    assert [row for row in rows if f"movement-{row}" in second] == rows[:2]


def test_only_finance_trusts_an_account_and_it_is_recorded(shop: StandingClock) -> None:
    account_id = builders.customer()
    paid(account_id, state="started", closed_at=None)
    address = f"/staff/payments/{account_id}/trust/"
    assert at_work("support").post(address).status_code == 403
    assert not Payer.objects.filter(trusted_at__isnull=False).exists()

    browser = at_work("finance")
    before = body(browser, f"{account_id}/")
    assert f'action="{address}"' in before
    assert "1 / 20" in before
    assert browser.post(address)["Location"] == f"/staff/payments/{account_id}/"
    browser.post(address)
    assert Payer.objects.get(account_id=account_id).trusted_at == shop.at
    assert f'action="{address}"' not in body(browser, f"{account_id}/")
    assert Line.objects.filter(verb="trust").count() == 1


def test_an_account_is_found_by_its_number(shop: StandingClock) -> None:
    account_id = builders.customer()
    dispute(account_id, "lost")
    browser = at_work("support")
    found = browser.get(f"/staff/payments/find/?account={account_id}")
    assert found["Location"] == f"/staff/payments/{account_id}/"
    assert "dp_lost" in body(browser, f"{account_id}/")
    assert browser.get("/staff/payments/find/?account=x")["Location"] == "/staff/payments/"
    assert browser.get(f"/staff/payments/{account_id + 999}/").status_code == 404
