"""Cases of abuse and blocks of balances: what two persons decide, each with a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions import abuse, blocks
from nummer.apps.incidents.actions.facts import Subject, SubjectKind
from nummer.apps.leases import queries as leases
from nummer.apps.numbers import queries as numbers
from nummer.faces.backoffice.incident_forms import (
    ComplaintForm,
    DemandForm,
    ReleaseForm,
    SuspicionForm,
    VerdictForm,
)
from nummer.faces.backoffice.requests import (
    COMPLIANCE,
    ROWS_PER_PAGE,
    cursor,
    member,
    page_of,
    seen,
    sentence,
    staff_only,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.phone import PhoneNumber

REFERENCE_MAX: Final = 80
STATES: Final = {
    "suspected": _("suspected"),
    "confirmed": _("confirmed"),
    "rejected": _("rejected"),
    "appealed": _("the customer objects"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(COMPLIANCE)
def abuse_list(request: HttpRequest) -> HttpResponse:
    """List the cases of abuse, latest first, and open one."""
    known = {"reference": request.GET.get("reference", "")[:REFERENCE_MAX]}  # of a report
    form = SuspicionForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            case = abuse.suspect(
                form.cleaned_data["account"],
                subject=_subject(form),
                reason=form.cleaned_data["reason"],
                reference=form.cleaned_data["reference"],
                actor=member(request).actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            return redirect("backoffice:abuse-case", account_id=case.account_id, case_id=case.id)
    rows = incidents.abuse_cases(before=cursor(request), limit=ROWS_PER_PAGE)
    seen(request, verb="list_abuse", place="incidents_fact")
    context = {
        "rows": [(row, STATES[row.state]) for row in rows],
        "more": rows[-1].id if len(rows) == ROWS_PER_PAGE else None,
        "form": form,
    }
    return render(
        request, "backoffice/abuse_list.html", context, status=400 if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(COMPLIANCE)
def complaint(request: HttpRequest) -> HttpResponse:
    """Take a complaint about a number: whoever had it then is suspected, and its service stops."""
    form = ComplaintForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        case = _complained(request, form)
        if case is not None:
            messages.success(
                request, gettext("The case is open; payouts wait until it is decided.")
            )
            return redirect("backoffice:abuse-case", account_id=case.account_id, case_id=case.id)
        form.add_error("number", gettext("Nobody had this number from us at that moment."))
    return render(
        request, "backoffice/complaint.html", {"form": form}, status=400 if form.errors else 200
    )


def _complained(request: HttpRequest, form: ComplaintForm) -> incidents.AbuseCase | None:
    said, now = form.cleaned_data, clock.now()
    if said["at"] > now:
        return None
    found = _holder_then(said["number"], said["at"])
    if found is None:
        return None
    account_id, subject, stops = found
    return abuse.suspect(
        account_id,
        subject=subject,
        reason=f"{said['by']}: {said['reason']}",
        reference=said["reference"],
        stops=stops,
        actor=member(request).actor,
        now=now,
    )


def _holder_then(number: PhoneNumber, at: datetime) -> tuple[int, Subject, str] | None:
    """Return whose number it was at a moment, what it was about, and what stops meanwhile."""
    rented = leases.holder(number, at=at)
    if rented is not None:
        subject = Subject(SubjectKind.RENTAL, rented.lease_id)
        return rented.account_id, subject, abuse.RENTED_SERVICES
    used = numbers.used_by(number, at=at)
    if not used:
        return None
    subject = Subject(SubjectKind.ONE_TIME, used[0].order_id)
    return used[0].account_id, subject, used[0].service


def _subject(form: SuspicionForm) -> Subject:
    """Return what a case is about. Refuses: NoSuchActivation."""
    order = form.cleaned_data["order"]
    if order is None:
        return Subject(SubjectKind.ACCOUNT)
    row = numbers.activation(form.cleaned_data["account"], activation_id=order)
    return Subject(SubjectKind.ONE_TIME, row.order_id)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(COMPLIANCE)
def abuse_case(request: HttpRequest, account_id: int, case_id: UUID) -> HttpResponse:
    """Show one case with its evidence, and take the next step."""
    try:
        case = incidents.abuse_case(account_id, case_id=case_id)
    except Refusal:
        raise Http404 from None
    form = VerdictForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _decide(request, form, account_id, case_id)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("backoffice:abuse-case", account_id=account_id, case_id=case_id)
    seen(request, verb="view_abuse", place="incidents_fact", row=str(case_id))
    proven = incidents.evidence_of(account_id, fact_ids=[step.id for step in case.steps])
    context = {
        "case": case,
        "state": STATES[case.state],
        "steps": [(step, STATES[step.word], proven.get(step.id, "")) for step in case.steps],
        "form": form,
    }
    return render(
        request, "backoffice/abuse_case.html", context, status=400 if form.errors else 200
    )


def _decide(request: HttpRequest, form: VerdictForm, account_id: int, case_id: UUID) -> None:
    said, actor, now = form.cleaned_data, member(request).actor, clock.now()
    if said["verdict"] == "appealed":
        abuse.appeal(account_id, case_id=case_id, reason=said["reason"], actor=actor, now=now)
        return
    abuse.decide(
        account_id,
        case_id=case_id,
        verdict=abuse.Verdict(said["verdict"]),
        reason=said["reason"],
        reference=said["reference"],
        actor=actor,
        told_customer=said["told"],
        now=now,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(COMPLIANCE)
def block_list(request: HttpRequest) -> HttpResponse:
    """List proposals and blocks of balances, and propose one as an authority demands."""
    form = DemandForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            blocks.propose_block(
                form.cleaned_data["account"],
                reference=form.cleaned_data["reference"],
                authority=form.cleaned_data["authority"],
                actor=member(request).actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, gettext("Proposed. Another person has to approve it."))
            return redirect("backoffice:balance-blocks")
    seen(request, verb="list_balance_blocks", place="incidents_balanceblock")
    rows, more = page_of(
        incidents.balance_blocks(
            before=cursor(request),
            among_released="released" in request.GET,
            limit=ROWS_PER_PAGE + 1,
        )
    )
    context = {"rows": rows, "more": more, "form": form, "release": ReleaseForm()}
    return render(
        request, "backoffice/balance_blocks.html", context, status=400 if form.errors else 200
    )


@require_POST
@staff_only(COMPLIANCE)
def approve_block(request: HttpRequest, account_id: int, block_id: UUID) -> HttpResponse:
    """Block a balance as another person proposed it."""
    try:
        blocks.approve_block(
            account_id, block_id=block_id, actor=member(request).actor, now=clock.now()
        )
    except Refusal as refusal:
        return _told(request, refusal)
    messages.success(request, gettext("The balance is blocked."))
    return redirect("backoffice:balance-blocks")


@require_POST
@staff_only(COMPLIANCE)
def release_block(request: HttpRequest, account_id: int, block_id: UUID) -> HttpResponse:
    """End a block."""
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Please say why."))
        return redirect("backoffice:balance-blocks")
    try:
        blocks.release_block(
            account_id,
            block_id=block_id,
            reason=form.cleaned_data["reason"],
            actor=member(request).actor,
            now=clock.now(),
        )
    except Refusal as refusal:
        return _told(request, refusal)
    messages.success(request, gettext("The balance is free again."))
    return redirect("backoffice:balance-blocks")


def _told(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    if refusal.code == "no_such_balance_block":
        raise Http404
    messages.error(request, sentence(refusal))
    return redirect("backoffice:balance-blocks")
