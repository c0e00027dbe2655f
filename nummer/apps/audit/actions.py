"""The one verb of the record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from nummer.apps.audit.models import Line
from nummer.kernel.ids import new_id

_ACTOR: Final = re.compile(r"(customer|staff|key|system|carrier|provider):[a-z0-9_-]{1,36}")


def record(
    *,
    actor: str,
    verb: str,
    place: str,
    row: str,
    account_id: int | None = None,
    fields: Sequence[str] = (),
    now: datetime,
) -> None:
    """Write that `actor` did `verb` to `row` of `place`, in the caller's transaction.

    `actor` is like "customer:17", "staff:3" or "system:jobs"; `fields` are names, never values.
    """
    assert _ACTOR.fullmatch(actor), "an actor is a kind and an id"
    Line.objects.create(
        id=new_id(),
        at=now,
        actor=actor,
        verb=verb,
        place=place,
        row=row,
        account_id=account_id,
        fields=list(fields),
    )
