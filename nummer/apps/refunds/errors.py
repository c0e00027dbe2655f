"""Refusals of money back."""

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class CodeAlreadyShown(Refusal):
    """The code stands in the order table, so the service is fulfilled (RP-N2a)."""

    code: ClassVar[str] = "code_already_shown"
    clause: ClassVar[str | None] = "RP-N2"
    sentence: ClassVar[str] = gettext_noop(
        "The code is already shown in your order table, so this order is fulfilled and can no"
        " longer be cancelled (refund policy, RP-N2)."
    )


class RestrictionIgnored(Refusal):
    """A restriction that was shown and ticked was ignored, and that is why nothing came (RP-X4)."""

    code: ClassVar[str] = "restriction_ignored"
    clause: ClassVar[str | None] = "RP-X4"
    sentence: ClassVar[str] = gettext_noop(
        "A restriction that you ticked was not kept, and that is why no code came. This order"
        " cannot be cancelled (refund policy, RP-X4)."
    )


class NoSuchClaim(Refusal):
    """There is no such claim, or it is another customer's."""

    code: ClassVar[str] = "no_such_claim"
    sentence: ClassVar[str] = gettext_noop("There is no such request.")


class ContactBeforeOrder(Refusal):
    """The contact is said to have been before the order was placed."""

    code: ClassVar[str] = "contact_before_order"
    sentence: ClassVar[str] = gettext_noop(
        "The contact cannot have been before the order was placed."
    )


class ClaimNotWaiting(Refusal):
    """The request was decided meanwhile, or somebody's proposal for it waits already."""

    code: ClassVar[str] = "claim_not_waiting"
    sentence: ClassVar[str] = gettext_noop(
        "This request waits for no proposal: it was decided, or one stands already."
    )


class NothingMissing(Refusal):
    """Nothing is missing for the request, or it was answered meanwhile."""

    code: ClassVar[str] = "nothing_missing"
    sentence: ClassVar[str] = gettext_noop("Nothing is missing for this request any more.")


class MoreThanPaid(Refusal):
    """More than what is left of the price would be given back; `left` is what may be."""

    code: ClassVar[str] = "more_than_paid"
    clause: ClassVar[str | None] = "RULE-CAP"
    sentence: ClassVar[str] = gettext_noop(
        "At most %(left)s of what was paid for this order can still be given back."
    )


class ClauseUnknown(Refusal):
    """The refund policy of this order has no paragraph under the clause."""

    code: ClassVar[str] = "clause_unknown"
    sentence: ClassVar[str] = gettext_noop("The refund policy has no such clause.")


class NoSuchReplay(Refusal):
    """There is no such replay of decisions."""

    code: ClassVar[str] = "no_such_replay"
    sentence: ClassVar[str] = gettext_noop("There is no such replay.")


class ReportNotConfirmed(Refusal):
    """A mail told of a fault, and nobody has shown yet that the customer wrote it."""

    code: ClassVar[str] = "report_not_confirmed"
    sentence: ClassVar[str] = gettext_noop(
        "The customer has not confirmed yet that he wrote this. Ask him, or wait until he has: the"
        " receipt of his message counts all the same."
    )


class LinkOver(Refusal):
    """The link of a mail is older than it may be; in the account it can still be confirmed."""

    code: ClassVar[str] = "link_over"
    sentence: ClassVar[str] = gettext_noop(
        "This link is older than %(days)s days and no longer valid. Please sign in and confirm the"
        " withdrawal there, or write to us: its receipt still counts."
    )


class PayoutNotGranted(Refusal):
    """The policy pays nothing out for this number; `clause` says which of its points."""

    code: ClassVar[str] = "payout_not_granted"
    sentence: ClassVar[str] = gettext_noop(
        "Nothing is paid out for this number (%(clause)s). What was returned stays on your balance."
    )


class NoticeTakenBack(Refusal):
    """A link would end a contract whose holder decided afterwards to keep it."""

    code: ClassVar[str] = "notice_taken_back"
    sentence: ClassVar[str] = gettext_noop(
        "After this declaration you decided to keep the number, so the link no longer counts. To "
        "end the contract, please declare it again."
    )
