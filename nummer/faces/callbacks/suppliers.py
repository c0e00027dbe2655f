"""Takes a wholesaler's callback about an order of numbers, and answers in a word of JSON."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import structlog
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from nummer.apps.supply import actions as supply
from nummer.kernel.errors import Refusal, Unavailable

BODY_OCTETS_MAX: Final = 10_000
SIGNATURE_LENGTH_MAX: Final = 100
RETRY_AFTER_S: Final = "30"
STATUSES: Final = {
    "no_such_supplier": HTTPStatus.NOT_FOUND,
    "supplier_not_genuine": HTTPStatus.UNAUTHORIZED,
}

log = structlog.get_logger(__name__)


@csrf_exempt  # a wholesaler has no session of ours; his signature says who he is
@never_cache
@require_http_methods(["GET", "POST"])
def take(request: HttpRequest, supplier: str) -> JsonResponse:
    """Answer 200 once it is stored that he is to be asked, 4xx where repeating is of no use."""
    try:
        said = _said(request)
        taken = supply.receive_callback(
            supplier,
            said=said,
            signature=request.headers.get("X-DIDWW-Signature", "")[:SIGNATURE_LENGTH_MAX],
        )
    except (RequestDataTooBig, SuspiciousOperation, UnreadablePostError, MultiPartParserError):
        return _refused("body_too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except Refusal as refusal:
        log.warning("callback refused", code=refusal.code)
        return _refused(refusal.code, STATUSES[refusal.code])
    except (Unavailable, OperationalError, InterfaceError):
        away = _refused("away", HTTPStatus.SERVICE_UNAVAILABLE)
        away["Retry-After"] = RETRY_AFTER_S
        return away
    return JsonResponse({"outcome": "taken" if taken else "ignored"})


def _said(request: HttpRequest) -> dict[str, str]:
    """Return the fields of a form, in the body or the address; each counts once."""
    if request.method == "GET":
        return {name: str(value) for name, value in request.GET.items()}
    length = request.headers.get("Content-Length", "0")
    if not length.isdigit() or int(length) > BODY_OCTETS_MAX:
        raise RequestDataTooBig
    request.encoding = "utf-8"  # a charset named by the other side is not looked up
    return {name: str(value) for name, value in request.POST.items()}


def _refused(code: str, status: HTTPStatus) -> JsonResponse:
    return JsonResponse({"error": code}, status=status)
