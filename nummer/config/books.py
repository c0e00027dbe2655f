"""The lists of payment providers and banks, in the form in which a day is reconciled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from nummer.apps.banking import queries as banking
from nummer.apps.banking.ports import PROVIDER
from nummer.apps.invoices.ports import ListedMovement
from nummer.apps.payments import queries as payments
from nummer.apps.payments.ports import (
    DisputeNotice,
    DisputeWord,
    PaymentNotice,
    PaymentProvider,
    ProviderNotice,
    RefundNotice,
    RefundWord,
)
from nummer.kernel.money import Money


class ProviderBook:
    """A provider's list of events: each payment, refund and lost dispute once."""

    def __init__(self, provider: PaymentProvider, *, own_clock: bool) -> None:
        self._provider = provider
        self.code = provider.code
        self.lists = provider.capabilities.lists_events
        self.own_clock = own_clock

    def movements(self, *, from_at: datetime, until_at: datetime) -> Iterator[ListedMovement]:
        """Return what it took and sent back; with a clock of its own, of all time."""
        told: set[str] = set()
        for event in self._provider.events_since(None if self.own_clock else from_at):
            moved = _moved(event.notice)
            outside = not self.own_clock and event.at >= until_at
            if moved is None or outside or moved[0] in told:
                continue
            if _told_otherwise(self.code, event.notice):
                continue
            told.add(moved[0])
            yield ListedMovement(event.at, *moved)


class BankBook:
    """The operator's bank: what its statements say of customers' money.

    A statement of a day comes on the next, so an entry counts when it was matched, or read.
    """

    code = PROVIDER
    lists = True
    own_clock = False

    def movements(self, *, from_at: datetime, until_at: datetime) -> Iterator[ListedMovement]:
        """Return what was matched, or waits since, between two moments."""
        for one in banking.movements(from_at=from_at, until_at=until_at):
            yield ListedMovement(one.at, one.reference, one.amount, in_suspense=one.in_suspense)


def _moved(notice: ProviderNotice | None) -> tuple[str, Money] | None:
    match notice:
        case PaymentNotice(paid=True):  # told of the page and of the payment: the latter counts
            return notice.payment or notice.reference, notice.amount
        case RefundNotice(word=RefundWord.PAID):
            return notice.reference, -notice.amount
        case DisputeNotice(word=DisputeWord.LOST | DisputeWord.REVERSED):
            return notice.reference, -notice.amount
    return None


def _told_otherwise(code: str, notice: ProviderNotice | None) -> bool:
    """Tell whether a loss went into our books under the provider's other name for it.

    A payment that is taken back after a dispute is told of twice, and lost once.
    """
    if not isinstance(notice, DisputeNotice):
        return False
    ours = payments.disputes_of_payment(code, payment=notice.payment)
    return bool(ours) and notice.reference not in ours
