"""Compares what a wholesaler counts as ours with our leases, and names every difference.

What a lease's end or renewal should have told him is told again; what nobody can explain waits
for a person. Our leases are read before and after his list, so that what changed meanwhile is no
difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import structlog
from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.leases import actions as leases
from nummer.apps.leases import queries as rented
from nummer.apps.leases.queries import SuppliedRow
from nummer.apps.supply.actions.asking import question, required
from nummer.apps.supply.actions.syncing import SYSTEM
from nummer.apps.supply.models import Difference, Odd, Wholesale
from nummer.apps.supply.ports import Owned
from nummer.kernel.ids import new_id

log = structlog.get_logger(__name__)

_TOLD_AGAIN: Final = frozenset({Odd.ENDED, Odd.LAPSES})
Found = tuple[Odd, str, str]  # what, under which reference, about which number


def compare(code: str, *, now: datetime) -> int:
    """Compare once and return how many differences there are now.

    Raises Unavailable. Refuses: NoSuchSupplier.
    """
    wholesaler = required(code)
    before = {row.reference: row for row in rented.supplied_by(code)}
    owned = list(wholesaler.owned(question("supply-owned", now=now)))
    after = {row.reference: row for row in rented.supplied_by(code)}
    found = set(_differences(owned, before, after))
    with transaction.atomic():
        Wholesale.objects.select_for_update().filter(code=code).update(compared_at=now)
        _write(code, found, now)
    for odd, reference, _ in sorted(found):
        if odd in _TOLD_AGAIN:
            leases.tell_again(after[reference].account_id, lease_id=after[reference].id, now=now)
    return len(found)


def _differences(
    owned: Sequence[Owned],
    before: Mapping[str, SuppliedRow],
    after: Mapping[str, SuppliedRow],
) -> Iterator[Found]:
    by_reference: dict[str, list[Owned]] = defaultdict(list)
    for each in owned:
        by_reference[each.reference].append(each)
    for reference, numbers in by_reference.items():
        yield from _of_reference(reference, numbers, after.get(reference))
    for reference, row in before.items():
        still = after.get(reference)
        if row.serves and still is not None and still.serves:
            there = [one for one in by_reference.get(reference, ()) if not one.blocked]
            if not any(one.e164 == row.e164 for one in there):
                yield Odd.MISSING, reference, row.e164


def _of_reference(
    reference: str, numbers: Sequence[Owned], row: SuppliedRow | None
) -> Iterator[Found]:
    """Name what is odd about the numbers that came by one order."""
    stays = [each for each in numbers if each.stays]
    if row is None:
        yield from ((Odd.STRAY, reference, each.e164) for each in stays)
        return
    if row.ended:
        yield from ((Odd.ENDED, reference, each.e164) for each in stays)
        return
    yield from ((Odd.OTHER, reference, one.e164) for one in numbers if one.e164 != row.e164)
    same = [each for each in numbers if each.e164 == row.e164]
    yield from ((Odd.SECOND, reference, each.e164) for each in same[1:])
    if row.serves and same and not any(each.stays for each in same):
        yield Odd.LAPSES, reference, row.e164


def _write(code: str, found: set[Found], now: datetime) -> None:
    """Open what is new, close what is no more; each is a line of the record."""
    known = {
        (Odd(row.odd), row.reference, row.e164): row
        for row in Difference.objects.filter(supplier=code, gone_at=None).order_by("id")
    }
    for odd, reference, e164 in sorted(found - known.keys()):
        made = Difference.objects.create(
            id=new_id(), supplier=code, odd=odd, reference=reference, e164=e164, found_at=now
        )
        log.error("a wholesaler's numbers differ from our leases", supplier=code, odd=odd.value)
        _record("supply_difference_found", made, now)
    for key in known.keys() - found:
        row = known[key]
        row.gone_at = now
        row.save(update_fields=["gone_at"])
        _record("supply_difference_gone", row, now)


def _record(verb: str, row: Difference, now: datetime) -> None:
    audit.record(actor=SYSTEM, verb=verb, place="supply_difference", row=str(row.id), now=now)
