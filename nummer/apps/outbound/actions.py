"""The verb of the gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nummer.apps.outbound.errors import NotCleared
from nummer.apps.outbound.models import Passage
from nummer.apps.outbound.register import REGISTER
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID
from nummer.kernel.ids import new_id, new_ids


@dataclass(frozen=True, slots=True)
class Cleared:
    """Data that may go to `recipient` for `purpose`; only `clear` makes it."""

    recipient: str
    purpose: str
    fields: Mapping[str, str] = field(repr=False)


def clear(
    recipient: str,
    purpose: str,
    fields: Mapping[str, str],
    *,
    account_id: int | None,
    now: datetime,
) -> Cleared:
    """Let `fields` go, and write down that they went; `account_id` None: nobody's data.

    Raises NotCleared: the register has no such entry, or a field too many.
    """
    _require_allowed(recipient, purpose, fields)
    Passage.objects.create(
        account_id=OPERATOR_ACCOUNT_ID if account_id is None else account_id,
        id=new_id(),
        recipient=recipient,
        purpose=purpose,
        fields=sorted(fields),
        at=now,
    )
    return Cleared(recipient, purpose, dict(fields))


@dataclass(frozen=True, slots=True)
class Leaving:
    """What shall go to a recipient, whose data it is and what for."""

    account_id: int
    purpose: str
    fields: Mapping[str, str] = field(repr=False)


def clear_many(recipient: str, leaving: Sequence[Leaving], *, now: datetime) -> list[Cleared]:
    """Let each of `leaving` go, as `clear` does; all pass or none.

    Raises NotCleared: the register has no such entry, or a field too many.
    """
    for one in leaving:
        _require_allowed(recipient, one.purpose, one.fields)
    Passage.objects.bulk_create(
        [
            Passage(
                account_id=one.account_id,
                id=passage_id,
                recipient=recipient,
                purpose=one.purpose,
                fields=sorted(one.fields),
                at=now,
            )
            for one, passage_id in zip(leaving, new_ids(len(leaving)), strict=True)
        ]
    )
    return [Cleared(recipient, one.purpose, dict(one.fields)) for one in leaving]


def _require_allowed(recipient: str, purpose: str, fields: Mapping[str, str]) -> None:
    allowed = REGISTER.get((recipient, purpose))
    if allowed is None:
        raise NotCleared(f"{recipient} gets nothing for {purpose}")
    if surplus := fields.keys() - allowed:
        raise NotCleared(f"{recipient} does not get {sorted(surplus)} for {purpose}")
