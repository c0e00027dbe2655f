"""Which number each refusal has in this protocol; tests/dialects proves that none is missing.

The numbers are those that programs know. What is said beside them is our own sentence, and
`details` carries our own, finer code with its data, which libraries hand to their callers.
"""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse

from nummer.faces.api_twilio.answers import Json, structure
from nummer.kernel.errors import Refusal

_INVALID: Final = (400, 20001)
_UNAUTHENTICATED: Final = (401, 20003)
_NOT_OFFERED: Final = (405, 20004)
_NOT_ACTIVE: Final = (403, 20005)
_NOT_FINISHED: Final = (409, 20009)
_FORBIDDEN: Final = (403, 20403)
_NOT_FOUND: Final = (404, 20404)
_CONFLICT: Final = (409, 20409)
_TOO_MANY: Final = (429, 20429)
_NOT_AVAILABLE: Final = (400, 21422)

NUMBERS: Final[dict[str, tuple[int, int]]] = {
    # this protocol
    "twilio_not_authenticated": _UNAUTHENTICATED,
    "twilio_main_token_needed": _UNAUTHENTICATED,
    "twilio_not_for_sub_accounts": _FORBIDDEN,
    "no_such_sub_account": _NOT_FOUND,
    "no_such_sub_account_state": _INVALID,
    "sub_account_needs_a_name": _INVALID,
    "sub_account_closed": _NOT_ACTIVE,
    "sub_account_not_active": _NOT_ACTIVE,
    "too_many_sub_accounts": _CONFLICT,
    "twilio_calls_too_many": _TOO_MANY,
    "twilio_nothing_here": _NOT_FOUND,
    "twilio_method_not_offered": _NOT_OFFERED,
    "twilio_parameter_malformed": _INVALID,
    "twilio_parameter_not_offered": _INVALID,
    "twilio_request_unreadable": _INVALID,
    "twilio_page_unknown": _INVALID,
    "twilio_number_missing": (400, 21421),
    "twilio_number_malformed": (400, 21421),
    "twilio_number_not_for_rent": _NOT_AVAILABLE,
    "twilio_area_malformed": (400, 21451),
    "twilio_area_without_numbers": (400, 21452),
    "twilio_address_malformed": (400, 21402),
    "twilio_hook_method_malformed": (400, 21403),
    "twilio_recipient_missing": (400, 21604),
    "twilio_recipient_malformed": (400, 21211),
    "twilio_sender_missing": (400, 21603),
    "twilio_sender_not_yours": (400, 21606),
    "twilio_body_missing": (400, 21602),
    "twilio_body_too_long": (400, 21617),
    "twilio_media_not_sent": (400, 21623),
    "twilio_messaging_service_unknown": (400, 21701),
    "twilio_content_unknown": (400, 21655),
    "twilio_not_scheduled": (400, 35118),
    "twilio_message_too_expensive": (400, 30010),
    "twilio_message_not_finished": _NOT_FINISHED,
    "twilio_message_not_cancellable": _NOT_FINISHED,
    "twilio_bundle_unknown": (400, 21649),
    "twilio_bundle_not_usable": (400, 21649),
    "twilio_calls_not_sold": _NOT_FOUND,
    # papers and bundles of them
    "no_such_bundle": _NOT_FOUND,
    "no_such_piece": _NOT_FOUND,
    "no_papers_asked": _INVALID,
    "piece_malformed": _INVALID,
    "bundle_in_review": _CONFLICT,
    "too_many_pieces": _FORBIDDEN,
    "papers_not_complete": _INVALID,
    "papers_wait": _CONFLICT,
    "too_many_papers": _FORBIDDEN,
    "document_not_readable": _INVALID,
    "document_too_large": _INVALID,
    "document_infected": _INVALID,
    "document_locked": _INVALID,
    "document_too_long": _INVALID,
    "documents_busy": (503, 20503),
    "picture_too_large": _INVALID,
    # leases
    "number_taken": _NOT_AVAILABLE,
    "no_number_for_rent": _NOT_AVAILABLE,
    "no_such_lease": _NOT_FOUND,
    "lease_not_like_that": _CONFLICT,
    "pattern_not_readable": _INVALID,
    # webhooks
    "webhook_address_refused": (400, 21402),
    # messages
    "no_such_sms": _NOT_FOUND,
    "recipient_not_possible": (400, 21211),
    "recipient_is_sender": (400, 21266),
    "recipient_opted_out": (400, 21610),
    "text_missing": (400, 21602),
    "text_not_sendable": _INVALID,
    "text_too_long": (400, 21617),
    "number_cannot_send": (400, 21606),
    "no_rate": (400, 21612),
    "too_many_sms": _TOO_MANY,
    "sending_unusual": (403, 30007),
    "spend_limit_reached": (403, 30007),
    "quiet_hours": _FORBIDDEN,
    # accounts, keys and their texts
    "no_such_key": _NOT_FOUND,
    "too_many_keys": _FORBIDDEN,
    "not_confirmed": _FORBIDDEN,
    "papers_first": _FORBIDDEN,
    "account_closed": _NOT_ACTIVE,
    "consent_missing": _FORBIDDEN,
    "key_lacks_scope": _FORBIDDEN,
    "texts_outdated": _FORBIDDEN,
    "acceptance_missing": _FORBIDDEN,
    "texts_changed": _FORBIDDEN,
    "terms_not_accepted": _FORBIDDEN,
    # catalogue
    "unknown_country": _NOT_FOUND,
    "no_price": _NOT_AVAILABLE,
    "price_above_max": _NOT_AVAILABLE,
    # standing
    "account_suspended": _NOT_ACTIVE,
    "number_suspended": (400, 21606),
    "balance_blocked": _NOT_ACTIVE,
    # ledger
    "insufficient_balance": _NOT_ACTIVE,
    "wallet_missing": _NOT_ACTIVE,
    "key_reused": _CONFLICT,
    "idempotency_conflict": _CONFLICT,
}

UNAVAILABLE: Final = (503, 20503)


def answer(refusal: Refusal, *, offered: tuple[str, ...] = ()) -> HttpResponse:
    """Answer a refusal: its number, our sentence, and our own code in `details`."""
    status, number = NUMBERS[refusal.code]
    said = refusal.sentence % refusal.data if refusal.data else refusal.sentence
    details: dict[str, Json] = {"reason": refusal.code, **refusal.data}
    response = _said(status, number, said, details)
    response["X-Refusal"] = refusal.code
    if "retry_after_s" in refusal.data:
        response["Retry-After"] = str(refusal.data["retry_after_s"])
    if status == 401:  # noqa: PLR2004 -- RFC 9110, section 15.5.2: it names the scheme
        response["WWW-Authenticate"] = 'Basic realm="Programs"'
    if status == 405:  # noqa: PLR2004 -- RFC 9110, section 15.5.6
        response["Allow"] = ", ".join(offered)
    return response


def unavailable() -> HttpResponse:
    """Answer that something is away for the moment."""
    status, number = UNAVAILABLE
    response = _said(status, number, "This is not possible just now. Try again soon.", {})
    response["Retry-After"] = "2"
    return response


def _said(status: int, number: int, said: str, details: dict[str, Json]) -> HttpResponse:
    """Answer in the older form of errors; `more_info` is where the number is explained."""
    content: dict[str, Json] = {
        "code": number,
        "message": said,
        "more_info": f"https://www.twilio.com/docs/errors/{number}",
        "status": status,
    }
    if details:
        content["details"] = details
    return structure(content, status=status)
