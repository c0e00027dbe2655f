"""One day of money from three sides: what providers list, what we noted and booked, the bank.

Each payment is matched by the provider's own reference and by the id of its top-up, whatever day
the other side has it on. What does not match is a difference with a name, never a bare sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.db import connection

from nummer.apps.agreements.queries import operator
from nummer.apps.invoices.ports import Book, ListedMovement, bank_books, provider_books
from nummer.kernel.errors import Unavailable
from nummer.kernel.money import Money

AROUND: Final = timedelta(days=2)  # clocks and callbacks around midnight
DIFFERENCES_MAX: Final = 1_000  # a page with more is a case for the files of the provider
MOVEMENTS_MAX: Final = 20_000  # of one list; as many as a page waits for


class Side(StrEnum):
    """Who says it."""

    PROVIDER = "provider"  # the provider's own list
    NOTED = "noted"  # what we noted of its callbacks: top-ups, refunds, lost disputes
    LEDGER = "ledger"  # what was booked against money at providers
    BANK = "bank"


class Gap(StrEnum):
    """In which way two sides differ."""

    NOT_NOTED = "not_noted"  # the provider lists what we noted nowhere
    NOT_LISTED = "not_listed"  # we noted it, the provider's list does not have it
    OTHER_SUM = "other_sum"  # both have it, with different sums
    OTHER_DAY = "other_day"  # both have it, on different days
    NOT_BOOKED = "not_booked"  # we noted it, the ledger has nothing
    NOTHING_NOTED = "nothing_noted"  # the ledger has it, and no payment belongs to it
    NOT_TAKEN = "not_taken"  # a callback that fitted no payment
    IN_SUSPENSE = "in_suspense"  # money at the bank that a person has yet to place


class ListState(StrEnum):
    """Whether a side could be asked."""

    LISTED = "listed"
    LISTS_NOTHING = "lists_nothing"  # it has no list that a program can read
    AWAY = "away"
    NOT_CONNECTED = "not_connected"
    TOO_LONG = "too_long"  # more than a page can compare


@dataclass(frozen=True, slots=True)
class SideSum:
    """What one side says of a day; `source` is the provider or bank, '' for what has none."""

    side: Side
    source: str
    payments: int
    total: Money


@dataclass(frozen=True, slots=True)
class Difference:
    """One payment on which two sides differ; sums are None where a side does not have it."""

    gap: Gap
    source: str
    reference: str
    account_id: int | None
    theirs: Money | None
    ours: Money | None


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the operator's zone, reconciled."""

    day: date
    sums: list[SideSum]
    differences: list[Difference]
    sources: dict[str, ListState]

    @property
    def agreed(self) -> bool:
        """Tell whether every side that could be asked says the same."""
        return not self.differences and ListState.AWAY not in self.sources.values()


@dataclass(frozen=True, slots=True)
class Sent:
    """What left within a span of days, as we noted it and as the other sides list it."""

    sums: list[SideSum]
    differences: list[Difference]
    sources: dict[str, ListState]

    @property
    def agreed(self) -> bool:
        """Tell whether every side that has a list could be asked and says the same."""
        unknown = {ListState.AWAY, ListState.TOO_LONG}
        return not self.differences and not unknown & set(self.sources.values())


def day_of(at: datetime) -> date:
    """Return the operator's day in which a moment lies."""
    return at.astimezone(operator().zone).date()


def reconcile_sent(*, from_at: datetime, until_at: datetime) -> Sent:
    """Compare what left between two moments with the other sides' lists, payment by payment.

    Asks the providers, so never inside a transaction. Of a list longer than MOVEMENTS_MAX nothing
    is said: it is compared day by day.
    """
    bounds = _Bounds(from_at, until_at)
    sources: dict[str, ListState] = {}
    noted = _rows(_SENT, bounds)
    sums: list[SideSum] = []
    differences: list[Difference] = []
    if not bank_books():
        sources["bank"] = ListState.NOT_CONNECTED
    for side, book in _books():
        listed = _listed(book, bounds, sources, most=MOVEMENTS_MAX)
        if listed is not None:
            left = [one for one in listed if one.amount.micro < 0]
            matched = _match(book, left, noted, bounds)
            sums += _sums(side, ((book.code, amount) for amount in matched.listed))
            differences += matched.differences
    sums += _sums(Side.NOTED, ((one.source, one.amount) for one in noted))
    return Sent(sums, differences[:DIFFERENCES_MAX], sources)


