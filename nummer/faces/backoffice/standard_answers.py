"""Standard answers of the staff: what they say in each language, and a new version."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from nummer.apps.cases import actions, standard
from nummer.apps.cases.actions import Kind
from nummer.apps.cases.actions.opening import CHARACTERS_MAX
from nummer.apps.cases.standard import PLAIN
from nummer.faces.backoffice.case_words import KINDS, ROLES
from nummer.faces.backoffice.requests import COMPLIANCE, SUPPORT, member, sentence, staff_only
from nummer.kernel import clock
from nummer.kernel.errors import Refusal

_TEXTS = {
    "en": _("English"),
    "nb": _("Norwegian"),
    "de": _("German"),
}


class StandardForm(forms.Form):
    """A version of a standard answer; the three texts are one."""

    code = forms.SlugField(label=_("Short name"), max_length=40)
    kind = forms.ChoiceField(label=_("Kind"), choices=list(KINDS.items()))
    title = forms.CharField(label=_("Title"), max_length=120)
    en = forms.CharField(
        label=_TEXTS["en"], max_length=CHARACTERS_MAX, widget=forms.Textarea(attrs={"rows": 10})
    )
    nb = forms.CharField(
        label=_TEXTS["nb"],
        max_length=CHARACTERS_MAX,
        widget=forms.Textarea(attrs={"rows": 10, "lang": "nb"}),
    )
    de = forms.CharField(
        label=_TEXTS["de"],
        max_length=CHARACTERS_MAX,
        widget=forms.Textarea(attrs={"rows": 10, "lang": "de"}),
    )
    retired = forms.BooleanField(label=_("No longer in use"), required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(*ROLES)
def listed(request: HttpRequest) -> HttpResponse:
    """List the standard answers; support and compliance write new ones."""
    form = StandardForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _saved(request, form):
        return redirect("backoffice:standard-answers")
    context = {
        "rows": [(one, KINDS[one.kind]) for one in standard.everything()],
        "form": form,
        "may_write": member(request).may((SUPPORT, COMPLIANCE)),
        "placeholders": PLAIN,
    }
    return render(request, "backoffice/standard_answers.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(SUPPORT, COMPLIANCE)
def one(request: HttpRequest, code: str) -> HttpResponse:
    """Show one with its versions, and take the next one."""
    try:
        now = standard.latest(code)
    except Refusal:
        raise Http404 from None
    known = {"code": code, "kind": now.kind, "title": now.title, "retired": now.retired}
    form = StandardForm(
        {**request.POST.dict(), "code": code} if request.method == "POST" else None,
        initial=known | dict(now.texts),
    )
    form.fields["code"].widget = forms.HiddenInput()
    if request.method == "POST" and _saved(request, form):
        return redirect("backoffice:standard-answer", code=code)
    context = {
        "one": now,
        "form": form,
        "versions": standard.versions(code),
        "placeholders": PLAIN,
    }
    return render(request, "backoffice/standard_answer.html", context, status=_status(form))


def _saved(request: HttpRequest, form: StandardForm) -> bool:
    if not member(request).may((SUPPORT, COMPLIANCE)):
        raise PermissionDenied
    if not form.is_valid():
        return False
    given = form.cleaned_data
    try:
        version = actions.set_standard_answer(
            given["code"],
            kind=Kind(given["kind"]),
            title=given["title"],
            texts={language: given[language] for language in _TEXTS},
            retired=given["retired"],
            actor=member(request).actor,
            now=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(None, sentence(refusal))
        return False
    messages.success(request, gettext("Saved as version %(version)s.") % {"version": version})
    return True


def _status(form: forms.Form) -> int:
    return 400 if form.errors else 200
