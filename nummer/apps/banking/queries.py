"""What others may read of money at the bank."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, Sum

from nummer.apps.agreements.queries import operator
from nummer.apps.banking.errors import NoSuchEntry
from nummer.apps.banking.models import (
    Deed,
    Entry,
    EntryState,
    Reason,
    Reference,
    Statement,
    Subject,
    Why,
)
from nummer.apps.banking.ports import METHOD, PROVIDER
from nummer.apps.payments import queries as payments
from nummer.kernel.money import Money
from nummer.kernel.operator import BankAccount
from nummer.protocols.bank.references import grouped

__all__ = [
    "METHOD",
    "Deed",
    "EntryRow",
    "EntryState",
    "Movement",
    "OutgoingRow",
    "Reason",
    "StatementRow",
    "Subject",
    "TransferOrder",
    "Why",
    "audit_lines",
    "entry",
    "in_suspense",
    "movements",
    "open_transfers",
    "outgoing",
    "statements",
    "suspense",
    "transfer_order",
    "unmatched_debits",
]

LISTED_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class TransferOrder:
    """What a customer types into his bank: to whom, how much, and the reference."""

    account: BankAccount
    amount: Money
    reference: str
    state: str

    @property
    def reference_said(self) -> str:
        """Return the reference as people read it."""
        return grouped(self.reference)

    @property
    def iban_said(self) -> str:
        """Return the account number in fours."""
        iban = self.account.iban
        return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))

    @property
    def is_kid(self) -> bool:
        """Tell whether the reference goes into the field for a KID."""
        return self.reference.isdecimal()


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry as the staff see it; `amount` is negative where it went."""

    id: UUID
    account: str
    amount: Money
    reversal: bool
    booked_on: date
    bank_reference: str
    word: str
    state: str
    reason: str
    account_id: int | None
    deed: str
    why: str
    first: str
    taken_at: datetime
    deeds: tuple[Deed, ...]


@dataclass(frozen=True, slots=True)
class OutgoingRow:
    """A transfer to make at the bank with `word` as its reference.

    With an `origin`, the bank's reference of the entry that came, it is sent back to that entry's
    payer; without, the staff asks the customer by phone.
    """

    subject: str
    account_id: int | None
    amount: Money
    word: str
    since: datetime
    origin: str
    origin_on: date | None


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement that was read; `gap`: it does not begin where the one before it ended."""

    id: UUID
    account: str
    statement: str
    opening: Money | None
    closing: Money | None
    entries: int
    open_entries: int
    taken_at: datetime
    finished_at: datetime | None
    gap: bool


@dataclass(frozen=True, slots=True)
class Movement:
    """What the bank moved for customers, by the reference under which payments know it."""

    at: datetime
    reference: str
    amount: Money
    in_suspense: bool


def transfer_order(account_id: int, *, top_up_id: UUID) -> TransferOrder | None:
    """Return what to type into the bank for a top-up; None where it is not paid by transfer.

    Refuses: NoSuchTopUp (of payments).
    """
    wish = payments.top_up(account_id, top_up_id=top_up_id)
    word = Reference.objects.filter(subject=Subject.TOP_UP, subject_id=top_up_id).first()
    account = operator().account_in(wish.amount.currency)
    if word is None or account is None:
        return None
    return TransferOrder(account, wish.amount, word.word, wish.state)


def open_transfers(account_id: int) -> list[tuple[UUID, Money]]:
    """Return the customer's top-ups that wait for his transfer, latest first."""
    return [
        (row.id, row.amount)
        for row in payments.top_ups(account_id, limit=LISTED_MAX)
        if row.method == METHOD and row.state == "started" and row.pay_url
    ]


def suspense(*, limit: int = LISTED_MAX) -> list[EntryRow]:
    """Return what waits for a person or for the bank's word that it went back, oldest first."""
    rows = Entry.objects.filter(state__in=[EntryState.SUSPENSE, EntryState.RETURNING])
    return [_row(row) for row in rows.order_by("taken_at", "id")[:limit]]


def unmatched_debits(*, limit: int = 50) -> list[EntryRow]:
    """Return money that went without any reference of ours, latest first."""
    rows = Entry.objects.filter(state=EntryState.OWN, amount_micro__lt=0, deed="")
    return [_row(row) for row in rows.order_by("-taken_at", "-id")[:limit]]


