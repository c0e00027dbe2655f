"""Forms of what happened: incidents, calls, facts of an order, cases of abuse, blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django import forms
from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.incidents.actions.abuse import Verdict
from nummer.apps.incidents.actions.facts import Kind
from nummer.apps.incidents.actions.scopes import NUMBERS_MAX, IncidentKind, Scope
from nummer.apps.leases import queries as leases
from nummer.apps.numbers import queries as numbers
from nummer.apps.refunds.held import Held
from nummer.faces.backoffice.forms import AccountForm, countries, moment, order_number
from nummer.faces.backoffice.requests import COMPLIANCE, OPERATIONS, SUPPORT, Member, sentence
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber

if TYPE_CHECKING:  # at run time it has another name
    from django.utils.functional import _StrPromise

KINDS: Final = {
    IncidentKind.OUTAGE.value: _("Something does not work"),
    IncidentKind.CLOSURE.value: _("We end it"),
}
# How we knew that the caller was the customer; what he answered is not written down.
KNOWN_BY: Final = {
    "called_back": _("we called back at the phone of the account"),
    "own_phone": _("the call came from the phone of the account"),
    "questions": _("answers that only the customer knows"),
}


# The pages of a service show how many are free, those of rented numbers list each; and a lease
# is ended, or gets another number, by verbs of its own, which judge it and write that down.
OF_ONE_TIME: Final = (Kind.STOCK_FAILURE, Kind.CLOSED, Kind.BREACH, Kind.ANSWERED)


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that may have happened to an order, and who may say so."""

    title: str | _StrPromise
    kind: Kind
    word: str = ""
    holds: bool | None = None
    roles: tuple[str, ...] = (SUPPORT, OPERATIONS)


_CARRIERS: Final = (OPERATIONS,)
_JUDGED: Final = (COMPLIANCE,)
HAPPENED: Final = {
    "works": Choice(_("The number works again"), Kind.WORKS, "other"),
    "works_client": Choice(
        _("It works again; the customer had caused the silence"), Kind.WORKS, "client_activity"
    ),
    "fault": Choice(_("It fails through the carrier"), Kind.CARRIER_FAULT, roles=_CARRIERS),
    "block": Choice(
        _("The carrier blocked it, not because of the customer"),
        Kind.CARRIER_BLOCK,
        "unrelated",
        roles=_CARRIERS,
    ),
    "block_unknown": Choice(
        _("The carrier blocked it and nobody knows why"),
        Kind.CARRIER_BLOCK,
        "unknown",
        roles=_CARRIERS,
    ),
    "block_client": Choice(
        _("The carrier blocked it for what the customer did"),
        Kind.CARRIER_BLOCK,
        "client_activity",
        roles=_CARRIERS,
    ),
    "accepted": Choice(_("The customer accepted a replacement"), Kind.ANSWERED, holds=True),
    "declined": Choice(_("The customer declined a replacement"), Kind.ANSWERED, holds=False),
    "stock": Choice(_("There was no number to give"), Kind.STOCK_FAILURE, roles=_CARRIERS),
    "provision": Choice(_("It could not be set up"), Kind.PROVISION_FAILURE, roles=_CARRIERS),
    "papers_refused": Choice(
        _("The customer refused papers that the page had named"), Kind.PAPERS, "refused", holds=True
    ),
    "papers_unnamed": Choice(
        _("The customer refused papers that the page had not named"),
        Kind.PAPERS,
        "refused",
        holds=False,
    ),
    "papers_rejected": Choice(
        _("The carrier rejected complete papers"), Kind.PAPERS, "rejected_by_carrier", holds=True
    ),
    "breach": Choice(
        _("A restriction was ignored, and that is why no code came"),
        Kind.BREACH,
        holds=True,
        roles=_JUDGED,
    ),
    "breach_only": Choice(
        _("A restriction was ignored, but that was not the cause"),
        Kind.BREACH,
        holds=False,
        roles=_JUDGED,
    ),
    "closed": Choice(_("We ended it before its time"), Kind.CLOSED, "operator", roles=_CARRIERS),
    "left": Choice(_("The customer ended it before its time"), Kind.CLOSED, "client"),
}


def carriers_of_numbers() -> list[tuple[str, str]]:
    """Return the choices of carriers that have numbers of ours."""
    codes = sorted({each for found in numbers.carriers().values() for each in found})
    return [(code, code) for code in codes]


