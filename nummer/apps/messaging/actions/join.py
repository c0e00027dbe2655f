"""Keeping the parts of long messages until their set is complete."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from nummer.apps.messaging.actions.arrival import Arrival, from_raw, joined, raw_form
from nummer.apps.messaging.models import Part
from nummer.apps.vault.actions import blind_index, seal_bytes, unseal_bytes
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID, KeyClass
from nummer.kernel.ids import new_id
from nummer.protocols.sms.inbound import Doubt, IncomingSms

PLACE = "messaging_part.raw"


def keep_parts(parts: Sequence[IncomingSms], *, default_alphabet: str) -> list[Arrival]:
    """Store parts and return the messages that are complete now, whose parts are then gone.

    A part that is there already is the same part sent again. Locks: each set, in order.
    """
    if not parts:
        return []
    sets = sorted({set_index(sms) for sms in parts})
    _lock_sets(sets)
    Part.objects.bulk_create([_row(sms) for sms in parts], ignore_conflicts=True)
    return take_sets(sets, only_complete=True, default_alphabet=default_alphabet)


def take_sets(
    sets: Sequence[bytes], *, only_complete: bool, default_alphabet: str
) -> list[Arrival]:
    """Join the stored parts of these sets and delete them; incomplete sets only when asked."""
    found: dict[bytes, list[Part]] = {}
    rows = Part.objects.filter(set_index__in=list(sets)).order_by("set_index", "sequence")
    for row in rows:
        found.setdefault(bytes(row.set_index), []).append(row)
    arrivals = []
    for index, members in found.items():
        if only_complete and len(members) < members[0].total:
            continue
        arrivals.append(
            joined(
                [(row.sequence, _sms(row)) for row in members],
                total=members[0].total,
                default_alphabet=default_alphabet,
            )
        )
        Part.objects.filter(set_index=index).delete()
    return arrivals


def stale_sets(*, before: datetime, limit: int) -> list[tuple[datetime, bytes]]:
    """Return the sets whose oldest part came before that moment, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(received_at) AS oldest, set_index FROM messaging_part"
            " GROUP BY set_index HAVING min(received_at) <= %s ORDER BY 1, 2 LIMIT %s",
            [before, limit],
        )
        return [(oldest, bytes(index)) for oldest, index in cursor.fetchall()]


def lock_set(index: bytes) -> None:
    """Let nobody else join or extend the set until the transaction ends."""
    _lock_sets([index])


def set_index(sms: IncomingSms) -> bytes:
    """Return what all parts of one long message have in common."""
    assert sms.part is not None, "only parts have a set"
    words = (sms.carrier, sms.source, sms.destination, sms.part.reference, sms.part.total)
    return blind_index("sms-set", "|".join(str(word) for word in words))


def _lock_sets(sets: Sequence[bytes]) -> None:
    keys = sorted(int.from_bytes(index[:8], "big", signed=True) for index in sets)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(k) FROM unnest(%s::bigint[]) AS k ORDER BY k", [keys]
        )


def _row(sms: IncomingSms) -> Part:
    assert sms.part is not None, "only parts are kept"
    key = new_id()
    return Part(
        id=key,
        set_index=set_index(sms),
        sequence=sms.part.sequence,
        total=sms.part.total,
        carrier=sms.carrier,
        received_at=sms.received_at,
        raw=seal_bytes(
            raw_form(sms),
            account_id=OPERATOR_ACCOUNT_ID,
            klass=KeyClass.COMMUNICATION,
            place=PLACE,
            row=key,
        ),
    )


def _sms(row: Part) -> IncomingSms:
    raw = unseal_bytes(
        bytes(row.raw),
        account_id=OPERATOR_ACCOUNT_ID,
        klass=KeyClass.COMMUNICATION,
        place=PLACE,
        row=row.id,
    )
    return from_raw(raw, received_at=row.received_at, doubt=Doubt.NONE)
