"""What may take the place of a lost number, and what became of each loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from nummer.apps.accounts import queries as accounts
from nummer.apps.identity import queries as identity
from nummer.apps.leases.errors import NoSuchLease
from nummer.apps.leases.models import Holding, Lease, Rentable, Replacement
from nummer.apps.leases.ports import codes_of_our_own
from nummer.apps.vault.actions import unseal_text
from nummer.apps.vault.errors import KeyDestroyed
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.phone import PhoneNumber
from nummer.policy.lease import Because, OfferState, Wanted, in_place_of

SHOWN: Final = 10  # how many free numbers a holder may choose from
LISTED_MAX: Final = 50
WORDS: Final = "leases_replacement.words"


@dataclass(frozen=True, slots=True)
class ReplacementRow:
    """That a number was lost, and what became of it; `number` is the one that was lost."""

    account_id: int
    id: UUID
    lease_id: UUID
    because: Because
    reason: str
    words: str = field(repr=False)
    number: PhoneNumber
    replaced_by: PhoneNumber | None
    state: OfferState
    made_at: datetime
    answer_by: datetime | None


def offer(account_id: int, *, lease_id: UUID) -> ReplacementRow | None:
    """Return the offer that waits for the holder's word, None where there is none."""
    row = Replacement.objects.filter(
        account_id=account_id, lease_id=lease_id, state=OfferState.OFFERED
    ).first()
    return None if row is None else replacement_row(row)


def offered(account_id: int, *, lease_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Return which of an account's leases have an offer that waits for the holder's word."""
    rows = Replacement.objects.filter(
        account_id=account_id, lease_id__in=list(lease_ids), state=OfferState.OFFERED
    )
    return frozenset(rows.order_by("id").values_list("lease_id", flat=True))


def replacements(account_id: int, *, lease_id: UUID) -> list[ReplacementRow]:
    """Return what a lease lost and got instead, latest first."""
    rows = Replacement.objects.filter(account_id=account_id, lease_id=lease_id)
    return [replacement_row(row) for row in rows.order_by("-made_at", "-id")[:LISTED_MAX]]


def offers_over(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (moment, account, lease) of offers that nobody answered, earliest first."""
    rows = Replacement.objects.filter(answer_by__lte=until)
    rows = rows.order_by("answer_by", "account_id", "id")
    found = rows.values_list("answer_by", "account_id", "lease_id")[:limit]
    return [(at, account_id, key) for at, account_id, key in found if at is not None]


def holder_now(number: PhoneNumber) -> tuple[int, UUID] | None:
    """Return (account, lease) of who has a number now, also before it works; None for nobody."""
    row = Rentable.objects.filter(e164=number.e164, lease_id__isnull=False).first()
    if row is None or row.account_id is None or row.lease_id is None:
        return None
    return row.account_id, row.lease_id


@dataclass(frozen=True, slots=True)
class Before:
    """A number that a lease had until it was replaced."""

    number: PhoneNumber
    from_at: datetime
    until_at: datetime


def numbers_before(account_id: int, *, lease_id: UUID) -> list[Before]:
    """Return the numbers that a lease had before its present or last one, earliest first."""
    rows = Holding.objects.filter(account_id=account_id, lease_id=lease_id).order_by("from_at")
    held = list(rows.values_list("e164", "from_at", "until_at"))
    return [
        Before(PhoneNumber(e164), from_at, until_at)
        for e164, from_at, until_at in held[:-1]
        if until_at is not None
    ]


def wanted(row: Lease) -> Wanted:
    """Return what a number must be to replace that of a lease which has not ended."""
    held = Rentable.objects.get(number_id=row.number_id)
    return in_place_of(
        country=held.country, kind=held.kind, city=held.city, sms=held.sms, voice=held.voice
    )


_FREE: Final = """
country = %(country)s AND kind = %(kind)s AND (%(city)s::text IS NULL OR city = %(city)s)
   AND (sms OR NOT %(sms)s) AND (voice OR NOT %(voice)s) AND supplier = ANY (%(suppliers)s)
   AND lease_id IS NULL AND NOT withdrawn
   AND (quarantined_until IS NULL OR quarantined_until <= %(now)s)
"""
_LISTED: Final = f"SELECT e164 FROM leases_rentable WHERE {_FREE} ORDER BY e164 LIMIT %(limit)s"  # noqa: S608 -- our own words
# Whoever waited for the row finds it taken: PostgreSQL looks at the condition again.
_TAKEN: Final = f"""
UPDATE leases_rentable
   SET account_id = %(account_id)s, lease_id = %(lease_id)s, held_since = %(now)s
 WHERE number_id = (
   SELECT number_id FROM leases_rentable
    WHERE (%(e164)s::text IS NULL OR e164 = %(e164)s) AND {_FREE}
    ORDER BY e164 LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING number_id
"""  # noqa: S608 -- our own words


def free_for(row: Lease, *, now: datetime, limit: int = SHOWN) -> list[PhoneNumber]:
    """Return free numbers that may replace that of a lease, in the order of their digits.

    They are ours to give in the moment: of a wholesaler's numbers none is offered, since he may
    refuse it or take days. None needs papers that the holder has not handed in.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LISTED, {**_asked(row, now), "limit": limit})
        return [PhoneNumber(e164) for (e164,) in cursor.fetchall()]


def free_numbers(account_id: int, *, lease_id: UUID, now: datetime) -> list[PhoneNumber]:
    """Return what `free_for` returns, of a lease by its id. Refuses: NoSuchLease."""
    row = Lease.objects.filter(account_id=account_id, id=lease_id).first()
    if row is None:
        raise NoSuchLease
    return free_for(row, now=now) if row.ended_at is None else []


def take_for(row: Lease, *, number: PhoneNumber | None, now: datetime) -> Rentable | None:
    """Give a locked lease the number that was chosen, or any that may replace its own.

    None: it is not free, or there is none. Locks: the number for rent.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKEN,
            {
                **_asked(row, now),
                "account_id": row.account_id,
                "lease_id": row.id,
                "e164": None if number is None else number.e164,
            },
        )
        found = cursor.fetchone()
    return None if found is None else Rentable.objects.get(number_id=found[0])


