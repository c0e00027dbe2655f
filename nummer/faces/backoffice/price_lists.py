"""The staff's pages of carriers' price lists: bring one, look at the differences, take it over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from nummer.apps.catalogue import sms_listing, sms_lists
from nummer.apps.catalogue.sms_lists import Change, Difference, ListForm, ListState
from nummer.faces.backoffice.forms import moment
from nummer.faces.backoffice.requests import FINANCE, OPERATIONS, member, sentence, staff_only
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.money import Money, known_currencies
from nummer.kernel.sheets import csv_lines

_BP: Final = 100  # hundredths of a per cent in one per cent
_LOSSES: Final = "loss"


class PriceListForm(forms.Form):
    """A list, and how it is to be read: nothing of that is guessed."""

    file = forms.FileField(label=_("CSV file"))
    carrier = forms.CharField(label=_("Carrier"), max_length=20)
    currency = forms.CharField(label=_("Currency"), min_length=3, max_length=3)
    decimal = forms.ChoiceField(
        label=_("Decimal sign"),
        choices=[("", "\N{EM DASH}"), (".", _("point: 0.05")), (",", _("comma: 0,05"))],
    )
    whole = forms.BooleanField(
        label=_("The list is complete: what it does not name is gone"), required=False
    )
    from_at = moment(
        _("From (UTC)"), help_text=_("For lines without a day of their own. Empty means now.")
    )

    def clean_currency(self) -> str:
        """Refuse what is no currency."""
        code: str = self.cleaned_data["currency"].upper()
        if code not in known_currencies():
            raise forms.ValidationError(gettext("There is no such currency."))
        return code


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(OPERATIONS, FINANCE)
def listed(request: HttpRequest) -> HttpResponse:
    """List the latest price lists, and bring one."""
    form = PriceListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        said, now = form.cleaned_data, clock.now()
        if said["file"].size > sms_lists.LIST_BYTES_MAX:
            return render(request, "413.html", status=413)
        content, read_as = said["file"].read(), ListForm(said["currency"], said["decimal"])
        try:
            list_id = sms_lists.start_list(
                content,
                carrier=said["carrier"],
                form=read_as,
                whole=said["whole"],
                from_at=said["from_at"] or now,
                actor=member(request).actor,
                now=now,
            )
            return redirect("backoffice:price-list", list_id=list_id)
        except Refusal as refusal:
            for each in _reasons(refusal, sms_lists.broken_lines(content, form=read_as)):
                form.add_error(None, each)
    context = {
        "form": form,
        "rows": [(row, _states()[row.state]) for row in sms_lists.price_lists()],
    }
    return render(
        request, "backoffice/price_lists.html", context, status=400 if form.errors else 200
    )


def _reasons(refusal: Refusal, broken: Sequence[Refusal]) -> list[str]:
    """Return why a list is refused, with every broken line up to what one page can say."""
    said = list(dict.fromkeys(map(sentence, (refusal, *broken))))
    if len(broken) == sms_lists.BROKEN_SHOWN:
        said.append(gettext("Only the first broken lines are named; there may be more."))
    return said


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(OPERATIONS, FINANCE)
def one(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """Show how far the comparison is and what differs; take the list over, or drop it."""
    try:
        if request.method == "POST":
            return _decide(request, list_id)
        row = sms_lists.price_list(list_id)
    except Refusal:
        raise Http404 from None
    chosen = request.GET.get("show", "")
    change, losses_only = _chosen(chosen)
    lines = sms_lists.list_lines(
        list_id,
        change=change,
        losses_only=losses_only,
        after=request.GET.get("after", "")[:15],
    )
    more = len(lines) == sms_lists.LINES_PAGE
    context = {
        "row": row,
        "state": _states()[row.state],
        "counts": [
            (each.value, name, row.counts.get(each, 0)) for each, name in _changes().items()
        ],
        "lines": [(line, _changes()[line.change]) for line in lines],
        "show": chosen,
        "more": "?" + urlencode({"show": chosen, "after": lines[-1].prefix}) if more else "",
        "waits": row.state in (ListState.READY, ListState.COMPARING),
    }
    fragment = request.headers.get("HX-Request")
    page = "backoffice/_price_list_state.html" if fragment else "backoffice/price_list.html"
    return render(request, page, context)


@require_safe
@staff_only(OPERATIONS, FINANCE)
def exported(request: HttpRequest, list_id: UUID) -> StreamingHttpResponse:
    """Give the differences as CSV."""
    try:
        sms_lists.price_list(list_id)
    except Refusal:
        raise Http404 from None
    change, losses_only = _chosen(request.GET.get("show", ""))
    steps = sms_listing.all_list_lines(list_id, change=change, losses_only=losses_only)
    return StreamingHttpResponse(
        csv_lines(head=_HEAD, steps=([_cells(line) for line in step] for step in steps)),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="price-list-{list_id}.csv"',
            "Cache-Control": "no-store",
        },
    )


def _decide(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """Refuses: NoSuchList."""
    actor, now = member(request).actor, clock.now()
    sms_lists.price_list(list_id)
    try:
        match request.POST.get("button"):
            case "take":
                reason = request.POST.get("reason", "").strip()
                sms_lists.take_over(list_id, reason=reason, actor=actor, now=now)
                messages.success(request, gettext("The list was taken over."))
            case "drop":
                sms_lists.drop_list(list_id, actor=actor, now=now)
                messages.success(request, gettext("The list was dropped."))
            case _:
                raise Http404
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    return redirect("backoffice:price-list", list_id=list_id)


def _chosen(show: str) -> tuple[Change | None, bool]:
    try:
        return Change(show), False
    except ValueError:
        return None, show == _LOSSES


_HEAD: Final = (
    "prefix", "destination", "line", "change", "before", "before_currency", "after",
    "after_currency", "change_percent", "effective_from", "lowest_rate", "rate_currency",
    "margin_percent", "below_cost",
)  # fmt: skip


def _cells(line: Difference) -> list[str]:
    return [
        line.prefix,
        line.destination,
        "" if line.line is None else str(line.line),
        line.change.value,
        *_sum(line.before),
        *_sum(line.after),
        _percent(line.change_bp),
        line.from_at.isoformat(),
        *_sum(line.sold),
        _percent(line.margin_bp),
        "yes" if line.loss else "no",
    ]


def _sum(amount: Money | None) -> tuple[str, str]:
    return ("", "") if amount is None else (amount.decimal_text(), amount.currency)


def _percent(bp: int | None) -> str:
    return "" if bp is None else f"{bp / _BP:.2f}"


def _states() -> dict[ListState, Any]:
    return {
        ListState.COMPARING: gettext("being compared"),
        ListState.READY: gettext("waits for you"),
        ListState.TAKEN: gettext("taken over"),
        ListState.DROPPED: gettext("dropped"),
    }


def _changes() -> dict[Change, str]:
    return {
        Change.NEW: gettext("new"),
        Change.DEARER: gettext("dearer"),
        Change.CHEAPER: gettext("cheaper"),
        Change.GONE: gettext("gone"),
        Change.SAME: gettext("the same"),
    }
