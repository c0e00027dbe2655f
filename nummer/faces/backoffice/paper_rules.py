"""The staff's page of paper rules: what numbers need from a day on, looked at before it counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from nummer.apps.identity import queries
from nummer.apps.identity.queries import EVERY, Asked
from nummer.apps.identity.words import DocumentKind, Field
from nummer.apps.leases.papers import ask_for_papers
from nummer.apps.leases.ports import supplier_codes
from nummer.faces.backoffice.forms import NUMBER_KINDS, countries, moment
from nummer.faces.backoffice.papers import DOCUMENT_NAMES, FIELD_NAMES
from nummer.faces.backoffice.requests import (
    COMPLIANCE,
    IDENTITY,
    OPERATIONS,
    member,
    sentence,
    staff_only,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal

CUSTOMERS: Final = {"person": _("persons"), "company": _("companies")}


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would ask for, and what is asked for at its moment without it."""

    after: list[Any]
    before: list[Any]


class RuleForm(forms.Form):
    """What is asked for from a moment on; nothing chosen: nothing is."""

    country = forms.ChoiceField(
        label=_("Country"),
        required=False,
        help_text=_(
            "What every purchase needs is asked for before it, also for one-time numbers. "
            "It stays with us."
        ),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
    )
    supplier = forms.ChoiceField(
        label=_("Supplier"),
        required=False,
        help_text=_("A rule for one supplier goes before one for all."),
    )
    customer = forms.ChoiceField(label=_("Kind of customer"), required=False)
    fields_asked = forms.MultipleChoiceField(
        label=_("Details"),
        required=False,
        choices=[(one.value, name) for one, name in FIELD_NAMES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    documents_asked = forms.MultipleChoiceField(
        label=_("Documents"),
        required=False,
        choices=[(one.value, name) for one, name in DOCUMENT_NAMES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    from_at = moment(_("From (UTC)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered: dict[str, list[tuple[str, Any]]] = {
            "country": [(EVERY, _("every purchase")), *countries()],
            "kind": [(EVERY, _("all")), *NUMBER_KINDS.items()],
            "supplier": [("", _("all")), *((code, code) for code in supplier_codes())],
            "customer": [("", _("all")), *CUSTOMERS.items()],
        }
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField), "declared above"
            field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Refuse half of a place: a rule is for one country and kind, or for every purchase."""
        said = super().clean() or self.cleaned_data
        if (said.get("country") == EVERY) != (said.get("kind") == EVERY):
            raise forms.ValidationError(
                _("Choose both a country and a kind, or every purchase and all kinds.")
            )
        if said.get("country") == EVERY and said.get("supplier"):
            raise forms.ValidationError(_("A rule for every purchase has no supplier."))
        return said

    @property
    def wanted(self) -> Asked:
        """Return what was chosen."""
        said = self.cleaned_data
        return Asked(
            tuple(Field(name) for name in said["fields_asked"]),
            tuple(DocumentKind(name) for name in said["documents_asked"]),
        )

    def preview(self, *, now: datetime) -> Preview:
        """Return what would be asked for beside what is asked for at that moment."""
        said = self.cleaned_data
        before = queries.asked(
            country=said["country"],
            kind=said["kind"],
            supplier=said["supplier"],
            customer=said["customer"],
            at=max(now, said["from_at"] or now),
        )
        return Preview(named(self.wanted), named(before))

    def save(self, *, actor: str, now: datetime) -> None:
        """Let it count. Refuses what `ask_for_papers` refuses."""
        said = self.cleaned_data
        ask_for_papers(
            country=said["country"],
            kind=said["kind"],
            wanted=self.wanted,
            supplier=said["supplier"],
            customer=said["customer"],
            from_at=said["from_at"],
            actor=actor,
            now=now,
        )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(IDENTITY, OPERATIONS, COMPLIANCE)
def rules(request: HttpRequest) -> HttpResponse:
    """Show every rule, those to come too; look at a new one, and let it count."""
    person, now = member(request), clock.now()
    may_set = person.may((IDENTITY, OPERATIONS))
    form = RuleForm(request.POST or None)
    preview = None
    if request.method == "POST" and not may_set:
        raise PermissionDenied
    if request.method == "POST" and form.is_valid():
        preview = form.preview(now=now)
        if request.POST.get("step") == "set":
            try:
                form.save(actor=person.actor, now=now)
            except Refusal as refusal:
                form.add_error(None, sentence(refusal))
            else:
                messages.success(request, gettext("Saved."))
                return redirect("backoffice:paper-rules")
    context = {
        "rows": [
            (row, named(row.asked), CUSTOMERS.get(row.customer, "")) for row in queries.rules()
        ],
        "form": form if may_set else None,
        "preview": preview,
        "now": now,
    }
    status = 400 if form.errors else 200
    return render(request, "backoffice/paper_rules.html", context, status=status)


def named(wanted: Asked) -> list[Any]:
    """Return the names of what is asked for."""
    fields = [FIELD_NAMES[name] for name in wanted.fields]
    return [*fields, *(DOCUMENT_NAMES[kind] for kind in wanted.documents)]
