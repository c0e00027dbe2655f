"""Numbers for rent: adding them, taking one, letting it go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from nummer.apps.catalogue.cities import CityRow
from nummer.apps.leases.errors import NoNumberForRent, NumberTaken
from nummer.apps.leases.models import Rentable
from nummer.apps.numbers import actions as numbers
from nummer.apps.numbers.importing import NumberLine
from nummer.kernel.phone import PhoneNumber


def add_numbers_for_rent(
    lines: Sequence[NumberLine], *, supplier: str, city: CityRow | None = None, now: datetime
) -> list[PhoneNumber]:
    """Offer numbers for rent that we did not have; return those. Repeating it adds nothing.

    All of them are of `city`, None: of no city.
    """
    added = numbers.add_for_rent(lines, now=now)
    Rentable.objects.bulk_create(
        [
            Rentable(
                number_id=added[line.number.e164],
                e164=line.number.e164,
                country=line.country,
                kind=line.kind,
                city="" if city is None else city.code,
                region="" if city is None else city.region,
                area="" if city is None else city.area,
                carrier=line.carrier,
                sms=line.sms,
                voice=line.voice,
                supplier=supplier,
            )
            for line in lines
            if line.number.e164 in added
        ]
    )
    return [PhoneNumber(e164) for e164 in added]


def replace_offer(e164s: Sequence[str], *, supplier: str, country: str, kind: str) -> None:
    """Offer these of a lending supplier's numbers, and no others of the place that nobody holds.

    A number that rests after its last holder rests on. Locks: the numbers for rent.
    """
    free = Rentable.objects.filter(
        supplier=supplier, country=country, kind=kind, lease_id=None, ported_at=None
    )
    free.filter(e164__in=e164s, withdrawn=True).update(withdrawn=False)
    free.exclude(e164__in=e164s).filter(withdrawn=False).update(withdrawn=True)


_FREE: Final = (
    "lease_id IS NULL AND NOT withdrawn"
    " AND (quarantined_until IS NULL OR quarantined_until <= %(now)s)"
)
_HOLD: Final = "SET account_id = %(account_id)s, lease_id = %(lease_id)s, held_since = %(now)s"
# Whoever waited for the row finds it taken: PostgreSQL looks at the condition again.
_TAKE_ONE: Final = f"""
UPDATE leases_rentable {_HOLD}
 WHERE e164 = %(e164)s AND country = %(country)s AND kind = %(kind)s
   AND (%(city)s::text IS NULL OR city = %(city)s) AND {_FREE}
RETURNING number_id
"""
_TAKE_ANY: Final = f"""
UPDATE leases_rentable {_HOLD}
 WHERE number_id = (
   SELECT number_id FROM leases_rentable
    WHERE country = %(country)s AND kind = %(kind)s
      AND (%(city)s::text IS NULL OR city = %(city)s) AND (sms OR NOT %(sms)s) AND {_FREE}
    ORDER BY e164 LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING number_id
"""  # noqa: S608 -- our own words


def take(
    account_id: int,
    *,
    lease_id: UUID,
    number: PhoneNumber | None,
    country: str,
    kind: str,
    city: str | None,
    sms: bool = False,
    now: datetime,
) -> Rentable:
    """Give a free number to a lease: the one that was chosen, or any of its place and kind.

    `sms`: any one that takes SMS; it says nothing about a chosen one.

    Refuses: NumberTaken, NoNumberForRent. Locks: the number for rent.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE_ANY if number is None else _TAKE_ONE,
            {
                "account_id": account_id,
                "lease_id": lease_id,
                "e164": "" if number is None else number.e164,
                "country": country,
                "kind": kind,
                "city": city,
                "sms": sms,
                "now": now,
            },
        )
        row = cursor.fetchone()
    if row is None:
        raise NoNumberForRent if number is None else NumberTaken
    return Rentable.objects.get(number_id=row[0])


def let_go(
    lease_id: UUID,
    *,
    number_id: UUID,
    free_from: datetime,
    withdrawn: bool = False,
    ported_at: datetime | None = None,
) -> None:
    """Take a number from a lease that ended; nobody has it before `free_from`.

    One that was ported is no longer ours, and is nobody's ever after.
    Locks: the number for rent.
    """
    Rentable.objects.filter(number_id=number_id, lease_id=lease_id).update(
        account_id=None,
        lease_id=None,
        held_since=None,
        quarantined_until=free_from,
        withdrawn=withdrawn or ported_at is not None,
        ported_at=ported_at,
    )


def pass_on(
    lease_id: UUID, *, number_id: UUID, to_account_id: int, to_lease_id: UUID, now: datetime
) -> None:
    """Give the number of a lease to another one, without a rest between (ADR 290).

    Locks: the number for rent.
    """
    passed = Rentable.objects.filter(number_id=number_id, lease_id=lease_id).update(
        account_id=to_account_id, lease_id=to_lease_id, held_since=now
    )
    assert passed == 1, "a lease that runs holds its number"
