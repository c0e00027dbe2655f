"""What a customer's server is told in the Twilio protocol, and what its answer asks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import UUID

import structlog

from nummer.apps.accounts import queries as accounts
from nummer.apps.messaging import actions as sending
from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.actions import SmsWish
from nummer.apps.messaging.errors import NoSuchSms
from nummer.apps.messaging.queries import Direction, Sms, SmsState
from nummer.apps.webhooks.ports import Answer, Call, Occasion, Target
from nummer.faces.api_twilio.answers import VERSION
from nummer.faces.api_twilio.messages import FAILED, STATUSES, error_of
from nummer.faces.api_twilio.sids import MESSAGE, sid
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import id_of
from nummer.protocols.twilio.signature import HEADER, signature
from nummer.protocols.twilio.twiml import AnswerUnreadableError, Reply, read_answer

DIALECT: Final = "twilio"
SURFACE: Final = "twilio"
RECEIVED: Final = "message.received"
UPDATED: Final = "message.updated"
UNREADABLE: Final = 12100  # the protocol's number for an answer that is no TwiML
NOT_SENT: Final = 14107  # … and for a reply that could not be sent
_FORM: Final = "application/x-www-form-urlencoded"

_log = structlog.get_logger(__name__)


class TwilioRenderer:
    """Speaks the Twilio protocol to customers' servers."""

    def render(self, occasion: Occasion, *, target: Target, now: datetime) -> Call | None:
        """Return the signed request; None for what the protocol has no webhook for."""
        del now
        if occasion.kind not in (RECEIVED, UPDATED):
            return None
        try:
            row = messaging.sms(occasion.account_id, sms_id=occasion.subject_id)
        except NoSuchSms:
            return None
        known = accounts.credentials(occasion.account_id)
        if occasion.kind == RECEIVED:
            form = _received(row, account_sid=known.account_sid)
        else:
            form = _updated(row, account_sid=known.account_sid, word=occasion.word)
        return _request(target, form, token=known.auth_token, event_id=occasion.event_id)

    def heard(self, occasion: Occasion, *, target: Target, answer: Answer, now: datetime) -> None:
        """Send the texts that the answer to a received SMS asks for, each once."""
        del target
        if occasion.kind != RECEIVED or occasion.lease_id is None:
            return
        try:
            asked = read_answer(answer.body, content_type=answer.content_type)
        except AnswerUnreadableError as error:
            _note(occasion, UNREADABLE, why=str(error))
            return
        if asked.replies:
            _reply(occasion, asked.replies, now=now)


def _request(
    target: Target, form: Sequence[tuple[str, str]], *, token: str, event_id: UUID
) -> Call:
    """Return a GET with the parameters in its address, or a POST with them as a form."""
    headers = {"Accept": "*/*", "I-Twilio-Idempotency-Token": event_id.hex}
    if target.method == "GET":
        url = _with_query(target.url, form)
        return Call("GET", url, {**headers, HEADER: signature(token, url=url)}, b"")
    signed = signature(token, url=target.url, form=form)
    body = urlencode(form).encode()
    return Call("POST", target.url, {**headers, "Content-Type": _FORM, HEADER: signed}, body)


def _with_query(url: str, form: Sequence[tuple[str, str]]) -> str:
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(form))))
    return urlunsplit(parts._replace(query=query))


def _received(row: Sms, *, account_sid: str) -> list[tuple[str, str]]:
    message_sid = sid(MESSAGE, row.id)
    country = row.ours.region or ""
    return [
        ("MessageSid", message_sid),
        ("SmsSid", message_sid),
        ("SmsMessageSid", message_sid),
        ("AccountSid", account_sid),
        ("From", row.theirs),
        ("To", row.ours.e164),
        ("Body", row.body or ""),
        ("NumMedia", "0"),
        ("NumSegments", str(row.parts)),
        ("SmsStatus", STATUSES[SmsState.RECEIVED]),
        ("ApiVersion", VERSION),
        ("ToCountry", country),
    ]


def _updated(row: Sms, *, account_sid: str, word: str) -> list[tuple[str, str]]:
    """Write a change of state: the state of that moment, not that of today."""
    state = SmsState(word) if word in set(SmsState) else row.state
    message_sid, status = sid(MESSAGE, row.id), STATUSES[state]
    out = row.direction is Direction.OUT
    form = [
        ("MessageSid", message_sid),
        ("SmsSid", message_sid),
        ("MessageStatus", status),
        ("SmsStatus", status),
        ("AccountSid", account_sid),
        ("From", row.ours.e164 if out else row.theirs),
        ("To", row.theirs if out else row.ours.e164),
        ("ApiVersion", VERSION),
    ]
    if state in FAILED:
        number, _ = error_of(row)
        form.append(("ErrorCode", str(number)))
    if state is SmsState.DELIVERED and row.done_at is not None:
        form.append(("RawDlrDoneDate", f"{row.done_at:%y%m%d%H%M}"))
    return form


def _reply(occasion: Occasion, replies: Sequence[Reply], *, now: datetime) -> None:
    """Send replies from the number that the SMS came to; another sender is none of its own.

    A reply goes to whoever wrote, unless it names somebody else. One that is refused stops none
    of the others, and is sent once however often the answer comes.
    """
    assert occasion.lease_id is not None, "its caller looked"
    try:
        row = messaging.sms(occasion.account_id, sms_id=occasion.subject_id)
    except NoSuchSms:
        return
    for place, reply in enumerate(replies):
        wish = SmsWish(
            lease_id=occasion.lease_id,
            to=reply.to or row.theirs,
            body=reply.body,
            key=id_of("twiml", occasion.event_id, place),
            surface=SURFACE,
        )
        try:
            sending.send_sms(occasion.account_id, wish=wish, now=now)
        except Refusal as refusal:
            _note(occasion, NOT_SENT, why=refusal.code)


def _note(occasion: Occasion, number: int, *, why: str) -> None:
    """Leave a line for whoever looks why an answer did nothing."""
    _log.warning(
        "webhook answer not done",
        account_id=occasion.account_id,
        event_id=str(occasion.event_id),
        number=number,
        why=why,
    )
