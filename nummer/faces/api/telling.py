"""How events are told to customers' servers: Standard Webhooks, with the forms of this interface.

What stands in `data` is what a call of this interface would answer about the same subject.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from nummer.apps.leases import queries as leases
from nummer.apps.leases.errors import NoSuchLease
from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.errors import NoSuchSms
from nummer.apps.webhooks.kinds import TEST
from nummer.apps.webhooks.ports import Answer, Call, Occasion, Target
from nummer.faces.api.reading import Json
from nummer.faces.api.rented import lease_form
from nummer.faces.api.sms import sms_form
from nummer.protocols.webhooks.signing import signed_headers

CONTENT_TYPE: Final = "application/json"
PARAMETER: Final = "event"  # of a hook that is called by GET


class StandardCalls:
    """Speaks Standard Webhooks 1.0.0."""

    def render(self, occasion: Occasion, *, target: Target, now: datetime) -> Call | None:
        """Return the signed request; the signature's time is the real one, as receivers check."""
        del now
        data = _data(occasion)
        if data is None:
            return None
        if target.method == "GET":
            return _by_get(occasion, target)
        body = _event(occasion, data)
        headers = {"Content-Type": CONTENT_TYPE, **_signed(occasion, target, body)}
        return Call(method="POST", url=target.url, headers=headers, body=body)

    def heard(self, occasion: Occasion, *, target: Target, answer: Answer, now: datetime) -> None:
        """Do nothing: what stands in the answer is not read."""


def _by_get(occasion: Occasion, target: Target) -> Call:
    """Return a call that names the subject, and only that: addresses stand in logs.

    What is signed is the parameter as a server reads it (ADR 350).
    """
    named: Mapping[str, Json] = {}
    if occasion.kind != TEST:
        named = {"id": str(occasion.subject_id)}
    event = _event(occasion, named)
    parts = urlsplit(target.url)
    query = "&".join(filter(None, (parts.query, f"{PARAMETER}={quote(event, safe='')}")))
    return Call(
        method="GET",
        url=urlunsplit((parts.scheme, parts.netloc, parts.path, query, "")),
        headers=_signed(occasion, target, event),
        body=b"",
    )


def _event(occasion: Occasion, data: Mapping[str, Json]) -> bytes:
    event = {"type": occasion.kind, "timestamp": occasion.at.isoformat(), "data": data}
    return json.dumps(event, ensure_ascii=False).encode()


def _signed(occasion: Occasion, target: Target, content: bytes) -> dict[str, str]:
    """Return the headers of the standard, without a signature where a hook has no secret yet."""
    signed = signed_headers(
        message_id=message_id(occasion),
        timestamp=int(time.time()),
        body=content,
        secrets=target.secrets,
    )
    if not target.secrets:
        del signed["webhook-signature"]
    return signed


def message_id(occasion: Occasion) -> str:
    """Return what receivers know an event by; it stays the same however often it is told."""
    return f"msg_{occasion.event_id.hex}"


def _data(occasion: Occasion) -> Mapping[str, Json] | None:
    """Return the subject as it is now; None where it is gone."""
    if occasion.kind == TEST:
        return {}
    try:
        return _FORMS[occasion.kind.partition(".")[0]](occasion)
    except (NoSuchLease, NoSuchSms):
        return None


def _lease(occasion: Occasion) -> Mapping[str, Json]:
    return lease_form(leases.lease(occasion.account_id, lease_id=occasion.subject_id))


def _sms(occasion: Occasion) -> Mapping[str, Json]:
    return sms_form(messaging.sms(occasion.account_id, sms_id=occasion.subject_id))


_FORMS: Final = {"lease": _lease, "message": _sms}
