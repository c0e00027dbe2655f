"""Probes and spells go once no uptime that anybody is shown reaches back to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from nummer.apps.probes.models import Probe, Spell

KEPT: Final = timedelta(days=100)  # the longest time that uptime is told of is 90 days


def purge(*, now: datetime) -> int:
    """Delete the probes that started, and the spells that ended, so long ago; return how many."""
    probes, _ = Probe.objects.filter(started_at__lte=now - KEPT, ended_at__isnull=False).delete()
    spells, _ = Spell.objects.filter(ended_at__lte=now - KEPT).delete()
    return probes + spells
