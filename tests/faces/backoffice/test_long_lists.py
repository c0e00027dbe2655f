"""Lists of the staff that are longer than a page: every row is reached, once, and in its order."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from uuid import UUID

import pytest
from django.test import Client

from nummer.apps.incidents.models import BalanceBlock, BlockProposal, BlockRelease
from nummer.apps.messaging.models import Message
from nummer.apps.orders.models import Order
from nummer.apps.payouts.models import Payout, PayoutState, Share, Way
from nummer.apps.refunds.models import Claim, ClaimState, Deadline, Proposal
from nummer.apps.vouchers.models import Batch
from nummer.faces.backoffice.requests import ROWS_PER_PAGE
from nummer.kernel.ids import new_id, new_ids
from tests import builders
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import StandingClock

COUNT = 2 * ROWS_PER_PAGE + 20
ID = "([0-9a-f]{8}-[0-9a-f-]{27})"
MINUTE = timedelta(minutes=1)


def walked(browser: Client, address: str, *, by: str, row: str) -> list[str]:
    """Return what stands on all pages, the next by the link that bears `by`."""
    found: list[str] = []
    query = ""
    for _ in range(5):
        text = browser.get(address + query).text
        here = re.findall(row, text)
        assert 0 < len(here) <= ROWS_PER_PAGE
        found += here
        more = re.search(rf'rel="next" href="(\?{by}=[^"#]+)', text)
        if more is None:
            return found
        query = unescape(more[1])
    raise AssertionError("the pages do not end")


def test_every_deadline_is_reached(shop: StandingClock) -> None:
    rows = [deadline(place) for place in range(COUNT)]
    Deadline.objects.bulk_create(rows[::-1])

    link = rf'href="/staff/claims/17/{ID}/"'
    found = walked(at_work("support"), "/staff/due/", by="after", row=link)

    assert found == [str(row.subject_id) for row in rows]


def deadline(place: int) -> Deadline:
    """Return what is owed; three at each moment."""
    return Deadline(
        account_id=17,
        id=new_id(),
        kind="decide",
        subject_id=new_id(),
        order_id=new_id(),
        opened_at=builders.NOW,
        warn_at=builders.NOW,
        due_at=builders.NOW + place // 3 * MINUTE,
        calendar_version="NO-1",
    )


def test_every_order_is_reached(shop: StandingClock) -> None:
    rows = [order(place) for place in range(COUNT)]
    Order.objects.bulk_create(rows)

    found = walked(at_work("operations"), "/staff/orders/", by="after", row=f"orders/17/{ID}/")

    assert found == [str(row.id) for row in rows[::-1]]


def order(place: int) -> Order:
    """Return an order of the past; three at each moment."""
    return Order(
        account_id=17,
        id=new_id(),
        key=new_id(),
        kind="code",
        service_code="tg",
        country="NO",
        price_id=new_id(),
        net_micro=1,
        tax_micro=0,
        total_micro=1,
        tax_rate_bp=0,
        currency="EUR",
        window_s=60,
        surface="page",
        consent_immediate_at=builders.NOW,
        consent_loss_at=builders.NOW,
        texts=[],
        documents=[],
        listing={},
        placed_at=builders.NOW + place // 3 * MINUTE,
    )


def test_every_message_is_reached(shop: StandingClock) -> None:
    rows = [message(place) for place in range(COUNT)]
    Message.objects.bulk_create(rows)

    found = walked(
        at_work("operations"), "/staff/messages/", by="after", row=r"<td[^>]*>(\+479\d{7})</td>"
    )

    assert found == [row.e164 for row in rows[::-1]]


def message(place: int) -> Message:
    """Return a message to nobody; three at each moment."""
    at = builders.NOW + place // 3 * MINUTE
    return Message(
        account_id=0,
        id=new_id(),
        e164=f"+479{place:07d}",
        carrier="telco",
        outcome="nobody",
        matched=[],
        received_at=at,
        stored_at=at,
        parts=1,
        content_index=b"",
        sender=b"x",
        text=b"x",
        raw=b"x",
    )


def test_every_claim_and_every_proposal_is_reached(shop: StandingClock) -> None:
    claims = [claim(place) for place in range(COUNT)]
    Claim.objects.bulk_create(claims[::-1])
    proposals = [proposal(place) for place in range(COUNT)]
    Proposal.objects.bulk_create(proposals[::-1])
    browser = at_work("finance")

    of_claim = rf'href="/staff/claims/17/{ID}/"'
    waiting = walked(browser, "/staff/due/", by="claims", row=of_claim)
    of_proposal = rf'href="/staff/claims/18/{ID}/"'
    proposed = walked(browser, "/staff/due/", by="proposals", row=of_proposal)

    assert waiting == [str(row.id) for row in claims]
    assert proposed == [str(row.claim_id) for row in proposals]


def claim(place: int) -> Claim:
    return Claim(
        account_id=17,
        id=new_id(),
        order_id=new_id(),
        case_id=new_id(),
        ask="cancel",
        wants="balance",
        channel="phone",
        proof="staff",
        actor="staff:1",
        received_at=builders.NOW - timedelta(days=1) + place // 3 * MINUTE,
        filed_at=builders.NOW,
        state=ClaimState.WAITING,
    )


def proposal(place: int) -> Proposal:
    return Proposal(
        account_id=18,
        id=new_id(),
        claim_id=new_id(),
        amount_micro=1_000_000,
        currency="EUR",
        clause="RP-D1",
        proposed_by="staff:1",
        proposed_at=builders.NOW + place // 3 * MINUTE,
    )


def test_a_claim_that_is_decided_meanwhile_takes_no_other_with_it(shop: StandingClock) -> None:
    claims = [claim(place) for place in range(ROWS_PER_PAGE + 3)]
    Claim.objects.bulk_create(claims)
    browser = at_work("finance")
    text = browser.get("/staff/due/").text
    more = re.search(r'rel="next" href="(\?claims=[^"#]+)', text)
    assert more is not None

    Claim.objects.filter(id=claims[ROWS_PER_PAGE - 1].id).update(
        state="decided", decision_id=new_id(), decided_at=shop.at
    )

    shown = re.findall(rf'href="/staff/claims/17/{ID}/"', browser.get("/staff/due/" + more[1]).text)
    assert shown == [str(row.id) for row in claims[ROWS_PER_PAGE:]]


def test_every_payout_is_reached_those_without_a_day_last(shop: StandingClock) -> None:
    rows = [payout(place) for place in range(COUNT)]
    Payout.objects.bulk_create(rows[::-1])
    browser = at_work("finance")

    found = walked(browser, "/staff/payouts/", by="after", row=rf'id="payout-{ID}"')

    assert found == [str(row.id) for row in rows]
    behind = rows[ROWS_PER_PAGE + 7]
    text = browser.get(f"/staff/payouts/?from={behind.account_id}.{behind.id}").text
    assert re.findall(rf'id="payout-{ID}"', text)[0] == str(behind.id)


def payout(place: int) -> Payout:
    """Return a request; four are to be answered on each day, and the last ones on none."""
    late = place >= COUNT - ROWS_PER_PAGE - 5
    return Payout(
        account_id=17 + place,
        id=new_id(),
        channel="page",
        actor="customer:1",
        currency="EUR",
        received_at=builders.NOW + place // 2 * MINUTE,
        state=PayoutState.MISSING if late else PayoutState.REVIEW,
        decide_by=None if late else date(2026, 12, 1) + timedelta(days=place // 4),
    )


def test_every_transfer_is_reached(shop: StandingClock) -> None:
    asked = payout(0)
    asked.state = PayoutState.PAYING
    asked.save(force_insert=True)
    shares = [share(asked, place) for place in range(COUNT)]
    Share.objects.bulk_create(shares[::-1])

    row = rf'action="/staff/payouts/{asked.account_id}/{ID}/sent/"'
    found = walked(at_work("finance"), "/staff/payouts/", by="transfers", row=row)

    assert found == [str(each.id) for each in shares]


def share(asked: Payout, place: int) -> Share:
    return Share(
        account_id=asked.account_id,
        id=new_id(),
        payout_id=asked.id,
        place=place,
        amount_micro=1_000_000,
        currency="EUR",
        way=Way.BANK,
        chosen_at=builders.NOW + place // 3 * MINUTE,
    )


def test_every_batch_of_vouchers_is_reached(shop: StandingClock) -> None:
    ids = sorted(new_ids(COUNT), reverse=True)
    Batch.objects.bulk_create(
        Batch(
            id=batch_id,
            amount_micro=1_000_000,
            currency="EUR",
            count=1,
            expires_at=builders.NOW + timedelta(days=30),
            actor="staff:1",
            created_at=builders.NOW,
        )
        for batch_id in ids
    )

    row = rf'action="/staff/vouchers/{ID}/"'
    found = walked(at_work("finance"), "/staff/vouchers/", by="before", row=row)

    assert found == [str(batch_id) for batch_id in ids]


def test_every_block_is_reached_released_ones_last(shop: StandingClock) -> None:
    ids = sorted(new_ids(COUNT), reverse=True)
    BlockProposal.objects.bulk_create(block(row_id) for row_id in ids)
    released = ids[: ROWS_PER_PAGE + 10]
    BalanceBlock.objects.bulk_create(
        BalanceBlock(
            account_id=17,
            id=row_id,
            reference=f"LE-{row_id}",
            proposed_by="staff:1",
            approved_by="staff:2",
            began_at=builders.NOW,
        )
        for row_id in released
    )
    BlockRelease.objects.bulk_create(
        BlockRelease(
            account_id=17, id=row_id, reason="Lifted", actor="staff:1", released_at=builders.NOW
        )
        for row_id in released
    )

    row = rf"LE-{ID}"
    found = walked(at_work("compliance"), "/staff/balance-blocks/", by="before", row=row)

    assert found == [str(row_id) for row_id in [*ids[len(released) :], *released]]


def block(row_id: UUID) -> BlockProposal:
    return BlockProposal(
        account_id=17,
        id=row_id,
        reference=f"LE-{row_id}",
        authority="Kripos",
        actor="staff:1",
        proposed_at=builders.NOW,
    )


@pytest.mark.parametrize("address", ["due/?claims=", "payouts/?after=", "payouts/?from="])
@pytest.mark.parametrize("seen", ["x", "17", "17.x", f"17.{UUID(int=1)}", "9" * 30, "\u0661.x"])
def test_what_is_no_row_leads_to_the_first_page(
    shop: StandingClock, address: str, seen: str
) -> None:
    row = claim(0)
    row.save(force_insert=True)
    asked = payout(0)
    asked.save(force_insert=True)

    answer = at_work("finance").get(f"/staff/{address}{seen}")

    assert answer.status_code == 200
    assert str(row.id if "due" in address else asked.id) in answer.text
