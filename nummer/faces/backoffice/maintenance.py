"""Work that is planned: the staff says it here, the public status page shows it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions.maintenance import call_off_maintenance, plan_maintenance
from nummer.faces.backoffice.incident_forms import MaintenanceForm
from nummer.faces.backoffice.requests import OPERATIONS, member, sentence, staff_only
from nummer.kernel import clock
from nummer.kernel.errors import Refusal

SHOWN_FOR: Final = timedelta(days=90)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(OPERATIONS)
def plans(request: HttpRequest) -> HttpResponse:
    """List what is planned, and take a new plan."""
    form, now = MaintenanceForm(request.POST or None), clock.now()
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            plan_maintenance(
                words=said["words"],
                translated={"nb": said["words_nb"], "de": said["words_de"]},
                carrier=said["carrier"],
                country=said["country"],
                begins_at=said["begins_at"],
                ends_at=said["ends_at"],
                actor=member(request).actor,
                now=now,
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("backoffice:maintenance")
    context = {
        "rows": incidents.maintenance(now=now),
        "over": incidents.maintenance_over(since=now - SHOWN_FOR, now=now),
        "form": form,
        "now": now,
    }
    status = 400 if form.errors else 200
    return render(request, "backoffice/maintenance.html", context, status=status)


@require_POST
@staff_only(OPERATIONS)
def call_off(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Say that planned work does not take place."""
    try:
        call_off_maintenance(plan_id, actor=member(request).actor, now=clock.now())
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, gettext("Saved."))
    return redirect("backoffice:maintenance")
