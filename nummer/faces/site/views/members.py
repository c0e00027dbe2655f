"""The people behind an account: who they are, what they may, what they did; and the way in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nummer.apps.accounts import deeds
from nummer.apps.accounts import members as people
from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.deeds import DeedRow
from nummer.apps.notify import inviting
from nummer.faces.site import rights
from nummer.faces.site.refusals import sentence
from nummer.faces.site.requests import OWNER, account_id, customers_only, public
from nummer.faces.site.views.deeds import about
from nummer.kernel import clock
from nummer.kernel.errors import Refusal

LINES_PER_PAGE: Final = 25
ROLES: Final[dict[str, Promise]] = {
    OWNER: _("owner"),
    rights.ADMINISTRATOR: _("administrator"),
    rights.DEVELOPER: _("developer"),
    rights.BILLING: _("billing"),
    rights.READER: _("reader"),
}
MEANINGS: Final[dict[str, Promise]] = {
    rights.ADMINISTRATOR: _("does all that the owner does, but hands the account over to nobody"),
    rights.DEVELOPER: _("orders and uses numbers, reads and sends SMS, has keys and webhooks"),
    rights.BILLING: _("tops up, pays and reads invoices; reads no SMS"),
    rights.READER: _("looks at numbers, SMS and money, and changes nothing"),
}


class InviteForm(forms.Form):
    """Whom to invite, and what for."""

    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("We write there once, to invite this person and to see that it is hers."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[(role, ROLES[role]) for role in people.GIVEN],
        initial=rights.READER,
    )


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of the log in the reader's words."""

    who: str = field(repr=False)
    about: str
    page: str
    subject: str
    at: datetime
    done: bool | None


@never_cache
@require_safe
@customers_only
def members(request: HttpRequest) -> HttpResponse:
    """List who works in this account, and who is invited."""
    return _page(request, InviteForm())


@require_POST
@customers_only
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody; the answer is the same whether his address has an account or not."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    try:
        inviting.invite(
            account_id(request),
            by=_me(request),
            email=form.cleaned_data["email"],
            role=form.cleaned_data["role"],
            now=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(None, sentence(refusal))
        return _page(request, form, status=409)
    messages.success(request, gettext("Invited. We have written to this address."))
    return redirect("site:members")


def _page(request: HttpRequest, form: InviteForm, *, status: int = 200) -> HttpResponse:
    customer = account_id(request)
    context = {
        "members": people.members(customer),
        "invitations": people.invitations(customer, now=clock.now()),
        "form": form,
        "roles": ROLES,
        "given": [(role, ROLES[role], MEANINGS[role]) for role in people.GIVEN],
        "me": _me(request),
        "owner": request.user.member_role == OWNER,  # type: ignore[union-attr]  # signed in
    }
    return render(request, "site/members.html", context, status=status)


@require_POST
@customers_only
def withdraw(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    people.withdraw(
        account_id(request), invitation_id=invitation_id, by=_me(request), now=clock.now()
    )
    messages.success(request, gettext("The invitation is withdrawn; its link opens nothing now."))
    return redirect("site:members")


@require_POST
@customers_only
def role(request: HttpRequest, login_id: int) -> HttpResponse:
    """Give a member another role."""
    wanted = request.POST.get("role", "")
    people.set_role(
        account_id(request), login_id=login_id, role=wanted, by=_me(request), now=clock.now()
    )
    messages.success(request, gettext("Saved."))
    return redirect("site:members")


@require_POST
@customers_only
def remove(request: HttpRequest, login_id: int) -> HttpResponse:
    """Remove a member, and with her all her sessions."""
    people.remove(account_id(request), login_id=login_id, by=_me(request), now=clock.now())
    messages.success(request, gettext("Removed. This person is signed out everywhere."))
    return redirect("site:members")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def leave(request: HttpRequest) -> HttpResponse:
    """Ask a member whether she wants to leave, and let her."""
    if request.method != "POST":
        return render(request, "site/member_leave.html")
    people.remove(account_id(request), login_id=_me(request), by=_me(request), now=clock.now())
    logout(request)
    messages.success(request, gettext("You have left the account. Your login is deleted."))
    return redirect("site:services")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
@reauthentication_required()  # type: ignore[untyped-decorator]  # allauth's has no types
def hand_over(request: HttpRequest, login_id: int) -> HttpResponse:
    """Take the owner's word, who signed in just now, that another member owns the account."""
    customer = account_id(request)
    if request.method == "POST":
        inviting.hand_over(customer, to=login_id, by=_me(request), now=clock.now())
        messages.success(request, gettext("Handed over. You are an administrator now."))
        return redirect("site:members")
    found = people.member(customer, login_id=login_id)
    return render(request, "site/member_hand_over.html", {"member": found})


@never_cache
@require_safe
@customers_only
def log(request: HttpRequest) -> HttpResponse:
    """List what was done in this account, by whom, newest first, page by page."""
    customer = account_id(request)
    found = deeds.deeds(customer, before=_before(request), limit=LINES_PER_PAGE + 1)
    rows, names = found[:LINES_PER_PAGE], people.names(customer)
    context = {
        "lines": [_view(row, names) for row in rows],
        "paged": "before" in request.GET,
        "older": rows[-1].id if len(found) > LINES_PER_PAGE else None,
    }
    return render(request, "site/members_log.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Show who is invited and as what, and let him in by a code that is mailed to him."""
    try:
        found = inviting.read(token, now=clock.now())
        if request.method == "POST":
            login = people.join(found.account_id, invitation_id=found.id, now=clock.now())
            logout(request)  # whoever was signed in on this browser goes on as the new member
            LoginCodeVerificationProcess.initiate(request=request, user=login, email=login.email)
            return redirect("account_confirm_login_code")
    except Refusal as refusal:
        refused = {"sentence": sentence(refusal)}
        return render(request, "site/refused.html", refused, status=410)
    context = {
        "invitation": found,
        "role": ROLES[found.role],
        "meaning": MEANINGS[found.role],
        "owner": accounts.email(found.account_id),
    }
    return render(request, "site/join.html", context)


def _view(row: DeedRow, names: dict[int, str]) -> LineView:
    who = names.get(row.login_id, "") or gettext("a former member")
    return LineView(who, about(row.page), row.page, row.subject, row.at, row.done)


def _me(request: HttpRequest) -> int:
    assert request.user.is_authenticated, "the view asks for a login"
    return int(request.user.pk)


def _before(request: HttpRequest) -> UUID | None:
    """Return the last line of the page before; what is no id means the first page."""
    try:
        return UUID(request.GET.get("before", ""))
    except ValueError:
        return None
