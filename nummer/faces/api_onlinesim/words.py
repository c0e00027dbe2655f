"""Which word each refusal is in this protocol; tests/dialects proves that none is missing.

The header `X-Refusal` carries our own code, which says more.
"""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse

from nummer.faces.api_onlinesim.answers import structure
from nummer.kernel.errors import Refusal

_CONSENT: Final = "API_ACCESS_DISABLED"  # until the texts are accepted again
_BLOCKED: Final = "ACCOUNT_BLOCKED"
_DUPLICATE: Final = "DUPLICATE_OPERATION"
_NOT_NOW: Final = "NO_COMPLETE_TZID"
_NO_MONEY: Final = "WARNING_LOW_BALANCE"
_NO_NUMBER: Final = "NO_NUMBER"
_NO_SERVICE: Final = "ERROR_NO_SERVICE"
_TOO_FAST: Final = "INTERVAL_CONCURRENT_REQUESTS_ERROR"
_WRONG_OPERATION: Final = "ERROR_WRONG_TZID"

WORDS: Final = {
    # this protocol
    "onlinesim_verb_unknown": "REQUEST_NOT_FOUND",
    "onlinesim_key_missing": "ERROR_NO_KEY",
    "onlinesim_key_unknown": "ERROR_WRONG_KEY",
    "onlinesim_calls_too_many": _TOO_FAST,
    "onlinesim_parameter_malformed": "ERROR_PARAMS",
    "onlinesim_service_missing": _NO_SERVICE,
    "onlinesim_operation_missing": "ERROR_NO_TZID",
    "onlinesim_operations_missing": "ERROR_NO_OPERATIONS",
    "onlinesim_not_sold_here": _NO_NUMBER,
    "onlinesim_repeat_impossible": "SERVICE_TO_NUMBER_EMPTY",
    "onlinesim_rent_unknown": _WRONG_OPERATION,
    "onlinesim_rent_time_not_sold": "ERROR_PARAMS",
    "onlinesim_rent_goes_on": _NOT_NOW,
    "onlinesim_rent_not_returnable": _NOT_NOW,
    "onlinesim_nothing_to_reload": _NOT_NOW,
    # numbers
    "out_of_stock": _NO_NUMBER,
    "no_such_activation": _WRONG_OPERATION,
    "activation_closed": _NOT_NOW,
    "no_code_yet": _NOT_NOW,
    # rents
    "lease_not_like_that": _NOT_NOW,
    "no_number_for_rent": _NO_NUMBER,
    "no_such_lease": _WRONG_OPERATION,
    "number_taken": _NO_NUMBER,
    # orders
    "consent_missing": _CONSENT,
    "key_lacks_scope": "API_ACCESS_DISABLED",
    "texts_outdated": _CONSENT,
    "price_above_max": _NO_NUMBER,
    "key_reused": _DUPLICATE,
    "no_such_order": _WRONG_OPERATION,
    # accounts and their texts
    "not_confirmed": "ACCOUNT_IDENTIFICATION_REQUIRED",
    "papers_first": "ACCOUNT_IDENTIFICATION_REQUIRED",
    "account_closed": _BLOCKED,
    "acceptance_missing": _CONSENT,
    "texts_changed": _CONSENT,
    "terms_not_accepted": _CONSENT,
    # catalogue
    "unknown_service": _NO_SERVICE,
    "service_off": _NO_SERVICE,
    "unknown_country": "UNDEFINED_COUNTRY",
    "no_price": _NO_NUMBER,
    # standing
    "too_many_orders": _TOO_FAST,
    "too_many_open": "EXCEEDED_CONCURRENT_OPERATIONS",
    "code_share_too_low": _BLOCKED,
    "account_suspended": _BLOCKED,
    "balance_blocked": _BLOCKED,
    "service_blocked": _NO_SERVICE,
    # ledger
    "insufficient_balance": _NO_MONEY,
    "wallet_missing": _NO_MONEY,
    "idempotency_conflict": _DUPLICATE,
    # refunds
    "code_already_shown": _NOT_NOW,
    "restriction_ignored": _NOT_NOW,
}

UNAVAILABLE: Final = "TRY_AGAIN_LATER"


def answer(refusal: Refusal) -> HttpResponse:
    """Answer a refusal; only a flood of calls is told to the machine by its status."""
    response = structure({"response": WORDS[refusal.code]})
    response["X-Refusal"] = refusal.code
    if "retry_after_s" in refusal.data:
        response["Retry-After"] = str(refusal.data["retry_after_s"])
    if refusal.code == "onlinesim_calls_too_many":
        response.status_code = 429
    return response
