"""The verbs of money. Each is one call of one SQL function; a refusal changes nothing.

All of them lock the customer's wallet and nothing else, can be called inside another transaction
of the same connection, and may be repeated: the same id with the same content gives the first
answer again, with other content it is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from nummer.apps.ledger.errors import (
    AlreadyReversed,
    AmountRefused,
    CaptureAboveHold,
    EarmarkMissing,
    HoldClosed,
    HoldMissing,
    IdempotencyConflict,
    InsufficientBalance,
    RefundAboveCharge,
    TransferMissing,
    WalletMissing,
    WrongCurrency,
)
from nummer.apps.ledger.models import Book, Fund, HoldState, TransferKind
from nummer.apps.ledger.queries.balances import Balance
from nummer.kernel.errors import Refusal
from nummer.kernel.money import Money

__all__ = [
    "Balance",
    "Book",
    "Fund",
    "Hold",
    "HoldState",
    "Leg",
    "Posting",
    "TransferKind",
    "authorise",
    "earmark",
    "expire_hold",
    "extend",
    "open_wallet",
    "post",
    "post_many",
    "release",
    "reverse",
    "roll_up",
    "settle",
]

AMOUNT_MICRO_MAX: Final = 10**16  # ten billion units; a wallet holds ten times as much at most


@dataclass(frozen=True, slots=True)
class Leg:
    """One part of an operation: `amount` is the signed change of the customer's balance."""

    book: Book
    amount: Money
    fund: Fund = Fund.SPENDABLE


@dataclass(frozen=True, slots=True)
class Hold:
    """Money set aside: `amount` in all, of which `captured` was taken."""

    id: UUID
    amount: Money
    captured: Money
    state: HoldState
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Posting:
    """One operation of a batch: what `post` takes, for one account."""

    account_id: int
    id: UUID
    kind: TransferKind
    legs: Sequence[Leg]
    reference: UUID
    clause: str | None = None


def open_wallet(account_id: int, *, currency: str, now: datetime) -> Balance:
    """Give an account its wallet; its currency is for good.

    Repeating it changes nothing. Refuses: WrongCurrency.
    """
    row = _call("SELECT * FROM ledger.open_wallet(%s, %s, %s)", [account_id, currency, now])
    return _balance(row)


def post(
    account_id: int,
    *,
    id: UUID,  # noqa: A002 -- the operation's id is its idempotency key
    kind: TransferKind,
    legs: Sequence[Leg],
    reference: UUID,
    clause: str | None = None,
    earmark_id: UUID | None = None,
    now: datetime,
) -> Balance:
    """Move money once and return the balance after it.

    All legs have one direction and one fund; legs of zero are left out. A debit takes promo money
    first. A REFUND goes back to the shares that paid `reference`. A debit that names an earmark
    may use it.
    Refuses: InsufficientBalance, IdempotencyConflict, WalletMissing, WrongCurrency,
    AmountRefused, RefundAboveCharge, EarmarkMissing. Locks: the wallet.
    """
    part = _Parts.of(legs)
    assert kind != TransferKind.REVERSAL, "a reversal is made by reverse"
    row = _call(
        "SELECT * FROM ledger.post(%s, %s, %s::smallint, %s, %s::smallint[], %s::bigint[],"
        " %s::smallint, %s, %s, %s, %s)",
        [
            account_id,
            id,
            int(kind),
            part.currency,
            part.books,
            part.amounts,
            part.fund,
            reference,
            clause,
            earmark_id,
            now,
        ],
    )
    return _balance(row, needed=-part.total)


def reverse(
    account_id: int,
    *,
    id: UUID,  # noqa: A002 -- the operation's id is its idempotency key
    of: UUID,
    clause: str | None = None,
    now: datetime,
) -> Balance:
    """Put back exactly what the transfer `of` moved, promo money as promo money.

    Refuses: TransferMissing, AlreadyReversed (also where `of` is a reversal), RefundAboveCharge
    (a part was refunded before), InsufficientBalance, IdempotencyConflict. Locks: the wallet.
    """
    row = _call(
        "SELECT * FROM ledger.reverse(%s, %s, %s, %s, %s)", [account_id, id, of, clause, now]
    )
    return _balance(row)


