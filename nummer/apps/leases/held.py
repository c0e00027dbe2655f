"""The numbers that an account has now, as its programs list them: newest first, by name, by id.

A program of the sms-activate family needs a whole number for an id. `short_id` makes it of the
lease's own id: the millisecond in which it was made and 14 bits of chance, below 2^53 so that
JavaScript reads it exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from nummer.apps.accounts.prepared import prepared_cursor
from nummer.apps.leases.actions.rows import locked
from nummer.apps.leases.errors import LeaseNotLikeThat, NoSuchLease
from nummer.apps.leases.models import Label, Lease, Rentable
from nummer.apps.leases.queries import LeaseRow, lease_row
from nummer.apps.vault.actions import Sealed, seal_text, unseal_many
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.phone import PhoneNumber
from nummer.policy.lease import HOLDING, SERVED, LeaseState, next_period

LABEL_LENGTH_MAX: Final = 64
LISTED_MAX: Final = 1001
SHORT_ID_MAX: Final = 2**53 - 1
_EPOCH_MS: Final = 1_704_067_200_000  # 2024-01-01; 39 bits of milliseconds last until 2041
_CHANCE_BITS: Final = 14
_MS_SHIFT: Final = 80  # RFC 9562, section 5.7: 48 bits of milliseconds stand first
_PLACE: Final = "leases_label.text"
_HOLDING: Final = sorted(HOLDING)
_SERVED: Final = [state.value for state in sorted(SERVED)]


@dataclass(frozen=True, slots=True)
class Able:
    """What a number can."""

    sms: bool
    voice: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Whose leases are meant: a sub-account's, or with None those of no sub-account (ADR 433)."""

    sub_account_id: UUID | None


