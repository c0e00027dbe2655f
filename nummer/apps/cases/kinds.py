"""What a message seems to be about, and by when its kind must be answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from nummer.apps.agreements.queries import operator
from nummer.apps.cases.models import Kind
from nummer.policy import calendar
from nummer.policy.refund.deadlines import ANSWER_WORKING_DAYS

DATA_REQUEST: Final = timedelta(days=30)  # PP-4.2, PP-7.2: "within 30 days of receipt"
AIM_WORKING_DAYS: Final = 2  # our own aim for every message (LD-H8); no document promises it
_LOOKED_AT: Final = 4_000
_REFUND_RULE: Final = "RP-T3"
_RULES: Final = {
    Kind.REFUND: _REFUND_RULE,
    Kind.PAYOUT: _REFUND_RULE,
    Kind.WITHDRAWAL: _REFUND_RULE,
    Kind.ERASURE: "PP-4.2",
    Kind.COPY: "PP-7.2",
}

_WITHDRAWAL: Final = r"withdraw from|angrer|angrerett|angreskjema|widerruf"
_PAYOUT: Final = r"pay ?out|to my card|utbetal|auszahl"
_REFUND: Final = (
    r"refund|money back|my money|give me back|refusjon|refunder|penge\w* tilbake"
    r"|tilbakebetal|erstatt|rückerstatt|rückzahl|geld zurück"
)
_ERASURE: Final = r"(?:delete|erase|remove) my|slett\w* (?:min|meg|konto)|lösch"
_COPY: Final = r"copy of my|my data|innsyn|kopi av|auskunft|kopie meiner|datenkopie"
_OUTAGE: Final = (
    r"not work|stopped working|no sms|outage|is down|virker ikke|fungerer ikke|nede"
    r"|funktioniert nicht|geht nicht|ausfall|störung|keine sms|ingen sms"
)
_COMPLAINT: Final = r"complain|klage|beschwer"

# The first that matches counts; what moves a clock comes first. It sorts, it decides nothing.
_WORDS: Final = tuple(
    (kind, re.compile(rf"\b(?:{words})", re.IGNORECASE))
    for kind, words in (
        (Kind.WITHDRAWAL, _WITHDRAWAL),
        (Kind.PAYOUT, _PAYOUT),
        (Kind.REFUND, _REFUND),
        (Kind.ERASURE, _ERASURE),
        (Kind.COPY, _COPY),
        (Kind.OUTAGE, _OUTAGE),
        (Kind.COMPLAINT, _COMPLAINT),
    )
)


@dataclass(frozen=True, slots=True)
class Due:
    """By which local day of the operator somebody must have an answer, and which rule says so."""

    on: date | None
    rule: str
    calendar_version: str


def answer_on(*, waits_since: datetime | None, due_on: date | None) -> date | None:
    """Return by which local day somebody answers what waits: the rule's day, or our own aim."""
    if waits_since is None:
        return None
    since = calendar.local_date(waits_since, timezone=operator().zone.key)
    aim = calendar.working_days_after(since, count=AIM_WORKING_DAYS, country=operator().country)
    return aim if due_on is None else min(aim, due_on)


def latest_to_answer_by(day: date) -> datetime:
    """Return the moment up to which what waits since has its aim on `day` or earlier."""
    since = day
    while (
        calendar.working_days_after(since, count=AIM_WORKING_DAYS, country=operator().country) > day
    ):
        since -= timedelta(days=1)
    return calendar.end_of_day(since, timezone=operator().zone.key)


def today(now: datetime) -> date:
    """Return the local day of the operator."""
    return calendar.local_date(now, timezone=operator().zone.key)


def soon(now: datetime) -> date:
    """Return the next working day: what is due by then is warned of."""
    return calendar.working_days_after(today(now), count=1, country=operator().country)


def kind_of(text: str) -> Kind:
    """Return the kind that the words suggest; the staff may change it."""
    looked_at = text[:_LOOKED_AT]
    return next((kind for kind, words in _WORDS if words.search(looked_at)), Kind.QUESTION)


def due(kind: Kind, *, received_at: datetime) -> Due:
    """Return the day that a kind's rule gives; the day of receipt is not counted."""
    rule = _RULES.get(kind)
    if rule is None:
        return Due(None, "", "")
    received = calendar.local_date(received_at, timezone=operator().zone.key)
    if rule == _REFUND_RULE:
        last = calendar.working_days_after(
            received, count=ANSWER_WORKING_DAYS, country=operator().country
        )
    else:
        last = received + DATA_REQUEST
    return Due(last, rule, calendar.VERSION)
