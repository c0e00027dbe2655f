"""The page of the sandbox's bank: pay by reference, send, recall, and end the day."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from nummer.kernel import clock
from nummer.kernel.money import Money
from nummer.suppliers.sandbox.bank import Kind, SandboxBank, StatementFile

END: Final = "end"
KINDS: Final = {
    Kind.PAY: gettext_lazy("A customer's transfer comes"),
    Kind.SEND: gettext_lazy("A transfer of the shop goes out"),
    Kind.RECALL: gettext_lazy("The bank takes a customer's transfer back"),
    Kind.BOUNCE: gettext_lazy("A transfer of the shop comes back"),
}


class MovementForm(forms.Form):
    """One movement on an account of the shop."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What happens"),
        choices=[(kind.value, name) for kind, name in KINDS.items()],
    )
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), min_value=0, max_digits=12, decimal_places=2
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    reference = forms.CharField(label=gettext_lazy("Reference"), max_length=35, required=False)

    def __init__(self, *args: object, currencies: list[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        field = self.fields["currency"]
        assert isinstance(field, forms.ChoiceField), "declared above"
        field.choices = [(code, code) for code in currencies]

    def money(self) -> Money | None:
        """Return the amount; None for nothing at all."""
        amount = Money.parse(str(self.cleaned_data["amount"]), self.cleaned_data["currency"])
        return amount if amount.micro else None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def bank(request: HttpRequest) -> HttpResponse:
    """Show the account, book a movement, or end the day and give the statement to the shop."""
    house = the_bank()
    told = ""
    first = {name: request.GET.get(name, "") for name in ("amount", "currency", "reference")}
    form = MovementForm(
        request.POST if request.POST.get("button") == "book" else None,
        initial=first,
        currencies=house.currencies,
    )
    if request.method == "POST":
        told = _end_day(house) if request.POST.get("button") == END else _book(house, form)
    context = {
        "form": form,
        "told": told,
        "rows": house.latest(),
        "statements": house.statements(),
    }
    return render(request, "sandbox/bank.html", context)


@never_cache
@require_GET
def statement(request: HttpRequest, number: int) -> HttpResponse:
    """Give a statement as a file, as the operator fetches it from his bank."""
    del request
    found = the_bank().statement(number)
    if found is None:
        raise Http404
    answer = HttpResponse(found.body, content_type="application/xml")
    answer["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return answer


def the_bank() -> SandboxBank:
    """Return the bank with the accounts of this installation's operator."""
    return SandboxBank(settings.SANDBOX_FOLDER, settings.OPERATOR.accounts)


def deposit(files: list[StatementFile], *, folder: Path) -> None:
    """Put statements where the shop looks for them; each appears whole, or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        coming = folder / f"{file.name}.part"
        coming.write_bytes(file.body)
        os.replace(coming, folder / file.name)


def _book(house: SandboxBank, form: MovementForm) -> str:
    amount = form.money() if form.is_valid() else None
    if amount is None:
        return _("Give an amount above zero.")
    house.book(
        amount,
        kind=Kind(form.cleaned_data["kind"]),
        reference=form.cleaned_data["reference"],
        now=clock.now(),
    )
    return _("Booked. The shop learns of it from the statement.")


def _end_day(house: SandboxBank) -> str:
    made = house.end_day(now=clock.now())
    if not made:
        return _("Nothing moved since the last statement.")
    if settings.ENV.bank_folder is not None:
        deposit(made, folder=settings.ENV.bank_folder)
    return _("The statement was given to the shop, which reads it within a minute.")


bank_urls = [
    path("bank", bank, name="sandbox-bank"),
    path("bank/statement/<int:number>.xml", statement, name="sandbox-bank-statement"),
]
