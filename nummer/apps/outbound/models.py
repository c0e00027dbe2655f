"""The table of what left."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Passage(models.Model):
    """Fields of one customer went to one recipient; account 0 stands for nobody's data."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    recipient = models.CharField(max_length=30)
    purpose = models.CharField(max_length=20)
    fields = ArrayField(models.CharField(max_length=40))
    at = models.DateTimeField()
