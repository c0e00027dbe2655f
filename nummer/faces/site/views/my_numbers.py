"""A customer's rented numbers: the list, one number's page, and everything he can do with it."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nummer.apps.accounts import sub_accounts
from nummer.apps.catalogue import cities
from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions.facts import Source, Told
from nummer.apps.leases import actions as leases
from nummer.apps.leases import handovers, portouts, queries, replacements
from nummer.apps.leases.errors import NumberTaken
from nummer.apps.leases.leaving import CAUSES, PORT_REFUSALS, REASONS
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import queries as ledger
from nummer.apps.notify import summaries
from nummer.apps.payouts import actions as payouts
from nummer.apps.probes.uptime import lease_uptime
from nummer.apps.refunds import actions as refunds
from nummer.apps.refunds.rentals import if_lease_cancelled, lease_incidents, outage_open
from nummer.faces.site.refusals import NOT_FOUND, sentence
from nummer.faces.site.requests import account_id, customers_only
from nummer.faces.site.views.problems import ReportForm
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from nummer.policy.lease import ENDS, PENDING, SERVED, LeaseState

LISTED: Final = 30


class EndForm(forms.Form):
    """When the contract ends, and why; the reason may stay empty."""

    when = forms.ChoiceField(choices=[("period", "period"), ("now", "now")])
    why = forms.ChoiceField(choices=[("", ""), *((code, code) for code in REASONS)], required=False)


@never_cache
@require_safe
@customers_only
def numbers(request: HttpRequest) -> HttpResponse:
    """Show the account's rented numbers, newest first."""
    customer, before = account_id(request), _cursor(request)
    rows = queries.leases_of(customer, before=before, limit=LISTED + 1)
    offered = replacements.offered(customer, lease_ids=[row.id for row in rows])
    context = {
        "leases": [{**_line(row), "offered": row.id in offered} for row in rows[:LISTED]],
        "more": rows[LISTED - 1].id if len(rows) > LISTED else None,
        "paged": before is not None,
        "offered": handovers.offered_to(customer),
    }
    return render(request, "site/my_numbers.html", context)


@never_cache
@require_safe
@customers_only
def number(request: HttpRequest, lease_id: UUID) -> HttpResponse:
    """Show one number: state, periods, what is kept back, problems."""
    customer, now = account_id(request), clock.now()
    row = queries.lease(customer, lease_id=lease_id)
    lost = _lost(row, now)
    here = {**_line(row), "offered": lost.get("offer") is not None}
    context = {
        **here,
        "here": here,
        "periods": queries.periods(customer, lease_id=row.id),
        "reports": incidents.reports(customer, subject_id=row.id, limit=10),
        "outage": row.state in SERVED and outage_open(customer, row.id, now),
        "known": lease_incidents(row, now=now) if row.state not in ENDS else [],
        "kept": _kept(row),
        "uptime": lease_uptime(row, now=now),
        "balance": ledger.balance(customer).spendable,
        **lost,
        **_on_its_way(row),
    }
    return render(request, "site/my_number.html", context)


def _lost(row: LeaseRow, now: datetime) -> dict[str, object]:
    """Return what became of numbers that were taken away, and what the policy would pay out."""
    if row.state in PENDING:
        return {}
    account_id, over = row.account_id, row.state in ENDS
    offer = None if over else replacements.offer(account_id, lease_id=row.id)
    free = replacements.free_numbers(account_id, lease_id=row.id, now=now) if offer else []
    return {
        "offer": offer,
        "free": free,
        "replaced": replacements.replacements(account_id, lease_id=row.id),
        "payable": refunds.payable_for_lease(account_id, lease_id=row.id, now=now)
        if over
        else None,
        "paid_out": refunds.lease_payout(account_id, lease_id=row.id) if over else None,
    }


@require_POST
@customers_only
def other(request: HttpRequest, lease_id: UUID) -> HttpResponse:
    """Take the holder's word to another number for one that its carrier took away."""
    customer, now = account_id(request), clock.now()
    actor = f"customer:{customer}"
    queries.lease(customer, lease_id=lease_id)  # another's is not there, whatever the answer
    try:
        if request.POST.get("answer") == "decline":
            refunds.decline_other(customer, lease_id=lease_id, actor=actor, now=now)
            messages.success(
                request, gettext("The contract has ended. What was unused is on your balance.")
            )
        elif request.POST.get("answer") == "accept":
            _accept(request, customer, lease_id, now)
    except Refusal as refusal:
        if refusal.code in NOT_FOUND:
            raise
        messages.error(request, sentence(refusal))
    return redirect("site:my-number", lease_id=lease_id)


