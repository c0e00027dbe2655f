"""Which words each refusal is in this protocol; tests/dialects proves that none is missing.

Words that clients of the protocol know are preferred; where it has none, the text says in plain
English what the customer has to do. The header `X-Refusal` carries our own, finer code.
"""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse

from nummer.faces.api_fivesim.answers import text
from nummer.kernel.errors import Refusal

_ACCEPT_TEXTS: Final = "accept the present texts on the page Keys"
_BAD_REQUEST: Final = "bad request"
_NO_FREE_PHONES: Final = "no free phones"  # the protocol says this with status 200
_NO_MONEY: Final = "not enough user balance"
_NO_PRODUCT: Final = "no product"
_NO_RATING: Final = "not enough rating"  # there, as many points as orders may be open
_NO_ORDER: Final = "order not found"
_ORDER_REPEATED: Final = "order already exists"

WORDS: Final[dict[str, tuple[int, str]]] = {
    # this protocol
    "fivesim_key_not_valid": (401, ""),
    "fivesim_calls_too_many": (429, "too many requests"),
    "fivesim_guest_calls_too_many": (503, "ip address limit is 10 requests per second"),
    "fivesim_parameter_malformed": (400, _BAD_REQUEST),
    "fivesim_category_unknown": (400, "select category"),
    "fivesim_country_missing": (400, "select country"),
    "fivesim_operator_missing": (400, "select operator"),
    "fivesim_operator_unknown": (400, "bad operator"),
    "fivesim_listed_country_unknown": (400, "country is incorrect"),
    "fivesim_listed_product_unknown": (400, "product is incorrect"),
    "fivesim_not_sold_here": (200, _NO_FREE_PHONES),
    "fivesim_reuse_impossible": (400, "reuse not possible"),
    "fivesim_not_vendor": (404, "record not found"),
    "fivesim_path_unknown": (404, "page not found"),
    "fivesim_method_not_offered": (405, "method not allowed"),
    # numbers
    "out_of_stock": (200, _NO_FREE_PHONES),
    "no_such_activation": (404, _NO_ORDER),
    "activation_closed": (400, "order expired"),
    "no_code_yet": (400, "order no sms"),
    # orders
    "consent_missing": (403, _ACCEPT_TEXTS),
    "key_lacks_scope": (403, "this key may not do that"),
    "texts_outdated": (403, _ACCEPT_TEXTS),
    "price_above_max": (200, _NO_FREE_PHONES),
    "key_reused": (409, _ORDER_REPEATED),
    "no_such_order": (404, _NO_ORDER),
    # accounts and their texts
    "not_confirmed": (403, "confirm your e-mail address and phone first"),
    "papers_first": (403, "hand in your papers first"),
    "account_closed": (403, "account is closed"),
    "acceptance_missing": (403, _ACCEPT_TEXTS),
    "texts_changed": (403, _ACCEPT_TEXTS),
    "terms_not_accepted": (403, "accept the new terms on our site first"),
    # catalogue
    "unknown_service": (400, _NO_PRODUCT),
    "service_off": (400, _NO_PRODUCT),
    "unknown_country": (400, "bad country"),
    "no_price": (200, _NO_FREE_PHONES),
    # standing
    "too_many_orders": (429, "too many requests"),
    "too_many_open": (400, _NO_RATING),
    "code_share_too_low": (400, _NO_RATING),
    "account_suspended": (403, "orders are suspended"),
    "balance_blocked": (403, "balance is blocked"),
    "service_blocked": (400, _NO_PRODUCT),
    # ledger
    "insufficient_balance": (400, _NO_MONEY),
    "wallet_missing": (400, _NO_MONEY),
    "idempotency_conflict": (409, _ORDER_REPEATED),
    # refunds
    "code_already_shown": (400, "order has sms"),
    "restriction_ignored": (400, "order not allowed to cancel"),
}

UNAVAILABLE: Final = (500, "internal error")


def answer(refusal: Refusal) -> HttpResponse:
    """Answer a refusal as its text and status."""
    status, words = WORDS[refusal.code]
    response = text(words, status=status)
    response["X-Refusal"] = refusal.code
    if "retry_after_s" in refusal.data:
        response["Retry-After"] = str(refusal.data["retry_after_s"])
    if status == 401:  # noqa: PLR2004 -- RFC 9110, section 15.5.2: it names the scheme
        response["WWW-Authenticate"] = "Bearer"
    if status == 405:  # noqa: PLR2004 -- RFC 9110, section 15.5.6
        response["Allow"] = "GET"
    return response
