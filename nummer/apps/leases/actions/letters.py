"""What is told of a lease: letters to its holder, each once, and events to his programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils import translation

from nummer.apps.leases import queries
from nummer.apps.leases.leaving import CAUSES
from nummer.apps.leases.models import Handover, Lease, PortOut, Replacement
from nummer.apps.leases.replacements import words_of
from nummer.apps.notify import actions as notify
from nummer.apps.webhooks.actions import announce
from nummer.kernel.ids import id_of
from nummer.kernel.locale import DRAFTING_LANGUAGE
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber


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
    """Tell that a lease ended; why is a word of ours: notice, unpaid, cancelled, by_operator.

    Of a number that its carrier took away: blocked, blocked_alone, blocked_for_use.
    """
    tell_programs(row, "lease.ended", now=now)
    why = queries.ending(row.account_id, lease_id=row.id)
    _send(
        row,
        "lease-ended",
        now,
        ends_at=now.isoformat(),
        reason=row.end_reason,
        lease=str(row.id),
        words=_words_of_carrier(row),
        cause="" if why is None else said_in_english(CAUSES[why.cause]),
        said="" if why is None else why.words,
    )


def _words_of_carrier(row: Lease) -> str:
    """Return what the carrier said about a number that it took away."""
    if not row.end_reason.startswith("blocked"):
        return ""
    lost = Replacement.objects.filter(account_id=row.account_id, lease_id=row.id)
    latest = lost.order_by("-made_at", "-id").first()
    return "" if latest is None else words_of(latest)


def tell_blocked(
    row: Lease, lost: Replacement, *, free: Sequence[PhoneNumber], now: datetime
) -> None:
    """Tell that a carrier took a number away, which ones are free, and until when to answer."""
    assert lost.answer_by is not None, "an offer has an end"
    tell_programs(row, "lease.blocked", now=now)
    notify.send_letter(
        row.account_id,
        letter="lease-blocked",
        context={
            "phone": row.e164,
            "reason": lost.reason,
            "words": words_of(lost),
            "free": [one.international() for one in free],
            "answer_by": lost.answer_by.isoformat(),
            "lease": str(row.id),
        },
        now=now,
        key=id_of("lease-blocked", lost.id),
    )


def tell_replaced(row: Lease, lost: Replacement, *, now: datetime) -> None:
    """Confirm that another number serves a contract, which is paid as it was."""
    assert row.paid_until is not None, "what served is paid"
    tell_programs(row, "lease.replaced", now=now)
    notify.send_letter(
        row.account_id,
        letter="lease-replaced",
        context={
            "before": lost.old_e164,
            "phone": lost.new_e164,
            "ends_at": row.paid_until.isoformat(),
            "lease": str(row.id),
        },
        now=now,
        key=id_of("lease-replaced", lost.id),
    )


def tell_offered(row: Handover, *, now: datetime) -> None:
    """Tell the receiver that a number is offered to him; who offers it, he is not told."""
    assert row.to_account_id is not None, "there is somebody to tell"
    _send_of(row, row.to_account_id, "handover-offered", now, ends_at=row.expires_at.isoformat())


def tell_handover_accepted(row: Handover, *, now: datetime) -> None:
    """Ask the giver for his second word."""
    _send_of(
        row,
        row.account_id,
        "handover-accepted",
        now,
        ends_at=row.expires_at.isoformat(),
        lease=str(row.lease_id),
    )


def tell_handover_ended(row: Handover, *, now: datetime) -> None:
    """Tell the giver that nothing came of it: lapsed or declined."""
    _send_of(row, row.account_id, "handover-ended", now, reason=row.state)


def tell_handover_withdrawn(row: Handover, *, now: datetime) -> None:
    """Tell a receiver who was asked that the giver changed his mind."""
    if row.to_account_id is not None:
        _send_of(row, row.to_account_id, "handover-ended", now, reason=row.state)


def tell_handed_over(row: Lease, *, content: Mapping[str, object], now: datetime) -> None:
    """Confirm a number to whoever took it over, with the summary of his contract (LD-H8)."""
    assert row.paid_until is not None, "an active lease is paid"
    tell_programs(row, "lease.activated", now=now)
    words = {name: value for name, value in content.items() if name != "phone"}
    _send(row, "handover-done", now, ends_at=row.paid_until.isoformat(), **words)


def tell_port_out(row: PortOut, *, phone: str, said: str, why: str, now: datetime) -> None:
    """Tell where a port-out stands; its code is on the page of the number, and never in a mail."""
    notify.send_letter(
        row.account_id,
        letter="port-out",
        context={
            "phone": phone,
            "state": str(row.state),
            "port_on": "" if row.port_on is None else row.port_on.isoformat(),
            "why": why,
            "said": said,
            "lease": str(row.lease_id),
        },
        now=now,
        key=id_of(
            "port-out", row.id, row.state, "" if row.port_on is None else row.port_on.isoformat()
        ),
    )


def _send_of(row: Handover, account_id: int, letter: str, now: datetime, **words: object) -> None:
    notify.send_letter(
        account_id,
        letter=letter,
        context={"phone": row.e164, "handover": str(row.id), **words},
        now=now,
        key=id_of(letter, row.id, account_id),
    )


def tell_programs(row: Lease, kind: str, *, now: datetime) -> None:
    """Tell the customer's programs what became of a lease; they read its state themselves."""
    announce(row.account_id, kind=kind, subject_id=row.id, lease_id=row.id, now=now)


def said_in_english(sentence: object) -> str:
    """Return a sentence of ours as letters keep it: they are translated when they are written."""
    with translation.override(DRAFTING_LANGUAGE):
        return str(sentence)


def _send(row: Lease, letter: str, now: datetime, **words: object) -> None:
    notify.send_letter(
        row.account_id,
        letter=letter,
        context={"phone": row.e164, **words},
        now=now,
        key=id_of(letter, row.id, row.periods, row.reminded),
    )
