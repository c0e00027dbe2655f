"""The record of deeds, for compliance and the owner: names of fields, never a value."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from nummer.apps.audit import trail
from nummer.faces.backoffice.forms import ID_MAX
from nummer.faces.backoffice.requests import (
    COMPLIANCE,
    ROWS_PER_PAGE,
    cursor,
    page_of,
    seen,
    staff_only,
)
from nummer.kernel import clock
from nummer.kernel.sheets import csv_lines

_SHOWN: Final = timedelta(days=7)
_HEAD: Final = ("at", "actor", "verb", "place", "row", "account", "fields")


class TrailForm(forms.Form):
    """Which lines to show."""

    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    account = forms.IntegerField(
        label=_("Number of the account"), min_value=1, max_value=ID_MAX, required=False
    )
    actor = forms.CharField(
        label=_("By whom"),
        max_length=40,
        required=False,
        help_text=_("As the record names them, such as staff:3 or customer:17."),
    )
    verb = forms.CharField(label=_("What was done"), max_length=40, required=False)
    place = forms.CharField(label=_("Table"), max_length=80, required=False)

    def clean(self) -> dict[str, object]:
        """Ask for a span of a season at most."""
        given: dict[str, object] = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        both = isinstance(since, date) and isinstance(until, date)
        if both and not timedelta() <= until - since < trail.SPAN_MAX:  # type: ignore[operator]
            raise forms.ValidationError(
                gettext("Please choose a span of at most %(days)s days.")
                % {"days": trail.SPAN_MAX.days - 1}
            )
        return given

    def wanted(self, now: datetime) -> trail.Wanted:
        """Return what was asked for; a week where no day was named."""
        said = self.cleaned_data
        until = said["until"] or (
            said["since"] + _SHOWN if said["since"] else now.astimezone(UTC).date()
        )
        since = said["since"] or until - _SHOWN
        return trail.Wanted(
            since=datetime.combine(since, time(), UTC),
            until=datetime.combine(until + timedelta(days=1), time(), UTC),
            account_id=said["account"],
            actor=said["actor"].strip(),
            verb=said["verb"].strip(),
            place=said["place"].strip(),
        )


@require_safe
@staff_only(COMPLIANCE)
def listed(request: HttpRequest) -> HttpResponse:
    """List what was done, the latest first; that somebody looked is a line of its own."""
    form, now = _form(request), clock.now()
    rows, more = [], None
    if form.is_valid():
        found = trail.deeds(form.wanted(now), before=cursor(request), limit=ROWS_PER_PAGE + 1)
        rows, more = list(page_of(found)[0]), page_of(found)[1]
        seen(request, verb="list_trail", place="audit_line")
    chosen = {
        name: value for name, value in request.GET.dict().items() if name in form.fields and value
    }
    context = {
        "form": form,
        "rows": rows,
        "query": urlencode(chosen),
        "more": "?" + urlencode({**chosen, "before": str(more.id)}) if more else "",
    }
    return render(request, "backoffice/trail.html", context, status=400 if form.errors else 200)


@require_safe
@staff_only(COMPLIANCE)
def exported(request: HttpRequest) -> HttpResponseBase:
    """Give out the same lines as CSV."""
    form = _form(request)
    if not form.is_valid():
        return listed(request)
    seen(request, verb="export_trail", place="audit_line")
    steps = trail.exported(form.wanted(clock.now()))
    return StreamingHttpResponse(
        csv_lines(head=_HEAD, steps=([_cells(deed) for deed in step] for step in steps)),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="trail.csv"',
            "Cache-Control": "no-store",
        },
    )


def _form(request: HttpRequest) -> TrailForm:
    return TrailForm(request.GET.dict())


def _cells(deed: trail.Deed) -> list[str]:
    return [
        deed.at.isoformat(),
        deed.actor,
        deed.verb,
        deed.place,
        deed.row,
        "" if deed.account_id is None else str(deed.account_id),
        " ".join(deed.fields),
    ]
