"""A day of money from every side: what agrees is silent, what does not has a name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest

from nummer.apps.invoices import ports
from nummer.apps.invoices.ports import ListedMovement
from nummer.apps.invoices.queries import Difference, Gap, ListState, Side, reconcile
from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.payments.models import Notice, Refund, TopUp
from nummer.kernel.errors import Unavailable
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests import builders

pytestmark = pytest.mark.usefixtures("texts")

DAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NEARLY_MIDNIGHT = datetime(2026, 11, 23, 22, 59, 59, tzinfo=UTC)  # in Oslo
TWENTY = Money.parse("20.00", "EUR")


@dataclass
class Listing:
    """The other side's record, as a test writes it."""

    code: str = "bank-of-cards"
    lists: bool = True
    own_clock: bool = False
    moved: list[ListedMovement] = field(default_factory=list)
    away: bool = False

    def movements(self, *, from_at: datetime, until_at: datetime) -> Iterator[ListedMovement]:
        if self.away:
            raise Unavailable(self.code)
        return iter([one for one in self.moved if from_at <= one.at < until_at])


@pytest.fixture
def listing(monkeypatch: pytest.MonkeyPatch) -> Listing:
    found = Listing()
    monkeypatch.setattr(ports, "_providers", [found])
    monkeypatch.setattr(ports, "_banks", [])
    return found


@pytest.fixture
def who(listing: Listing) -> int:
    return builders.customer()


def pay(who: int, listing: Listing, *, amount: Money = TWENTY, at: datetime = NOON) -> TopUp:
    """Note and book a top-up that the provider lists, too."""
    top_up = TopUp.objects.create(
        account_id=who,
        id=new_id(),
        amount_micro=amount.micro,
        currency=amount.currency,
        provider=listing.code,
        method="card",
        refundable=True,
        provider_reference=f"cs_{new_id().hex}",
        state="paid",
        started_at=at,
        closed_at=at,
    )
    book(top_up, amount)
    listing.moved.append(ListedMovement(at, top_up.provider_reference, amount))
    return top_up


def book(top_up: TopUp, amount: Money) -> None:
    ledger.post(
        top_up.account_id,
        id=top_up.id,
        kind=TransferKind.TOPUP,
        legs=[Leg(Book.PROVIDER_CLEARING, amount)],
        reference=top_up.id,
        now=top_up.closed_at or NOON,
    )


def gaps() -> list[tuple[Gap, str]]:
    return [(one.gap, one.reference) for one in reconcile(DAY).differences]


def test_a_day_on_which_all_agree(who: int, listing: Listing) -> None:
    pay(who, listing)
    pay(who, listing, amount=Money.parse("5.00", "EUR"))

    found = reconcile(DAY)

    assert found.agreed
    assert [(one.side, one.source, one.payments, str(one.total)) for one in found.sums] == [
        (Side.PROVIDER, listing.code, 2, "25.00 EUR"),
        (Side.NOTED, listing.code, 2, "25.00 EUR"),
        (Side.LEDGER, listing.code, 2, "25.00 EUR"),
    ]
    assert found.sources == {listing.code: ListState.LISTED, "bank": ListState.NOT_CONNECTED}


def test_a_day_without_anything_agrees(listing: Listing) -> None:
    found = reconcile(DAY)

    assert (found.agreed, found.sums) == (True, [])


def test_a_payment_that_we_never_heard_of_has_a_name(who: int, listing: Listing) -> None:
    listing.moved.append(ListedMovement(NOON, "cs_lost", TWENTY))

    assert reconcile(DAY).differences == [
        Difference(Gap.NOT_NOTED, listing.code, "cs_lost", None, TWENTY, None)
    ]


def test_a_payment_that_the_provider_does_not_list_has_a_name(who: int, listing: Listing) -> None:
    top_up = pay(who, listing)
    listing.moved.clear()

    assert reconcile(DAY).differences == [
        Difference(Gap.NOT_LISTED, listing.code, top_up.provider_reference, who, None, TWENTY)
    ]


