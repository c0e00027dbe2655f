"""Which word each refusal is in this protocol; tests/dialects proves that none is missing.

Words that both old clients (smsactivate, aiosmsactivate) know are preferred: the first fails on
a word it does not know. The header `X-Refusal` carries our own code, which says more. In the
hero form the same word is the title of a JSON answer, with the status of HTTP that it has there.
"""

from __future__ import annotations

from http import HTTPStatus
from math import ceil
from typing import Final

from django.http import HttpResponse

from nummer.faces.api_activate.answers import Json, error_structure, structure, text
from nummer.faces.api_activate.call import Form
from nummer.kernel.errors import Refusal

WORDS: Final = {
    # this protocol
    "activate_parameter_malformed": "ERROR_SQL",
    "activate_key_missing": "NO_KEY",
    "activate_key_unknown": "BAD_KEY",
    "activate_action_unknown": "BAD_ACTION",
    "activate_status_unknown": "BAD_STATUS",
    "activate_cancel_too_early": "EARLY_CANCEL_DENIED",
    "activate_not_sold_here": "NO_NUMBERS",
    "activate_prefix_malformed": "WRONG_EXCEPTION_PHONE",
    "activate_operator_unknown": "WRONG_OPERATOR",
    "activate_operators_missing": "OPERATORS_NOT_FOUND",
    "activate_date_malformed": "WRONG_DATE",
    "activate_rent_unknown": "INVALID_PHONE",
    "activate_rent_id_missing": "NO_ID_RENT",
    "activate_rent_time_not_sold": "INVALID_TIME",
    "activate_rent_waits_for_sms": "STATUS_WAIT_CODE",
    "activate_rent_status_unknown": "INCORECT_STATUS",  # as the protocol spells it
    "activate_rent_not_cancellable": "CANT_CANCEL",
    "activate_rent_already_cancelled": "ALREADY_CANCEL",
    "activate_rent_already_finished": "ALREADY_FINISH",
    "activate_rent_already_continued": "MAX_HOURS_EXCEED",
    "activate_rent_over": "RENT_DIE",
    "activate_service_not_addable": "WRONG_ADDITIONAL_SERVICE",
    "activate_parent_unknown": "WRONG_ACTIVATION_ID",
    "activate_reuse_impossible": "RENEW_ACTIVATION_NOT_AVAILABLE",
    "activate_no_call_here": "NOT_INCOMING",
    "activate_no_open_activations": "NO_ACTIVATIONS",
    "activate_activation_over": "STATUS_CANCEL",
    # numbers
    "out_of_stock": "NO_NUMBERS",
    "no_such_activation": "NO_ACTIVATION",
    "activation_closed": "BAD_STATUS",
    "no_code_yet": "BAD_STATUS",
    "key_lacks_scope": "BAD_KEY",
    # orders
    "consent_missing": "ACCOUNT_INACTIVE",
    "texts_outdated": "ACCOUNT_INACTIVE",
    "price_above_max": "WRONG_MAX_PRICE",
    "key_reused": "ORDER_ALREADY_EXISTS",
    "no_such_order": "NO_ACTIVATION",
    # accounts and their texts: the page says what is missing
    "not_confirmed": "ACCOUNT_INACTIVE",
    "papers_first": "ACCOUNT_INACTIVE",
    "account_closed": "ACCOUNT_INACTIVE",
    "acceptance_missing": "ACCOUNT_INACTIVE",
    "texts_changed": "ACCOUNT_INACTIVE",
    "terms_not_accepted": "ACCOUNT_INACTIVE",
    # catalogue
    "unknown_service": "BAD_SERVICE",
    "service_off": "BAD_SERVICE",
    "unknown_country": "ERROR_SQL",
    "no_price": "NO_NUMBERS",
    # standing
    "too_many_orders": "BANNED",
    "too_many_open": "CHANNELS_LIMIT",
    "code_share_too_low": "BANNED",
    "account_suspended": "BANNED",
    "balance_blocked": "BANNED",
    "service_blocked": "BAD_SERVICE",
    # ledger
    "insufficient_balance": "NO_BALANCE",
    "wallet_missing": "NO_BALANCE",
    "idempotency_conflict": "ORDER_ALREADY_EXISTS",
    # leases
    "number_taken": "NO_NUMBERS",
    "no_number_for_rent": "NO_NUMBERS",
    "no_such_lease": "INVALID_PHONE",
    "lease_not_like_that": "RENT_DIE",
    # refunds
    "code_already_shown": "BAD_STATUS",
    "restriction_ignored": "BAD_STATUS",
}

