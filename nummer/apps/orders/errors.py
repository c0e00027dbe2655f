"""Refusals of a purchase."""

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class ConsentMissing(Refusal):
    """One of the two consents or an acknowledgement was not given."""

    code: ClassVar[str] = "consent_missing"
    sentence: ClassVar[str] = gettext_noop(
        "Please read and tick every statement above the order button first."
    )


class TextsOutdated(Refusal):
    """A text changed between showing the page and ordering."""

    code: ClassVar[str] = "texts_outdated"
    sentence: ClassVar[str] = gettext_noop(
        "A text has changed since you opened this page. Please read it again and order then."
    )


class PriceAboveMax(Refusal):
    """The price is higher than the buyer allows; `price` is the total with tax."""

    code: ClassVar[str] = "price_above_max"
    sentence: ClassVar[str] = gettext_noop("The price is %(price)s, more than you allow.")


class KeyReused(Refusal):
    """The idempotency key was used before for something else."""

    code: ClassVar[str] = "key_reused"
    sentence: ClassVar[str] = gettext_noop("This order number was already used for another order.")


class NoSuchOrder(Refusal):
    """The account has no order with that id."""

    code: ClassVar[str] = "no_such_order"
    sentence: ClassVar[str] = gettext_noop("There is no such order in your account.")
