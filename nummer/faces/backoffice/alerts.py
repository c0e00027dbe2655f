"""The staff's page of alerts: what is wrong with the installation now, and what was."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from nummer.apps.alerts import queries
from nummer.faces.backoffice.requests import OPERATIONS, staff_only


@require_safe
@staff_only(OPERATIONS)
def alerts(request: HttpRequest) -> HttpResponse:
    """List what is open, oldest first, and what is over, newest first."""
    context = {"open": queries.open_alerts(), "over": queries.past_alerts()}
    return render(request, "backoffice/alerts.html", context)