def _accept(request: HttpRequest, customer: int, lease_id: UUID, now: datetime) -> None:
    wished = request.POST.get("number", "")
    try:
        number = PhoneNumber.parse(wished) if wished else None
    except ValueError:
        raise NumberTaken from None
    done = refunds.accept_other(
        customer,
        lease_id=lease_id,
        number=number,
        actor=f"customer:{customer}",
        now=now,
    )
    if done is None:
        messages.warning(
            request,
            gettext(
                "The last free number was taken meanwhile. What was unused is on your balance."
            ),
        )
    else:
        messages.success(request, gettext("The new number works. Nothing was charged."))


@require_POST
@customers_only
def pay_out(request: HttpRequest, lease_id: UUID) -> HttpResponse:
    """Have what a lost number brought paid out, where the policy grants it."""
    customer, now = account_id(request), clock.now()
    try:
        decided = refunds.ask_lease_payout(customer, lease_id=lease_id, surface="site", now=now)
    except Refusal as refusal:
        if refusal.code in NOT_FOUND:
            raise
        messages.error(request, sentence(refusal))
        return redirect("site:my-number", lease_id=lease_id)
    payout_id = payouts.take_up(customer, decision_id=decided.decision_id, now=now)
    if payout_id is None:
        told = gettext("Your request is noted. It waits for somebody else's word (%(clause)s).")
        messages.warning(request, told % {"clause": decided.clause})
        return redirect("site:my-number", lease_id=lease_id)
    return redirect("site:payout", payout_id=payout_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def end(request: HttpRequest, lease_id: UUID) -> HttpResponse:
    """Show what ending the contract brings and costs, and end it as the customer says."""
    customer, now = account_id(request), clock.now()
    row = queries.lease(customer, lease_id=lease_id)
    if row.state in ENDS:
        return redirect("site:my-number", lease_id=row.id)
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _ended(request, row, form, now)
    context = {
        **_line(row),
        "if_ended": if_lease_cancelled(customer, lease_id=row.id, now=now),
        "reports": incidents.reports(customer, subject_id=row.id, limit=5),
        "known": lease_incidents(row, now=now),
        "reasons": [(code, str(name)) for code, name in REASONS.items()],
        "form": form,
    }
    return render(request, "site/my_number_end.html", context, status=400 if form.errors else 200)


def _ended(request: HttpRequest, row: LeaseRow, form: EndForm, now: datetime) -> HttpResponse:
    why = form.cleaned_data["why"]
    if form.cleaned_data["when"] == "period" and row.state not in PENDING:
        leases.give_notice(row.account_id, lease_id=row.id, why=why, now=now)
        messages.success(request, gettext("The number ends with the paid month."))
    else:
        decided = refunds.cancel_lease(
            row.account_id, lease_id=row.id, surface="site", why=why, now=now
        )
        told = gettext("The number has ended. %(amount)s returned to your balance (%(clause)s).")
        messages.success(request, told % {"amount": decided.amount, "clause": decided.clause})
    return redirect("site:my-number", lease_id=row.id)


@require_POST
@customers_only
def take_back(request: HttpRequest, lease_id: UUID) -> HttpResponse:
    """Let a number renew itself again."""
    leases.take_back_notice(account_id(request), lease_id=lease_id, now=clock.now())
    messages.success(request, gettext("The number renews itself again."))
    return redirect("site:my-number", lease_id=lease_id)


@require_POST
@customers_only
def keep_fee(request: HttpRequest, lease_id: UUID) -> HttpResponse:
    """Keep the next fee back, or let go of it."""
    kept = request.POST.get("kept") == "yes"
    leases.keep_fee(account_id(request), lease_id=lease_id, kept=kept, now=clock.now())
    messages.success(
        request,
        gettext("The next fee is kept back as soon as your balance holds it.")
        if kept
        else gettext("The next fee is no longer kept back."),
    )
    return redirect("site:my-number", lease_id=lease_id)


@require_POST
@customers_only
def renew(request: HttpRequest, lease_id: UUID) -> HttpResponse:
    """Pay the fee of a number that is kept unpaid."""
    leases.renew_now(account_id(request), lease_id=lease_id, now=clock.now())
    messages.success(request, gettext("Paid. The number works again."))
    return redirect("site:my-number", lease_id=lease_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def report(request: HttpRequest, lease_id: UUID) -> HttpResponse:
    """Take a report that a number does not work; sending the page twice reports once."""
    customer, now = account_id(request), clock.now()
    row = queries.lease(customer, lease_id=lease_id)
    form = ReportForm(request.POST or None, initial={"key": new_id()})
    refused = ""
    if request.method == "POST" and form.is_valid():
        told = Told(
            source=Source.PAGE,
            actor=f"customer:{customer}",
            happened_at=now,
            evidence=form.cleaned_data["words"],
            key=id_of("lease-report", customer, row.id, form.cleaned_data["key"]),
        )
        try:
            refunds.report_fault(customer, order_id=row.id, told=told, now=now)
        except Refusal as refusal:
            if refusal.code in NOT_FOUND:
                raise
            refused = sentence(refusal)
        else:
            messages.success(request, gettext("Reported. The moment of your report counts."))
            return redirect("site:my-number", lease_id=row.id)
    context = {**_line(row), "form": form, "refused": refused}
    status = 400 if refused or form.errors else 200
    return render(request, "site/my_number_report.html", context, status=status)


@require_POST
@customers_only
def affected(request: HttpRequest, lease_id: UUID, incident_id: UUID) -> HttpResponse:
    """Take one click on an incident that is shown beside a number as the customer's contact."""
    refunds.say_lease_affected(
        account_id(request), lease_id=lease_id, incident_id=incident_id, now=clock.now()
    )
    messages.success(request, gettext("Reported. The moment of your report counts."))
    return redirect("site:my-number", lease_id=lease_id)


@never_cache
@require_safe
@customers_only
def summary(request: HttpRequest, lease_id: UUID) -> HttpResponse:
    """Return the summary of the contract as a PDF, as the mail with the order had it."""
    holder = account_id(request)
    content = queries.agreed(holder, lease_id=lease_id)
    written = summaries.pdf_for(holder, content=content, language=get_language() or "en")
    return HttpResponse(
        written,
        content_type="application/pdf",
        headers={"Content-Disposition": 'inline; filename="contract-summary.pdf"'},
    )


def _line(row: LeaseRow) -> dict[str, object]:
    """Return what every page about a lease shows, with what can be done where it stands."""
    city = cities.city(row.country, code=row.city).name(get_language() or "en") if row.city else ""
    return {
        "lease": row,
        "city": city,
        "pending": row.state in PENDING,
        "served": row.state in SERVED,
        "over": row.state in ENDS,
        "renews": row.state == LeaseState.ACTIVE,
        "noticed": row.state == LeaseState.CANCELLED,
        "grace": row.state == LeaseState.GRACE,
    }


def _rented_for(row: LeaseRow) -> str:
    """Return the name of the sub-account that has the number, empty where none has."""
    if row.sub_account_id is None:
        return ""
    found = sub_accounts.tell_apart(row.account_id, ids=[row.sub_account_id])
    return found[row.sub_account_id].name


def _on_its_way(row: LeaseRow) -> dict[str, object]:
    """Return what goes on with a number, or how it ended, beside its state."""
    handover = handovers.latest_of(row.account_id, lease_id=row.id)
    porting = portouts.latest_of(row.account_id, lease_id=row.id)
    ending = queries.ending(row.account_id, lease_id=row.id)
    return {
        "rented_for": _rented_for(row),
        "ending": ending,
        "cause": None if ending is None else CAUSES[ending.cause],
        "handover": handover,
        "porting": porting,
        "port_refusal": (
            None if porting is None or porting.refusal is None else PORT_REFUSALS[porting.refusal]
        ),
    }


def _kept(row: LeaseRow) -> Money:
    """Return what is kept back for the next fee of a lease."""
    return ledger.earmarked(row.account_id, earmark_id=row.id)


def _cursor(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("before", ""))
    except ValueError:
        return None
