"""The public status page: what does not work now, what is planned, uptime, what was over lately."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.queries import MaintenanceRow
from nummer.apps.probes.uptime import shown_uptime
from nummer.faces.site.requests import public
from nummer.kernel import clock

SHOWN_FOR: Final = timedelta(days=30)
WORK_SHOWN_FOR: Final = timedelta(days=7)
LISTED: Final = 50


@require_safe
@public
def status(request: HttpRequest) -> HttpResponse:
    """Show the incidents that last, the maintenance before, during and after it, and uptime."""
    now = clock.now()
    # What concerns single numbers is told to whoever has them, and to nobody else.
    rows = [
        row for row in incidents.incidents(limit=LISTED) if row.kind == "outage" and not row.numbers
    ]
    over = [row for row in rows if row.ended_at is not None and row.ended_at <= now]
    lasting = [row for row in rows if row not in over]
    plans = incidents.maintenance(now=now)
    context = {
        "now": lasting,
        "at_work": _worded(plan for plan in plans if plan.begins_at <= now),
        "planned": _worded(plan for plan in plans if plan.begins_at > now),
        "worked": _worded(incidents.maintenance_over(since=now - WORK_SHOWN_FOR, now=now)),
        "networks": shown_uptime(now=now),
        "past": [row for row in over if row.ended_at and row.ended_at > now - SHOWN_FOR],
    }
    return render(request, "site/status.html", context)


def _worded(plans: Iterable[MaintenanceRow]) -> list[tuple[MaintenanceRow, str]]:
    language = get_language() or "en"
    return [(plan, plan.words_in(language)) for plan in plans]
