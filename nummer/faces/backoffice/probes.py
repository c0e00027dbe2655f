"""The staff's pages of probes: which routes are tried, how they stand, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nummer.apps.probes import actions, queries
from nummer.apps.probes.rules import rules
from nummer.faces.backoffice.probe_forms import PlanForm, ProbeNumberForm, RulesForm
from nummer.faces.backoffice.requests import (
    OPERATIONS,
    ROWS_PER_PAGE,
    SUPPORT,
    cursor,
    member,
    sentence,
    staff_only,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.phone import PhoneNumber

A_DAY: Final = timedelta(hours=24)
OUTCOMES: Final = {
    "": _("under way"),
    "arrived": _("arrived"),
    "lost": _("lost"),
    "refused": _("refused by the carrier"),
    "not_taken": _("no link of the carrier took it"),
    "unjudged": _("not judged: we were away"),
}
RECEIPTS: Final = {"delivered": _("delivered"), "undelivered": _("not delivered")}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(OPERATIONS, SUPPORT)
def listed(request: HttpRequest) -> HttpResponse:
    """List the probed routes, and begin to probe another one."""
    form = PlanForm(request.POST or None)
    if request.method == "POST":
        if not member(request).may((OPERATIONS,)):
            raise Http404
        if form.is_valid() and _added(request, form):
            return redirect("backoffice:probes")
    return _page(request, form, ProbeNumberForm(), RulesForm.of(rules()))


@require_POST
@staff_only(OPERATIONS)
def set_rules(request: HttpRequest) -> HttpResponse:
    """Put other rules in force."""
    form = RulesForm(request.POST)
    if form.is_valid():
        try:
            actions.set_rules(form.rules(), actor=member(request).actor, now=clock.now())
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("backoffice:probes")
    return _page(request, PlanForm(), ProbeNumberForm(), form)


@require_POST
@staff_only(OPERATIONS)
def add_number(request: HttpRequest) -> HttpResponse:
    """Keep a number for probes."""
    form = ProbeNumberForm(request.POST)
    if form.is_valid():
        try:
            actions.add_number(form.line(), actor=member(request).actor, now=clock.now())
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("backoffice:probes")
    return _page(request, PlanForm(), form, RulesForm.of(rules()))


@require_safe
@staff_only(OPERATIONS, SUPPORT)
def plan(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Show one route with its probes, newest first."""
    try:
        row = queries.plan(plan_id, now=clock.now())
    except Refusal:
        raise Http404 from None
    rows = queries.history(plan_id, before=cursor(request), limit=ROWS_PER_PAGE)
    context = {
        "row": row,
        "probes": [(one, OUTCOMES[one.outcome], RECEIPTS.get(one.receipt, "")) for one in rows],
        "more": rows[-1].id if len(rows) == ROWS_PER_PAGE else None,
        "may": member(request).may((OPERATIONS,)),
    }
    return render(request, "backoffice/probe.html", context)


@require_POST
@staff_only(OPERATIONS)
def run(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Send a probe now."""
    return _done(request, plan_id, actions.run_now, gettext("A probe is under way."))


@require_POST
@staff_only(OPERATIONS)
def pause(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Probe a route no more, for now."""
    return _done(request, plan_id, actions.pause_plan, gettext("Saved."))


@require_POST
@staff_only(OPERATIONS)
def resume(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Probe a route again."""
    return _done(request, plan_id, actions.resume_plan, gettext("Saved."))


def _done(
    request: HttpRequest, plan_id: UUID, verb: Callable[..., object], done: str
) -> HttpResponse:
    try:
        verb(plan_id, actor=member(request).actor, now=clock.now())
    except Refusal as refusal:
        if refusal.code == "no_such_probe_plan":
            raise Http404 from None
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, done)
    return redirect("backoffice:probe-plan", plan_id=plan_id)


def _added(request: HttpRequest, form: PlanForm) -> bool:
    try:
        actions.add_plan(
            carrier=form.cleaned_data["carrier"],
            number=PhoneNumber(form.cleaned_data["number"]),
            actor=member(request).actor,
            now=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(None, sentence(refusal))
        return False
    messages.success(request, gettext("Saved."))
    return True


def _page(
    request: HttpRequest, form: PlanForm, number: ProbeNumberForm, rules_form: RulesForm
) -> HttpResponse:
    now = clock.now()
    try:
        after = UUID(request.GET.get("after", ""))
    except ValueError:
        after = None
    rows = queries.plans(now=now, after=after, limit=ROWS_PER_PAGE)
    context = {
        "rows": [(row, OUTCOMES[row.last.outcome] if row.last else "") for row in rows],
        "more": rows[-1].id if len(rows) == ROWS_PER_PAGE else None,
        "started": queries.started(since=now - A_DAY),
        "spent": queries.spent(since=now - A_DAY),
        "rules": rules(),
        "may": member(request).may((OPERATIONS,)),
        "form": form,
        "number_form": number,
        "rules_form": rules_form,
    }
    failed = form.errors or number.errors or rules_form.errors
    return render(request, "backoffice/probes.html", context, status=400 if failed else 200)
