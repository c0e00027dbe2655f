"""Refusals of a purchase."""

from typing import ClassVar

from nummer.apps.agreements.errors import ConsentMissing, TextsOutdated
from nummer.apps.catalogue.errors import PriceAboveMax
from nummer.apps.ledger.errors import KeyReused
from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop

__all__ = ["ConsentMissing", "KeyReused", "NoSuchOrder", "PriceAboveMax", "TextsOutdated"]


class NoSuchOrder(Refusal):
    """The account has no order with that id."""

    code: ClassVar[str] = "no_such_order"
    sentence: ClassVar[str] = gettext_noop("There is no such order in your account.")
