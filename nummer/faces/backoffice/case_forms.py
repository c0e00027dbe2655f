"""Forms of the desk where cases are answered."""

from __future__ import annotations

from typing import Final

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nummer.apps.accounts import queries as accounts
from nummer.apps.cases.actions import Kind
from nummer.apps.cases.actions.opening import CHARACTERS_MAX
from nummer.apps.cases.desk import Which
from nummer.apps.cases.queries import CaseHead
from nummer.faces.backoffice.case_words import KINDS
from nummer.faces.backoffice.forms import ID_MAX
from nummer.faces.backoffice.rights import ROLES
from nummer.kernel.ids import new_id

WHICH: Final = {
    Which.WAITING: _("Waiting for us"),
    Which.MINE: pgettext_lazy("cases", "Mine"),
    Which.NOBODYS: pgettext_lazy("cases", "Nobody's"),
    Which.SOON: pgettext_lazy("cases", "Due soon"),
    Which.LATE: pgettext_lazy("cases", "Late"),
    Which.ALL: _("All"),
}


class NoteForm(forms.Form):
    """Something for the staff alone."""

    note = forms.CharField(
        label=_("Note"),
        max_length=CHARACTERS_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only the staff read it; it is in no mail and in no copy of data."),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)


class MergeForm(forms.Form):
    """With which other case of the same customer this one is one matter."""

    other = forms.IntegerField(label=_("Number of the other case"), min_value=1, max_value=ID_MAX)


class GiveForm(forms.Form):
    """Who owns the case."""

    to = forms.TypedChoiceField(
        label=_("Who works on it"), coerce=int, empty_value=None, required=False
    )


class AnswerForm(forms.Form):
    """An answer; it goes out as it is written."""

    text = forms.CharField(
        label=_("Answer"), max_length=CHARACTERS_MAX, widget=forms.Textarea(attrs={"rows": 8})
    )
    attached = forms.FileField(
        label=_("A picture or a PDF"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
        help_text=_(
            "It is drawn anew, sealed and kept as long as the case. The customer fetches it signed"
            " in; the mail only says that it is there. A sender without an account gets none."
        ),
    )
    closes = forms.BooleanField(label=_("This closes the case"), required=False)
    standard = forms.RegexField(
        regex=r"^[a-z0-9-]{1,40}@[0-9]{1,6}$", required=False, widget=forms.HiddenInput
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)


class KindForm(forms.Form):
    """What a case is about."""

    kind = forms.ChoiceField(label=_("Kind"), choices=list(KINDS.items()))


class FilterForm(forms.Form):
    """Which cases are looked for: by number, account or address, and of which kind."""

    q = forms.CharField(
        label=_("Number of a case or an account, or an e-mail address"),
        required=False,
        max_length=254,
    )
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("every kind")), *KINDS.items()]
    )

    def wanted_kind(self) -> Kind | None:
        """Return the kind that was chosen."""
        chosen = self.cleaned_data.get("kind")
        return Kind(chosen) if chosen else None


def giving_form(head: CaseHead, data: object = None) -> GiveForm:
    """Return the form by which a case is given to one of the staff."""
    form = GiveForm(data, initial={"to": head.assignee.removeprefix("staff:")})  # type: ignore[arg-type]  # a QueryDict
    field = form.fields["to"]
    assert isinstance(field, forms.TypedChoiceField), "a choice"
    field.choices = [
        ("", _("nobody yet")),
        *((one.login_id, f"{ROLES[one.role]} {one.login_id}") for one in accounts.colleagues()),
    ]
    return form