# The hero form's statuses: herosms makes its kinds of errors of them.
STATUSES: Final = {
    "NO_KEY": HTTPStatus.UNAUTHORIZED,
    "BAD_KEY": HTTPStatus.UNAUTHORIZED,
    "NO_BALANCE": HTTPStatus.PAYMENT_REQUIRED,
    "ACCOUNT_INACTIVE": HTTPStatus.FORBIDDEN,
    "BANNED": HTTPStatus.FORBIDDEN,
    "CHANNELS_LIMIT": HTTPStatus.FORBIDDEN,
    "RENEW_ACTIVATION_NOT_AVAILABLE": HTTPStatus.FORBIDDEN,
    "NO_NUMBERS": HTTPStatus.NOT_FOUND,
    "NO_ACTIVATION": HTTPStatus.NOT_FOUND,
    "NO_ACTIVATIONS": HTTPStatus.NOT_FOUND,
    "WRONG_ACTIVATION_ID": HTTPStatus.NOT_FOUND,
    "INVALID_PHONE": HTTPStatus.NOT_FOUND,
    "OPERATORS_NOT_FOUND": HTTPStatus.NOT_FOUND,
    "BAD_STATUS": HTTPStatus.CONFLICT,
    "EARLY_CANCEL_DENIED": HTTPStatus.CONFLICT,
    "STATUS_CANCEL": HTTPStatus.CONFLICT,
    "STATUS_WAIT_CODE": HTTPStatus.CONFLICT,
    "CANT_CANCEL": HTTPStatus.CONFLICT,
    "ALREADY_CANCEL": HTTPStatus.CONFLICT,
    "ALREADY_FINISH": HTTPStatus.CONFLICT,
    "MAX_HOURS_EXCEED": HTTPStatus.CONFLICT,
    "RENT_DIE": HTTPStatus.CONFLICT,
    "INVALID_TIME": HTTPStatus.BAD_REQUEST,
    "INCORECT_STATUS": HTTPStatus.BAD_REQUEST,
    "ORDER_ALREADY_EXISTS": HTTPStatus.CONFLICT,
    "WRONG_ADDITIONAL_SERVICE": HTTPStatus.CONFLICT,
    "NOT_INCOMING": HTTPStatus.CONFLICT,
    "BAD_ACTION": HTTPStatus.BAD_REQUEST,
    "BAD_SERVICE": HTTPStatus.BAD_REQUEST,
    "WRONG_MAX_PRICE": HTTPStatus.BAD_REQUEST,
    "WRONG_OPERATOR": HTTPStatus.BAD_REQUEST,
    "WRONG_EXCEPTION_PHONE": HTTPStatus.BAD_REQUEST,
    "WRONG_DATE": HTTPStatus.BAD_REQUEST,
    "NO_ID_RENT": HTTPStatus.BAD_REQUEST,
    "ERROR_SQL": HTTPStatus.UNPROCESSABLE_ENTITY,
}
UNAVAILABLE: Final = "SERVER_ERROR"


def answer(refusal: Refusal, *, form: Form, as_structure: bool) -> HttpResponse:
    """Answer a refusal; in the classic form as JSON where the action's clients parse JSON only."""
    word = WORDS[refusal.code]
    if form is Form.HERO:
        response = _problem(
            word, refusal.sentence % refusal.data, status=STATUSES[word], info=refusal.data
        )
    elif refusal.code == "price_above_max":
        response = text(word, refusal.data["amount"])
    else:
        response = error_structure(word) if as_structure else text(word)
    response["X-Refusal"] = refusal.code
    if "retry_after_s" in refusal.data:
        response["Retry-After"] = str(refusal.data["retry_after_s"])
    return response


def unavailable(form: Form) -> HttpResponse:
    """Answer that a part of the system is away; nothing is known to have happened."""
    if form is Form.HERO:
        sentence = "A part of the system is away. Please ask again."
        return _problem(UNAVAILABLE, sentence, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return text(UNAVAILABLE)


def too_many_calls(form: Form, *, wait_s: float) -> HttpResponse:
    """Answer a flood of calls: said to the machine that sends, so its status is 429 in any form."""
    response = unavailable(form)
    response.status_code = HTTPStatus.TOO_MANY_REQUESTS
    response["Retry-After"] = str(ceil(wait_s))
    return response


def _problem(
    word: str, details: str, *, status: HTTPStatus, info: Json | None = None
) -> HttpResponse:
    response = structure({"title": word, "details": details, **({"info": info} if info else {})})
    response.status_code = status
    return response
