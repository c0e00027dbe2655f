"""What the staff knows: incidents and closures, calls, and what happened to one order."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions import drafts, scopes
from nummer.apps.incidents.actions.facts import (
    Kind,
    Source,
    Told,
    note_stock_failure,
    record,
    search_replacement,
)
from nummer.apps.incidents.errors import MomentNotPossible
from nummer.apps.incidents.queries import FactRow
from nummer.apps.leases.replacements import free_numbers
from nummer.apps.numbers import queries as numbers
from nummer.apps.refunds.actions import (
    Block,
    block_lease,
    replace_by_hand,
    report_fault,
    search_for_lease,
)
from nummer.apps.refunds.faults import open_faults
from nummer.apps.refunds.held import Held, held_order
from nummer.faces.backoffice.incident_forms import (
    HAPPENED,
    KINDS,
    DraftForm,
    EndForm,
    HappenedForm,
    IncidentForm,
    PhoneReportForm,
)
from nummer.faces.backoffice.requests import (
    COMPLIANCE,
    OPERATIONS,
    ROWS_PER_PAGE,
    SUPPORT,
    cursor,
    member,
    on_the_phone,
    seen,
    sentence,
    staff_only,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import id_of
from nummer.kernel.phone import PhoneNumber


@require_safe
@staff_only(OPERATIONS, SUPPORT)
def incident_list(request: HttpRequest) -> HttpResponse:
    """List what was made known, latest first."""
    return _incidents(request, IncidentForm())


@require_POST
@staff_only(OPERATIONS)
def publish(request: HttpRequest) -> HttpResponse:
    """Make an incident known, or end something for all in a scope."""
    form, now = IncidentForm(request.POST), clock.now()
    if form.is_valid():
        try:
            scopes.publish(**form.incident(now), actor=member(request).actor, now=now)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("backoffice:incidents")
    return _incidents(request, form)


@require_POST
@staff_only(OPERATIONS)
def decide_draft(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Make known what probes took for an outage, or say that it is none."""
    form, actor, now = DraftForm(request.POST), member(request).actor, clock.now()
    try:
        if not form.is_valid():
            messages.error(request, gettext("Please choose what to do."))
        elif form.cleaned_data["decision"] == "publish":
            drafts.publish_draft(draft_id, words=form.cleaned_data["words"], actor=actor, now=now)
            messages.success(request, gettext("Saved."))
        else:
            drafts.drop_draft(draft_id, actor=actor, now=now)
            messages.success(request, gettext("Saved."))
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    return redirect("backoffice:incidents")