def entry(entry_id: UUID) -> EntryRow:
    """Return one entry. Refuses: NoSuchEntry."""
    row = Entry.objects.filter(id=entry_id).first()
    if row is None:
        raise NoSuchEntry
    return _row(row)


def outgoing(*, limit: int = LISTED_MAX) -> list[OutgoingRow]:
    """Return the transfers that wait for the bank's word, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_OUTGOING, [PROVIDER, limit])
        return [
            OutgoingRow(
                subject, account_id, Money(amount, currency), word, since, origin or "", origin_on
            )
            for subject, account_id, amount, currency, word, since, origin, origin_on in (
                cursor.fetchall()
            )
        ]


def statements(*, limit: int = 50) -> list[StatementRow]:
    """Return the statements that were read, latest first."""
    rows = list(Statement.objects.order_by("-taken_at", "-id")[: limit + 1])
    waiting = dict(
        Entry.objects.filter(statement_id__in=[row.id for row in rows], state=EntryState.SUSPENSE)
        .values_list("statement_id")
        .annotate(Count("id"))
    )
    found = []
    for place, row in enumerate(rows[:limit]):
        before = next((one for one in rows[place + 1 :] if one.account == row.account), None)
        found.append(
            StatementRow(
                id=row.id,
                account=row.account,
                statement=row.statement,
                opening=_money(row.opening_micro, row.account),
                closing=_money(row.closing_micro, row.account),
                entries=row.entries,
                open_entries=waiting.get(row.id, 0),
                taken_at=row.taken_at,
                finished_at=row.finished_at,
                gap=_gap(before, row),
            )
        )
    return found


def in_suspense() -> dict[str, int]:
    """Return the sum in micro-units that waits, by currency."""
    rows = Entry.objects.filter(state=EntryState.SUSPENSE, amount_micro__gt=0)
    return dict(rows.values_list("currency").annotate(Sum("amount_micro")).order_by("currency"))


def movements(*, from_at: datetime, until_at: datetime) -> Iterator[Movement]:
    """Yield what moved between two moments for customers.

    What is matched counts when it was; what waits counts when its statement was read. The
    operator's own business, and what came and went again, is no customer's.
    """
    came_back = Entry.objects.filter(state=EntryState.CAME_BACK).values("word")
    returned = Reference.objects.filter(subject=Subject.ENTRY).values("word")
    matched = Entry.objects.filter(
        state__in=[EntryState.CREDITED, EntryState.CONFIRMED, EntryState.TAKEN_BACK],
        closed_at__gte=from_at,
        closed_at__lt=until_at,
    ).exclude(Q(state=EntryState.CONFIRMED) & (Q(word__in=came_back) | Q(word__in=returned)))
    for row in matched.order_by("closed_at", "id").iterator():
        assert row.closed_at is not None, "what is closed has an end"
        reference = row.word if row.state == EntryState.CONFIRMED else row.id.hex
        yield Movement(row.closed_at, reference, _signed(row), in_suspense=False)
    waiting = Entry.objects.filter(
        state__in=[EntryState.SUSPENSE, EntryState.RETURNING],
        taken_at__gte=from_at,
        taken_at__lt=until_at,
    )
    for row in waiting.order_by("taken_at", "id").iterator():
        reference = row.bank_reference or row.id.hex
        yield Movement(row.taken_at, reference, _signed(row), in_suspense=True)


def audit_lines() -> list[tuple[str, int, str]]:
    """Return (invariant, breaches, detail) for each invariant of banking."""
    lines = []
    with connection.cursor() as cursor:
        for name, question in _PROOFS.items():
            cursor.execute(question)
            breaches, detail = cursor.fetchone()
            lines.append((f"banking: {name}", int(breaches), detail or ""))
    return lines


_OUTGOING: Final = """
SELECT * FROM (
  SELECT r.subject, f.account_id, f.amount_micro, f.currency, r.word, f.wanted_at AS since,
         e.bank_reference, e.booked_on
    FROM banking_reference r
    JOIN payments_refund f ON f.id = r.subject_id AND f.provider = %s
     AND f.state IN ('wanted', 'pending')
    LEFT JOIN banking_entry e ON e.account_id = f.account_id AND e.top_up_id = f.top_up_id
     AND e.state = 'credited'
   WHERE r.subject = 'refund'
  UNION ALL
  SELECT r.subject, s.account_id, s.amount_micro, s.currency, r.word, s.chosen_at, '', NULL
    FROM banking_reference r
    JOIN payouts_share s ON s.account_id = r.account_id AND s.id = r.subject_id
     AND s.way = 'bank' AND s.closed_at IS NULL
   WHERE r.subject = 'share'
  UNION ALL
  SELECT r.subject, e.account_id, e.amount_micro, e.currency, r.word, r.drawn_at,
         e.bank_reference, e.booked_on
    FROM banking_reference r
    JOIN banking_entry e ON e.id = r.subject_id AND e.state = 'returning'
   WHERE r.subject = 'entry') o
 ORDER BY o.since, o.word
 LIMIT %s
