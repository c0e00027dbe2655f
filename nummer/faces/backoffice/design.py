"""The parts that all pages are made of, in light and in dark: for whoever writes pages."""

from __future__ import annotations

from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from nummer.faces.backoffice.requests import staff_only

# Whole names of classes, since the style sheet is built from what it finds in the source.
COLOURS: Final = (
    ("base-100", "bg-base-100 text-base-content"),
    ("base-200", "bg-base-200 text-base-content"),
    ("base-300", "bg-base-300 text-base-content"),
    ("primary", "bg-primary text-primary-content"),
    ("secondary", "bg-secondary text-secondary-content"),
    ("accent", "bg-accent text-accent-content"),
    ("neutral", "bg-neutral text-neutral-content"),
    ("info", "bg-info text-info-content"),
    ("success", "bg-success text-success-content"),
    ("warning", "bg-warning text-warning-content"),
    ("error", "bg-error text-error-content"),
)
COUNTRIES: Final = ("NO", "DE", "GB", "US")


class ExampleForm(forms.Form):
    """A field of each kind, one of them with an error."""

    words = forms.CharField(label=_("A line of words"), help_text=_("What it is for stands here."))
    wrong = forms.EmailField(label=_("A field with an error"))
    choice = forms.ChoiceField(label=_("One of several"), choices=[("a", "A"), ("b", "B")])
    several = forms.MultipleChoiceField(
        label=_("Some of several"),
        required=False,
        choices=[("a", "A"), ("b", "B")],
        widget=forms.CheckboxSelectMultiple,
    )
    agreed = forms.BooleanField(label=_("A statement to tick"))


@require_safe
@staff_only()
def design(request: HttpRequest) -> HttpResponse:
    """Show each part once on a light and once on a dark ground."""
    grounds = [(scheme, _example(scheme)) for scheme in ("light", "dark")]
    context = {"grounds": grounds, "colours": COLOURS, "countries": COUNTRIES}
    return render(request, "backoffice/design.html", context)


def _example(scheme: str) -> ExampleForm:
    said = {"words": "+47 59 44 00 00", "wrong": "a.b", "choice": "a", "agreed": "on"}
    form = ExampleForm({f"{scheme}-{name}": value for name, value in said.items()}, prefix=scheme)
    form.is_valid()
    for bound in form:
        bound.field.widget.attrs["autofocus"] = False  # an example takes nobody's place
    return form