@require_POST
@staff_only(OPERATIONS)
def end(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Say that an incident is over."""
    form, now = EndForm(request.POST), clock.now()
    if form.is_valid():
        try:
            scopes.end_incident(
                incident_id, ended_at=form.ended(now), actor=member(request).actor, now=now
            )
        except Refusal as refusal:
            messages.error(request, sentence(refusal))
        else:
            messages.success(request, gettext("Saved."))
    else:
        messages.error(request, gettext("This is no moment."))
    return redirect("backoffice:incidents")


def _incidents(request: HttpRequest, form: IncidentForm) -> HttpResponse:
    rows = incidents.incidents(before=cursor(request), limit=ROWS_PER_PAGE)
    names = {row.code: row.name for row in catalogue.services(enabled_only=False)}
    context = {
        "rows": [(row, KINDS[row.kind], names.get(row.service, row.service)) for row in rows],
        "more": rows[-1].id if len(rows) == ROWS_PER_PAGE else None,
        "form": form if member(request).may((OPERATIONS,)) else None,
        "end": EndForm(),
        "drafts": incidents.drafts(),
    }
    return render(request, "backoffice/incidents.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(SUPPORT, OPERATIONS)
def phone_report(request: HttpRequest) -> HttpResponse:
    """Take a report by phone that an order does not work; the call's time is the fact's time."""
    form, now = PhoneReportForm(request.POST or None), clock.now()
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            row = report_fault(
                said["account"],
                order_id=said["order_id"],
                told=Told(
                    source=Source.PHONE,
                    actor=member(request).actor,
                    happened_at=said["called_at"],
                    evidence=f"{said['caller']}\n{said['words']}",
                    reference=said["known_by"],
                    key=id_of("phone-report", said["account"], said["order_id"], said["key"]),
                ),
                now=now,
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, gettext("The report was written down."))
            on_the_phone(request, row.account_id)
            return redirect(
                "backoffice:happened", account_id=row.account_id, order_id=row.subject_id
            )
    return render(
        request, "backoffice/phone_report.html", {"form": form}, status=400 if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(SUPPORT, COMPLIANCE, OPERATIONS)
def happened(request: HttpRequest, account_id: int, order_id: UUID) -> HttpResponse:
    """Show what is on record about an order, and take what else happened to it."""
    held = _held(account_id, order_id)
    form = HappenedForm(request.POST or None, roles=member(request), rented=held.rented)
    if request.method == "POST" and form.is_valid():
        try:
            _record(request, form, account_id, held)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("backoffice:happened", account_id=account_id, order_id=order_id)
    seen(request, verb="view_facts", place="incidents_fact", row=str(order_id))
    facts = incidents.facts(account_id, subject_id=order_id)
    proven = incidents.evidence_of(account_id, fact_ids=[row.id for row in facts])
    context = {
        "account_id": account_id,
        "order_id": order_id,
        "held": held,
        "rows": [(row, _shown(row), proven.get(row.id, "")) for row in facts],
        "form": form,
        "free": free_numbers(account_id, lease_id=order_id, now=clock.now())
        if held.rented and held.until is None
        else [],
    }
    return render(request, "backoffice/happened.html", context, status=400 if form.errors else 200)


@require_POST
@staff_only(SUPPORT, OPERATIONS)
def search(request: HttpRequest, account_id: int, order_id: UUID) -> HttpResponse:
    """Search for a replacement now; what was found is logged."""
    actor, now = member(request).actor, clock.now()
    if _held(account_id, order_id).rented:
        _search_for_lease(request, account_id, order_id)
    elif search_replacement(account_id, order_id=order_id, actor=actor, now=now).holds:
        messages.success(request, gettext("There are free numbers of this service and country."))
    else:
        messages.warning(request, gettext("There is no free number of this service and country."))
    return redirect("backoffice:happened", account_id=account_id, order_id=order_id)


def _search_for_lease(request: HttpRequest, account_id: int, lease_id: UUID) -> None:
    actor, now = member(request).actor, clock.now()
    try:
        found = search_for_lease(account_id, lease_id=lease_id, actor=actor, now=now)
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
        return
    if found:
        messages.success(request, gettext("There are free numbers of this place and kind."))
    else:
        messages.warning(request, gettext("There is no free number of this place and kind."))


@require_POST
@staff_only(SUPPORT, OPERATIONS)
def replace(request: HttpRequest, account_id: int, lease_id: UUID) -> HttpResponse:
    """Give a contract another number, as its holder agreed; the search is logged."""
    if not _held(account_id, lease_id).rented:
        raise Http404
    wished = request.POST.get("number", "")
    try:
        done = replace_by_hand(
            account_id,
            lease_id=lease_id,
            number=PhoneNumber.parse(wished) if wished else None,
            actor=member(request).actor,
            now=clock.now(),
        )
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    except ValueError:
        messages.error(request, gettext("This is not a phone number."))
    else:
        assert done.replaced_by is not None, "what was replaced has another number"
        told = gettext("%(number)s serves the contract now; its holder was told.")
        messages.success(request, told % {"number": done.replaced_by.international()})
    return redirect("backoffice:happened", account_id=account_id, order_id=lease_id)


@require_safe
@staff_only(SUPPORT, OPERATIONS)
def faults(request: HttpRequest) -> HttpResponse:
    """List the faults that customers reported and that are open, the longest first."""
    seen(request, verb="list_faults", place="incidents_fact", row="open")
    context = {"rows": open_faults(now=clock.now())}
    return render(request, "backoffice/faults.html", context)


def _held(account_id: int, order_id: UUID) -> Held:
    try:
        return held_order(account_id, order_id=order_id)
    except Refusal:
        raise Http404 from None


def _record(request: HttpRequest, form: HappenedForm, account_id: int, held: Held) -> None:
    said, now = form.cleaned_data, clock.now()
    choice, subject = HAPPENED[said["what"]], held.subject
    if held.rented and choice.kind is Kind.CARRIER_BLOCK:
        _block(request, account_id, held, said)
        return
    told = Told(
        source=Source.STAFF,
        actor=member(request).actor,
        happened_at=said["happened_at"] or now,
        evidence=said["evidence"],
        reference=said["reference"],
        key=id_of("happened", account_id, held.order_id, said["key"]),
    )
    if choice.kind is Kind.STOCK_FAILURE:
        row = numbers.activation_of_order(account_id, order_id=held.order_id)
        note_stock_failure(
            account_id,
            subject=subject,
            service=row.service,
            country=row.country,
            shown_free=said["shown_free"] or 0,
            told=told,
            now=now,
        )
        return
    record(
        account_id,
        subject=subject,
        kind=choice.kind,
        word=choice.word,
        holds=choice.holds,
        told=told,
        now=now,
    )


def _block(request: HttpRequest, account_id: int, held: Held, said: dict[str, Any]) -> None:
    """Take the number away from its holder as the carrier's own notice would."""
    now = clock.now()
    happened_at = said["happened_at"] or now
    if not held.since <= happened_at <= now:
        raise MomentNotPossible
    block = Block(
        reason=HAPPENED[said["what"]].word,
        happened_at=happened_at,
        learned_at=now,
        source=Source.STAFF,
        actor=member(request).actor,
        reference=said["reference"],
        evidence=said["evidence"],
        key=id_of("happened", account_id, held.order_id, said["key"]),
    )
    block_lease(account_id, lease_id=held.order_id, block=block, now=now)


def _shown(row: FactRow) -> str:
    """Return what a fact says, in the reader's language."""
    for choice in HAPPENED.values():
        if (choice.kind, choice.word, choice.holds) == (row.kind, row.word, row.holds):
            return str(choice.title)
    if row.kind is Kind.PROBLEM:
        return gettext("The customer reported a problem")
    if row.kind is Kind.SEARCHED:
        found = gettext("A replacement was searched and found")
        return found if row.holds else gettext("A replacement was searched and not found")
    if row.kind is Kind.STOCK_FAILURE:
        return gettext("There was no number to give")
    return f"{row.kind.value} {row.word}".strip()
