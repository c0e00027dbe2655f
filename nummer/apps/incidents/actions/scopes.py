"""What concerns many: incidents and closures that the staff makes known, and "I am affected"."""

from __future__ import annotations

import base64
import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.incidents.actions.facts import Kind, Source, Subject, SubjectKind, Told, record
from nummer.apps.incidents.errors import (
    IncidentOver,
    LinkNotGenuine,
    MomentNotPossible,
    NoSuchIncident,
    ScopeMissing,
    ScopeTooLong,
)
from nummer.apps.incidents.models import Incident, IncidentEnd, IncidentKind, IncidentLetter
from nummer.apps.incidents.ports import rented_numbers
from nummer.apps.incidents.queries import FactRow, IncidentRow, Place, incident
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.queries import ActivationRow
from nummer.apps.vault.actions import keyed_digest
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.phone import PhoneNumber

__all__ = ["IncidentKind", "Scope", "affected_link", "end_incident", "publish", "say_affected"]

NUMBERS_MAX: Final = 500
_LINK: Final = struct.Struct(">q16s16s")  # account, order, seal


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom something concerns; an empty part means all, and not all of them may be empty."""

    carrier: str = ""
    country: str = ""
    service: str = ""
    numbers: Sequence[PhoneNumber] = ()


def publish(
    scope: Scope,
    *,
    kind: IncidentKind = IncidentKind.OUTAGE,
    began_at: datetime,
    words: str = "",
    actor: str,
    now: datetime,
) -> IncidentRow:
    """Make an incident known; whoever holds a number in its scope is owed a letter.

    Refuses: ScopeMissing, ScopeTooLong, MomentNotPossible.
    """
    if not (scope.carrier or scope.country or scope.service or scope.numbers):
        raise ScopeMissing
    if len(scope.numbers) > NUMBERS_MAX:
        raise ScopeTooLong(limit=NUMBERS_MAX)
    if began_at > now:
        raise MomentNotPossible
    with transaction.atomic():
        row = Incident.objects.create(
            id=new_id(),
            kind=kind,
            carrier=scope.carrier,
            country=scope.country,
            service=scope.service,
            numbers=[number.e164 for number in scope.numbers],
            words=words,
            began_at=began_at,
            published_at=now,
            actor=actor,
        )
        if kind is IncidentKind.OUTAGE:
            _owe_letters(row, now)
        _record("publish_incident", row.id, actor=actor, now=now)
    return incident(row.id)


def end_incident(incident_id: UUID, *, ended_at: datetime, actor: str, now: datetime) -> None:
    """Say that an incident is over: reports of it count until then.

    Refuses: NoSuchIncident, IncidentOver, MomentNotPossible.
    """
    row = incident(incident_id)
    if row.ended_at is not None:
        raise IncidentOver
    if not row.began_at <= ended_at <= now:
        raise MomentNotPossible
    with transaction.atomic():
        _, fresh = IncidentEnd.objects.get_or_create(
            incident_id=incident_id,
            defaults={"ended_at": ended_at, "learned_at": now, "actor": actor},
        )
        if not fresh:
            raise IncidentOver
        IncidentLetter.objects.filter(incident_id=incident_id).delete()
        _record("end_incident", incident_id, actor=actor, now=now)


def affected_link(incident_id: UUID, *, account_id: int, order_id: UUID) -> str:
    """Return the end of a link by which a customer says that an incident concerns his order.

    Whoever holds it can do this and nothing else.
    """
    seal = _seal(incident_id, account_id, order_id)
    packed = _LINK.pack(account_id, order_id.bytes, seal)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def affected_subject(incident_id: UUID, *, link: str) -> tuple[int, UUID]:
    """Return (account, order or lease) that a link is about. Refuses: LinkNotGenuine."""
    try:
        packed = base64.urlsafe_b64decode(link + "=" * (-len(link) % 4))
        account_id, order, seal = _LINK.unpack(packed)
    except (ValueError, struct.error):
        raise LinkNotGenuine from None
    order_id = UUID(bytes=order)
    if not hmac.compare_digest(seal, _seal(incident_id, account_id, order_id)):
        raise LinkNotGenuine
    return account_id, order_id


def affected_order(incident_id: UUID, *, link: str) -> ActivationRow:
    """Return the one-time order that a link is about.

    Refuses: LinkNotGenuine; NoSuchActivation where it is about a rented number.
    """
    account_id, order_id = affected_subject(incident_id, link=link)
    return numbers.activation_of_order(account_id, order_id=order_id)


def say_affected(incident_id: UUID, *, link: str, now: datetime) -> FactRow:
    """Take one click on an incident's notice as the customer's contact (RP-B1).

    Clicking twice is clicking once. Refuses: LinkNotGenuine, NoSuchIncident, IncidentOver.
    """
    row, known = affected_order(incident_id, link=link), incident(incident_id)
    if not concerns(known, place_of(row)):
        raise NoSuchIncident
    if known.ended_at is not None and known.ended_at <= now:
        raise IncidentOver
    return record(
        row.account_id,
        subject=Subject(SubjectKind.ONE_TIME, row.order_id),
        kind=Kind.PROBLEM,
        told=Told(
            source=Source.NOTICE,
            actor=f"customer:{row.account_id}",
            happened_at=now,
            key=id_of("affected", incident_id, row.order_id),
        ),
        incident_id=incident_id,
        now=now,
    )


def place_of(row: ActivationRow) -> Place:
    """Return where an order's number lives."""
    return Place(row.number.e164, row.carrier, row.country, row.service)


def concerns(row: IncidentRow, place: Place) -> bool:
    """Tell whether a place lies in an incident's scope."""
    return (
        row.carrier in ("", place.carrier)
        and row.country in ("", place.country)
        and row.service in ("", place.service)
        and (not row.numbers or place.number in row.numbers)
    )


def _seal(incident_id: UUID, account_id: int, order_id: UUID) -> bytes:
    return keyed_digest("affected", f"{incident_id}|{account_id}|{order_id}")


def _owe_letters(row: Incident, now: datetime) -> None:
    held = numbers.open_in_scope(
        carrier=row.carrier, country=row.country, service=row.service, numbers=row.numbers
    )
    rented: Sequence[tuple[int, UUID]] = ()
    if not row.service:  # a rented number is for no single service
        rented = rented_numbers().in_scope(
            carrier=row.carrier, country=row.country, numbers=row.numbers
        )
    IncidentLetter.objects.bulk_create(
        [
            IncidentLetter(account_id=account_id, order_id=order_id, incident_id=row.id, due_at=now)
            for account_id, order_id in (*held, *rented)
        ],
        batch_size=5000,
    )


def _record(verb: str, incident_id: UUID, *, actor: str, now: datetime) -> None:
    audit.record(actor=actor, verb=verb, place="incidents_incident", row=str(incident_id), now=now)
