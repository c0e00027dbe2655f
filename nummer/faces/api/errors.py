"""Refusals that only this interface knows."""

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class KeyNotValid(Refusal):
    """No API key, or one that does not exist or was revoked."""

    code: ClassVar[str] = "api_key_not_valid"
    sentence: ClassVar[str] = gettext_noop("The API key is missing or not valid.")


class KeyReadsOnly(Refusal):
    """The key may only read, and this call changes something."""

    code: ClassVar[str] = "api_key_reads_only"
    sentence: ClassVar[str] = gettext_noop("This API key may only read.")


class OnPageOnly(Refusal):
    """What a key alone does not show the customer wants: he says it signed in, on his pages."""

    code: ClassVar[str] = "api_on_page_only"
    sentence: ClassVar[str] = gettext_noop(
        "An API key cannot do this. Please sign in and do it on the page “Messages to us”."
    )


class CallsTooMany(Refusal):
    """The key called too often; `retry_after_s` says when it may again."""

    code: ClassVar[str] = "api_calls_too_many"
    sentence: ClassVar[str] = gettext_noop("Too many calls. Please wait %(retry_after_s)s seconds.")


class BodyMalformed(Refusal):
    """The body is not a JSON object of the described form."""

    code: ClassVar[str] = "api_body_malformed"
    sentence: ClassVar[str] = gettext_noop("The body is not a JSON object of the described form.")


class BodyTooLarge(Refusal):
    """The body is larger than any request here needs."""

    code: ClassVar[str] = "api_body_too_large"
    sentence: ClassVar[str] = gettext_noop("The body is too large.")


class FieldMalformed(Refusal):
    """A field or parameter is missing or of a wrong form; `field` names it."""

    code: ClassVar[str] = "api_field_malformed"
    sentence: ClassVar[str] = gettext_noop("“%(field)s” is missing or has an invalid value.")


class PaymentNumberSent(Refusal):
    """A field or parameter holds the number of a card or a bank account; `field` names it."""

    code: ClassVar[str] = "api_payment_number_sent"
    sentence: ClassVar[str] = gettext_noop(
        "“%(field)s” holds the number of a card or a bank account. Never send one to us."
    )
    clause: ClassVar[str | None] = "PP-2.3b"


class IdempotencyKeyMissing(Refusal):
    """A purchase came without the header that keeps a repeated one from buying twice."""

    code: ClassVar[str] = "api_idempotency_key_missing"
    sentence: ClassVar[str] = gettext_noop(
        "Please send the header Idempotency-Key with 1 to 255 visible characters."
    )


class PathUnknown(Refusal):
    """There is nothing at this address."""

    code: ClassVar[str] = "api_path_unknown"
    sentence: ClassVar[str] = gettext_noop("There is nothing at this address.")


class MethodNotOffered(Refusal):
    """The address exists, but not with this method."""

    code: ClassVar[str] = "api_method_not_offered"
    sentence: ClassVar[str] = gettext_noop("This address does not offer that method.")


class SystemAway(Refusal):
    """A part of the system is away for a moment."""

    code: ClassVar[str] = "api_system_away"
    sentence: ClassVar[str] = gettext_noop("The service is not available now. Please try again.")
