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
