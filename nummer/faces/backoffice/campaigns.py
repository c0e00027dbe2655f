"""The staff's pages of segments and campaigns; they show counts, never who (ADR 417)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from nummer.apps.agreements.offers import Purpose
from nummer.apps.marketing import actions, queries
from nummer.apps.marketing.actions import agreeing, campaigns
from nummer.apps.marketing.actions.campaigns import Text
from nummer.apps.marketing.errors import NoSuchCampaign
from nummer.apps.marketing.segments import DAYS_MAX
from nummer.apps.notify.words import STATES
from nummer.faces.backoffice.forms import countries
from nummer.faces.backoffice.requests import (
    OPERATIONS,
    ROWS_PER_PAGE,
    cursor,
    member,
    page_of,
    seen,
    sentence,
    staff_only,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.locale import LANGUAGES

_ANY: Final = ("", _("all"))
PURPOSES: Final = {
    Purpose.NEWS: _("News about services and countries"),
    Purpose.OFFERS: _("Offers and lower prices"),
    Purpose.SURVEYS: _("Questions about how satisfied you are"),
}
CAMPAIGN_STATES: Final = {
    "draft": _("draft"),
    "sending": _("being sent"),
    "done": _("sent"),
    "stopped": _("stopped"),
}
LIST_MAX: Final = 5_000  # addresses of one list


def _days(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=DAYS_MAX)


class SegmentForm(forms.Form):
    """A query over facts that may be asked for; empty fields ask nothing."""

    name = forms.CharField(label=_("Name"), max_length=80)
    country = forms.ChoiceField(label=_("Country"), required=False)
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[_ANY, *((code, code) for code in LANGUAGES)]
    )
    kind = forms.ChoiceField(
        label=_("Kind of customer"),
        required=False,
        choices=[_ANY, ("person", _("private persons")), ("company", _("companies"))],
    )
    customer_for_days = _days(_("Customer for at least so many days"))
    customer_since_days = _days(_("Customer for at most so many days"))
    ordered_within_days = _days(_("Ordered within so many days"))
    not_ordered_within_days = _days(_("Not ordered within so many days"))
    rents = forms.ChoiceField(
        label=_("Rents a number"),
        required=False,
        choices=[_ANY, ("yes", _("yes")), ("no", _("no"))],
    )
    interest = forms.ChoiceField(
        label=_("Interested in"),
        required=False,
        choices=[
            _ANY,
            ("codes", _("numbers for one code")),
            ("rent", _("rented numbers")),
            ("sending", _("sending SMS")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["country"]
        assert isinstance(field, forms.ChoiceField), "declared above"
        field.choices = [_ANY, *countries()]

    def rules(self) -> dict[str, Any]:
        """Return what was asked for, once it is valid."""
        return {name: value for name, value in self.cleaned_data.items() if name != "name"}


class TextForm(forms.Form):
    """Subject and text in every language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language in LANGUAGES:
            self.fields[f"subject_{language}"] = forms.CharField(
                label=gettext("Subject (%(language)s)") % {"language": language},
                max_length=120,
                required=False,
            )
            self.fields[f"body_{language}"] = forms.CharField(
                label=gettext("Text (%(language)s)") % {"language": language},
                max_length=5_000,
                required=False,
                widget=forms.Textarea(attrs={"rows": 5}),
            )

    def text(self) -> Text:
        """Return what was written, once it is valid."""
        said = self.cleaned_data
        return Text(
            {language: said[f"subject_{language}"] for language in LANGUAGES},
            {language: said[f"body_{language}"].replace("\r\n", "\n") for language in LANGUAGES},
        )


