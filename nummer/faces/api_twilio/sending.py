"""Sending an SMS from a rented number."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts import sub_accounts
from nummer.apps.leases import held
from nummer.apps.ledger.errors import IdempotencyConflict
from nummer.apps.messaging import actions as messaging
from nummer.apps.messaging.actions import SmsWish
from nummer.apps.messaging.actions.recipients import recipient
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
from nummer.protocols.sms.plain import plainer

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
_NOT_OFFERED: Final = ("ApplicationSid", "FallbackFrom", "PersistentAction")
# What these say beside the words that change nothing here is not done, so it is refused.
_ONLY: Final = (
    ("ContentRetention", ("", "retain")),
    ("AddressRetention", ("", "retain")),
    ("RiskCheck", ("", "enable")),
    ("TrafficType", ("", "free")),
)
_SWITCHED_OFF: Final = ("ShortenUrls", "ProvideFeedback")
ATTEMPTS_MAX: Final = 100


def send_message(call: Call) -> HttpResponse:
    """Send an SMS from one of the customer's numbers, once for each Idempotency-Key.

    Everything is checked before; what is answered is queued and paid for. A call that comes again
    is answered as it was the first time, also when its number could send no more.
    """
    _require_offered(call)
    to = call.parameters.text("To", longest=40)
    if not to:
        raise RecipientMissing
    body = _body(call)
    key = new_id()
    if call.idempotency_key:
        key = id_of("twilio-sms", call.account_id, *call.part_words, call.idempotency_key)
        first = sent_sms.of_key(call.account_id, key=key)
        if first is not None:
            _require_same(call, first, to=to, body=body)
            return structure(form(call, first), status=201)
    lease_id = _sender(call)
    _require_price(call, lease_id, to=to, body=body)
    wish = SmsWish(
        lease_id=lease_id, to=to, body=body, key=key, surface=SURFACE, key_id=call.key_id
    )
    return structure(form(call, _sent(call, wish)), status=201)


def _sent(call: Call, wish: SmsWish) -> Sms:
    """Send, let an address be told how the SMS fares, and keep until when it is worth sending.

    Refuses: AddressRefused.
    """
    url, within = call.parameters.text("StatusCallback"), _validity(call)
    if not url and within is None:
        return messaging.send_sms(call.account_id, wish=wish, now=call.now)
    with transaction.atomic():
        sms = messaging.send_sms(call.account_id, wish=wish, now=call.now)
        if url:
            webhooks.follow(
                call.account_id, subject_id=sms.id, url=url, dialect=DIALECT, now=call.now
            )
        if within is not None:
            messaging.send_until(
                call.account_id, sms_id=sms.id, until=call.now + within, now=call.now
            )
    return sms


def _require_same(call: Call, first: Sms, *, to: str, body: str) -> None:
    """Refuses: IdempotencyConflict, SenderMissing, SenderNotYours, RecipientNotPossible."""
    wished = (_number(call).e164, recipient(to, ours=first.ours).e164)
    # What was blotted out since cannot be compared.
    if wished != (first.ours.e164, first.theirs) or first.body not in (body, None, ""):
        raise IdempotencyConflict


def _require_offered(call: Call) -> None:
    """Refuse what is asked for and not done, each with its own number."""
    asked = call.parameters
    for name, refused in _REFUSED:
        if asked.raw(name):
            raise refused
    if asked.switch("SendAsMms"):
        raise MediaNotSent
    _require_only(call)
    if url := asked.text("StatusCallback"):
        require_callable(url)
    if asked.text("Attempt"):  # it counts the caller's own tries, and is told to nobody
        asked.whole("Attempt", default=1, highest=ATTEMPTS_MAX)
    asked.switch("ForceDelivery")
    _validity(call)


def _require_only(call: Call) -> None:
    """Refuses: ParameterNotOffered."""
    asked = call.parameters
    not_done = [name for name in _NOT_OFFERED if asked.text(name)]
    not_done += [name for name in _SWITCHED_OFF if asked.switch(name)]
    not_done += [name for name, words in _ONLY if asked.text(name) not in words]
    if not_done:
        raise ParameterNotOffered(name=not_done[0])


def _validity(call: Call) -> timedelta | None:
    """Return how soon a text is to be sent; None: as soon as ours. Refuses: ParameterMalformed."""
    if not call.parameters.text("ValidityPeriod"):
        return None
    given_s = call.parameters.whole("ValidityPeriod", default=0, highest=10**6)
    if not 1 <= given_s <= VALIDITY_MAX_S:
        raise ParameterMalformed(name="ValidityPeriod")
    return timedelta(seconds=given_s)


def _sender(call: Call) -> UUID:
    """Return the lease of the number that sends.

    Refuses: SenderMissing, SenderNotYours, SubAccountNotActive.
    """
    if call.part.sub_account_id is not None:
        sub_accounts.require_active(call.account_id, sub_account_id=call.part.sub_account_id)
    lease_id = held.sending(call.account_id, number=_number(call), part=call.part)
    if lease_id is None:
        raise SenderNotYours
    return lease_id


def _number(call: Call) -> PhoneNumber:
    """Return the number that was named as the sender. Refuses: SenderMissing, SenderNotYours."""
    given = call.parameters.text("From", longest=40)
    if not given:
        raise SenderMissing
    try:
        return PhoneNumber.parse(given if given.startswith("+") else f"+{given}")
    except ValueError:
        raise SenderNotYours from None


def _body(call: Call) -> str:
    """Return the text, in plain characters where those were asked for and save parts."""
    body = call.parameters.raw("Body")
    if not body.strip():
        raise BodyMissing
    if len(body) > BODY_MAX:
        raise BodyTooLong
    return plainer(body) if call.parameters.switch("SmartEncoded") else body


def _require_price(call: Call, lease_id: UUID, *, to: str, body: str) -> None:
    """Refuses: MessageTooExpensive, ParameterMalformed."""
    if not call.parameters.text("MaxPrice"):
        return
    currency = accounts.account(call.account_id).currency
    most = call.parameters.money("MaxPrice", currency=currency)
    price = messaging.sms_price(call.account_id, lease_id=lease_id, to=to, body=body, now=call.now)
    if most is not None and most < price.total:
        raise MessageTooExpensive
