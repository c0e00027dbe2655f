"""SMS of rented numbers: lists, one, and what may be done to one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Final, NamedTuple, TypedDict
from uuid import UUID

from django.http import HttpResponse

from nummer.apps.leases import held
from nummer.apps.leases import queries as leases
from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.queries import Direction, Sms, SmsState
from nummer.faces.api_twilio.answers import VERSION, Json, charge, day_and_time, structure
from nummer.faces.api_twilio.call import Call
from nummer.faces.api_twilio.errors import NothingHere
from nummer.faces.api_twilio.paging import Page, listed, page_asked, whole_list
from nummer.faces.api_twilio.sids import MESSAGE, id_in, sid
from nummer.kernel.phone import PhoneNumber

# What the protocol calls the states; what nobody knows about stays sent.
STATUSES: Final = {
    SmsState.RECEIVED: "received",
    SmsState.QUEUED: "queued",
    SmsState.TAKEN: "sending",
    SmsState.SENT: "sent",
    SmsState.DELIVERED: "delivered",
    SmsState.UNDELIVERED: "undelivered",
    SmsState.FAILED: "failed",
    SmsState.UNKNOWN: "sent",
}
FAILED: Final = frozenset({SmsState.FAILED, SmsState.UNDELIVERED})
UNKNOWN_ERROR: Final = 30008
# The words of carriers and of ours that the protocol has a number for.
ERRORS: Final = {
    "refused_by_carrier": 30007,
    "not_sent_in_time": 30001,
    "UNDELIV": 30003,
    "EXPIRED": 30003,
    "REJECTD": 30007,
    "DELETED": UNKNOWN_ERROR,
}
_ERROR_TEXTS: Final = {
    30001: "It could not be sent in time",
    30003: "The recipient could not be reached",
    30007: "The carrier refused it",
    UNKNOWN_ERROR: "It did not arrive, and nobody said why",
}


class _Apart(TypedDict, total=False):
    leases: Sequence[UUID]
    but_leases: Sequence[UUID]


class _Question(NamedTuple):
    """A part of a list: of one direction, one lease, with one other side; None for any."""

    direction: Direction | None
    lease_id: UUID | None
    theirs: str | None


def list_messages(call: Call) -> HttpResponse:
    """Answer a page of SMS, newest first, by sender, recipient and the day they were made."""
    page = page_asked(call)
    since, until = call.parameters.since_and_until("DateSent")
    rows = _rows(call, page, since=since, until=until)
    return listed(
        call,
        key="messages",
        page=page,
        rows=rows,
        id_of=lambda row: row.id,
        form=lambda row: form(call, row),
    )


def get_message(call: Call, *, message_sid: str) -> HttpResponse:
    """Answer one SMS."""
    return structure(form(call, named(call, message_sid)))


def list_media(call: Call, *, message_sid: str) -> HttpResponse:
    """Answer that an SMS has no media."""
    named(call, message_sid)
    return whole_list(call, key="media_list", forms=[])


def get_medium(call: Call, *, message_sid: str, media_sid: str) -> HttpResponse:
    """Refuse a medium: no SMS has any."""
    del media_sid
    named(call, message_sid)
    raise NothingHere


def named(call: Call, message_sid: str) -> Sms:
    """Return an SMS by its SID. Refuses: NothingHere, NoSuchSms."""
    row = messaging.sms(call.account_id, sms_id=id_in(MESSAGE, message_sid))
    of = leases.lease(call.account_id, lease_id=row.lease_id)
    if of.sub_account_id != call.part.sub_account_id:
        raise NothingHere
    return row


def form(call: Call, row: Sms) -> dict[str, Json]:
    """Write an SMS as the protocol does; its body is empty once it was redacted."""
    came = row.direction is Direction.IN
    message_sid = sid(MESSAGE, row.id)
    uri = f"{call.base}/Messages/{message_sid}"
    number, said = error_of(row)
    return {
        "sid": message_sid,
        "account_sid": call.account_sid,
        "messaging_service_sid": None,
        "api_version": VERSION,
        "direction": "inbound" if came else "outbound-api",
        "from": row.theirs if came else row.ours.e164,
        "to": row.ours.e164 if came else row.theirs,
        "body": row.body or "",
        "num_segments": str(row.parts),
        "num_media": "0",
        "status": STATUSES[row.state],
        "error_code": number,
        "error_message": said,
        "price": charge(row.price),
        "price_unit": None if row.price is None else row.price.currency,
        "date_created": day_and_time(row.created_at),
        "date_sent": day_and_time(row.created_at if came else row.sent_at),
        "date_updated": day_and_time(row.done_at or row.sent_at or row.created_at),
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


def error_of(row: Sms) -> tuple[int | None, str | None]:
    """Return why an SMS did not arrive: the protocol's number, and words."""
    if row.state not in FAILED:
        return None, None
    number = ERRORS.get(row.error, UNKNOWN_ERROR)
    return number, _ERROR_TEXTS[number]


def _rows(call: Call, page: Page, *, since: datetime | None, until: datetime | None) -> list[Sms]:
    """Return the rows of a page and one more, of all questions together."""
    found: dict[UUID, Sms] = {}
    apart = _leases_of_part(call)
    for question in _questions(call):
        for row in messaging.sms_of(
            call.account_id,
            lease_id=question.lease_id,
            **apart,
            theirs=question.theirs,
            direction=question.direction,
            since=since,
            until=until,
            before=page.before,
            after=page.after,
            limit=page.size + 1,
        ):
            found[row.id] = row
    rows = sorted(found.values(), key=attrgetter("id"), reverse=True)
    return rows[: page.size + 1] if page.after is None else rows[-page.size - 1 :]


def _questions(call: Call) -> Sequence[_Question]:
    """Return what to ask for so that sender and recipient are those that were given."""
    to, sender = _side(call, "To"), _side(call, "From")
    if not to and not sender:
        return [_Question(None, None, None)]
    came = [_Question(Direction.IN, lease_id, sender or None) for lease_id in _leases(call, to)]
    went = [_Question(Direction.OUT, lease_id, to or None) for lease_id in _leases(call, sender)]
    if not to:
        came.append(_Question(Direction.IN, None, sender))
    if not sender:
        went.append(_Question(Direction.OUT, None, to))
    return [*came, *went]


def _side(call: Call, name: str) -> str:
    """Return a number as it is kept, or a name as it was given."""
    given = call.parameters.text(name, longest=40)
    try:
        return PhoneNumber.parse(given).e164 if given.startswith("+") else given
    except ValueError:
        return given


def _leases(call: Call, number: str) -> Sequence[UUID]:
    """Return the leases, ended ones too, that the account had of a number."""
    if not number.startswith("+"):
        return []
    try:
        wanted = PhoneNumber.parse(number)
    except ValueError:
        return []
    return held.leases_with(call.account_id, number=wanted, part=call.part)


def _leases_of_part(call: Call) -> _Apart:
    """Return which leases tell a part's SMS from the others of the account."""
    id_ = call.part.sub_account_id
    if id_ is None:
        return {"but_leases": held.of_sub_accounts(call.account_id)}
    return {"leases": held.of_sub_account(call.account_id, sub_account_id=id_)}
