"""Takes a partner's push and answers after the commit.

The status is 200 whatever is said: a partner reads `status` in the body and pushes again, every
ten seconds, until it is SUCCESS.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import structlog
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from nummer.apps.catalogue import partners
from nummer.apps.catalogue.partners import PartnerRow
from nummer.apps.messaging.actions.push import receive_push
from nummer.faces.partners.errors import (
    CallsNotTaken,
    PartnerKeyUnknown,
    PushMalformed,
    PushUnknown,
)
from nummer.faces.partners.words import UNAVAILABLE, WORDS
from nummer.kernel import clock
from nummer.kernel.errors import Refusal, Unavailable
from nummer.protocols import partner as protocol
from nummer.protocols.partner import Push

KEY_LENGTH_MAX: Final = 200
RETRY_AFTER_S: Final = "10"  # as the protocol has it
FORMS: Final = ("multipart/form-data", "application/x-www-form-urlencoded")

log = structlog.get_logger(__name__)


@csrf_exempt  # a partner has no session of ours; his key says who he is
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Answer SUCCESS once the push is stored for good, else a word for what is wrong."""
    try:
        said = _said(request)
        _take(_partner(said), said)
    except Refusal as refusal:
        log.warning("push refused", code=refusal.code, **refusal.data)
        return _answer(protocol.error(WORDS[refusal.code]))
    except (Unavailable, OperationalError, InterfaceError):
        answer = _answer(protocol.error(UNAVAILABLE))
        answer["Retry-After"] = RETRY_AFTER_S
        return answer
    return _answer(protocol.success())


def _take(partner: PartnerRow, said: Mapping[str, object]) -> None:
    match said.get("action"):
        case Push.SMS:
            try:
                sms = protocol.read_sms(said)
            except protocol.Unreadable as wrong:
                raise PushMalformed(field=str(wrong)) from None
            receive_push(partner, sms, now=clock.now())
        case Push.CALL | Push.CALL_RECORD:
            raise CallsNotTaken
        case _:
            raise PushUnknown


def _partner(said: Mapping[str, object]) -> PartnerRow:
    key = said.get("key")
    if not isinstance(key, str) or not 0 < len(key) <= KEY_LENGTH_MAX:
        raise PartnerKeyUnknown
    found = partners.partner_by_key(key)
    if found is None:
        raise PartnerKeyUnknown
    return found


def _said(request: HttpRequest) -> Mapping[str, object]:
    """Return what was posted: JSON, or a form, as recordings come."""
    try:
        if request.content_type in FORMS:
            request.encoding = "utf-8"  # a charset named by the partner is not looked up
            return {name: str(value) for name, value in request.POST.items()}
        said = json.loads(request.body)
    except (
        RequestDataTooBig,
        SuspiciousOperation,
        MultiPartParserError,
        UnreadablePostError,
        ValueError,
        RecursionError,
    ):
        raise PushMalformed(field="body") from None
    if not isinstance(said, dict):
        raise PushMalformed(field="body")
    return said


def _answer(content: Mapping[str, str]) -> HttpResponse:
    return HttpResponse(
        json.dumps(content),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
