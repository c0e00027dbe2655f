"""The month of finance: guarantees and how they ended, what went back, what to do (U20)."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from nummer.apps.invoices import ports
from nummer.apps.invoices.ports import ListedMovement
from nummer.apps.invoices.queries import Side, reconcile_sent
from nummer.apps.payments.models import Dispute, Refund, TopUp
from nummer.apps.payouts.models import Payout, Share
from nummer.apps.refunds.models import Deadline
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests import builders
from tests.apps.invoices.test_days import Listing
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import LANGUAGES, StandingClock

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LAST_MIDNIGHT = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)  # the end of November in Oslo
SIX = Money.parse("6.00", "EUR")


@pytest.fixture
def who(shop: StandingClock, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(ports, "_providers", [])
    monkeypatch.setattr(ports, "_banks", [])
    shop.at = NOON
    return builders.customer()


@pytest.fixture
def listing(who: int, monkeypatch: pytest.MonkeyPatch) -> Listing:
    found = Listing()
    monkeypatch.setattr(ports, "_providers", [found])
    return found


def owe(
    who: int, due_at: datetime, *, closed_at: datetime | None = None, void: bool = False
) -> UUID:
    """Write down that something was owed until the end of a day."""
    state = "void" if void else "met" if closed_at else "open"
    row = Deadline.objects.create(
        account_id=who,
        id=new_id(),
        kind="credit",
        subject_id=new_id(),
        order_id=new_id(),
        opened_at=due_at - timedelta(days=5),
        warn_at=due_at - timedelta(days=1),
        due_at=due_at,
        calendar_version="test",
        state=state,
        closed_at=closed_at,
    )
    return row.id


def send_back(who: int, *, state: str = "paid", closed_at: datetime | None = NOON) -> Refund:
    top_up = TopUp.objects.create(
        account_id=who,
        id=new_id(),
        amount_micro=SIX.micro,
        currency="EUR",
        provider="bank-of-cards",
        method="card",
        refundable=True,
        provider_reference=f"cs_{new_id().hex}",
        state="paid",
        started_at=NOON - timedelta(days=60),
        closed_at=NOON - timedelta(days=60),
    )
    return Refund.objects.create(
        account_id=who,
        id=new_id(),
        top_up_id=top_up.id,
        amount_micro=SIX.micro,
        currency="EUR",
        clause="RP-B4",
        provider="bank-of-cards",
        provider_reference=f"re_{new_id().hex}",
        state=state,
        wanted_at=NOON - timedelta(days=1),
        closed_at=closed_at,
    )


def share_of(refund: Refund, *, way: str, closed_at: datetime | None = None) -> None:
    payout = Payout.objects.create(
        account_id=refund.account_id,
        id=new_id(),
        currency="EUR",
        channel="page",
        actor="customer",
        received_at=NOON,
        state="paying",
        granted_micro=SIX.micro,
    )
    Share.objects.create(
        account_id=refund.account_id,
        id=new_id(),
        payout_id=payout.id,
        place=0,
        top_up_id=refund.top_up_id,
        amount_micro=SIX.micro,
        currency="EUR",
        way=way,
        refund_id=refund.id,
        closed_at=closed_at,
    )


def body(browser: Client, query: str = "") -> str:
    answer = browser.get(f"/staff/month/?month=2026-11{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def cells(page: str, row: str) -> list[str]:
    """Return the numbers of a row of the page."""
    inside = page.split(f'id="{row}"', 1)[1].split("</tr>", 1)[0]
    return [cell.split("<", 1)[0].split(">")[-1] for cell in inside.split("<td")[2:]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_finance_reads_a_month_in_her_language(who: int, language: str) -> None:
    answer = at_work("finance").get("/staff/month/", headers={"accept-language": language})

    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.content.decode()


@pytest.mark.parametrize("role", ["operations", "identity", "support", "compliance"])
@pytest.mark.parametrize(
    "path", ["month/", "month/2026-11/guarantees.csv", "month/2026-11/refunds.csv"]
)
def test_others_read_no_month(who: int, role: str, path: str) -> None:
    assert at_work(role).get(f"/staff/{path}").status_code == 403


def test_each_guarantee_is_counted_once_by_how_it_ended(who: int) -> None:
    owe(who, NOON - timedelta(days=3), closed_at=NOON - timedelta(days=4))
    owe(who, NOON - timedelta(days=3), closed_at=NOON - timedelta(days=3))  # midnight is too late
    owe(who, NOON - timedelta(hours=1))
    owe(who, NOON + timedelta(days=2))
    owe(who, NOON - timedelta(days=2), closed_at=NOON - timedelta(days=3), void=True)

    page = body(at_work("finance"))

    assert cells(page, "kind-credit") == ["5", "1", "1", "1", "1", "1"]
    assert "1 guarantee is overdue." in page


def test_the_last_day_of_a_month_belongs_to_it(who: int) -> None:
    owe(who, LAST_MIDNIGHT)
    owe(who, LAST_MIDNIGHT + timedelta(seconds=1))

    page = body(at_work("finance"))

    assert cells(page, "kind-credit")[0] == "1"
    assert "No guarantee of this month is overdue." in page


def test_the_file_of_guarantees_has_every_row_with_its_end(who: int) -> None:
    late = owe(who, NOON - timedelta(days=3), closed_at=NOON)
    owe(who, NOON + timedelta(days=2))

    answer = at_work("finance").get("/staff/month/2026-11/guarantees.csv")

    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["state"] for row in rows] == ["late", "ahead"]
    assert Deadline.objects.get(account_id=who, id=late).order_id == UUID(rows[0]["order"])


def test_the_file_of_refunds_has_what_ended_within_the_month(who: int) -> None:
    paid = send_back(who)
    send_back(who, closed_at=NOON - timedelta(days=30))
    send_back(who, state="pending", closed_at=None)

    answer = at_work("finance").get("/staff/month/2026-11/refunds.csv")

    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["refund"], row["amount"], row["state"]) == (str(paid.id), "6.00", "paid")


def test_what_went_back_is_the_same_as_the_providers_list(who: int, listing: Listing) -> None:
    paid = send_back(who)
    listing.moved.append(ListedMovement(NOON, paid.provider_reference, -SIX))
    listing.moved.append(ListedMovement(NOON, "a payment in", SIX))  # not what left

    page = body(at_work("finance"), "&lists=1")

    assert "What left is the same on all sides that could be asked." in page
    found = reconcile_sent(from_at=NOON - timedelta(days=1), until_at=NOON + timedelta(days=1))
    assert [(one.side, one.payments, str(one.total)) for one in found.sums] == [
        (Side.PROVIDER, 1, "-6.00 EUR"),
        (Side.NOTED, 1, "-6.00 EUR"),
    ]


def test_what_only_one_side_has_is_named(who: int, listing: Listing) -> None:
    ours = send_back(who)
    listing.moved.append(ListedMovement(NOON, "re_theirs", -SIX))

    page = body(at_work("finance"), "&lists=1")

    assert "re_theirs" in page
    assert ours.provider_reference in page
    assert "The sides differ" in page


def test_a_provider_that_is_away_is_no_agreement(who: int, listing: Listing) -> None:
    listing.away = True

    page = body(at_work("finance"), "&lists=1")

    assert "The sides differ, or one of them could not be compared." in page
    assert "does not answer" in page


def test_a_list_that_is_too_long_is_said_to_be(
    who: int, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nummer.apps.invoices.queries.days.MOVEMENTS_MAX", 1)
    listing.moved += [ListedMovement(NOON, f"re_{n}", -SIX) for n in range(2)]

    page = body(at_work("finance"), "&lists=1")

    assert "its list is too long to compare at once" in page
    assert "re_0" not in page


def test_the_lists_are_asked_for_only_when_somebody_wants_them(who: int, listing: Listing) -> None:
    listing.moved.append(ListedMovement(NOON, "re_theirs", -SIX))

    assert "re_theirs" not in body(at_work("finance"))


@pytest.mark.parametrize(
    ("way", "closed", "said"),
    [
        ("choose", False, "The customer was asked for another way"),
        ("bank", False, "make it at the bank"),
        ("bank", True, "Sent by a transfer from the bank instead."),
        ("balance", True, "Stays on the balance"),
        ("", False, "Stays on the balance"),
    ],
)
def test_each_failed_refund_says_what_to_do(who: int, way: str, *, closed: bool, said: str) -> None:
    failed = send_back(who, state="failed")
    if way:
        share_of(failed, way=way, closed_at=NOON if closed else None)

    assert said in body(at_work("finance"))


def test_disputes_say_until_when_to_answer(who: int) -> None:
    Dispute.objects.create(
        account_id=who,
        id=new_id(),
        top_up_id=new_id(),
        provider="bank-of-cards",
        provider_reference="dp_1",
        amount_micro=SIX.micro,
        currency="EUR",
        state="open",
        opened_at=NOON,
        answer_by=NOON + timedelta(days=7),
    )

    page = body(at_work("finance"))

    assert "Only payouts of this payment wait." in page
    assert "Answer the bank by" in page


def test_lists_page_without_missing_or_doubling(who: int) -> None:
    wanted = {str(owe(who, NOON - timedelta(hours=n + 1))) for n in range(60)}
    orders = set(map(str, Deadline.objects.values_list("order_id", flat=True)))
    browser = at_work("finance")

    first = body(browser)
    after = first.split("&amp;after=", 1)[1].split("#", 1)[0]
    second = body(browser, f"&after={after}")

    found = [order for order in orders for page in (first, second) if order in page]
    assert len(wanted) == len(found) == len(set(found)) == 60


def test_more_rows_ask_no_more_queries(who: int) -> None:
    browser = at_work("finance")
    counts = []
    for _round in range(2):
        for _row in range(5):
            share_of(send_back(who, state="failed"), way="choose")
            owe(who, NOON - timedelta(hours=1))
        with CaptureQueriesContext(connection) as asked:
            body(browser)
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("month", ["2026-13", "x", "0000-01", "9999-12"])
def test_a_month_that_there_is_not_is_none(who: int, month: str) -> None:
    browser = at_work("finance")

    assert browser.get(f"/staff/month/?month={month}").status_code == 200
    assert browser.get(f"/staff/month/{month}/guarantees.csv").status_code == 404
