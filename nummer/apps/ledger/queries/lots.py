"""Which payment in paid for what: derived from the journal when somebody asks, never stored.

Promo money is spent first, then lots, oldest first. What comes back for a reference goes to the
shares that paid it, filled from the front, and those lots stand at the front again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from nummer.apps.ledger.models import TransferKind
from nummer.kernel.money import Money

PAYING_IN: Final = frozenset(
    {
        TransferKind.TOPUP,
        TransferKind.OPENING,
        TransferKind.PROMO_GRANT,
        TransferKind.GOODWILL,
    }
)
# A payout that names a lot is that payment going back by the way it came.
TAKING_BACK: Final = PAYING_IN | {TransferKind.PAYOUT}


@dataclass(frozen=True, slots=True)
class Lot:
    """One payment in: `reference` is what it was posted for (a top-up, an import)."""

    reference: UUID
    kind: TransferKind
    at: datetime
    amount: Money
    left: Money


@dataclass(frozen=True, slots=True)
class Share:
    """A part of what a reference cost, in the order spent: promo money, then lots.

    `source` is the reference of the lot, None for promo money; `returned` is already back.
    """

    source: UUID | None
    kind: TransferKind | None
    amount: Money
    returned: Money

    @property
    def promo(self) -> bool:
        """Promo money returns to the balance and never leaves it."""
        return self.source is None


def lots(account_id: int) -> list[Lot]:
    """Return the lots that still hold money, in the order in which they will be spent."""
    book = _replay(account_id)
    return [
        Lot(
            reference=lot.reference,
            kind=lot.kind,
            at=lot.at,
            amount=Money(lot.amount, lot.currency),
            left=Money(lot.left, lot.currency),
        )
        for lot in book.queue
        if lot.left
    ]


def shares(account_id: int, *, reference: UUID) -> list[Share]:
    """Return which money paid for `reference`, in the order spent; empty where nothing did."""
    book = _replay(account_id)
    return [
        Share(
            source=taken.lot.reference if taken.lot else None,
            kind=taken.lot.kind if taken.lot else None,
            amount=Money(taken.amount, book.currency),
            returned=Money(taken.returned, book.currency),
        )
        for taken in book.paid.get(reference, [])
    ]


@dataclass(frozen=True, slots=True)
class Movement:
    """One operation of the journal, legs together: signed micro-units, `promo` a part of them.

    A reversal is of the kind of what it reverses.
    """

    at: datetime
    kind: TransferKind
    reference: UUID
    currency: str
    amount: int
    promo: int


@dataclass(slots=True)
class OpenLot:
    """A lot while the journal is being walked."""

    reference: UUID
    kind: TransferKind
    at: datetime
    currency: str
    amount: int
    left: int


@dataclass(slots=True)
class Taken:
    """What one lot (None: promo money) gave to one reference, and what of it came back."""

    lot: OpenLot | None
    amount: int
    returned: int = 0

    def give_back(self, most: int) -> int:
        """Note that up to `most` came back and say how much that is."""
        back = min(most, self.amount - self.returned)
        self.returned += back
        return back


@dataclass(slots=True)
class LotBook:
    """The lots of one wallet, front first, and who was paid from them."""

    currency: str = ""
    queue: list[OpenLot] = field(default_factory=list)
    paid: dict[UUID, list[Taken]] = field(default_factory=dict)

    def move(self, movement: Movement) -> None:
        """Follow one operation of the journal."""
        self.currency = movement.currency
        cash = movement.amount - movement.promo
        if movement.amount < 0:
            self._spend(movement, promo=-movement.promo, cash=-cash)
        elif movement.kind in PAYING_IN:
            self._pay_in(movement, cash=cash)
        else:
            self._return(movement, promo=movement.promo, cash=cash)

    def _spend(self, movement: Movement, *, promo: int, cash: int) -> None:
        taken = self.paid.setdefault(movement.reference, [])
        if movement.kind in PAYING_IN:
            taken = []
        elif promo:
            _add(taken, None, promo)
        if movement.kind in TAKING_BACK:
            # A payment that is taken back leaves its own lot before it touches another.
            own = [lot for lot in self.queue if lot.reference == movement.reference]
            cash -= _draw(own, cash, taken)
        cash -= _draw(self.queue, cash, taken)
        assert cash == 0, "a wallet without debt spends only what lies in its lots"
        self.queue = [lot for lot in self.queue if lot.left]

    def _return(self, movement: Movement, *, promo: int, cash: int) -> None:
        back: list[OpenLot] = []
        for taken in self.paid.get(movement.reference, []):
            if taken.lot is None:
                promo -= taken.give_back(promo)
            elif given := taken.give_back(cash):
                cash -= given
                taken.lot.left += given
                back.append(taken.lot)
        assert promo == 0, "promo money comes back where it was spent"
        assert cash == 0, "what comes back was paid"
        self.queue = back + [lot for lot in self.queue if not any(lot is one for one in back)]

    def _pay_in(self, movement: Movement, *, cash: int) -> None:
        if cash:
            self.queue.append(
                OpenLot(
                    reference=movement.reference,
                    kind=movement.kind,
                    at=movement.at,
                    currency=movement.currency,
                    amount=cash,
                    left=cash,
                )
            )


def walk(movements: Iterable[Movement]) -> LotBook:
    """Walk a wallet's whole journal, first operation first."""
    book = LotBook()
    for movement in movements:
        book.move(movement)
    return book


def _draw(queue: list[OpenLot], most: int, taken: list[Taken]) -> int:
    drawn = 0
    for lot in queue:
        part = min(lot.left, most - drawn)
        if part:
            lot.left -= part
            drawn += part
            _add(taken, lot, part)
    return drawn


def _add(taken: list[Taken], lot: OpenLot | None, amount: int) -> None:
    """Note a draw; a second one from the same lot joins the first, promo money stands first."""
    for known in taken:
        if known.lot is lot:
            known.amount += amount
            return
    taken.insert(len(taken) if lot else 0, Taken(lot=lot, amount=amount))


_JOURNAL: Final = """
SELECT min(t.booked_at), min(COALESCE(r.kind, t.kind)), (array_agg(t.reference))[1],
       min(t.currency), sum(t.amount)::bigint, sum(t.promo)::bigint
  FROM ledger.transfer t
  LEFT JOIN ledger.transfer r
    ON r.account_id = t.account_id AND r.id = t.reverses AND r.leg = t.leg
 WHERE t.account_id = %s
 GROUP BY t.line
 ORDER BY t.line
"""


def _replay(account_id: int) -> LotBook:
    with connection.cursor() as cursor:
        cursor.execute(_JOURNAL, [account_id])
        rows = cursor.fetchall()
    return walk(
        Movement(
            at=at,
            kind=TransferKind(kind),
            reference=reference,
            currency=currency,
            amount=amount,
            promo=promo,
        )
        for at, kind, reference, currency, amount, promo in rows
    )
