"""Sending an SMS from a rented number."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.leases import held
from nummer.apps.messaging import actions as messaging
from nummer.apps.messaging.actions import SmsWish
from nummer.apps.messaging.queries import Sms
from nummer.apps.messaging.queries import sent as sent_sms
from nummer.apps.webhooks import actions as webhooks
from nummer.apps.webhooks.actions.addresses import require_callable
from nummer.faces.api_twilio.answers import structure
from nummer.faces.api_twilio.call import Call
from nummer.faces.api_twilio.errors import (
    BodyMissing,
    BodyTooLong,
    ContentUnknown,
    MediaNotSent,
    MessageTooExpensive,
    NotScheduled,
    ParameterMalformed,
    ParameterNotOffered,
    RecipientMissing,
    SenderMissing,
    SenderNotYours,
    ServiceUnknown,
)
from nummer.faces.api_twilio.hooks import DIALECT
from nummer.faces.api_twilio.messages import form
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.phone import PhoneNumber
from nummer.policy.lease import SERVED

SURFACE: Final = "twilio"
BODY_MAX: Final = 1600
VALIDITY_MAX_S: Final = 36_000
_REFUSED: Final = (
    ("MediaUrl", MediaNotSent),
    ("MessagingServiceSid", ServiceUnknown),
    ("ContentSid", ContentUnknown),
    ("ContentVariables", ContentUnknown),
    ("ScheduleType", NotScheduled),
    ("SendAt", NotScheduled),
)
_NOT_OFFERED: Final = ("ApplicationSid", "FallbackFrom")


def send_message(call: Call) -> HttpResponse:
    """Send an SMS from one of the customer's numbers, once for each Idempotency-Key.

    Everything is checked before; what is answered is queued and paid for.
    """
    _require_offered(call)
    to = call.parameters.text("To", longest=40)
    if not to:
        raise RecipientMissing
    key = new_id()
    if call.idempotency_key:
        key = id_of("twilio-sms", call.account_id, call.idempotency_key)
    lease_id = _sender(call, key=key)
    body = _body(call)
    _require_price(call, lease_id, to=to, body=body)
    wish = SmsWish(
        lease_id=lease_id, to=to, body=body, key=key, surface=SURFACE, key_id=call.key_id
    )
    return structure(form(call, _sent(call, wish)), status=201)


def _sent(call: Call, wish: SmsWish) -> Sms:
    """Send, and let an address be told how the SMS fares. Refuses: AddressRefused."""
    url = call.parameters.text("StatusCallback")
    if not url:
        return messaging.send_sms(call.account_id, wish=wish, now=call.now)
    with transaction.atomic():
        sms = messaging.send_sms(call.account_id, wish=wish, now=call.now)
        webhooks.follow(call.account_id, subject_id=sms.id, url=url, dialect=DIALECT, now=call.now)
    return sms


def _require_offered(call: Call) -> None:
    for name, refused in _REFUSED:
        if call.parameters.raw(name):
            raise refused
    if call.parameters.switch("SendAsMms"):
        raise MediaNotSent
    for name in _NOT_OFFERED:
        if call.parameters.text(name):
            raise ParameterNotOffered(name=name)
    if call.parameters.switch("ShortenUrls"):
        raise ParameterNotOffered(name="ShortenUrls")
    if url := call.parameters.text("StatusCallback"):
        require_callable(url)
    given = call.parameters.text("ValidityPeriod")
    if given and not 1 <= call.parameters.whole("ValidityPeriod", default=0, highest=10**6) <= (
        VALIDITY_MAX_S
    ):
        raise ParameterMalformed(name="ValidityPeriod")


def _sender(call: Call, *, key: UUID) -> UUID:
    """Return the lease of the number that sends. Refuses: SenderMissing, SenderNotYours.

    What was sent under the key comes from its number, though that may serve no more.
    """
    given = call.parameters.text("From", longest=40)
    if not given:
        raise SenderMissing
    try:
        number = PhoneNumber.parse(given if given.startswith("+") else f"+{given}")
    except ValueError:
        raise SenderNotYours from None
    for lease in held.held(call.account_id, number=number, limit=1):
        if lease.state in SERVED:
            return lease.id
    first = sent_sms.of_key(call.account_id, key=key) if call.idempotency_key else None
    if first is None or first.ours != number:
        raise SenderNotYours
    return first.lease_id


def _body(call: Call) -> str:
    body = call.parameters.raw("Body")
    if not body.strip():
        raise BodyMissing
    if len(body) > BODY_MAX:
        raise BodyTooLong
    return body


def _require_price(call: Call, lease_id: UUID, *, to: str, body: str) -> None:
    """Refuses: MessageTooExpensive, ParameterMalformed."""
    if not call.parameters.text("MaxPrice"):
        return
    currency = accounts.account(call.account_id).currency
    most = call.parameters.money("MaxPrice", currency=currency)
    price = messaging.sms_price(call.account_id, lease_id=lease_id, to=to, body=body, now=call.now)
    if most is not None and most < price.total:
        raise MessageTooExpensive
