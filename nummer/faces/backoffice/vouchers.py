"""The staff's pages of vouchers: batches, and their codes in a file, once."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.vouchers import actions, queries
from nummer.faces.backoffice.forms import moment, typed_money
from nummer.faces.backoffice.requests import (
    FINANCE,
    ROWS_PER_PAGE,
    cursor,
    member,
    page_of,
    sentence,
    staff_only,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal


class BatchForm(forms.Form):
    """Vouchers of one sum."""

    amount = forms.DecimalField(label=_("Amount"), min_value=0, max_digits=12, decimal_places=2)
    currency = forms.ChoiceField(label=_("Currency"))
    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=actions.COUNT_MAX)
    expires = moment(_("Valid until (UTC)"), required=True)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        field = self.fields["currency"]
        assert isinstance(field, forms.ChoiceField), "declared above"
        field.choices = [(code, code) for code in catalogue.currencies()]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(FINANCE)
def batches(request: HttpRequest) -> HttpResponse:
    """List the batches; making one answers with its codes as a file, which is not kept."""
    form = BatchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = actions.make_batch(
                amount=typed_money(said["amount"], currency=said["currency"]),
                count=said["count"],
                expires_at=said["expires"],
                actor=member(request).actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            answer = HttpResponse("\r\n".join(["code", *made.codes, ""]), content_type="text/csv")
            answer["Content-Disposition"] = f'attachment; filename="{made.batch_id}.csv"'
            return answer
    rows, more = page_of(queries.batches(before=cursor(request), limit=ROWS_PER_PAGE + 1))
    context = {"rows": rows, "more": more, "form": form, "me": member(request).actor}
    return render(request, "backoffice/vouchers.html", context, status=400 if form.errors else 200)


@require_POST
@staff_only(FINANCE)
def release(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Let the vouchers of a batch that waits pay in, as its second person."""
    try:
        actions.release_batch(batch_id, actor=member(request).actor, now=clock.now())
        messages.success(request, gettext("Saved."))
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    return redirect("backoffice:vouchers")


@require_POST
@staff_only(FINANCE)
def withdraw(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """End the vouchers of a batch that nobody redeemed yet."""
    try:
        actions.withdraw_batch(batch_id, actor=member(request).actor, now=clock.now())
        messages.success(request, gettext("Saved."))
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    return redirect("backoffice:vouchers")
