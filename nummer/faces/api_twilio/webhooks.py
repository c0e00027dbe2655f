"""What a customer's server is told in the Twilio protocol, and what its answer asks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit
from uuid import UUID

import structlog

from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts import sub_accounts
from nummer.apps.accounts.queries import Credentials
from nummer.apps.bundles import queries as bundles
from nummer.apps.bundles.errors import NoSuchBundle
from nummer.apps.leases import held
from nummer.apps.leases import queries as leases
from nummer.apps.leases.held import Part
from nummer.apps.messaging import actions as sending
from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.actions import SmsWish
from nummer.apps.messaging.errors import NoSuchSms
from nummer.apps.messaging.queries import Direction, Sms, SmsState
from nummer.apps.webhooks import actions as webhooks
from nummer.apps.webhooks.errors import AddressRefused
from nummer.apps.webhooks.kinds import BUNDLE_UPDATED
from nummer.apps.webhooks.ports import Answer, Call, Occasion, Target
from nummer.faces.api_twilio.answers import VERSION
from nummer.faces.api_twilio.bundles import STATUSES as STATUSES_OF_BUNDLES
from nummer.faces.api_twilio.bundles import failure_reason
from nummer.faces.api_twilio.errors import SenderNotYours
from nummer.faces.api_twilio.messages import FAILED, STATUSES, error_of
from nummer.faces.api_twilio.sids import BUNDLE, MESSAGE, sid
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import id_of
from nummer.kernel.phone import PhoneNumber
from nummer.protocols.twilio.signature import HEADER, signature
from nummer.protocols.twilio.twiml import (
    AnswerUnreadableError,
    Instructions,
    Reply,
    read_answer,
)

DIALECT: Final = "twilio"
SURFACE: Final = "twilio"
RECEIVED: Final = "message.received"
UPDATED: Final = "message.updated"
UNREADABLE: Final = 12100  # the protocol's number for an answer that is no TwiML
NOT_SENT: Final = 14107  # … and for a reply that could not be sent
NO_ADDRESS: Final = 11100  # … for an address that is none, or that we do not call
TOO_MANY_REDIRECTS: Final = 11215
IGNORED: Final = 12200  # … for what an answer says that is not done
REDIRECTS_MAX: Final = 10
# What may stand in a log: an answer's own words may be about somebody.
_VERBS: Final = frozenset(
    ("Media", "Dial", "Say", "Play", "Gather", "Record", "Hangup", "Reject", "Pause", "Enqueue")
)
_FORM: Final = "application/x-www-form-urlencoded"

_log = structlog.get_logger(__name__)


class TwilioRenderer:
    """Speaks the Twilio protocol to customers' servers."""

    def render(self, occasion: Occasion, *, target: Target, now: datetime) -> Call | None:
        """Return the signed request; None for what the protocol has no webhook for."""
        if occasion.kind == BUNDLE_UPDATED:
            return _bundle_call(occasion, target=target, now=now)
        if occasion.kind not in (RECEIVED, UPDATED):
            return None
        try:
            row = messaging.sms(occasion.account_id, sms_id=occasion.subject_id)
        except NoSuchSms:
            return None
        known = _credentials(row)
        if occasion.kind == RECEIVED:
            form = _received(row, account_sid=known.account_sid)
        else:
            form = _updated(row, account_sid=known.account_sid, word=occasion.word)
        return _request(target, form, token=known.auth_token, event_id=occasion.event_id)

    def heard(self, occasion: Occasion, *, target: Target, answer: Answer, now: datetime) -> None:
        """Send the texts that the answer to a received SMS asks for, each once, and ask on."""
        if occasion.kind != RECEIVED:
            return
        try:
            row = messaging.sms(occasion.account_id, sms_id=occasion.subject_id)
            asked = read_answer(answer.body, content_type=answer.content_type)
        except NoSuchSms:
            return
        except AnswerUnreadableError as error:
            _note(occasion, UNREADABLE, why=str(error))
            return
        for verb in asked.ignored:
            _note(occasion, IGNORED, why=verb if verb in _VERBS else "unknown")
        for place, reply in enumerate(asked.replies):
            _reply(occasion, row, reply, place=place, base=target.url, now=now)
        if asked.redirect:
            _redirect(occasion, asked, base=target.url, now=now)


