"""Finding a customer: by what somebody says or writes, whole and never by a part of it.

An address or a phone is looked up by its blind index; what was typed is written down nowhere, only
that somebody searched and whom she found (PP-2.3a).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from nummer.apps.accounts import queries as accounts
from nummer.apps.cases import desk
from nummer.apps.leases import queries as leases
from nummer.apps.numbers import queries as numbers
from nummer.faces.backoffice.requests import COMPLIANCE, FINANCE, SUPPORT, seen, staff_only
from nummer.kernel import clock
from nummer.kernel.phone import PhoneNumber

_DIGITS_MAX: Final = 18


class FindForm(forms.Form):
    """What leads to a customer."""

    words = forms.CharField(
        label=_("Customer"),
        max_length=254,
        help_text=_(
            "An e-mail address, a phone, a rented number or one in use, an AC… id, or the number of"
            " an account, an order or a case. It has to be whole; what you type is not kept."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@dataclass(frozen=True, slots=True)
class Found:
    """An account, and what led there."""

    account_id: int
    by: str


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("words")
@staff_only(SUPPORT, FINANCE, COMPLIANCE)
def find(request: HttpRequest) -> HttpResponse:
    """Lead to the customer that was named, or list those that it may be."""
    form = FindForm(request.POST or None)
    found: list[Found] | None = None
    if request.method == "POST" and form.is_valid():
        found = list(dict.fromkeys(_found(form.cleaned_data["words"].strip())))
        for one in {one.account_id for one in found}:
            seen(request, verb="find_customer", place="accounts_account", row=str(one))
        if not found:
            seen(request, verb="find_customer", place="accounts_account", row="none")
        if len({one.account_id for one in found}) == 1:
            return redirect("backoffice:customer", account_id=found[0].account_id)
    context = {"form": form, "found": found}
    return render(request, "backoffice/find.html", context, status=400 if form.errors else 200)


def _found(words: str) -> list[Found]:
    if "@" in words:
        row = accounts.account_signed_in_to(words)
        return [] if row is None else [Found(row.id, gettext("E-mail"))]
    if words.upper().startswith("AC"):
        row = accounts.account_by_sid("AC" + words[2:].lower())
        return [] if row is None else [Found(row.id, gettext("Account"))]
    if words.isascii() and words.isdigit() and len(words) <= _DIGITS_MAX:
        return _numbered(int(words))
    try:
        number = PhoneNumber.parse(words)
    except ValueError:
        return []
    return _with_number(number)


def _numbered(wanted: int) -> list[Found]:
    """Return what may have this number: an account, an order, a case."""
    found = [Found(wanted, gettext("Account"))] if accounts.known(wanted) else []
    order = numbers.activation_numbered(wanted)
    if order is not None:
        found.append(Found(order.account_id, gettext("Order")))
    case = desk.case_id_of(wanted)
    if case is not None and case[0]:
        found.append(Found(case[0], gettext("Case")))
    return found


def _with_number(number: PhoneNumber) -> list[Found]:
    """Return whose own phone this is, and who has or had it from us."""
    owner = accounts.account_by_phone(number)
    found = [] if owner is None else [Found(owner, gettext("Phone"))]
    found += [Found(row.account_id, gettext("Rented number")) for row in leases.leases_with(number)]
    found += [
        Found(row.account_id, gettext("Order")) for row in numbers.used_by(number, at=clock.now())
    ]
    return found
