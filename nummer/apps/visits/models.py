"""The one table of visits: sums."""

from __future__ import annotations

from django.db import models


class PageDay(models.Model):
    """What a kind of page had on a day: views, and seconds of those whose readers agreed."""

    pk = models.CompositePrimaryKey("day", "page")
    day = models.DateField()
    page = models.CharField(max_length=100)
    views = models.BigIntegerField(default=0)
    timed = models.BigIntegerField(default=0)
    seconds = models.BigIntegerField(default=0)
