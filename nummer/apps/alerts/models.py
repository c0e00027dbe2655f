"""Tables of alerts."""

from __future__ import annotations

from django.db import models


class Link(models.Model):
    """When the gateway last saw a carrier bound."""

    carrier = models.CharField(max_length=20, primary_key=True)
    seen_at = models.DateTimeField()


class Look(models.Model):
    """When a kind of trouble is looked for next: the due row of the alerts."""

    kind = models.CharField(max_length=20, primary_key=True)
    due_at = models.DateTimeField()


class Alert(models.Model):
    """Something that was wrong; told from `raised_at` on, over at `cleared_at`."""

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=100)
    said = models.CharField(max_length=300)
    seen_at = models.DateTimeField()
    raised_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    times_told = models.PositiveIntegerField(default=0)
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        """One open alert for a trouble."""

        constraints = (
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=models.Q(cleared_at=None),
                name="alert_open_once",
            ),
        )