def _asked(row: Lease, now: datetime) -> dict[str, Any]:
    what = wanted(row)
    return {
        "country": what.country,
        "kind": what.kind,
        "city": what.city,
        "sms": what.sms,
        "voice": what.voice,
        "suppliers": _suppliers(row, now),
        "now": now,
    }


def _suppliers(row: Lease, now: datetime) -> Sequence[str]:
    """Return whose numbers may be given at once: their papers are there, or none are needed."""
    customer = accounts.account(row.account_id).kind
    fine = []
    for code in codes_of_our_own():
        asked = identity.asked(
            country=row.country, kind=row.kind, supplier=code, customer=customer, at=row.placed_at
        )
        if not asked or identity.fitting(row.account_id, wanted=asked, now=now) is not None:
            fine.append(code)
    return fine


def words_of(row: Replacement) -> str:
    """Return what the carrier said; empty where it said nothing, or the holder was erased since."""
    if row.words is None:
        return ""
    try:
        return unseal_text(
            bytes(row.words),
            account_id=row.account_id,
            klass=KeyClass.COMMUNICATION,
            place=WORDS,
            row=row.id,
        )
    except KeyDestroyed:  # what became of the contract is still to be read
        return ""


def replacement_row(row: Replacement) -> ReplacementRow:
    """Return a loss as others may see it."""
    return ReplacementRow(
        account_id=row.account_id,
        id=row.id,
        lease_id=row.lease_id,
        because=Because(row.because),
        reason=row.reason,
        words=words_of(row),
        number=PhoneNumber(row.old_e164),
        replaced_by=PhoneNumber(row.new_e164) if row.new_e164 else None,
        state=OfferState(row.state),
        made_at=row.made_at,
        answer_by=row.answer_by,
    )
