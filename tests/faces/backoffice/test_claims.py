"""The staff's pages of claims: what is owed, a call written down, and the word of two persons."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from nummer.apps.audit.models import Line
from nummer.apps.ledger import queries as wallets
from nummer.apps.orders.actions import Placed
from nummer.apps.refunds import queries
from nummer.apps.refunds.models import Claim, Decision
from nummer.apps.refunds.queries import ClaimRow
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests import builders
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import StandingClock

CALL = "/staff/claims/call/"
DUE = "/staff/due/"


def called(account_id: int, placed: Placed, **changes: str) -> dict[str, str]:
    """Return the form of a call, as the page sends it."""
    return {
        "account": str(account_id),
        "order": str(placed.activation_id),
        "ask": "cancel",
        "reason": "",
        "called_at": "",
        "text": "He gave his e-mail address.",
        "key": str(new_id()),
    } | changes


def objection(browser: Client) -> ClaimRow:
    """Let a caller object to what was decided, which no rule answers."""
    account_id = builders.customer()
    form = called(account_id, builders.order(account_id), ask="balance_claim", reason="review")
    browser.post(CALL, {**form, "file": "yes"})
    (filed,) = queries.claims_to_decide()
    return filed


def page_of(filed: ClaimRow) -> str:
    return f"/staff/claims/{filed.account_id}/{filed.id}/"


def release_of(browser: Client, filed: ClaimRow) -> str:
    """Return where the page of a claim sends a release or a return to."""
    found = re.search(r'action="([^"]+/release/)"', browser.get(page_of(filed)).text)
    assert found is not None
    return found[1]


@pytest.mark.clause("PP-6.1b")
def test_call_is_first_previewed_and_then_filed_once(shop: StandingClock) -> None:
    account_id = builders.customer()
    before = wallets.balance(account_id).total
    placed = builders.order(account_id)
    browser, form = at_work("support"), called(account_id, placed)

    page = browser.post(CALL, form).text
    assert 'id="preview"' in page
    assert "LAW-14" in page
    assert "2026-11-24" in page
    assert not Claim.objects.exists()

    for _ in range(2):
        answer = browser.post(CALL, {**form, "file": "yes"}, follow=True)
    assert "LAW-14" in answer.text
    assert Claim.objects.get().channel == "phone"
    assert wallets.balance(account_id).total == before
    assert Line.objects.filter(verb="preview_claim", row=str(placed.order_id)).exists()


@pytest.mark.clause("RP-N2")
def test_moment_of_the_call_counts_and_not_that_of_its_writing_down(shop: StandingClock) -> None:
    account_id = builders.customer()
    placed = builders.order(account_id)
    builders.deliver(placed.number, "Telegram code: 48213", at=builders.NOW + timedelta(minutes=5))
    shop.at = builders.NOW + timedelta(minutes=30)
    browser = at_work("support")

    late = browser.post(CALL, called(account_id, placed)).text
    early = browser.post(CALL, called(account_id, placed, called_at="2026-11-22T12:03")).text

    assert "RP-N2" in late
    assert "RP-N2" not in early
    assert "LAW-14" in early


@pytest.mark.parametrize(
    "changes",
    [
        {"order": "999999999"},
        {"account": "999999999"},
        {"text": ""},
        {"ask": "everything"},
        {"called_at": "yesterday"},
        {"called_at": "2026-11-20T12:00"},
    ],
)
def test_call_that_names_nothing_real_is_refused_and_changes_nothing(
    shop: StandingClock, changes: dict[str, str]
) -> None:
    account_id = builders.customer()
    form = called(account_id, builders.order(account_id), **changes)
    assert at_work("support").post(CALL, {**form, "file": "yes"}).status_code == 400
    assert not Claim.objects.exists()


def test_what_is_owed_is_listed_with_its_day_and_marked_when_late(shop: StandingClock) -> None:
    browser = at_work("finance")
    assert "Nothing is owed." in browser.get(DUE).text
    filed = objection(at_work("support"))

    page = browser.get(DUE).text
    assert page.count(page_of(filed)) == 2, "among what is owed, and among what is undecided"
    assert "badge-error" not in page

    shop.at = builders.NOW + timedelta(days=3)
    assert "badge-error" in at_work("finance").get(DUE).text
    assert Line.objects.filter(verb="list_deadlines").count() == 3


@pytest.mark.clause("RULE-REVIEW")
def test_one_person_proposes_and_only_another_releases(shop: StandingClock) -> None:
    first, second = at_work("finance"), at_work("compliance")
    filed = objection(first)
    before = wallets.balance(filed.account_id).total
    form = {"amount": "0.10", "clause": "RULE-REVIEW"}

    page = first.post(f"{page_of(filed)}propose/", form, follow=True).text
    assert "Another person has to release it." in page
    assert page_of(filed) in second.get(DUE).text
    address = release_of(second, filed)

    refused = first.post(address, follow=True).text
    assert "you proposed it yourself" in refused
    assert wallets.balance(filed.account_id).total == before
    assert not Decision.objects.exists()

    for _ in range(2):
        second.post(address)
    page = second.get(page_of(filed)).text
    assert 'id="claim-state">decided<' in page
    assert "RULE-REVIEW" in page
    assert wallets.balance(filed.account_id).total == before + Money.parse("0.10", "EUR")
    verbs = Line.objects.filter(place="refunds_proposal").values_list("verb", flat=True)
    assert sorted(verbs) == ["propose_refund", "release_refund"]
    assert "Nothing is owed." in second.get(DUE).text


def test_proposal_that_is_sent_back_leaves_room_for_another(shop: StandingClock) -> None:
    first, second = at_work("finance"), at_work("compliance")
    filed = objection(first)
    form = {"amount": "0.10", "clause": "RULE-REVIEW"}
    first.post(f"{page_of(filed)}propose/", form)

    second.post(release_of(second, filed), {"back": "yes"})

    assert not Decision.objects.exists()
    assert first.post(f"{page_of(filed)}propose/", form).status_code == 302
    assert len(queries.proposals()) == 1


@pytest.mark.parametrize(
    "form",
    [
        {"amount": "1000", "clause": "RULE-REVIEW"},
        {"amount": "-1", "clause": "RULE-REVIEW"},
        {"amount": "x", "clause": "RULE-REVIEW"},
        {"amount": "0.10", "clause": "RP-Z9"},
        {"amount": "0.10", "clause": ""},
    ],
)
def test_proposal_above_the_price_or_by_no_clause_is_refused(
    shop: StandingClock, form: dict[str, str]
) -> None:
    browser = at_work("support")
    filed = objection(browser)
    assert browser.post(f"{page_of(filed)}propose/", form).status_code == 400
    assert queries.proposals() == []


def test_support_proposes_and_releases_nothing(shop: StandingClock) -> None:
    support, other = at_work("support"), at_work("support")
    filed = objection(support)
    support.post(f"{page_of(filed)}propose/", {"amount": "0", "clause": "RULE-REVIEW"})
    address = release_of(at_work("finance"), filed)
    assert other.post(address).status_code == 403
    assert not Decision.objects.exists()


@pytest.mark.parametrize("role", ["identity", "operations"])
def test_others_of_the_staff_see_no_claims(shop: StandingClock, role: str) -> None:
    filed = objection(at_work("support"))
    browser = at_work(role)
    for address in (DUE, CALL, page_of(filed)):
        assert browser.get(address).status_code == 403


def test_claim_of_another_account_is_not_found(shop: StandingClock) -> None:
    filed = objection(at_work("support"))
    address = f"/staff/claims/{filed.account_id + 1}/{filed.id}/"
    assert at_work("support").get(address).status_code == 404
