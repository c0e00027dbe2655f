"""The table of the record."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Line(models.Model):
    """Somebody did something to a row."""

    id = models.UUIDField(primary_key=True, editable=False)
    at = models.DateTimeField()
    actor = models.CharField(max_length=40)
    verb = models.CharField(max_length=40)
    place = models.CharField(max_length=80)
    row = models.CharField(max_length=64)
    account_id = models.BigIntegerField(null=True)
    fields = ArrayField(models.CharField(max_length=60))

    class Meta:
        """Read by customer and by time."""

        db_table = "audit_line"
        indexes = (models.Index(fields=["account_id", "at"], name="audit_of_account"),)