def reconcile(day: date) -> Day:
    """Compare what each side says of a day. Asks the providers, so never inside a transaction."""
    zone = operator().zone
    bounds = _Bounds(
        datetime.combine(day, time(), tzinfo=zone),
        datetime.combine(day + timedelta(days=1), time(), tzinfo=zone),
    )
    sources: dict[str, ListState] = {}
    noted, booked = _rows(_NOTED, bounds), _rows(_BOOKED, bounds)
    sums: list[SideSum] = []
    differences: list[Difference] = []
    if not bank_books():
        sources["bank"] = ListState.NOT_CONNECTED
    for side, book in _books():
        listed = _listed(book, bounds, sources)
        if listed is not None:
            matched = _match(book, listed, noted, bounds)
            sums += _sums(side, ((book.code, amount) for amount in matched.listed))
            differences += matched.differences
    sums += _sums(Side.NOTED, ((one.source, one.amount) for one in noted))
    sums += _sums(Side.LEDGER, ((one.source, one.amount) for one in booked))
    differences += _between_notes_and_ledger(noted, booked)
    differences += _not_taken(bounds)
    return Day(day, sums, differences[:DIFFERENCES_MAX], sources)


@dataclass(frozen=True, slots=True)
class _Bounds:
    """A day: from its first instant to that of the next."""

    from_at: datetime
    until_at: datetime

    def hold(self, at: datetime) -> bool:
        """Tell whether a moment lies in the day."""
        return self.from_at <= at < self.until_at


@dataclass(frozen=True, slots=True)
class _Ours:
    """What we noted or booked: `due` is what the ledger should have of it, `booked` what it has."""

    id: UUID
    account_id: int
    source: str
    reference: str
    amount: Money
    at: datetime
    due: Money
    booked: Money | None


@dataclass(frozen=True, slots=True)
class _Matched:
    """The sums that a provider's list has on the day, and where we differ from it."""

    listed: list[Money]
    differences: list[Difference]


def _listed(
    book: Book, bounds: _Bounds, sources: dict[str, ListState], *, most: int | None = None
) -> list[ListedMovement] | None:
    """Return the list around the day, None where there is none; say which in `sources`."""
    if not book.lists:
        sources[book.code] = ListState.LISTS_NOTHING
        return None
    try:
        around = book.movements(from_at=bounds.from_at - AROUND, until_at=bounds.until_at + AROUND)
        found = list(islice(around, None if most is None else most + 1))
    except Unavailable:
        sources[book.code] = ListState.AWAY
        return None
    if most is not None and len(found) > most:
        sources[book.code] = ListState.TOO_LONG
        return None
    sources[book.code] = ListState.LISTED
    return found


def _match(
    book: Book, listed: list[ListedMovement], noted: Sequence[_Ours], bounds: _Bounds
) -> _Matched:
    known = _by_reference(book.code, [one.reference for one in listed])
    sums: list[Money] = []
    differences: list[Difference] = []
    for movement in listed:
        ours = known.get(movement.reference)
        theirs_today = bounds.hold(movement.at)
        if book.own_clock:
            theirs_today = ours is None or bounds.hold(ours.at)
        if theirs_today:
            sums.append(movement.amount)
        gap = _gap(movement, ours, theirs_today=theirs_today, bounds=bounds)
        if gap is not None:
            differences.append(
                Difference(
                    gap,
                    book.code,
                    movement.reference,
                    ours.account_id if ours else None,
                    movement.amount,
                    ours.amount if ours else None,
                )
            )
    heard = {one.reference for one in listed}
    differences += [
        Difference(Gap.NOT_LISTED, book.code, one.reference, one.account_id, None, one.amount)
        for one in noted
        if one.source == book.code and one.reference not in heard
    ]
    return _Matched(sums, differences)


def _gap(
    movement: ListedMovement, ours: _Ours | None, *, theirs_today: bool, bounds: _Bounds
) -> Gap | None:
    if ours is None:
        gap = Gap.IN_SUSPENSE if movement.in_suspense else Gap.NOT_NOTED
        return gap if theirs_today else None
    ours_today = bounds.hold(ours.at)
    if not (theirs_today or ours_today):
        return None
    if ours.amount != movement.amount:
        return Gap.OTHER_SUM
    return None if theirs_today and ours_today else Gap.OTHER_DAY


def _between_notes_and_ledger(
    noted: Sequence[_Ours], booked: Sequence[_Ours]
) -> Iterator[Difference]:
    for one in noted:
        if (one.booked or Money(0, one.due.currency)) != one.due:
            gap = Gap.NOT_BOOKED if one.booked is None else Gap.OTHER_SUM
            yield Difference(gap, one.source, one.reference, one.account_id, one.due, one.booked)
    for one in booked:
        if not one.source:
            yield Difference(Gap.NOTHING_NOTED, "", str(one.id), one.account_id, None, one.amount)


def _sums(side: Side, amounts: Iterable[tuple[str, Money]]) -> list[SideSum]:
    found: dict[tuple[str, str], tuple[int, Money]] = {}
    for source, amount in amounts:
        count, total = found.get((source, amount.currency), (0, Money(0, amount.currency)))
        found[source, amount.currency] = (count + 1, total + amount)
    return [
        SideSum(side, source, count, total)
        for (source, _currency), (count, total) in sorted(found.items())
    ]


