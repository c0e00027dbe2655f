"""The verb of the gate."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from nummer.apps.outbound.errors import NotCleared
from nummer.apps.outbound.models import Passage
from nummer.apps.outbound.register import REGISTER
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID
from nummer.kernel.ids import new_id


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


def _require_allowed(recipient: str, purpose: str, fields: Mapping[str, str]) -> None:
    allowed = REGISTER.get((recipient, purpose))
    if allowed is None:
        raise NotCleared(f"{recipient} gets nothing for {purpose}")
    if surplus := fields.keys() - allowed:
        raise NotCleared(f"{recipient} does not get {sorted(surplus)} for {purpose}")


def purposes_of(recipient: str, *, fields: Collection[str]) -> list[str]:
    """Return for what purposes these fields may go to a recipient.

    For statements that let much leave at once: they take nothing of another purpose, and call
    `outbound_pass`, which writes the passages down in the same transaction.
    """
    return sorted(
        purpose
        for (whom, purpose), allowed in REGISTER.items()
        if whom == recipient and allowed >= set(fields)
    )
