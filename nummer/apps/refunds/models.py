"""Tables of decisions, and of what a carrier took away that is still owed one."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Decision(models.Model):
    """One decision with all that recomputes it; only the note when it was told is added."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    order_id = models.UUIDField()
    claim_key = models.CharField(max_length=80)
    decision = models.CharField(max_length=12)
    clauses = ArrayField(models.CharField(max_length=12))
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    facts = models.JSONField()
    facts_sha256 = models.CharField(max_length=64)
    policy_version = models.CharField(max_length=10)
    calendar_version = models.CharField(max_length=20)
    actor = models.CharField(max_length=40)
    surface = models.CharField(max_length=12)
    transfer_id = models.UUIDField(null=True)
    decided_at = models.DateTimeField()
    notified_at = models.DateTimeField(null=True)

    class Meta:
        """Constraints of a decision."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "claim_key"], name="decision_once_for_each_claim"
            ),
            models.CheckConstraint(
                condition=Q(decision="CREDIT", amount_micro__gt=0, transfer_id__isnull=False)
                | (~Q(decision="CREDIT") & Q(transfer_id=None)),
                name="decision_credits_exactly_with_a_transfer",
            ),
        )
        indexes = (
            models.Index(fields=["account_id", "order_id"], name="decision_of_order"),
            models.Index(
                fields=["decided_at"], name="decision_untold", condition=Q(notified_at=None)
            ),
        )


class Taken(models.Model):
    """An open activation on a number that its carrier took away; gone once it was ended."""

    pk = models.CompositePrimaryKey("account_id", "activation_id")
    account_id = models.BigIntegerField()
    activation_id = models.UUIDField()
    reason = models.CharField(max_length=16)
    taken_at = models.DateTimeField()

    class Meta:
        """The path of the sweeper."""

        indexes = (models.Index(fields=["taken_at"], name="taken_due"),)
