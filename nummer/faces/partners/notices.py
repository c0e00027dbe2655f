"""Takes what carriers let us know, signed: a number blocked, failing, working again.

Unlike a push the answer's status says what became of it, so that a program of any kind knows when
to stop: 201 taken, 409 taken before, any other 4xx of no use to repeat (docs/operate/notices.md).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from nummer.apps.incidents.actions.notices import Signed
from nummer.apps.refunds import actions as refunds
from nummer.kernel import clock
from nummer.kernel.errors import Refusal, Unavailable

BODY_OCTETS_MAX: Final = 10_000
HEADER_LENGTH_MAX: Final = 200
RETRY_AFTER_S: Final = "10"
STATUSES: Final = {
    "notice_not_genuine": HTTPStatus.UNAUTHORIZED,
    "notice_stale": HTTPStatus.UNAUTHORIZED,
    "notice_replayed": HTTPStatus.CONFLICT,
    "notice_malformed": HTTPStatus.BAD_REQUEST,
    "number_not_of_carrier": HTTPStatus.UNPROCESSABLE_ENTITY,
}

log = structlog.get_logger(__name__)


@csrf_exempt  # a carrier has no session of ours; its signature says who it is
@never_cache
@require_POST
def take(request: HttpRequest) -> JsonResponse:
    """Answer 201 once the notice is stored for good, else why it was not."""
    try:
        body = request.body
    except (RequestDataTooBig, UnreadablePostError):
        return _refused("body_too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if len(body) > BODY_OCTETS_MAX:
        return _refused("body_too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    signed = Signed(
        carrier=header(request, "X-Nummer-Carrier"),
        timestamp=header(request, "X-Nummer-Timestamp"),
        nonce=header(request, "X-Nummer-Nonce"),
        signature=header(request, "X-Nummer-Signature"),
        body=body,
    )
    try:
        notice = refunds.carrier_notice(
            signed,
            received_at=clock.SystemClock().now(),  # signatures age by the real clock
            now=clock.now(),
        )
    except Refusal as refusal:
        log.warning("notice refused", code=refusal.code, **refusal.data)
        return _refused(refusal.code, STATUSES[refusal.code])
    except (Unavailable, OperationalError, InterfaceError):
        away = _refused("away", HTTPStatus.SERVICE_UNAVAILABLE)
        away["Retry-After"] = RETRY_AFTER_S
        return away
    return JsonResponse({"id": str(notice.id)}, status=HTTPStatus.CREATED)


def header(request: HttpRequest, name: str) -> str:
    """Return a header as it came, cut where no genuine one would end."""
    return request.headers.get(name, "")[:HEADER_LENGTH_MAX]


def _refused(code: str, status: HTTPStatus) -> JsonResponse:
    return JsonResponse({"error": code}, status=status)
