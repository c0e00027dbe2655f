"""The table of wrapped keys."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class SubjectKey(models.Model):
    """One key of one customer, wrapped with the key of keys; empty once it was destroyed."""

    pk = models.CompositePrimaryKey("account_id", "klass", "epoch")
    account_id = models.BigIntegerField()
    klass = models.CharField(max_length=13)
    epoch = models.SmallIntegerField()
    wrapped = models.BinaryField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        """A key is there or it was destroyed."""

        db_table = "vault_subject_key"
        constraints = (
            models.CheckConstraint(
                condition=Q(wrapped__isnull=False, destroyed_at=None)
                | Q(wrapped=None, destroyed_at__isnull=False),
                name="subject_key_is_there_or_destroyed",
            ),
            models.CheckConstraint(
                condition=Q(epoch__gte=1), name="subject_key_epochs_begin_with_one"
            ),
        )
