"""The staff's pages of blocks, limits and suspensions; an account is its number and no more."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from nummer.apps.accounts import queries as accounts
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.messaging.actions import habits
from nummer.apps.standing import actions
from nummer.apps.standing import queries as standing
from nummer.faces.backoffice.forms import (
    BLOCK_KINDS,
    MACHINE_REASONS,
    SUSPENSION_REASONS,
    AccountForm,
    BlockForm,
    LimitsForm,
    SendingLimitsForm,
    SuspensionForm,
)
from nummer.faces.backoffice.requests import (
    COMPLIANCE,
    OPERATIONS,
    ROWS_PER_PAGE,
    cursor,
    member,
    seen,
    staff_only,
)
from nummer.kernel import clock


@require_safe
@staff_only(COMPLIANCE, OPERATIONS)
def overview(request: HttpRequest) -> HttpResponse:
    """List what is blocked and everybody's limits, and lead to an account."""
    if "account" not in request.GET:
        return _overview(request)
    form = AccountForm(request.GET)
    if form.is_valid():
        return redirect("backoffice:account", account_id=form.cleaned_data["account"])
    return _overview(request, which=form)


@require_POST
@staff_only(COMPLIANCE, OPERATIONS)
def limit_everybody(request: HttpRequest) -> HttpResponse:
    """Set the limits of all accounts without own ones."""
    form = LimitsForm(request.POST)
    if not form.is_valid():
        return _overview(request, limits=form)
    actions.set_limits(None, limits=form.limits(), actor=member(request).actor, now=clock.now())
    return _saved(request)


@require_POST
@staff_only(COMPLIANCE, OPERATIONS)
def limit_sending_of_everybody(request: HttpRequest) -> HttpResponse:
    """Set how many SMS all accounts without own limits may send."""
    form = SendingLimitsForm(request.POST)
    if not form.is_valid():
        return _overview(request, sending=form)
    habits.set_sending_limits(
        None, limits=form.limits(), actor=member(request).actor, now=clock.now()
    )
    return _saved(request)


@require_POST
@staff_only(COMPLIANCE, OPERATIONS)
def block(request: HttpRequest) -> HttpResponse:
    """Refuse something for everybody from now on."""
    form = BlockForm(request.POST)
    if not form.is_valid():
        return _overview(request, new=form)
    actions.block(
        actions.BlockKind(form.cleaned_data["kind"]),
        value=form.cleaned_data["value"],
        reason=form.cleaned_data["reason"],
        actor=member(request).actor,
        now=clock.now(),
    )
    return _saved(request)


@require_POST
@staff_only(COMPLIANCE, OPERATIONS)
def unblock(request: HttpRequest) -> HttpResponse:
    """Take a block back."""
    kind, value = request.POST.get("kind"), request.POST.get("value", "")
    if kind not in BLOCK_KINDS or "\0" in value:
        return HttpResponseBadRequest()
    actions.unblock(
        actions.BlockKind(kind), value=value, actor=member(request).actor, now=clock.now()
    )
    return _saved(request)


@require_safe
@staff_only(COMPLIANCE, OPERATIONS)
def account(request: HttpRequest, account_id: int) -> HttpResponse:
    """Show the limits and suspensions of one account."""
    return _account(request, account_id)


@require_POST
@staff_only(COMPLIANCE, OPERATIONS)
def limit_account(request: HttpRequest, account_id: int) -> HttpResponse:
    """Give an account its own limits."""
    form = LimitsForm(request.POST)
    if not accounts.known(account_id) or not form.is_valid():
        return _account(request, account_id, limits=form)
    actions.set_limits(
        account_id, limits=form.limits(), actor=member(request).actor, now=clock.now()
    )
    return _saved(request, account_id)


@require_POST
@staff_only(COMPLIANCE, OPERATIONS)
def limit_sending(request: HttpRequest, account_id: int) -> HttpResponse:
    """Give an account its own limits of sending SMS."""
    form = SendingLimitsForm(request.POST)
    if not accounts.known(account_id) or not form.is_valid():
        return _account(request, account_id, sending=form)
    habits.set_sending_limits(
        account_id, limits=form.limits(), actor=member(request).actor, now=clock.now()
    )
    return _saved(request, account_id)


