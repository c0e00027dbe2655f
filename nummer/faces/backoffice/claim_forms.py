"""Forms of what customers ask for money back, as the staff writes it down."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from nummer.apps.cases.actions import Channel, Proof
from nummer.apps.refunds.actions import Ask, Asked
from nummer.faces.backoffice.forms import (
    AccountForm,
    RentedNumberField,
    moment,
    order_number,
)
from nummer.kernel.ids import new_id

ASKS: Final = {
    Ask.CANCEL: _("Cancel the order or number"),
    Ask.BALANCE_CLAIM: _("Money back for the order"),
}
BALANCE: Final = "balance"
METHOD: Final = "method"
DESTINATIONS: Final = {
    BALANCE: _("to the balance"),
    METHOD: _("back the way it was paid"),
}
SAYS: Final = {  # besides the reason, which has its own field
    "service_name": _("He said which order or service it is about"),
    "amount": _("He said the amount"),
    "details": _("He gave the reference of the original payment"),
}
REASONS: Final = {
    "": pgettext_lazy("reason of a claim", "none given"),
    "changed_mind": _("Changed his mind"),
    "account_trouble": _("Trouble with the account that he opened"),
    "not_seen": _("Did not see the code"),
    "misunderstanding": _("Misunderstood the offer"),
    "caller_id": _("His number was not shown to whom he called"),
    "dissatisfied": _("Is not satisfied"),
    "review": _("Objects to a decision: people shall look at it"),
    "other": _("Something else"),
}


class ClaimForm(AccountForm):
    """What somebody asks for an order, and which parts of RP-T4 he said."""

    order = order_number()
    ask = forms.ChoiceField(label=_("What he asks"), choices=list(ASKS.items()))
    destination = forms.ChoiceField(
        label=_("Where the money shall go"), choices=list(DESTINATIONS.items()), required=False
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=list(REASONS.items()), required=False)
    service_name = forms.BooleanField(label=SAYS["service_name"], required=False, initial=True)
    amount = forms.BooleanField(label=SAYS["amount"], required=False, initial=True)
    details = forms.BooleanField(
        label=SAYS["details"],
        required=False,
        initial=True,
        help_text=_("What a payout needs and he did not say is asked for by mail, once."),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)

    def asked(self, *, channel: Channel, received_at: datetime) -> Asked:
        """Return the claim as it reached us."""
        given = self.cleaned_data
        back, ask = given["destination"] == METHOD, Ask(given["ask"])
        return Asked(
            ask=Ask.PAYOUT if back and ask is Ask.BALANCE_CLAIM else ask,
            to_client=back,
            reason=given["reason"],
            unsaid=tuple(name for name in SAYS if back and not given[name]),
            channel=channel,
            proof=Proof.STAFF,
            received_at=received_at,
        )


class CallForm(ClaimForm):
    """What a caller asks, for an order or a number that he rents; the moment of the call counts."""

    order = order_number(required=False, help_text=_("Of a one-time number."))
    number = RentedNumberField()
    called_at = moment(_("When (UTC)"))
    text = forms.CharField(
        label=_("What he said, and how you knew him"),
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    field_order = ("account", "order", "number")

    def clean(self) -> dict[str, object]:
        """Ask for one of the two; of a number by the month only the end is asked for here."""
        given: dict[str, object] = super().clean() or {}
        if {"order", "number"} & self.errors.keys():
            return given
        if (given.get("order") is None) is (given.get("number") is None):
            self.add_error("order", gettext("Please name an order or a rented number."))
        elif given.get("number") is not None and given.get("ask") != Ask.CANCEL:
            self.add_error(
                "ask",
                gettext("For a rented number only its end is asked for here. A fault is a report."),
            )
        return given


class AnsweredForm(forms.Form):
    """What the customer has said now of what he was asked for."""

    service_name = forms.BooleanField(label=SAYS["service_name"], required=False)
    amount = forms.BooleanField(label=SAYS["amount"], required=False)
    details = forms.BooleanField(label=SAYS["details"], required=False)
    reason = forms.ChoiceField(label=_("Reason"), choices=list(REASONS.items()), required=False)

    def __init__(self, *args: Any, missing: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in (*SAYS, "reason"):
            if name not in missing:
                del self.fields[name]