def test_another_sum_has_a_name(who: int, listing: Listing) -> None:
    top_up = pay(who, listing)
    less = Money.parse("19.99", "EUR")
    listing.moved[0] = ListedMovement(NOON, top_up.provider_reference, less)

    assert reconcile(DAY).differences == [
        Difference(Gap.OTHER_SUM, listing.code, top_up.provider_reference, who, less, TWENTY)
    ]


def test_a_payment_around_midnight_is_told_on_both_days(who: int, listing: Listing) -> None:
    top_up = pay(who, listing, at=NEARLY_MIDNIGHT + timedelta(seconds=3))
    listing.moved[0] = ListedMovement(NEARLY_MIDNIGHT, top_up.provider_reference, TWENTY)

    assert gaps() == [(Gap.OTHER_DAY, top_up.provider_reference)]
    next_day = reconcile(DAY + timedelta(days=1))
    assert [one.gap for one in next_day.differences] == [Gap.OTHER_DAY]
    assert [one.side for one in next_day.sums] == [Side.NOTED, Side.LEDGER]


def test_a_provider_with_a_clock_of_its_own_is_matched_by_reference(
    who: int, listing: Listing
) -> None:
    listing.own_clock = True
    top_up = pay(who, listing)
    listing.moved[0] = ListedMovement(NOON - timedelta(days=1), top_up.provider_reference, TWENTY)

    assert gaps() == []


def test_a_top_up_that_was_not_booked_has_a_name(who: int, listing: Listing) -> None:
    top_up = pay(who, listing)
    TopUp.objects.filter(id=top_up.id).update(id=new_id())

    found = {one.gap for one in reconcile(DAY).differences}

    assert found == {Gap.NOT_BOOKED, Gap.NOTHING_NOTED}


def test_money_sent_back_is_matched(who: int, listing: Listing) -> None:
    top_up = pay(who, listing)
    refund = Refund.objects.create(
        account_id=who,
        id=new_id(),
        top_up_id=top_up.id,
        amount_micro=5_000_000,
        currency="EUR",
        provider=listing.code,
        provider_reference="re_1",
        state="paid",
        wanted_at=NOON,
        closed_at=NOON,
    )
    back = Money.parse("5.00", "EUR")
    ledger.post(
        who,
        id=refund.id,
        kind=TransferKind.PAYOUT,
        legs=[Leg(Book.PROVIDER_CLEARING, -back)],
        reference=top_up.id,
        now=NOON,
    )
    assert gaps() == [(Gap.NOT_LISTED, "re_1")]
    listing.moved.append(ListedMovement(NOON, "re_1", -back))

    found = reconcile(DAY)

    assert found.agreed
    assert {str(one.total) for one in found.sums} == {"15.00 EUR"}


def test_a_callback_that_fitted_nothing_has_a_name(listing: Listing) -> None:
    Notice.objects.create(
        id=new_id(),
        provider=listing.code,
        event_id="evt_1",
        reference="cs_x",
        paid=True,
        amount_micro=TWENTY.micro,
        currency="EUR",
        outcome="unknown_reference",
        received_at=NOON,
    )

    assert gaps() == [(Gap.NOT_TAKEN, "cs_x")]


def test_a_provider_that_is_away_is_said(who: int, listing: Listing) -> None:
    pay(who, listing)
    listing.away = True

    found = reconcile(DAY)

    assert not found.agreed
    assert found.sources[listing.code] is ListState.AWAY
    assert found.differences == []


def test_a_bank_that_is_connected_is_shown(
    who: int, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay(who, listing)
    account = Listing(code="bank-account", moved=[ListedMovement(NOON, "camt-1", TWENTY)])
    monkeypatch.setattr(ports, "_banks", [account])

    found = reconcile(DAY)

    assert found.sources["bank-account"] is ListState.LISTED
    assert [str(one.total) for one in found.sums if one.side is Side.BANK] == ["20.00 EUR"]
