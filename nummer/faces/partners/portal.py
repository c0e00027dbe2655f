"""What a carrier may read of us, signed as its notices are: its own numbers, blocks and notices.

Nothing of another carrier, and nothing of whoever has a number: personal items leave by the
outgoing gate alone, each to whom its purpose names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Final
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from nummer.apps.incidents.actions import notices
from nummer.apps.incidents.actions.notices import Signed
from nummer.apps.incidents.errors import NoticeMalformed
from nummer.apps.numbers import queries as numbers
from nummer.faces.partners.notices import RETRY_AFTER_S, STATUSES, header
from nummer.kernel import clock
from nummer.kernel.errors import Refusal, Unavailable

LIMIT_MAX: Final = 500
LIMIT_USUAL: Final = 100
LENGTH_MAX: Final = 40

log = structlog.get_logger(__name__)

Said = Mapping[str, object]


@never_cache
@require_GET
def own_numbers(request: HttpRequest) -> JsonResponse:
    """List the carrier's numbers by their digits; `after` goes on, `status` narrows."""
    return _read(request, _numbers)


@never_cache
@require_GET
def own_notices(request: HttpRequest) -> JsonResponse:
    """List what the carrier let us know, newest first; `before` goes on."""
    return _read(request, _notices)


def _read(request: HttpRequest, page: Callable[[HttpRequest, str], Said]) -> JsonResponse:
    """Answer a page of the carrier that signed; its address is what it signed."""
    signed = Signed(
        carrier=header(request, "X-Nummer-Carrier"),
        timestamp=header(request, "X-Nummer-Timestamp"),
        nonce=header(request, "X-Nummer-Nonce"),
        signature=header(request, "X-Nummer-Signature"),
        body=b"GET " + request.get_full_path().encode(),
    )
    try:
        now = clock.SystemClock().now()  # signatures age by the real clock
        carrier = notices.require_reader(signed, received_at=now)
        return JsonResponse(dict(page(request, carrier)))
    except Refusal as refusal:
        log.warning("reading refused", code=refusal.code, **refusal.data)
        return JsonResponse({"error": refusal.code}, status=STATUSES[refusal.code])
    except (Unavailable, OperationalError, InterfaceError):
        away = JsonResponse({"error": "away"}, status=HTTPStatus.SERVICE_UNAVAILABLE)
        away["Retry-After"] = RETRY_AFTER_S
        return away


def _numbers(request: HttpRequest, carrier: str) -> Said:
    limit = _limit(request)
    status = request.GET.get("status") or None
    if status is not None and status not in numbers.STATUSES:
        raise NoticeMalformed(field="status")
    rows = numbers.numbers_of_carrier(
        carrier,
        after=request.GET.get("after", "")[:LENGTH_MAX].replace("\0", ""),
        status=status,
        limit=limit,
    )
    return {
        "numbers": [
            {
                "number": row.number.e164,
                "country": row.country,
                "kind": row.kind,
                "sms": row.sms,
                "voice": row.voice,
                "status": row.status,
                "blocked_at": _moment(row.blocked_at),
            }
            for row in rows
        ],
        "next": rows[-1].number.e164 if len(rows) == limit else None,
    }


def _notices(request: HttpRequest, carrier: str) -> Said:
    limit = _limit(request)
    rows = notices.notices_of(carrier, before=_before(request), limit=limit)
    return {
        "notices": [
            {
                "id": str(row.id),
                "event": row.event.value,
                "number": None if row.number is None else row.number.e164,
                "country": row.country,
                "reason": row.reason,
                "happened_at": _moment(row.happened_at),
                "received_at": _moment(row.received_at),
            }
            for row in rows
        ],
        "next": str(rows[-1].id) if len(rows) == limit else None,
    }


def _limit(request: HttpRequest) -> int:
    """Refuses: NoticeMalformed."""
    text = request.GET.get("limit", str(LIMIT_USUAL))
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= LIMIT_MAX):
        raise NoticeMalformed(field="limit")
    return int(text)


def _before(request: HttpRequest) -> UUID | None:
    """Refuses: NoticeMalformed."""
    text = request.GET.get("before", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NoticeMalformed(field="before") from None


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