"""

_CREDITED_OTHERWISE: Final = """
SELECT count(*), string_agg(e.id::text, ', ')
  FROM banking_entry e
  LEFT JOIN payments_topup t ON t.account_id = e.account_id AND t.id = e.top_up_id
 WHERE e.state = 'credited'
   AND (t.state IS DISTINCT FROM 'paid' OR t.amount_micro <> e.amount_micro
        OR t.currency <> e.currency OR t.provider <> 'bank')
"""

_CREDITED_TWICE: Final = """
SELECT count(*), string_agg(d.top_up_id::text, ', ')
  FROM (SELECT account_id, top_up_id FROM banking_entry WHERE state = 'credited'
         GROUP BY account_id, top_up_id HAVING count(*) > 1) d
"""

_PAID_WITHOUT_ENTRY: Final = """
SELECT count(*), string_agg(t.id::text, ', ')
  FROM payments_topup t
 WHERE t.provider = 'bank' AND t.state = 'paid' AND NOT EXISTS (
       SELECT FROM banking_entry e
        WHERE e.account_id = t.account_id AND e.top_up_id = t.id AND e.state = 'credited')
"""

_CONFIRMED_TWICE: Final = """
SELECT count(*), string_agg(d.word, ', ')
  FROM (SELECT word FROM banking_entry WHERE state = 'confirmed'
         GROUP BY word HAVING count(*) > 1) d
"""

_BY_ONE: Final = """
SELECT count(*), string_agg(e.id::text, ', ')
  FROM banking_entry e WHERE e.second <> '' AND (e.first = '' OR e.first = e.second)
"""

_PROOFS: Final = {
    "a credited entry has its paid top-up of the same sum": _CREDITED_OTHERWISE,
    "no top-up was paid by two entries": _CREDITED_TWICE,
    "no bank transfer was credited without the bank's entry": _PAID_WITHOUT_ENTRY,
    "no transfer that went out was confirmed by two entries": _CONFIRMED_TWICE,
    "what two persons decide bears two names": _BY_ONE,
}


def _row(row: Entry) -> EntryRow:
    return EntryRow(
        id=row.id,
        account=row.account,
        amount=_signed(row),
        reversal=row.reversal,
        booked_on=row.booked_on,
        bank_reference=row.bank_reference,
        word=row.word,
        state=row.state,
        reason=row.reason,
        account_id=row.account_id,
        deed=row.deed,
        why=row.why,
        first=row.first,
        taken_at=row.taken_at,
        deeds=_deeds(row),
    )


def _deeds(row: Entry) -> tuple[Deed, ...]:
    """Return what can be done with an entry in suspense."""
    if row.amount_micro > 0:
        return (Deed.GIVE, Deed.RETURN, Deed.OWN)
    if row.reason == Reason.REVERSAL and row.account_id is not None:
        return (Deed.TAKE_BACK, Deed.OWN)
    return (Deed.OWN,)


def _gap(before: Statement | None, row: Statement) -> bool:
    """Tell whether money moved between two statements that nobody has read."""
    if before is None or before.closing_micro is None or row.opening_micro is None:
        return False
    return before.closing_micro != row.opening_micro


def _signed(row: Entry) -> Money:
    return Money(row.amount_micro, row.currency)


def _money(micro: int | None, currency: str) -> Money | None:
    return None if micro is None else Money(micro, currency)
