"""Ending the contract of a rented number: for everybody, in two steps, with the time of receipt."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from allauth.account.adapter import get_adapter
from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from nummer.apps.accounts import queries as accounts
from nummer.apps.refunds import actions as refunds
from nummer.faces.site.requests import own_account_id, public
from nummer.faces.site.views.withdrawals import declarations_wait_s
from nummer.kernel import clock
from nummer.kernel.ids import new_id
from nummer.kernel.locale import DRAFTING_LANGUAGE
from nummer.kernel.phone import PhoneNumber

RECEIPT_SALT: Final = "nummer.termination-received"
NUMBER_MAX: Final = 30


class TerminationForm(forms.Form):
    """Which contract ends, when, and who says so."""

    phone = forms.CharField(
        label=_("Rented number"),
        max_length=NUMBER_MAX,
        help_text=_("With its country code, such as +47 21 23 45 67."),
    )
    email = forms.EmailField(label=_("Your e-mail address"))
    when = forms.ChoiceField(
        label=_("When is it to end?"),
        choices=[
            (refunds.When.PERIOD.value, _("With the paid month")),
            (refunds.When.NOW.value, _("At once")),
        ],
        initial=refunds.When.PERIOD.value,
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)

    def clean_phone(self) -> str:
        """Return the number in its full form."""
        try:
            return PhoneNumber.parse(self.cleaned_data["phone"]).e164
        except ValueError:
            raise ValidationError(_("Please write the number with its country code.")) from None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public
def end_contract(request: HttpRequest) -> HttpResponse:
    """Ask for number and address, show the declaration, and take it when it is confirmed."""
    if request.method != "POST":
        return _asked(request, TerminationForm(initial=_known(request)))
    form = TerminationForm(request.POST)
    if not form.is_valid():
        return _asked(request, form)
    declaration = _declaration(form)
    if "confirm" not in request.POST:
        context = {"form": form, "declaration": declaration.text}
        return render(request, "site/end_contract_confirm.html", context)
    if wait_s := declarations_wait_s(get_adapter(request).get_client_ip(request), clock.now()):
        answer = render(request, "429.html", status=429)
        answer["Retry-After"] = str(wait_s)
        return answer
    now = clock.now()
    refunds.declare_termination(declaration, key=form.cleaned_data["key"], now=now)
    said = signing.dumps(now.isoformat(), salt=RECEIPT_SALT)
    return redirect(f"{reverse('site:end-contract-received')}?of={said}")


@never_cache
@require_safe
@public
def received(request: HttpRequest) -> HttpResponse:
    """Show when the declaration was received; the same words for every number."""
    try:
        at = datetime.fromisoformat(signing.loads(request.GET.get("of", ""), salt=RECEIPT_SALT))
    except signing.BadSignature:
        raise Http404 from None
    return render(request, "site/end_contract_received.html", {"at": at})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Let whoever reads the mailbox of the account say that it was he; following asks only."""
    if request.method != "POST":
        return render(request, "site/end_contract_mine.html")
    ended = refunds.confirm_termination(token, now=clock.now())
    return render(request, "site/end_contract_done.html", {"ended": ended, "lease": ended.lease})


def _declaration(form: TerminationForm) -> refunds.Termination:
    given = form.cleaned_data
    number, when = PhoneNumber(given["phone"]), refunds.When(given["when"])
    if when is refunds.When.NOW:
        said = gettext("I end the contract about %(number)s at once. (%(email)s)")
    else:
        said = gettext("I end the contract about %(number)s with the paid month. (%(email)s)")
    return refunds.Termination(
        number=number,
        when=when,
        email=given["email"],
        language=get_language() or DRAFTING_LANGUAGE,
        text=said % {"number": number.international(), "email": given["email"]},
    )


def _asked(request: HttpRequest, form: TerminationForm) -> HttpResponse:
    status = 400 if form.errors else 200
    return render(request, "site/end_contract.html", {"form": form}, status=status)


def _known(request: HttpRequest) -> dict[str, object]:
    customer = own_account_id(request)
    email = None if customer is None else accounts.email(customer)
    return {"email": email or "", "when": refunds.When.PERIOD.value}