def authorise(
    account_id: int,
    *,
    id: UUID,  # noqa: A002 -- the hold's id is its idempotency key
    amount: Money,
    kind: TransferKind,
    reference: UUID,
    expires_at: datetime,
    earmark_id: UUID | None = None,
    now: datetime,
) -> Hold:
    """Set money aside for something that has begun (an ORDER, a USAGE or a PAYOUT).

    Repeating it returns the hold as it stands. It frees itself after `expires_at`, once the
    sweeper comes by; what it used of an earmark does not return to it.
    Refuses: InsufficientBalance, IdempotencyConflict, WalletMissing, WrongCurrency,
    AmountRefused, EarmarkMissing. Locks: the wallet.
    """
    _require_amount(amount)
    row = _call(
        "SELECT * FROM ledger.authorise(%s, %s, %s::smallint, %s, %s, %s, %s, %s, %s)",
        [
            account_id,
            id,
            int(kind),
            amount.currency,
            amount.micro,
            reference,
            earmark_id,
            expires_at,
            now,
        ],
    )
    return _hold(id, row, needed=amount.micro)


def extend(
    account_id: int, *, hold_id: UUID, amount: Money, expires_at: datetime, now: datetime
) -> Hold:
    """Raise an open hold to `amount` in all and move its end; it never shrinks.

    Refuses: InsufficientBalance, HoldMissing, HoldClosed, WrongCurrency. Locks: the wallet.
    """
    _require_amount(amount)
    row = _call(
        "SELECT * FROM ledger.extend(%s, %s, %s, %s, %s, %s)",
        [account_id, hold_id, amount.currency, amount.micro, expires_at, now],
    )
    return _hold(hold_id, row, needed=amount.micro)


def settle(
    account_id: int,
    *,
    hold_id: UUID,
    legs: Sequence[Leg],
    clause: str | None = None,
    now: datetime,
) -> Balance:
    """Take part or all of a hold as a transfer with the hold's id; the rest is free again.

    Refuses: HoldMissing, HoldClosed, CaptureAboveHold, IdempotencyConflict, WrongCurrency,
    AmountRefused (nothing to take: use `release`). Locks: the wallet.
    """
    part = _Parts.of(legs)
    assert part.total < 0, "a capture is a debit"
    row = _call(
        "SELECT * FROM ledger.settle(%s, %s, %s, %s::smallint[], %s::bigint[], %s, %s)",
        [account_id, hold_id, part.currency, part.books, part.amounts, clause, now],
    )
    return _balance(row, needed=-part.total)


def release(account_id: int, *, hold_id: UUID, now: datetime) -> Hold:
    """Give a hold's money free. Repeating it changes nothing.

    Refuses: HoldMissing, HoldClosed (it was captured). Locks: the wallet.
    """
    return _let_go(account_id, hold_id=hold_id, state=HoldState.RELEASED, now=now)


def expire_hold(account_id: int, *, hold_id: UUID, now: datetime) -> Hold:
    """Give a hold's money free because its time ran out by `now`; otherwise leave it.

    Refuses: HoldMissing, HoldClosed (it was captured). Locks: the wallet.
    """
    return _let_go(account_id, hold_id=hold_id, state=HoldState.EXPIRED, now=now)


def earmark(
    account_id: int,
    *,
    id: UUID,  # noqa: A002 -- one purpose, one id
    amount: Money,
    now: datetime,
) -> Balance:
    """Keep `amount` in all for one coming purpose, out of reach of ordinary spending; 0 frees it.

    Refuses: InsufficientBalance, WalletMissing, WrongCurrency, AmountRefused. Locks: the wallet.
    """
    if not 0 <= amount.micro <= AMOUNT_MICRO_MAX:
        raise AmountRefused
    row = _call(
        "SELECT * FROM ledger.earmark(%s, %s, %s, %s, %s)",
        [account_id, id, amount.currency, amount.micro, now],
    )
    return _balance(row, needed=amount.micro)


