"""What is told of a lease: letters to its holder, each once, and events to his programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from nummer.apps.leases.models import Lease
from nummer.apps.notify import actions as notify
from nummer.apps.webhooks.actions import announce
from nummer.kernel.ids import id_of
from nummer.kernel.money import Money


def tell_ordered(row: Lease, *, content: Mapping[str, object], now: datetime) -> None:
    """Confirm an order with the summary of its contract, also as a PDF (LD-H8)."""
    _send(row, "lease-ordered", now, **content)


def tell_active(row: Lease, *, now: datetime) -> None:
    """Confirm that a number works, until when it is paid, and under which texts (LD-H8)."""
    assert row.paid_until is not None, "an active lease is paid"
    tell_programs(row, "lease.activated", now=now)
    _send(row, "lease-active", now, ends_at=row.paid_until.isoformat(), documents=row.documents)


def remind(row: Lease, *, fee: Money, covered: bool, now: datetime) -> None:
    """Remind of a renewal; `covered` says whether the balance holds the fee."""
    assert row.paid_until is not None, "an active lease is paid"
    _send(
        row,
        "lease-reminder",
        now,
        ends_at=row.paid_until.isoformat(),
        fee=fee.decimal_text(),
        currency=row.currency,
        covered="yes" if covered else "",
    )


def tell_unpaid(row: Lease, *, fee: Money, now: datetime) -> None:
    """Tell that a fee could not be paid, and until when the number is kept."""
    assert row.kept_until is not None, "grace has an end"
    tell_programs(row, "lease.unpaid", now=now)
    _send(
        row,
        "lease-unpaid",
        now,
        kept_until=row.kept_until.isoformat(),
        fee=fee.decimal_text(),
        currency=row.currency,
    )


def tell_ended(row: Lease, *, now: datetime) -> None:
    """Tell that a lease ended; why is a word of ours: notice, unpaid, cancelled, by_operator."""
    tell_programs(row, "lease.ended", now=now)
    _send(row, "lease-ended", now, ends_at=now.isoformat(), reason=row.end_reason)


def tell_programs(row: Lease, kind: str, *, now: datetime) -> None:
    """Tell the customer's programs what became of a lease; they read its state themselves."""
    announce(row.account_id, kind=kind, subject_id=row.id, lease_id=row.id, now=now)


def _send(row: Lease, letter: str, now: datetime, **words: object) -> None:
    notify.send_letter(
        row.account_id,
        letter=letter,
        context={"phone": row.e164, **words},
        now=now,
        key=id_of(letter, row.id, row.periods, row.reminded),
    )
