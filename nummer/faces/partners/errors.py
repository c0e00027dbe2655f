"""Refusals that only the protocol of partners knows."""

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class PartnerKeyUnknown(Refusal):
    """The key is nobody's, or its partner was stopped."""

    code: ClassVar[str] = "partner_key_unknown"
    sentence: ClassVar[str] = gettext_noop("The partner's key is not valid.")


class PushUnknown(Refusal):
    """The protocol has no such action."""

    code: ClassVar[str] = "partner_push_unknown"
    sentence: ClassVar[str] = gettext_noop("There is no such action.")


class PushMalformed(Refusal):
    """A field is missing, too long or of a wrong type; `field` names it."""

    code: ClassVar[str] = "partner_push_malformed"
    sentence: ClassVar[str] = gettext_noop("The field %(field)s cannot be read.")


class CallsNotTaken(Refusal):
    """Numbers are asked for SMS only, so a call fulfils nothing here."""

    code: ClassVar[str] = "partner_calls_not_taken"
    sentence: ClassVar[str] = gettext_noop("Calls are not taken here.")
