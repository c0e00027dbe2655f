"""The rules that say which papers a number needs."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.identity.models import Rule
from nummer.apps.identity.queries import Asked
from nummer.kernel.ids import new_id


def set_rule(
    *,
    country: str,
    kind: str,
    wanted: Asked,
    supplier: str = "",
    customer: str = "",
    actor: str,
    now: datetime,
) -> None:
    """Let a rule count from now on; orders that were placed keep the one of their day."""
    with transaction.atomic():
        row = Rule.objects.create(
            id=new_id(),
            country=country,
            kind=kind,
            supplier=supplier,
            customer=customer,
            fields=list(wanted.fields),
            documents=list(wanted.documents),
            from_at=now,
        )
        audit.record(
            actor=actor,
            verb="papers_rule_set",
            place="identity_rule",
            row=str(row.id),
            fields=["fields", "documents"],
            now=now,
        )