def _books() -> Iterator[tuple[Side, Book]]:
    for book in provider_books():
        yield Side.PROVIDER, book
    for book in bank_books():
        yield Side.BANK, book


def _by_reference(source: str, references: list[str]) -> dict[str, _Ours]:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, {"source": source, "references": references})
        return {row[3]: _ours(row) for row in cursor.fetchall()}


def _rows(sql: str, bounds: _Bounds) -> list[_Ours]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"from_at": bounds.from_at, "until_at": bounds.until_at})
        return [_ours(row) for row in cursor.fetchall()]


def _ours(row: tuple[Any, ...]) -> _Ours:
    id_, account_id, source, reference, amount, currency, at, due, booked = row
    return _Ours(
        id=id_,
        account_id=account_id,
        source=source,
        reference=reference,
        amount=Money(amount, currency),
        at=at,
        due=Money(due, currency),
        booked=None if booked is None else Money(booked, currency),
    )


def _not_taken(bounds: _Bounds) -> list[Difference]:
    with connection.cursor() as cursor:
        cursor.execute(_NOT_TAKEN, [bounds.from_at, bounds.until_at])
        return [
            Difference(Gap.NOT_TAKEN, source, reference, None, Money(amount, currency), None)
            for source, reference, amount, currency in cursor.fetchall()
        ]


# Everything that providers moved, as we noted it. What was not there any more to be taken back
# (`uncovered`) is no booking.
_MOVED: Final = """
WITH moved AS (
  SELECT t.id, t.account_id, t.provider AS source,
         COALESCE(NULLIF(t.payment_reference, ''), t.provider_reference) AS reference,
         t.amount_micro AS amount, t.currency, t.closed_at AS at, t.amount_micro AS due
    FROM payments_topup t WHERE t.state = 'paid'
  UNION ALL
  SELECT r.id, r.account_id, r.provider, r.provider_reference, -r.amount_micro, r.currency,
         r.closed_at, r.uncovered_micro - r.amount_micro
    FROM payments_refund r WHERE r.state = 'paid'
  UNION ALL
  SELECT d.id, d.account_id, d.provider, d.provider_reference, -d.amount_micro, d.currency,
         d.closed_at, -d.taken_micro
    FROM payments_dispute d WHERE d.state = 'lost'
  UNION ALL
  SELECT s.hold_id, s.account_id, 'bank', COALESCE(r.word, s.bank_reference), -s.amount_micro,
         s.currency, s.closed_at, -s.amount_micro
    FROM payouts_share s
    LEFT JOIN banking_reference r ON r.subject = 'share' AND r.subject_id = s.id
   WHERE s.way = 'bank' AND s.closed_at IS NOT NULL)
SELECT m.id, m.account_id, m.source, m.reference, m.amount, m.currency, m.at, m.due,
       (SELECT sum(b.amount)::bigint FROM ledger.transfer b
         WHERE b.account_id = m.account_id AND b.id = m.id)
  FROM moved m
"""
_NOTED: Final = f"""{_MOVED}
 WHERE m.at >= %(from_at)s AND m.at < %(until_at)s
 ORDER BY m.at, m.id
"""
_SENT: Final = f"""{_MOVED}
 WHERE m.at >= %(from_at)s AND m.at < %(until_at)s AND m.amount < 0
 ORDER BY m.at, m.id
"""
_KNOWN: Final = f"""{_MOVED}
 WHERE m.source = %(source)s AND m.reference = ANY(%(references)s)
 ORDER BY m.at, m.id
"""
# Book 3 is money at providers. What came by a top-up names it; a test customer's first balance
# and a hand's correction name none.
_BOOKED: Final = """
SELECT b.id, b.account_id, COALESCE(CASE WHEN s.id IS NULL THEN t.provider ELSE 'bank' END, ''),
       COALESCE(t.provider_reference, ''),
       sum(b.amount)::bigint, b.currency, min(b.booked_at), sum(b.amount)::bigint,
       sum(b.amount)::bigint
  FROM ledger.transfer b
  LEFT JOIN payments_topup t ON t.account_id = b.account_id AND t.id = b.reference
  LEFT JOIN payouts_share s ON s.account_id = b.account_id AND s.hold_id = b.id
 WHERE b.book = 3 AND b.booked_at >= %(from_at)s AND b.booked_at < %(until_at)s
 GROUP BY b.id, b.account_id, t.provider, t.provider_reference, b.currency, s.id
 ORDER BY min(b.booked_at), b.id
"""
_NOT_TAKEN: Final = """
SELECT provider, reference, amount_micro, currency FROM payments_notice
 WHERE outcome IN ('unknown_reference', 'other_sum', 'other_customer', 'paid_late') AND paid
   AND received_at >= %s AND received_at < %s
 ORDER BY received_at, id
"""