def held(
    account_id: int,
    *,
    part: Part | None = None,
    number: PhoneNumber | None = None,
    kind: str | None = None,
    before: UUID | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> list[LeaseRow]:
    """Return leases that have not ended, newest first: the next ones older than `before`.

    Without `part` those of the whole account. With `after` those that were made next after it,
    newest first, too.
    """
    rows = _of(account_id, part=part, number=number, kind=kind)
    most = min(limit, LISTED_MAX)
    if after is not None:
        return [lease_row(row) for row in rows.filter(id__gt=after).order_by("id")[:most]][::-1]
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [lease_row(row) for row in rows.order_by("-id")[:most]]


def held_one(account_id: int, *, lease_id: UUID, part: Part | None = None) -> LeaseRow:
    """Return a lease that has not ended. Refuses: NoSuchLease."""
    row = _of(account_id, part=part).filter(id=lease_id).first()
    if row is None:
        raise NoSuchLease
    return lease_row(row)


_SENDING: Final = """
SELECT l.id FROM leases_rentable r
  JOIN leases_lease l ON l.account_id = r.account_id AND l.id = r.lease_id
 WHERE r.e164 = %s AND r.account_id = %s AND l.state = ANY (%s)
   AND (%s OR l.sub_account_id IS NOT DISTINCT FROM %s::uuid)
"""


def sending(account_id: int, *, number: PhoneNumber, part: Part | None = None) -> UUID | None:
    """Return the lease under which an account's number sends now; asked for each SMS."""
    of = None if part is None else part.sub_account_id
    with prepared_cursor() as cursor:
        cursor.execute(_SENDING, [number.e164, account_id, _SERVED, part is None, of])
        row = cursor.fetchone()
    return None if row is None else UUID(str(row[0]))


def _of(
    account_id: int,
    *,
    part: Part | None = None,
    number: PhoneNumber | None = None,
    kind: str | None = None,
) -> QuerySet[Lease]:
    rows = Lease.objects.filter(account_id=account_id, state__in=_HOLDING)
    if part is not None:
        rows = rows.filter(sub_account_id=part.sub_account_id)
    if number is not None:
        rows = rows.filter(e164=number.e164)
    return rows if kind is None else rows.filter(kind=kind)


def leases_with(account_id: int, *, number: PhoneNumber, part: Part) -> list[UUID]:
    """Return the leases that a part of an account had of a number, ended or not, newest first."""
    rows = Lease.objects.filter(
        account_id=account_id, e164=number.e164, sub_account_id=part.sub_account_id
    ).order_by("-id")
    return list(rows.values_list("id", flat=True)[:LISTED_MAX])


def of_sub_account(account_id: int, *, sub_account_id: UUID) -> list[UUID]:
    """Return the leases that a sub-account ever had."""
    rows = Lease.objects.filter(account_id=account_id, sub_account_id=sub_account_id)
    return list(rows.values_list("id", flat=True))


def counted(account_id: int, *, sub_account_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return how many numbers sub-accounts have now; one that has none is left out."""
    rows = _of(account_id).filter(sub_account_id__in=list(sub_account_ids))
    found = rows.values_list("sub_account_id").order_by("sub_account_id")
    return dict(found.annotate(Count("id")))


def of_sub_accounts(account_id: int) -> list[UUID]:
    """Return the leases that any sub-account of an account ever had."""
    rows = Lease.objects.filter(account_id=account_id, sub_account_id__isnull=False)
    return list(rows.values_list("id", flat=True))


def able(account_id: int, *, lease_ids: Sequence[UUID]) -> dict[UUID, Able]:
    """Return what the numbers of leases can that have not ended."""
    rows = Rentable.objects.filter(account_id=account_id, lease_id__in=list(lease_ids))
    found = rows.order_by("number_id").values_list("lease_id", "sms", "voice")[:LISTED_MAX]
    return {lease_id: Able(sms, voice) for lease_id, sms, voice in found if lease_id is not None}


def end_if_continued(account_id: int, *, lease_id: UUID) -> datetime:
    """Return when a lease that serves would end if one more period were bought.

    Refuses: NoSuchLease, LeaseNotLikeThat (it does not serve).
    """
    row = Lease.objects.filter(account_id=account_id, id=lease_id).first()
    if row is None:
        raise NoSuchLease
    if LeaseState(row.state) not in SERVED or row.anchor_at is None or row.paid_until is None:
        raise LeaseNotLikeThat(state=row.state)
    _, month = next_period(
        row.anchor_at, index=row.months, paid_at=row.paid_until, timezone=row.timezone
    )
    return month.ends_at


def short_id(lease_id: UUID) -> int:
    """Return a whole number for a lease, below 2^53."""
    ms = (lease_id.int >> _MS_SHIFT) - _EPOCH_MS
    chance = lease_id.int & (2**_CHANCE_BITS - 1)
    return ms << _CHANCE_BITS | chance


def lease_by_short_id(account_id: int, *, short: int) -> LeaseRow:
    """Return the lease with that whole number, ended or not. Refuses: NoSuchLease."""
    if not 0 <= short <= SHORT_ID_MAX:
        raise NoSuchLease
    ms = (short >> _CHANCE_BITS) + _EPOCH_MS
    first, behind = UUID(int=ms << _MS_SHIFT), UUID(int=(ms + 1) << _MS_SHIFT)
    made_then = Q(id__gte=first, id__lt=behind)
    for row in Lease.objects.filter(made_then, account_id=account_id).order_by("id")[:LISTED_MAX]:
        if short_id(row.id) == short:
            return lease_row(row)
    raise NoSuchLease


def labels(account_id: int, *, lease_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return what a customer calls his numbers, of those that he gave a name."""
    rows = list(
        Label.objects.filter(account_id=account_id, lease_id__in=list(lease_ids)).order_by(
            "lease_id"
        )[:LISTED_MAX]
    )
    texts = unseal_many(
        [
            Sealed(bytes(row.text), account_id, KeyClass.IDENTITY, _PLACE, row.lease_id)
            for row in rows
        ]
    )
    return {row.lease_id: text.decode() for row, text in zip(rows, texts, strict=True)}


def set_label(account_id: int, *, lease_id: UUID, text: str, now: datetime) -> None:
    """Give a number a name, at most LABEL_LENGTH_MAX of it; an empty one takes its name away.

    Refuses: NoSuchLease. Locks: the lease.
    """
    with transaction.atomic():
        locked(account_id, lease_id)
        if not text:
            Label.objects.filter(account_id=account_id, lease_id=lease_id).delete()
            return
        Label.objects.update_or_create(
            account_id=account_id,
            lease_id=lease_id,
            defaults={
                "text": seal_text(
                    text[:LABEL_LENGTH_MAX],
                    account_id=account_id,
                    klass=KeyClass.IDENTITY,
                    place=_PLACE,
                    row=lease_id,
                ),
                "changed_at": now,
            },
        )
