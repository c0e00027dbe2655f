"""The public status page: what does not work now, what is planned, what was over lately."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from nummer.apps.incidents import queries as incidents
from nummer.faces.site.requests import public
from nummer.kernel import clock

SHOWN_FOR: Final = timedelta(days=30)
LISTED: Final = 50


@require_safe
@public
def status(request: HttpRequest) -> HttpResponse:
    """Show the incidents that last, the maintenance that is planned, and the past month."""
    now = clock.now()
    # What concerns single numbers is told to whoever has them, and to nobody else.
    rows = [
        row for row in incidents.incidents(limit=LISTED) if row.kind == "outage" and not row.numbers
    ]
    over = [row for row in rows if row.ended_at is not None and row.ended_at <= now]
    lasting = [row for row in rows if row not in over]
    context = {
        "now": lasting,
        "planned": incidents.maintenance(now=now),
        "past": [row for row in over if row.ended_at and row.ended_at > now - SHOWN_FOR],
    }
    return render(request, "site/status.html", context)
