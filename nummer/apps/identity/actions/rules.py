"""The rules that say which papers a number needs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.identity.errors import RuleInThePast
from nummer.apps.identity.models import Acknowledgement, Rule
from nummer.apps.identity.queries import Asked
from nummer.kernel.ids import new_id


def set_rule(
    *,
    country: str,
    kind: str,
    wanted: Asked,
    supplier: str = "",
    customer: str = "",
    from_at: datetime | None = None,
    actor: str,
    now: datetime,
) -> None:
    """Let a rule count from a moment on, now if none is given.

    Orders that were placed before it keep the one of their day. Refuses: RuleInThePast.
    """
    if from_at is not None and from_at < now:
        raise RuleInThePast
    with transaction.atomic():
        row = Rule.objects.create(
            id=new_id(),
            country=country,
            kind=kind,
            supplier=supplier,
            customer=customer,
            fields=list(wanted.fields),
            documents=list(wanted.documents),
            from_at=from_at or now,
        )
        audit.record(
            actor=actor,
            verb="papers_rule_set",
            place="identity_rule",
            row=str(row.id),
            fields=["fields", "documents", "from_at"],
            now=now,
        )


def acknowledge(account_id: int, *, order_id: UUID, asked: Asked, now: datetime) -> None:
    """Write down what a customer was told and ticked with his order (LD-D2), in its transaction."""
    Acknowledgement.objects.create(
        account_id=account_id,
        id=order_id,
        fields=list(asked.fields),
        documents=list(asked.documents),
        at=now,
    )
