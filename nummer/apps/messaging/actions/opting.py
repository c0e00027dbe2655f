"""Recipients who want no more texts of a number: STOP, and START again (ADR 223)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from nummer.apps.messaging.models import OptOut
from nummer.kernel.ids import new_id
from nummer.protocols.sms.opting import Opting


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked of a rented number; `theirs_index` says who."""

    account_id: int
    lease_id: UUID
    theirs_index: bytes
    opting: Opting


_OUT: Final = """
INSERT INTO messaging_optout (account_id, id, lease_id, theirs_index, since)
VALUES (%s, %s, %s, %s, %s) ON CONFLICT (account_id, lease_id, theirs_index) DO NOTHING
"""


def note_opting(asked: Sequence[Asked], *, now: datetime) -> None:
    """Let each have his will, in the order given; repeating it changes nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        for one in asked:
            if one.opting is Opting.OUT:
                cursor.execute(
                    _OUT, [one.account_id, new_id(), one.lease_id, one.theirs_index, now]
                )
            else:
                OptOut.objects.filter(
                    account_id=one.account_id,
                    lease_id=one.lease_id,
                    theirs_index=one.theirs_index,
                ).delete()
