"""Takes a provider's callback and answers in a few words of JSON."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from nummer.apps.payments import actions as payments
from nummer.kernel import clock
from nummer.kernel.errors import Refusal

BODY_OCTETS_MAX: Final = 1_000_000
STATUSES: Final = {
    "callback_not_genuine": HTTPStatus.UNAUTHORIZED,
    "callback_unreadable": HTTPStatus.BAD_REQUEST,
    "callback_refused": HTTPStatus.CONFLICT,
}

log = structlog.get_logger(__name__)


@csrf_exempt  # a provider has no session of ours; its signature says who it is
@never_cache
@require_POST
def take(request: HttpRequest, provider: str) -> HttpResponse:
    """Answer 200 once the message is settled, 4xx where repeating it will not help."""
    try:
        body = request.body
    except RequestDataTooBig:
        return _refused("body_too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if len(body) > BODY_OCTETS_MAX:
        return _refused("body_too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        outcome = payments.receive_callback(
            provider,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
            received_at=clock.SystemClock().now(),  # signatures age by the real clock
            now=clock.now(),
        )
    except Refusal as refusal:
        log.warning("callback refused", provider=provider, code=refusal.code, **refusal.data)
        return _refused(refusal.code, STATUSES.get(refusal.code, HTTPStatus.CONFLICT))
    return JsonResponse({"outcome": outcome.value})


def _refused(code: str, status: HTTPStatus) -> HttpResponse:
    return JsonResponse({"error": code}, status=status)
