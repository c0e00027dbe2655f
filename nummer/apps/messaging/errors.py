"""Refusals of messages."""

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class NumberNotOfPartner(Refusal):
    """A partner brings SMS of the numbers of his carrier only."""

    code: ClassVar[str] = "number_not_of_partner"
    sentence: ClassVar[str] = gettext_noop("This number does not belong to this partner.")
