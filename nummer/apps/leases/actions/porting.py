"""A number leaves for another provider: what stands in the row; `refunds` ends the lease (ADR 291).

The code goes by no mail and no log: it is sealed, and shown to the holder on the number's page.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.leases.actions import letters, rows
from nummer.apps.leases.errors import (
    EndingNotExplained,
    NoSuchPortOut,
    PortOutNotComplete,
    PortOutOpen,
    PortOutOver,
    PortOutTooEarly,
)
from nummer.apps.leases.leaving import PORT_REFUSALS, PortRefusal
from nummer.apps.leases.models import (
    HANDOVER_OPEN,
    PORT_OUT_OPEN,
    Handover,
    Lease,
    PortOut,
    PortOutState,
)
from nummer.apps.leases.portouts import CODE, WORDS, code_of
from nummer.apps.vault.actions import seal_text
from nummer.apps.vault.keys import KeyClass
from nummer.policy.lease import LeaseEvent

CODE_LENGTH_MAX: Final = 64
WORDS_MAX: Final = 1_000
_PLACE: Final = "leases_portout"


def ask_port_out(row: Lease, *, port_out_id: UUID, case_number: int, now: datetime) -> PortOut:
    """Note that the holder of a locked lease wants to take its number along.

    Refuses: LeaseNotLikeThat, PortOutOpen (a handover is open).
    """
    rows.state_after(row, LeaseEvent.PORTED)
    of_lease = {"account_id": row.account_id, "lease_id": row.id}
    if Handover.objects.filter(**of_lease, state__in=HANDOVER_OPEN).exists():
        raise PortOutOpen
    new = PortOut.objects.create(**of_lease, id=port_out_id, case_number=case_number, asked_at=now)
    _record(new, "ask_port_out", actor=f"customer:{row.account_id}", now=now)
    return new


def set_port_out(
    account_id: int, *, port_out_id: UUID, code: str, on: date, actor: str, now: datetime
) -> None:
    """Give the holder code and day of his port-out; setting them again replaces them.

    Refuses: NoSuchPortOut, PortOutOver, PortOutNotComplete. Locks: the lease, the port-out.
    """
    given = code.strip()
    with transaction.atomic():
        row, lease = locked_port_out(account_id, port_out_id)
        if row.state not in PORT_OUT_OPEN:
            raise PortOutOver
        if not given or len(given) > CODE_LENGTH_MAX or on < _today(lease, now):
            raise PortOutNotComplete
        row.code = seal_text(
            given, account_id=account_id, klass=KeyClass.IDENTITY, place=CODE, row=row.id
        )
        row.state, row.port_on, row.actor = PortOutState.SET, on, actor
        row.save()
        _record(row, "set_port_out", actor=actor, now=now, fields=["state", "code", "port_on"])
        letters.tell_port_out(row, phone=lease.e164, said="", why="", now=now)


def refuse_port_out(
    account_id: int,
    *,
    port_out_id: UUID,
    refusal: PortRefusal,
    words: str,
    actor: str,
    now: datetime,
) -> PortOut:
    """Say no, and why; refusing twice is refusing once.

    Refuses: NoSuchPortOut, PortOutOver, EndingNotExplained. Locks: the lease, the port-out.
    """
    said = words.replace("\0", " ").strip()[:WORDS_MAX]
    with transaction.atomic():
        row, lease = locked_port_out(account_id, port_out_id)
        if row.state == PortOutState.REFUSED:
            return row
        if row.state not in PORT_OUT_OPEN:
            raise PortOutOver
        if refusal is PortRefusal.OTHER and not said:
            raise EndingNotExplained
        row.refusal, row.actor = refusal.value, actor
        row.words = seal_text(
            said, account_id=account_id, klass=KeyClass.COMMUNICATION, place=WORDS, row=row.id
        )
        _end(row, PortOutState.REFUSED, now=now)
        _record(row, "refuse_port_out", actor=actor, now=now)
        why = letters.said_in_english(PORT_REFUSALS[refusal])
        letters.tell_port_out(row, phone=lease.e164, said=said, why=why, now=now)
        return row


def withdraw_port_out(account_id: int, *, port_out_id: UUID, now: datetime) -> PortOut:
    """Let the holder change his mind; twice is once. Refuses: NoSuchPortOut, PortOutOver.

    Locks: the lease, the port-out.
    """
    with transaction.atomic():
        row, _ = locked_port_out(account_id, port_out_id)
        if row.state == PortOutState.WITHDRAWN:
            return row
        if row.state not in PORT_OUT_OPEN:
            raise PortOutOver
        _end(row, PortOutState.WITHDRAWN, now=now)
        _record(row, "withdraw_port_out", actor=f"customer:{account_id}", now=now)
        return row


def show_port_code(account_id: int, *, port_out_id: UUID, now: datetime) -> str:
    """Return the code of an open port-out to its holder, and note that it was shown.

    Whoever has the code can take the number. Refuses: NoSuchPortOut, PortOutOver (or no code yet).
    Locks: the lease, the port-out.
    """
    with transaction.atomic():
        row, _ = locked_port_out(account_id, port_out_id)
        if row.state != PortOutState.SET:
            raise PortOutOver
        _record(row, "show_port_code", actor=f"customer:{account_id}", now=now)
        return code_of(account_id, port_out_id=port_out_id)


def note_ported(row: PortOut, lease: Lease, *, actor: str, now: datetime) -> None:
    """Note of a locked port-out and lease that the number has gone; whoever calls ends the lease.

    Refuses: PortOutOver, PortOutTooEarly.
    """
    if row.state not in PORT_OUT_OPEN:
        raise PortOutOver
    if row.state != PortOutState.SET or row.port_on is None or _today(lease, now) < row.port_on:
        raise PortOutTooEarly
    row.actor = actor
    _end(row, PortOutState.DONE, now=now)
    _record(row, "mark_ported", actor=actor, now=now)


def locked_port_out(account_id: int, port_out_id: UUID) -> tuple[PortOut, Lease]:
    """Return a port-out and its lease, both locked, the lease first. Refuses: NoSuchPortOut."""
    found = PortOut.objects.filter(account_id=account_id, id=port_out_id).first()
    if found is None:
        raise NoSuchPortOut
    lease = rows.locked(account_id, found.lease_id)
    row = PortOut.objects.select_for_update().get(account_id=account_id, id=port_out_id)
    return row, lease


def _today(lease: Lease, now: datetime) -> date:
    return now.astimezone(ZoneInfo(lease.timezone)).date()


def _end(row: PortOut, state: PortOutState, *, now: datetime) -> None:
    row.state, row.code, row.ended_at = state, None, now
    row.save()


def _record(
    row: PortOut, verb: str, *, actor: str, now: datetime, fields: list[str] | None = None
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        place=_PLACE,
        row=str(row.id),
        account_id=row.account_id,
        fields=fields or ["state"],
        now=now,
    )