class CampaignForm(TextForm):
    """A new campaign."""

    name = forms.CharField(label=_("Name"), max_length=80)
    segment = forms.ChoiceField(label=_("Segment"))
    purpose = forms.ChoiceField(
        label=_("Purpose"), choices=[(p.value, w) for p, w in PURPOSES.items()]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["segment"]
        assert isinstance(field, forms.ChoiceField), "declared above"
        field.choices = [(str(row.id), row.name) for row in queries.segments()]


class ListForm(forms.Form):
    """Addresses from elsewhere, one a line; each is asked, none is taken at its word."""

    purpose = forms.ChoiceField(
        label=_("Purpose"), choices=[(p.value, w) for p, w in PURPOSES.items()]
    )
    addresses = forms.CharField(
        label=_("E-mail addresses, one a line"),
        max_length=LIST_MAX * 60,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "Customers among them get a mail that asks for their consent. Who said no, complained "
            "or was erased is spared; nobody else is kept."
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(OPERATIONS)
def segments(request: HttpRequest) -> HttpResponse:
    """List the segments with how many agree to each purpose, and save a new one."""
    form = SegmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_segment(
                name=form.cleaned_data["name"],
                rules=form.rules(),
                actor=member(request).actor,
                now=clock.now(),
            )
            messages.success(request, gettext("Saved."))
            return redirect("backoffice:segments")
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
    context = {"rows": queries.segments(), "form": form, "told": queries.told()}
    return render(request, "backoffice/segments.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(OPERATIONS)
def segment(request: HttpRequest, segment_id: UUID) -> HttpResponse:
    """Show how many a segment reaches now; put it away by POST."""
    found = next((row for row in queries.segments() if row.id == segment_id), None)
    if found is None:
        raise Http404
    if request.method == "POST":
        campaigns.put_segment_away(segment_id, actor=member(request).actor, now=clock.now())
        messages.success(request, gettext("Saved."))
        return redirect("backoffice:segments")
    seen(request, verb="count_segment", place="marketing_segment", row=str(segment_id))
    reach = queries.reach(found.rules, now=clock.now())
    context = {"row": found, "reach": [(PURPOSES[each], count) for each, count in reach.items()]}
    return render(request, "backoffice/segment.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(OPERATIONS)
def listed(request: HttpRequest) -> HttpResponse:
    """List the campaigns, and write a new one."""
    form = CampaignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.draft(
                name=form.cleaned_data["name"],
                segment_id=UUID(form.cleaned_data["segment"]),
                purpose=Purpose(form.cleaned_data["purpose"]),
                text=form.text(),
                actor=member(request).actor,
                now=clock.now(),
            )
            return redirect("backoffice:campaign", campaign_id=made)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
    rows, more = page_of(queries.campaigns(before=cursor(request), limit=ROWS_PER_PAGE + 1))
    context = {
        "rows": [(row, CAMPAIGN_STATES[row.state], PURPOSES[Purpose(row.purpose)]) for row in rows],
        "more": more,
        "form": form,
    }
    return render(request, "backoffice/campaigns.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(OPERATIONS)
def campaign(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Show a campaign as its readers get it and what became of it; change a draft's words."""
    row = _row(campaign_id)
    written = {f"subject_{each}": row.subjects.get(each, "") for each in LANGUAGES} | {
        f"body_{each}": row.bodies.get(each, "") for each in LANGUAGES
    }
    form = TextForm(request.POST or None, initial=written)
    if request.method == "POST" and form.is_valid():
        return _done(
            request,
            campaign_id,
            lambda: campaigns.rewrite(
                campaign_id, text=form.text(), actor=member(request).actor, now=clock.now()
            ),
        )
    outcome = queries.outcome(campaign_id)
    context = {
        "row": row,
        "state": CAMPAIGN_STATES[row.state],
        "purpose": PURPOSES[Purpose(row.purpose)],
        "preview": queries.preview(row),
        "form": form,
        "me": member(request).actor,
        "outcome": outcome,
        "by_state": [(gettext(STATES[each]), count) for each, count in outcome.by_state.items()],
    }
    return render(request, "backoffice/campaign.html", context, status=400 if form.errors else 200)


@require_POST
@staff_only(OPERATIONS)
def release(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Have a campaign sent, as another person than its author."""
    _row(campaign_id)
    return _done(
        request,
        campaign_id,
        lambda: actions.release(campaign_id, actor=member(request).actor, now=clock.now()),
    )


@require_POST
@staff_only(OPERATIONS)
def stop(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """Send a campaign to nobody else."""
    _row(campaign_id)
    return _done(
        request,
        campaign_id,
        lambda: actions.stop(campaign_id, actor=member(request).actor, now=clock.now()),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(OPERATIONS)
def consent_list(request: HttpRequest) -> HttpResponse:
    """Ask the customers among the addresses of a list for their consent."""
    form = ListForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        lines = [line.strip() for line in form.cleaned_data["addresses"].splitlines()]
        said = agreeing.import_consents(
            [line for line in lines if line][:LIST_MAX],
            purpose=Purpose(form.cleaned_data["purpose"]),
            actor=member(request).actor,
            now=clock.now(),
        )
        messages.success(
            request,
            gettext("Asked: %(asked)s, spared: %(suppressed)s, no customers: %(unknown)s.")
            % {"asked": said.asked, "suppressed": said.suppressed, "unknown": said.unknown},
        )
        return redirect("backoffice:consent-list")
    return render(
        request,
        "backoffice/consent_list.html",
        {"form": form},
        status=400 if form.errors else 200,
    )


def _row(campaign_id: UUID) -> queries.CampaignRow:
    try:
        return queries.campaign(campaign_id)
    except NoSuchCampaign:
        raise Http404 from None


def _done(request: HttpRequest, campaign_id: UUID, act: Any) -> HttpResponse:
    try:
        act()
        messages.success(request, gettext("Saved."))
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    return redirect("backoffice:campaign", campaign_id=campaign_id)
