"""Faults that customers tell of on the page, by phone and by mail, whose receipt counts (RP-B1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.cases import queries as cases
from nummer.apps.cases.actions import Channel, Proof
from nummer.apps.cases.errors import NoSuchCase
from nummer.apps.cases.queries import CaseHead, MessageRow
from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions import scopes
from nummer.apps.incidents.actions.facts import (
    Kind,
    Source,
    SubjectKind,
    Told,
    record,
    report,
)
from nummer.apps.incidents.errors import IncidentOver, MomentNotPossible, NoSuchIncident
from nummer.apps.incidents.queries import FactRow, Place
from nummer.apps.leases import queries as leases
from nummer.apps.refunds.errors import ReportNotConfirmed
from nummer.apps.refunds.held import Held, held_order
from nummer.apps.refunds.models import Reported
from nummer.apps.refunds.rentals import NO_SERVICE
from nummer.kernel.ids import id_of
from nummer.policy.lease import SERVED
from nummer.policy.refund.outages import OUTAGE_MIN

LONG_ENOUGH: Final = OUTAGE_MIN + timedelta(seconds=1)  # RP-B1: "for more than 24 hours"
# A key is not among them: it must not stand by what came by mail.
PROVEN: Final = (Proof.SIGNED_IN, Proof.STAFF)


def report_fault(account_id: int, *, order_id: UUID, told: Told, now: datetime) -> FactRow:
    """Write down that a customer says his number does not work, bought once or rented (RP-B1).

    Refuses: NoSuchActivation, MomentNotPossible, TooManyReports.
    """
    held = held_order(account_id, order_id=order_id)
    _require_held(held, told.happened_at)
    with transaction.atomic():
        _look_after(account_id, held, told.happened_at)
        return report(account_id, subject=held.subject, since=held.since, told=told, now=now)


def say_lease_affected(
    account_id: int, *, lease_id: UUID, incident_id: UUID, now: datetime
) -> FactRow:
    """Take a holder's click on an incident that concerns his number as his contact (RP-B1).

    Saying it twice is saying it once. Refuses: NoSuchLease, NoSuchIncident, IncidentOver.
    """
    lease = leases.lease(account_id, lease_id=lease_id)
    known = incidents.incident(incident_id)
    place = Place(lease.number.e164, lease.carrier, lease.country, NO_SERVICE)
    if lease.state not in SERVED or not scopes.concerns(known, place):
        raise NoSuchIncident
    if known.ended_at is not None and known.ended_at <= now:
        raise IncidentOver
    held = held_order(account_id, order_id=lease_id)
    with transaction.atomic():
        _look_after(account_id, held, now)
        return record(
            account_id,
            subject=held.subject,
            kind=Kind.PROBLEM,
            told=Told(
                source=Source.NOTICE,
                actor=f"customer:{account_id}",
                happened_at=now,
                key=id_of("affected", incident_id, lease_id),
            ),
            incident_id=incident_id,
            now=now,
        )


def report_by_message(
    account_id: int,
    *,
    case_id: UUID,
    message_id: UUID,
    order_id: UUID,
    actor: str,
    known_by: str = "",
    now: datetime,
) -> FactRow:
    """Write down a fault that a customer told of in a message, as of that message's receipt.

    `known_by` says how the staff knows that it was he, where he did not confirm it himself. What
    the mail's signature showed stays beside the report. The same message about the same order
    again returns the first report.
    Refuses: NoSuchCase, NoSuchActivation, ReportNotConfirmed, MomentNotPossible, TooManyReports.
    """
    head = cases.case(account_id, case_id=case_id).head
    message = _message(head, message_id)
    if not known_by and head.to_be_confirmed and message.proof not in PROVEN:
        raise ReportNotConfirmed
    held = held_order(account_id, order_id=order_id)
    _require_held(held, message.at)
    with transaction.atomic():
        _look_after(account_id, held, message.at)
        return _reported(head, message, held, actor=actor, known_by=known_by, now=now)


def _reported(
    head: CaseHead, message: MessageRow, held: Held, *, actor: str, known_by: str, now: datetime
) -> FactRow:
    account_id = head.account_id
    row = report(
        account_id,
        subject=held.subject,
        since=held.since,
        told=Told(
            source=_SOURCES[Channel(message.channel)],
            actor=actor,
            happened_at=message.at,
            evidence=message.text,
            reference=known_by or message.proof.value,
            case_id=head.id,
            key=_key(head, message, held.order_id),
        ),
        snapshot={
            "message": str(message.id),
            "proof": message.proof.value,
            "dkim": message.dkim,
            "confirmed": head.confirmed_at is not None,
        },
        now=now,
    )
    audit.record(
        actor=actor,
        verb="report_by_message",
        place="incidents_fact",
        row=str(row.id),
        account_id=account_id,
        now=now,
    )
    return row


_SOURCES: Final = {
    Channel.MAIL: Source.MAIL,
    Channel.PAGE: Source.PAGE,
    Channel.PHONE: Source.PHONE,
    Channel.API: Source.API,
}


def _look_after(account_id: int, held: Held, at: datetime) -> None:
    """Have it asked, once an outage may be long enough, whether the lease is owed money."""
    if not held.rented:
        return
    look_at = at + LONG_ENOUGH
    row, fresh = Reported.objects.get_or_create(
        account_id=account_id, lease_id=held.order_id, defaults={"look_at": look_at}
    )
    if not fresh and look_at < row.look_at:
        row.look_at = look_at
        row.save(update_fields=["look_at"])


def _require_held(held: Held, at: datetime) -> None:
    """Refuse a contact about a rented number after it went: by then it is somebody's own again."""
    gone = held.subject.kind is SubjectKind.RENTAL and held.until is not None and at > held.until
    if gone:
        raise MomentNotPossible


def _message(head: CaseHead, message_id: UUID) -> MessageRow:
    """Return what the customer wrote. Refuses: NoSuchCase for ours, and for those of others."""
    found = cases.message(head.account_id, case_id=head.id, message_id=message_id)
    if not found.inbound:
        raise NoSuchCase
    return found


def _key(head: CaseHead, message: MessageRow, order_id: UUID) -> UUID:
    """Return the report's id: that of a case begun on the page is made with the case (RP-B1)."""
    if order_id == head.order_id and message.at == head.received_at:
        return id_of("case-report", head.id)
    return id_of("case-report", head.id, message.id, order_id)
