"""Reading statements: checked to the end first, then taken entry by entry, each once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol

from django.db import transaction

from nummer.apps.agreements.queries import operator
from nummer.apps.audit import actions as audit
from nummer.apps.banking.actions.matching import take_entry
from nummer.apps.banking.errors import (
    StatementDoesNotAddUp,
    StatementNotOurs,
    StatementTooLarge,
    StatementUnreadable,
    StatementUnsafe,
)
from nummer.apps.banking.models import EntryState, Statement
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.protocols.bank.camt import (
    End,
    Head,
    Line,
    Part,
    StatementRefused,
    Trouble,
    read_statements,
)

MEGABYTE: Final = 1_000_000
STATEMENT_BYTES_MAX: Final = 64 * MEGABYTE  # some hundred thousand entries
_GAP: Final = "\x1f"


class File(Protocol):
    """A file that can be read twice."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` octets."""

    def seek(self, offset: int, whence: int, /) -> int:
        """Go to a place and return it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file held: `known` entries were read before, the others are new."""

    statements: int
    known: int
    credited: int
    suspense: int
    other: int


def import_statements(file: File, *, actor: str, now: datetime) -> Taken:
    """Take what a file of statements has new; reading it again changes nothing.

    The whole file is read and checked before anything is done. Each entry is taken in a
    transaction of its own, so what was broken off goes on where it was.
    Refuses: StatementTooLarge, StatementUnsafe, StatementUnreadable, StatementDoesNotAddUp,
    StatementNotOurs. Locks: for each entry what its verb locks.
    """
    if file.seek(0, os.SEEK_END) > STATEMENT_BYTES_MAX:
        raise StatementTooLarge(most=STATEMENT_BYTES_MAX // MEGABYTE)
    for part in _parts(file):
        if isinstance(part, Head):
            _account(part)
    counts: Counter[str] = Counter()
    taking: _Taking | None = None
    for part in _parts(file):
        match part:
            case Head():
                taking = _Taking.begin(part, actor=actor, now=now)
            case Line():
                assert taking is not None, "a head comes first"
                counts[taking.take(part, now)] += 1
            case End(entries=entries):
                assert taking is not None, "a head comes first"
                taking.finish(entries, now)
                counts["statements"] += 1
    return Taken(
        statements=counts["statements"],
        known=counts["known"],
        credited=counts[EntryState.CREDITED],
        suspense=counts[EntryState.SUSPENSE],
        other=sum(
            count
            for name, count in counts.items()
            if name not in ("statements", "known", "later", "credited", "suspense")
        ),
    )


def _parts(file: File) -> Iterator[Part]:
    file.seek(0, os.SEEK_SET)
    try:
        yield from read_statements(file, bytes_max=STATEMENT_BYTES_MAX)
    except StatementRefused as refused:
        raise _refusal(refused.trouble) from None


def _refusal(trouble: Trouble) -> Refusal:
    match trouble:
        case Trouble.TOO_LARGE:
            return StatementTooLarge(most=STATEMENT_BYTES_MAX // MEGABYTE)
        case Trouble.DOCTYPE:
            return StatementUnsafe()
        case Trouble.DOES_NOT_ADD_UP:
            return StatementDoesNotAddUp()
        case Trouble.NOT_XML | Trouble.NOT_A_STATEMENT:
            return StatementUnreadable()


def _account(head: Head) -> str:
    """Return which account of ours a statement is of: its currency. Refuses: StatementNotOurs."""
    for account in operator().accounts:
        ours = (account.iban, account.iban[4:])  # some banks give their own number
        if head.account in ours and head.currency == account.currency:
            return account.currency
    raise StatementNotOurs


@dataclass(slots=True)
class _Taking:
    """A statement while its entries are taken; `seen` counts what the bank calls alike."""

    head: Head
    account: str
    row: Statement
    actor: str
    seen: Counter[str]

    @classmethod
    def begin(cls, head: Head, *, actor: str, now: datetime) -> _Taking:
        account = _account(head)
        row, _ = Statement.objects.get_or_create(
            account=account,
            statement=head.statement,
            made=head.made,
            defaults={
                "id": new_id(),
                "opening_micro": _micro(head.opening),
                "closing_micro": _micro(head.closing),
                "actor": actor,
                "taken_at": now,
            },
        )
        return cls(head, account, row, actor, Counter())

    def take(self, line: Line, now: datetime) -> str:
        """Take an entry; return what became of it, or that it was known, or is not booked yet."""
        if not line.booked:
            return "later"
        name = _name(self.account, self.head, line)
        self.seen[name] += 1
        key = sha256(_GAP.join((name, str(self.seen[name]))).encode()).hexdigest()
        state = take_entry(line, key=key, account=self.account, statement_id=self.row.id, now=now)
        return "known" if state is None else state.value

    def finish(self, entries: int, now: datetime) -> None:
        """Write down that the statement was taken to its end; only the first time."""
        with transaction.atomic():
            fresh = Statement.objects.filter(id=self.row.id, finished_at=None)
            if fresh.update(entries=entries, finished_at=now):
                audit.record(
                    actor=self.actor,
                    verb="import_statement",
                    place="banking_statement",
                    row=str(self.row.id),
                    now=now,
                )


def _name(account: str, head: Head, line: Line) -> str:
    """Return what makes an entry the one it is, in this statement and in a copy of it.

    The bank's own references are enough, whatever statement repeats them; where it gives none, the
    place in this statement counts.
    """
    words = [line.bank_reference, line.transaction_reference]
    if not any(words):
        words = [head.statement, head.made, line.entry_reference, line.place]
    return _GAP.join(
        (
            account,
            *words,
            line.place.rpartition(".")[2],
            str(line.amount.micro),
            line.amount.currency,
            str(line.credit),
            str(line.reversal),
            line.booked_on.isoformat(),
        )
    )


def _micro(money: Money | None) -> int | None:
    return None if money is None else money.micro
