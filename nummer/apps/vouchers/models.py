"""Tables of vouchers, of the batches they were made in, and of wrong guesses."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Batch(models.Model):
    """Vouchers of one sum that were made together; `withdrawn_at` ends those not redeemed.

    One that `needs_release` pays nothing until another person than its `actor` released it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    amount_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    count = models.IntegerField()
    expires_at = models.DateTimeField()
    actor = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    needs_release = models.BooleanField(default=False)
    released_by = models.CharField(max_length=40, default="", blank=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        """Released by another person, wholly; the path of the sum that one made alone."""

        constraints = (
            models.CheckConstraint(
                condition=Q(released_by="", released_at=None)
                | Q(~Q(released_by=""), needs_release=True, released_at__isnull=False),
                name="voucher_batch_released_wholly",
            ),
            models.CheckConstraint(
                condition=~Q(released_by=models.F("actor")),
                name="voucher_batch_released_by_another",
            ),
        )
        indexes = (models.Index(fields=["actor", "created_at"], name="voucher_batch_made_by"),)

    @property
    def waits(self) -> bool:
        """Whether a second person has yet to release it."""
        return self.needs_release and self.released_at is None


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