def post_many(postings: Sequence[Posting], *, now: datetime) -> list[Balance | Refusal]:
    """Post many operations in one call; each answers for itself, in the order given.

    The wallets are locked in the order of their account ids, so batches never deadlock.
    On several servers the caller splits a batch by shard.
    """
    if not postings:
        return []
    parts = [_Parts.of(posting.legs) for posting in postings]
    flat = [
        (place, book, amount)
        for place, part in enumerate(parts, start=1)
        for book, amount in zip(part.books, part.amounts, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT posting, outcome, currency, total, held, earmarked, promo"
            " FROM ledger.post_many(%s::bigint[], %s::uuid[], %s::smallint[], %s::text[],"
            " %s::smallint[], %s::uuid[], %s::text[], %s::int[], %s::smallint[], %s::bigint[],"
            " %s) ORDER BY posting",
            [
                [posting.account_id for posting in postings],
                [posting.id for posting in postings],
                [int(posting.kind) for posting in postings],
                [part.currency for part in parts],
                [part.fund for part in parts],
                [posting.reference for posting in postings],
                [posting.clause for posting in postings],
                [place for place, _, _ in flat],
                [book for _, book, _ in flat],
                [amount for _, _, amount in flat],
                now,
            ],
        )
        rows = cursor.fetchall()
    assert len(rows) == len(postings), "every posting has one answer"
    return [_answer(row[1:], needed=-part.total) for row, part in zip(rows, parts, strict=True)]


def roll_up(now: datetime) -> int:
    """Add what was booked since the last time to the operator's books; return how many transfers.

    Transactions that are still running wait for the next time. Locks: the roll-up's mark.
    """
    (count,) = _call("SELECT ledger.rollup(%s)", [now])
    assert isinstance(count, int), "the roll-up counts"
    return count


_Row = tuple[object, ...]
_Argument = int | str | UUID | datetime | list[int] | None


@dataclass(frozen=True, slots=True)
class _Parts:
    """Legs as the SQL functions take them."""

    currency: str
    fund: int
    books: list[int]
    amounts: list[int]
    total: int

    @classmethod
    def of(cls, legs: Sequence[Leg]) -> _Parts:
        moving = [leg for leg in legs if leg.amount.micro != 0]
        if not moving:
            raise AmountRefused
        if len({leg.amount.currency for leg in moving}) > 1:
            raise WrongCurrency
        assert len({leg.fund for leg in moving}) == 1, "legs of one operation share their fund"
        assert len({leg.amount.micro > 0 for leg in moving}) == 1, "legs go one way"
        amounts = [leg.amount.micro for leg in moving]
        if abs(sum(amounts)) > AMOUNT_MICRO_MAX:
            raise AmountRefused
        return cls(
            currency=moving[0].amount.currency,
            fund=int(moving[0].fund),
            books=[int(leg.book) for leg in moving],
            amounts=amounts,
            total=sum(amounts),
        )


_REFUSALS: Final[dict[str, type[Refusal]]] = {
    "conflict": IdempotencyConflict,
    "no_wallet": WalletMissing,
    "wrong_currency": WrongCurrency,
    "over_limit": AmountRefused,
    "no_earmark": EarmarkMissing,
    "above_charge": RefundAboveCharge,
    "no_transfer": TransferMissing,
    "already_reversed": AlreadyReversed,
    "not_reversible": AlreadyReversed,
    "no_hold": HoldMissing,
    "hold_closed": HoldClosed,
    "above_hold": CaptureAboveHold,
}


def _call(sql: str, arguments: Sequence[_Argument]) -> _Row:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        row = cursor.fetchone()
    assert row is not None, "a verb always answers"
    return tuple(row)


def _balance(row: _Row, *, needed: int = 0) -> Balance:
    answer = _answer(row, needed=needed)
    if isinstance(answer, Refusal):
        raise answer
    return answer


def _answer(row: _Row, *, needed: int) -> Balance | Refusal:
    outcome, currency, total, held, earmarked, promo = row[:6]
    assert isinstance(outcome, str), "an answer begins with its outcome"
    if outcome not in ("done", "replayed", "insufficient"):
        return _REFUSALS[outcome]()
    assert isinstance(currency, str), "a wallet has a currency"
    assert isinstance(total, int), "a wallet has a balance"
    assert isinstance(held, int), "a wallet says what is held"
    assert isinstance(earmarked, int), "a wallet says what is earmarked"
    assert isinstance(promo, int), "a wallet says what is promo money"
    balance = Balance.of(currency, total=total, held=held, earmarked=earmarked, promo=promo)
    if outcome == "insufficient":
        return InsufficientBalance(
            needed=Money(needed, currency).decimal_text(),
            spendable=balance.spendable.decimal_text(),
            currency=currency,
        )
    return balance


def _hold(hold_id: UUID, row: _Row, *, needed: int = 0) -> Hold:
    currency = _balance(row, needed=needed).currency
    amount, captured, state, expires_at = row[6:]
    assert isinstance(amount, int), "a hold has an amount"
    assert isinstance(captured, int), "a hold says what was taken"
    assert isinstance(expires_at, datetime), "a hold ends"
    return Hold(
        id=hold_id,
        amount=Money(amount, currency),
        captured=Money(captured, currency),
        state=HoldState(str(state)),
        expires_at=expires_at,
    )


def _let_go(account_id: int, *, hold_id: UUID, state: HoldState, now: datetime) -> Hold:
    row = _call(
        "SELECT * FROM ledger.release(%s, %s, %s, %s)", [account_id, hold_id, state.value, now]
    )
    return _hold(hold_id, row)


def _require_amount(amount: Money) -> None:
    if not 0 < amount.micro <= AMOUNT_MICRO_MAX:
        raise AmountRefused
