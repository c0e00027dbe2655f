"""Tables of alerts."""

from __future__ import annotations

from django.db import models


class Link(models.Model):
    """When the gateway last saw a carrier bound."""

    carrier = models.CharField(max_length=20, primary_key=True)
    seen_at = models.DateTimeField()
