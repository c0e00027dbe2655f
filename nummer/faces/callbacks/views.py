"""Takes a provider's callback and answers in a few words of JSON."""

from __future__ import annotations

from http import HTTPStatus
from math import ceil
from typing import Final

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from nummer.apps.payments import actions as payments
from nummer.kernel import clock
from nummer.kernel.errors import Refusal, Unavailable

BODY_OCTETS_MAX: Final = 1_000_000
RETRY_AFTER_S: Final = 30
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
    """Answer 200 once the message is settled, 4xx where repeating it will not help, 503 else."""
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
    except Unavailable as away:
        log.warning("callback waits for its provider", provider=provider)
        answer = _refused("try_again", HTTPStatus.SERVICE_UNAVAILABLE)
        answer["Retry-After"] = str(ceil(away.retry_after_s or RETRY_AFTER_S))
        return answer
    return JsonResponse({"outcome": outcome.value})


def _refused(code: str, status: HTTPStatus) -> HttpResponse:
    return JsonResponse({"error": code}, status=status)