@require_POST
@staff_only(COMPLIANCE, OPERATIONS)
def suspend(request: HttpRequest, account_id: int) -> HttpResponse:
    """Stop an account's orders, of one service or of all."""
    form = SuspensionForm(request.POST)
    if not accounts.known(account_id) or not form.is_valid():
        return _account(request, account_id, suspension=form)
    actions.suspend(
        account_id,
        service=form.cleaned_data["service"],
        reason=form.cleaned_data["reason"],
        actor=member(request).actor,
        now=clock.now(),
    )
    return _saved(request, account_id)


@require_POST
@staff_only(COMPLIANCE, OPERATIONS)
def lift(request: HttpRequest, account_id: int) -> HttpResponse:
    """Lift every suspension of an account."""
    if not accounts.known(account_id):
        return _unknown(request)
    actions.lift_suspensions(account_id, actor=member(request).actor, now=clock.now())
    return _saved(request, account_id)


@require_POST
@staff_only(COMPLIANCE, OPERATIONS)
def forgive(request: HttpRequest, account_id: int) -> HttpResponse:
    """Let the count of codes of an account begin anew."""
    if not accounts.known(account_id):
        return _unknown(request)
    actions.forgive_share(account_id, actor=member(request).actor, now=clock.now())
    return _saved(request, account_id)


def _saved(request: HttpRequest, account_id: int | None = None) -> HttpResponse:
    messages.success(request, gettext("Saved."))
    if account_id is None:
        return redirect("backoffice:standing")
    return redirect("backoffice:account", account_id=account_id)


def _overview(
    request: HttpRequest,
    *,
    which: AccountForm | None = None,
    limits: LimitsForm | None = None,
    new: BlockForm | None = None,
    sending: SendingLimitsForm | None = None,
) -> HttpResponse:
    """Show the page, with the form that was refused where there is one."""
    rows = standing.blocks(before=cursor(request), limit=ROWS_PER_PAGE)
    context = {
        "rows": [(row, BLOCK_KINDS[row.kind]) for row in rows],
        "more": rows[-1].id if len(rows) == ROWS_PER_PAGE else None,
        "which": which or AccountForm(),
        "limits": limits or LimitsForm.showing(standing.limits(None)),
        "new": new or BlockForm(),
        "sending": sending or SendingLimitsForm.showing(habits.sending_limits(None)),
    }
    refused = which or limits or new or sending
    return render(request, "backoffice/standing.html", context, status=400 if refused else 200)


def _account(
    request: HttpRequest,
    account_id: int,
    *,
    limits: LimitsForm | None = None,
    suspension: SuspensionForm | None = None,
    sending: SendingLimitsForm | None = None,
) -> HttpResponse:
    """Show the page, with the form that was refused where there is one."""
    if not accounts.known(account_id):
        return _unknown(request)
    seen(request, verb="view_standing", place="standing_limits", row=str(account_id))
    names = {row.code: row.name for row in catalogue.services(enabled_only=False)}
    rows = standing.suspensions(account_id, before=cursor(request), limit=ROWS_PER_PAGE)
    context = {
        "account_id": account_id,
        "has_own": standing.own_limits(account_id) is not None,
        "limits": limits or LimitsForm.showing(standing.limits(account_id)),
        "sends_by_own": habits.own_limits(account_id) is not None,
        "sending": sending or SendingLimitsForm.showing(habits.sending_limits(account_id)),
        "open": standing.open_orders(account_id),
        "share": standing.code_share(account_id),
        "suspended": standing.suspended(account_id),
        "suspension": suspension or SuspensionForm(),
        "rows": [
            (
                row,
                names.get(row.service, row.service),
                (SUSPENSION_REASONS | MACHINE_REASONS).get(row.reason, row.reason),
            )
            for row in rows
        ],
        "more": rows[-1].id if len(rows) == ROWS_PER_PAGE else None,
    }
    refused = limits or suspension or sending
    return render(request, "backoffice/account.html", context, status=400 if refused else 200)


def _unknown(request: HttpRequest) -> HttpResponse:
    context = {"which": AccountForm()}
    return render(request, "backoffice/no_account.html", context, status=404)
