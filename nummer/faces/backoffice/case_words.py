"""What kinds, channels, proofs and states of cases are called at the desk of the staff."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nummer.apps.cases.actions import Channel, Kind, Proof, Rating, State
from nummer.faces.backoffice.requests import COMPLIANCE, FINANCE, SUPPORT

ROLES: Final = (SUPPORT, FINANCE, COMPLIANCE)
KINDS: Final = {
    Kind.QUESTION: _("Question"),
    Kind.REFUND: _("Refund claim"),
    Kind.OUTAGE: _("Outage report"),
    Kind.WITHDRAWAL: _("Withdrawal"),
    Kind.PAYOUT: _("Payout request"),
    Kind.ERASURE: _("Erasure request"),
    Kind.COPY: _("Request for a copy"),
    Kind.COMPLAINT: _("Complaint"),
    Kind.PORT_OUT: _("Port-out"),
    Kind.PAPERS: pgettext_lazy("kind of case", "Papers handed in"),
    Kind.ABUSE: pgettext_lazy("kind of case", "Report of misuse"),
}
CHANNELS: Final = {
    Channel.MAIL: _("mail"),
    Channel.PAGE: _("page"),
    Channel.PHONE: _("phone"),
    Channel.API: "API",
}
PROOFS: Final = {
    Proof.SIGNED_IN: _("written in the account"),
    Proof.KEY: _("written with a key of the account"),
    Proof.ALIGNED: _("from the account's address, signed by its domain"),
    Proof.CLAIMED: _("from the account's address, unproven"),
    Proof.NONE: _("from an address of no account"),
    Proof.STAFF: _("written down by the staff"),
}
STATES: Final = {
    State.OPEN: pgettext_lazy("case", "waits for us"),
    State.ANSWERED: pgettext_lazy("case", "answered"),
    State.CLOSED: pgettext_lazy("case", "closed"),
}
RATINGS: Final = {
    Rating.GOOD: _("went well"),
    Rating.FAIR: _("was all right"),
    Rating.POOR: _("did not go well"),
}