def _words(label: str | _StrPromise) -> forms.CharField:
    return forms.CharField(label=label, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class MaintenanceForm(forms.Form):
    """What is planned, where and when, and what is said of it in each language."""

    carrier = forms.ChoiceField(
        label=_("Carrier"), required=False, help_text=_("No customer reads its name.")
    )
    country = forms.ChoiceField(label=_("Country"), required=False)
    begins_at = moment(_("Begins (UTC)"), required=True)
    ends_at = moment(_("Ends (UTC)"), required=True)
    words = _words(_("What customers read, in English"))
    words_nb = _words(_("In Norwegian"))
    words_de = _words(_("In German"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {"carrier": carriers_of_numbers(), "country": countries()}
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField), "declared above"
            field.choices = [("", gettext("all of them")), *choices]


class IncidentForm(forms.Form):
    """What is known, since when, and whom it concerns."""

    kind = forms.ChoiceField(label=_("Kind"), choices=list(KINDS.items()))
    carrier = forms.ChoiceField(label=_("Carrier"), required=False)
    country = forms.ChoiceField(label=_("Country"), required=False)
    service = forms.ChoiceField(label=_("Service"), required=False)
    numbers = forms.CharField(
        label=_("Only these numbers"),
        required=False,
        max_length=20 * NUMBERS_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One number a line, with +."),
    )
    began_at = moment(_("Since (UTC)"))
    words = forms.CharField(
        label=_("What customers read"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {
            "carrier": carriers_of_numbers(),
            "country": countries(),
            "service": [(row.code, row.name) for row in catalogue.services(enabled_only=False)],
        }
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField), "declared above"
            field.choices = [("", gettext("all of them")), *choices]

    def clean_numbers(self) -> list[PhoneNumber]:
        """Read one number of each line, and refuse what is none."""
        lines = self.cleaned_data["numbers"].split()
        try:
            return [PhoneNumber.parse(line) for line in lines]
        except ValueError:
            raise forms.ValidationError(gettext("This is not a phone number.")) from None

    def incident(self, now: datetime) -> dict[str, Any]:
        """Return what was typed, once it is valid."""
        said = self.cleaned_data
        return {
            "scope": Scope(said["carrier"], said["country"], said["service"], said["numbers"]),
            "kind": IncidentKind(said["kind"]),
            "began_at": said["began_at"] or now,
            "words": said["words"],
        }


class DraftForm(forms.Form):
    """Whether a draft is made known, and with which words."""

    decision = forms.ChoiceField(choices=[("publish", "publish"), ("drop", "drop")])
    words = forms.CharField(required=False, max_length=500)


class EndForm(forms.Form):
    """Since when an incident is over."""

    ended_at = moment(_("Over since (UTC)"))

    def ended(self, now: datetime) -> datetime:
        """Return the moment that was typed, or `now`."""
        at: datetime | None = self.cleaned_data["ended_at"]
        return at or now


class PhoneReportForm(AccountForm):
    """Who called, when, and about which order; the key makes two clicks one report."""

    order = order_number(required=False)
    rented = forms.CharField(label=_("Or the rented number, with +"), required=False, max_length=20)
    called_at = moment(_("Time of the call (UTC)"), required=True)
    caller = forms.CharField(label=_("Who called"), max_length=100)
    known_by = forms.ChoiceField(
        label=_("How we knew the caller"), choices=[("", "\N{EM DASH}"), *KNOWN_BY.items()]
    )
    words = forms.CharField(
        label=_("What does not work"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Please write no card or account numbers and no passwords."),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)

    def clean(self) -> dict[str, Any]:
        """Find out which of the customer's orders it is about."""
        said: dict[str, Any] = super().clean() or {}
        if not self.errors:
            if (said["order"] is None) == (not said["rented"]):
                self.add_error(
                    "order", gettext("Please write the number of an order, or a rented number.")
                )
            else:
                said["order_id"] = self._order_id(said)
        return said

    def _order_id(self, said: dict[str, Any]) -> UUID | None:
        try:
            if not said["rented"]:
                row = numbers.activation(said["account"], activation_id=said["order"])
                return row.order_id
            number = PhoneNumber.parse(said["rented"])
            holder = leases.holder(number, at=said["called_at"])
            if holder is not None and holder.account_id == said["account"]:
                return holder.lease_id
            self.add_error("rented", gettext("The account did not have this number then."))
        except Refusal as refusal:
            self.add_error("order", sentence(refusal))
        except ValueError:
            self.add_error("rented", gettext("This is not a phone number."))
        return None


class MessageReportForm(forms.Form):
    """Which order a message of a customer is about, and how we know that he wrote it."""

    order = forms.ChoiceField(label=_("What does not work"), widget=forms.RadioSelect)
    known_by = forms.ChoiceField(
        label=_("How we know that the customer wrote it"),
        choices=[("", "\N{EM DASH}"), *KNOWN_BY.items()],
        required=False,
    )

    def __init__(
        self, *args: Any, held: Sequence[Held], proven: bool, said: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["order"]
        assert isinstance(field, forms.ChoiceField), "declared above"
        field.choices = [(str(one.order_id), _held_words(one)) for one in held]
        named = [one for one in held if _is_named(one, said)]
        if len(held) == 1 or len(named) == 1:
            field.initial = str((named or held)[0].order_id)
        if proven:
            del self.fields["known_by"]


def _held_words(held: Held) -> str:
    shown = {"number": held.number, "since": held.since, "order": held.activation_id}
    since = formats.date_format(held.since, "Y-m-d H:i")
    if held.rented:
        return gettext("Rented number %(number)s, since %(since)s") % {**shown, "since": since}
    return gettext("Order %(order)s: %(number)s, since %(since)s") % {**shown, "since": since}


def _is_named(held: Held, said: str) -> bool:
    """Say whether a message names the number, however it is spaced, or the order's number."""
    digits = "".join(sign for sign in said if sign.isdigit())
    words = {"".join(sign for sign in word if sign.isdigit()) for word in said.split()}
    return held.number.removeprefix("+") in digits or str(held.activation_id) in words


class HappenedForm(forms.Form):
    """What happened to an order, when, and what proves it; the key makes two clicks one fact."""

    what = forms.ChoiceField(label=_("What happened"))
    happened_at = moment(_("When (UTC)"))
    shown_free = forms.IntegerField(
        label=_("How many the page had shown as free"),
        required=False,
        min_value=0,
        max_value=1_000_000,
        help_text=_("Only where there was no number to give."),
    )
    reference = forms.CharField(label=_("Reference"), required=False, max_length=80)
    evidence = forms.CharField(
        label=_("What proves it"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)

    def __init__(self, *args: Any, roles: Member, rented: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["what"]
        assert isinstance(field, forms.ChoiceField), "declared above"
        allowed = [
            (code, one.title)
            for code, one in HAPPENED.items()
            if roles.may(one.roles) and not (rented and one.kind in OF_ONE_TIME)
        ]
        field.choices = [("", "\N{EM DASH}"), *allowed]


class SuspicionForm(AccountForm):
    """Whom a case is about, and why."""

    order = order_number(required=False, help_text=_("Empty means the whole account."))
    reference = forms.CharField(label=_("Reference"), required=False, max_length=80)
    reason = forms.CharField(
        label=_("Complaint and evidence"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ComplaintForm(forms.Form):
    """Somebody complains about a number that we gave to a customer."""

    number = forms.CharField(
        label=_("Number complained about"),
        max_length=24,
        help_text=_("With its country code, such as +47 21 23 45 67."),
    )
    at = forms.DateTimeField(
        label=_("When it happened, in UTC"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=_("Whoever had the number at that moment is concerned, and nobody else."),
    )
    by = forms.CharField(label=_("Who complains"), max_length=120)
    reference = forms.CharField(label=_("Reference of the complaint"), max_length=80)
    reason = forms.CharField(
        label=_("Complaint and evidence"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_number(self) -> PhoneNumber:
        """Read the number."""
        try:
            return PhoneNumber.parse(self.cleaned_data["number"])
        except ValueError:
            raise forms.ValidationError(
                gettext("Please write the number with its country code.")
            ) from None


class VerdictForm(forms.Form):
    """How a case is decided, and why; or that the customer objects."""

    verdict = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            ("", "\N{EM DASH}"),
            (Verdict.CONFIRMED.value, _("Abuse is confirmed")),
            (Verdict.REJECTED.value, _("The suspicion is rejected")),
            ("appealed", _("The customer objects")),
        ],
    )
    reference = forms.CharField(
        label=_("Reference"),
        required=False,
        max_length=80,
        help_text=_("Needed to confirm."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    told = forms.CharField(
        label=_("Reason as the customer reads it"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("In his language. Leave it empty only where the law forbids telling him."),
    )


class DemandForm(AccountForm):
    """An authority's demand to block a balance."""

    reference = forms.CharField(label=_("Reference in the register of disclosures"), max_length=80)
    authority = forms.CharField(label=_("Authority"), max_length=120)


class ReleaseForm(forms.Form):
    """Why a block ends."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
