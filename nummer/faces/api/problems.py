"""How each refusal is answered: an HTTP status and a problem document (RFC 9457)."""

from __future__ import annotations

import json
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext

from nummer.kernel.errors import Refusal

STATUSES: Final = {
    # this interface
    "api_key_not_valid": 401,
    "api_key_reads_only": 403,
    "api_on_page_only": 403,
    "key_lacks_scope": 403,
    "api_calls_too_many": 429,
    "api_body_malformed": 400,
    "api_body_too_large": 413,
    "api_field_malformed": 400,
    "api_payment_number_sent": 400,
    "api_idempotency_key_missing": 400,
    "api_path_unknown": 404,
    "api_method_not_offered": 405,
    "api_system_away": 503,
    # numbers
    "out_of_stock": 409,
    "no_such_activation": 404,
    "activation_closed": 409,
    "no_code_yet": 409,
    # orders
    "consent_missing": 403,
    "texts_outdated": 403,
    "price_above_max": 409,
    "key_reused": 409,
    "no_such_order": 404,
    # accounts and their texts
    "not_confirmed": 403,
    "account_closed": 403,
    "acceptance_missing": 403,
    "texts_changed": 403,
    "terms_not_accepted": 403,
    # catalogue
    "unknown_service": 404,
    "service_off": 409,
    "unknown_country": 404,
    "no_price": 409,
    # numbers by the month, and their SMS
    "lease_not_like_that": 409,
    "no_number_for_rent": 409,
    "no_such_lease": 404,
    "nothing_offered": 409,
    "payout_not_granted": 409,
    "no_such_sms": 404,
    "number_taken": 409,
    "no_rate": 409,
    "number_cannot_send": 409,
    "pattern_not_readable": 400,
    "quiet_hours": 409,
    "recipient_is_sender": 400,
    "recipient_not_possible": 400,
    "recipient_opted_out": 403,
    "sending_unusual": 403,
    "spend_limit_by_page": 403,
    "spend_limit_reached": 403,
    "text_missing": 400,
    "text_not_sendable": 400,
    "text_too_long": 400,
    "too_many_sms": 429,
    "too_many_summaries": 429,
    # webhooks
    "no_such_endpoint": 404,
    "no_such_delivery": 404,
    "too_many_webhook_repeats": 429,
    "webhook_address_refused": 400,
    "too_many_endpoints": 409,
    "unknown_event_kind": 400,
    "endpoint_off": 409,
    # conversations
    "no_such_conversation": 404,
    "reply_too_long": 400,
    # top-ups and vouchers
    "no_auto_top_up": 404,
    "no_such_top_up": 404,
    "too_many_failed_payments": 429,
    "top_up_disputed": 409,
    "top_up_not_payable": 400,
    "top_up_too_large": 400,
    "top_up_too_small": 400,
    "top_ups_too_fast": 429,
    "too_many_voucher_guesses": 429,
    "unknown_payment_method": 400,
    "voucher_expired": 409,
    "voucher_not_released": 409,
    "voucher_other_currency": 409,
    "voucher_unknown": 404,
    # payouts and claims
    "account_number_refused": 400,
    "no_such_claim": 404,
    "no_such_payout": 404,
    "payout_closed": 409,
    "payout_open": 409,
    "wrong_currency": 400,
    # invoices
    "addressee_refused": 400,
    "no_such_invoice": 404,
    "no_such_tax_number": 404,
    "only_for_companies": 403,
    "tax_number_refused": 400,
    # papers
    "document_not_readable": 400,
    "document_too_large": 413,
    "document_infected": 400,
    "document_locked": 400,
    "document_too_long": 400,
    "documents_busy": 503,
    "picture_too_large": 400,
    "papers_first": 403,
    "papers_not_complete": 400,
    "papers_wait": 409,
    "too_many_papers": 429,
    # standing
    "too_many_orders": 429,
    "too_many_open": 409,
    "code_share_too_low": 403,
    "account_suspended": 403,
    "number_suspended": 403,
    "balance_blocked": 403,
    "service_blocked": 409,
    # ledger
    "insufficient_balance": 402,
    "wallet_missing": 402,
    "idempotency_conflict": 409,
    # refunds
    "code_already_shown": 409,
    "restriction_ignored": 409,
    # incidents
    "moment_not_possible": 400,
    "too_many_reports": 409,
    "no_such_abuse_case": 404,
    "abuse_case_decided": 409,
    "incident_over": 409,
    "no_such_incident": 404,
    # cases
    "nothing_written": 400,
    "message_too_long": 400,
    "no_such_case": 404,
    "too_many_cases": 429,
}


def answer(refusal: Refusal, *, request: HttpRequest) -> HttpResponse:
    """Answer a refusal in the caller's language, with its code, clause and data."""
    status = STATUSES[refusal.code]
    language = translation.get_language_from_request(request)
    with translation.override(language):
        detail = gettext(refusal.sentence) % refusal.data
    problem = {
        "type": "about:blank",
        "status": status,
        "code": refusal.code,
        "detail": detail,
        **({"clause": refusal.clause} if refusal.clause else {}),
        **({"data": refusal.data} if refusal.data else {}),
    }
    response = HttpResponse(
        json.dumps(problem, ensure_ascii=False),
        status=status,
        content_type="application/problem+json",
        headers={"Content-Language": language, "Cache-Control": "no-store"},
    )
    if "retry_after_s" in refusal.data:
        response["Retry-After"] = str(refusal.data["retry_after_s"])
    if status == 401:  # noqa: PLR2004 -- RFC 9110, section 15.5.2: it names the scheme
        response["WWW-Authenticate"] = "Bearer"
    return response
