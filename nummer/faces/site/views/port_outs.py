"""Taking a rented number to another provider: asking for it, its code, and keeping it after all."""

from __future__ import annotations

from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nummer.apps.leases import actions as leases
from nummer.apps.leases import portouts, queries
from nummer.apps.refunds import actions
from nummer.faces.site.refusals import NOT_FOUND
from nummer.faces.site.requests import account_id, customers_only
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id

TEXT_MAX = 2_000


class PortOutForm(forms.Form):
    """What the staff should know."""

    text = forms.CharField(
        label=_("To which provider, and when?"),
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
@reauthentication_required()  # type: ignore[untyped-decorator]  # allauth's has no types
def port_out(request: HttpRequest, lease_id: UUID) -> HttpResponse:
    """Say what porting a number out means, and take the wish."""
    customer = account_id(request)
    row = queries.lease(customer, lease_id=lease_id)
    latest = portouts.latest_of(customer, lease_id=lease_id)
    if latest is not None and latest.open:
        return redirect("site:my-number", lease_id=lease_id)
    form, refusal = PortOutForm(request.POST or None, initial={"key": new_id()}), None
    if request.method == "POST" and form.is_valid():
        try:
            actions.ask_port_out(
                customer,
                lease_id=lease_id,
                text=form.cleaned_data["text"],
                key=form.cleaned_data["key"],
                now=clock.now(),
            )
        except Refusal as refused:
            if refused.code in NOT_FOUND:
                raise
            refusal = refused
        else:
            messages.success(
                request, gettext("We received your wish. You find code and day on this page soon.")
            )
            return redirect("site:my-number", lease_id=lease_id)
    context = {"lease": row, "form": form, "refusal": refusal}
    status = 409 if refusal else 400 if form.errors else 200
    return render(request, "site/port_out.html", context, status=status)


@never_cache
@require_safe
@customers_only
@reauthentication_required()  # type: ignore[untyped-decorator]  # allauth's has no types
def code(request: HttpRequest, lease_id: UUID, port_out_id: UUID) -> HttpResponse:
    """Show the code that the next provider asks for, to whoever gave the password just now."""
    customer = account_id(request)
    context = {
        "lease": queries.lease(customer, lease_id=lease_id),
        "code": leases.show_port_code(customer, port_out_id=port_out_id, now=clock.now()),
    }
    return render(request, "site/port_code.html", context)


@require_POST
@customers_only
def withdraw(request: HttpRequest, lease_id: UUID, port_out_id: UUID) -> HttpResponse:
    """Keep the number after all."""
    actions.withdraw_port_out(account_id(request), port_out_id=port_out_id, now=clock.now())
    messages.success(request, gettext("The number stays with us, and yours."))
    return redirect("site:my-number", lease_id=lease_id)