def _part(row: Sms) -> Part:
    """Return the part of the account that an SMS is of."""
    return Part(leases.lease(row.account_id, lease_id=row.lease_id).sub_account_id)


def _credentials(row: Sms) -> Credentials:
    """Return whose SID and token a webhook carries: the sub-account's, or the account's."""
    id_ = _part(row).sub_account_id
    if id_ is None:
        return accounts.credentials(row.account_id)
    return sub_accounts.credentials(row.account_id, sub_account_id=id_)


def _bundle_call(occasion: Occasion, *, target: Target, now: datetime) -> Call | None:
    """Write what was found of a bundle."""
    try:
        row = bundles.bundle(occasion.account_id, bundle_id=occasion.subject_id, now=now)
    except NoSuchBundle:
        return None
    known = accounts.credentials(occasion.account_id)
    form = [
        ("AccountSid", known.account_sid),
        ("BundleSid", sid(BUNDLE, row.id)),
        ("Status", STATUSES_OF_BUNDLES[row.state]),
    ]
    if (reason := failure_reason(row)) is not None:
        form.append(("FailureReason", reason))
    return _request(target, form, token=known.auth_token, event_id=occasion.event_id)


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


def _reply(
    occasion: Occasion, row: Sms, reply: Reply, *, place: int, base: str, now: datetime
) -> None:
    """Send a reply, once however often the answer comes; one that is refused stops no other.

    It goes to whoever wrote, from the number that was written to, unless it names others.
    """
    part = _part(row)
    try:
        if part.sub_account_id is not None:
            sub_accounts.require_active(row.account_id, sub_account_id=part.sub_account_id)
        wish = SmsWish(
            lease_id=_sender(row, reply, part=part),
            to=reply.to or row.theirs,
            body=reply.body,
            key=id_of("twiml", occasion.event_id, place),
            surface=SURFACE,
        )
        sent = sending.send_sms(occasion.account_id, wish=wish, now=now)
        if reply.status_callback:
            webhooks.follow(
                occasion.account_id,
                subject_id=sent.id,
                url=_absolute(base, reply.status_callback),
                dialect=DIALECT,
                method=reply.method,
                now=now,
            )
    except AddressRefused:
        _note(occasion, NO_ADDRESS, why=AddressRefused.code)
    except Refusal as refusal:
        _note(occasion, NOT_SENT, why=refusal.code)


def _sender(row: Sms, reply: Reply, *, part: Part) -> UUID:
    """Return the lease of the number that replies. Refuses: SenderNotYours."""
    if not reply.sender:
        return row.lease_id
    try:
        number = PhoneNumber.parse(reply.sender)
    except ValueError:
        raise SenderNotYours from None
    lease_id = held.sending(row.account_id, number=number, part=part)
    if lease_id is None:
        raise SenderNotYours
    return lease_id


def _redirect(occasion: Occasion, asked: Instructions, *, base: str, now: datetime) -> None:
    """Ask another address about the same SMS; `word` counts how often that was done.

    It is called as any other address of the customer's is: later, by the process that calls, to
    where we call at all, and again if it does not answer.
    """
    times = int(occasion.word) if occasion.word.isdecimal() else 0
    if times >= REDIRECTS_MAX:
        _note(occasion, TOO_MANY_REDIRECTS, why="redirects")
        return
    try:
        webhooks.announce_to(
            occasion.account_id,
            url=_absolute(base, asked.redirect),
            dialect=DIALECT,
            kind=RECEIVED,
            subject_id=occasion.subject_id,
            method=asked.redirect_method,
            word=str(times + 1),
            event_id=id_of("twiml-redirect", occasion.event_id),
            now=now,
        )
    except AddressRefused as refusal:
        _note(occasion, NO_ADDRESS, why=refusal.code)


def _absolute(base: str, url: str) -> str:
    """Return an address of an answer, which may be told from where the answer came from."""
    try:
        return urljoin(base, url)
    except ValueError:
        raise AddressRefused(why="not_an_address") from None


def _note(occasion: Occasion, number: int, *, why: str) -> None:
    """Leave a line for whoever looks why an answer did nothing."""
    _log.warning(
        "webhook answer not done",
        account_id=occasion.account_id,
        event_id=str(occasion.event_id),
        number=number,
        why=why,
    )
