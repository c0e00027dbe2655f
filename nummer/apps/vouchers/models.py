"""Tables of vouchers, of the batches they were made in, and of wrong guesses."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Batch(models.Model):
    """Vouchers of one sum that were made together; `withdrawn_at` ends those not redeemed."""

    id = models.UUIDField(primary_key=True, editable=False)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    count = models.IntegerField()
    expires_at = models.DateTimeField()
    actor = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)


class Voucher(models.Model):
    """Directory: a code, by its keyed digest, and whose it became."""

    id = models.UUIDField(primary_key=True, editable=False)
    batch_id = models.UUIDField()
    digest = models.BinaryField(unique=True)
    account_id = models.BigIntegerField(null=True)
    top_up_id = models.UUIDField(null=True)
    redeemed_at = models.DateTimeField(null=True)

    class Meta:
        """Redeemed wholly or not at all."""

        constraints = (
            models.CheckConstraint(
                condition=Q(account_id=None, top_up_id=None, redeemed_at=None)
                | Q(account_id__isnull=False, top_up_id__isnull=False, redeemed_at__isnull=False),
                name="voucher_redeemed_wholly",
            ),
        )
        indexes = (models.Index(fields=["batch_id"], name="voucher_of_batch"),)


class Guesses(models.Model):
    """How often an account wrote a wrong code since the hour began that is counted."""

    account_id = models.BigIntegerField(primary_key=True)
    since = models.DateTimeField()
    wrong = models.IntegerField(default=0)
