"""Tables of top-ups and of what providers told us."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class TopUpState(models.TextChoices):
    """Where a top-up stands; only `paid` is final, since money that comes late is still money."""

    STARTED = "started"
    PAID = "paid"
    FAILED = "failed"  # the provider says that nothing was paid
    ABANDONED = "abandoned"  # nobody came back in a day


class TopUp(models.Model):
    """A customer's wish to pay in."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    provider = models.CharField(max_length=20)
    method = models.CharField(max_length=30)
    refundable = models.BooleanField()
    provider_reference = models.CharField(max_length=100, default="")
    pay_url = models.CharField(max_length=500, default="")
    state = models.CharField(max_length=9, choices=TopUpState, default=TopUpState.STARTED)
    started_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        """Constraints, and the path of the sweeper."""

        constraints = (
            models.CheckConstraint(
                condition=Q(amount_micro__gt=0), name="top_up_pays_something_in"
            ),
            models.CheckConstraint(
                condition=Q(state="started", closed_at=None)
                | (Q(state__in=["paid", "failed", "abandoned"]) & Q(closed_at__isnull=False)),
                name="top_up_closed_exactly_at_its_end",
            ),
        )
        indexes = (
            models.Index(
                fields=["started_at"], name="top_up_waiting", condition=Q(state="started")
            ),
        )


class Reference(models.Model):
    """Directory: which top-up a provider's reference belongs to."""

    provider = models.CharField(max_length=20)
    reference = models.CharField(max_length=100)
    account_id = models.BigIntegerField()
    top_up_id = models.UUIDField()

    class Meta:
        """One reference, one top-up."""

        constraints = (
            models.UniqueConstraint(
                fields=["provider", "reference"], name="reference_belongs_to_one_top_up"
            ),
        )


class NoticeOutcome(models.TextChoices):
    """What we made of a provider's event."""

    CREDITED = "credited"
    NOTED = "noted"  # a failure
    PAID_BEFORE = "paid_before"  # another event told the same, or a failure came too late
    UNKNOWN_REFERENCE = "unknown_reference"
    OTHER_SUM = "other_sum"  # amount or currency differ from what was asked


REFUSED_OUTCOMES = (NoticeOutcome.UNKNOWN_REFERENCE, NoticeOutcome.OTHER_SUM)


class Notice(models.Model):
    """Directory: a provider's event, taken once, with what we made of it."""

    id = models.UUIDField(primary_key=True, editable=False)
    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=100)
    reference = models.CharField(max_length=100)
    paid = models.BooleanField()
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    outcome = models.CharField(max_length=17, choices=NoticeOutcome)
    received_at = models.DateTimeField()

    class Meta:
        """One event, one row."""

        constraints = (
            models.UniqueConstraint(fields=["provider", "event_id"], name="notice_taken_once"),
        )
