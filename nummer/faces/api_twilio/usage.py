"""What an account used and paid, as the protocol's usage records: by category and time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from math import ceil
from typing import Final

from django.http import HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.queries import Bucket, UsageRow, Used
from nummer.faces.api_twilio.answers import VERSION, Json
from nummer.faces.api_twilio.call import Call
from nummer.faces.api_twilio.errors import CallsTooMany, NothingHere, ParameterMalformed
from nummer.faces.api_twilio.paging import counted_list, page_of
from nummer.kernel.limits import CallLimit
from nummer.kernel.money import Money

# A record of a month reads what was booked in it; one of years reads all that the account moved.
LONG: Final = timedelta(days=62)
LONG_CALLS: Final = CallLimit(per_s=0.5, burst=30)
_DAY: Final = timedelta(days=1)
_RELATIVE: Final = re.compile(r"([+-])([0-9]{1,4})days?", re.ASCII)
_SPANS: Final = {
    "": Bucket.WHOLE,
    "AllTime": Bucket.WHOLE,
    "Daily": Bucket.DAY,
    "Monthly": Bucket.MONTH,
    "Yearly": Bucket.YEAR,
    "Today": Bucket.WHOLE,
    "Yesterday": Bucket.WHOLE,
    "ThisMonth": Bucket.WHOLE,
    "LastMonth": Bucket.WHOLE,
}


@dataclass(frozen=True, slots=True)
class _Category:
    """A category of the protocol: what it adds up, and in which units; None: nothing is counted."""

    words: str
    of: Callable[[UsageRow], bool]
    count_unit: str | None = None
    usage_unit: str | None = None
    texts: bool = False  # whether it counts what is deleted after some days


def _sms(words: str, *used: Used) -> _Category:
    return _Category(words, lambda row: row.used in used, "messages", "segments", texts=True)


def _numbers(words: str, *kinds: str) -> _Category:
    return _Category(
        words,
        lambda row: row.used is Used.NUMBER and (not kinds or row.kind in kinds),
        "numbers",
        "numbers",
    )


def _never(words: str, count_unit: str, usage_unit: str) -> _Category:
    return _Category(words, lambda _: False, count_unit, usage_unit)


_CATEGORIES: Final = {
    "totalprice": _Category("Total price", lambda _: True),
    "sms": _sms("SMS", Used.SMS_IN, Used.SMS_OUT),
    "sms-inbound": _sms("SMS that came in", Used.SMS_IN),
    "sms-inbound-longcode": _sms("SMS that came in", Used.SMS_IN),
    "sms-outbound": _sms("SMS sent", Used.SMS_OUT),
    "sms-outbound-longcode": _sms("SMS sent", Used.SMS_OUT),
    "phonenumbers": _numbers("Rented numbers, paid months with their set-up"),
    "phonenumbers-local": _numbers("Local numbers", "local", "national"),
    "phonenumbers-mobile": _numbers("Mobile numbers", "mobile"),
    "phonenumbers-tollfree": _numbers("Toll-free numbers", "tollfree"),
    "onetime-numbers": _Category(
        "Numbers for one code", lambda row: row.used is Used.ONE_TIME, "numbers", "numbers"
    ),
    # Not sold by this protocol, so it is true that none was used; programs ask for them by name.
    "calls": _never("Calls", "calls", "minutes"),
    "calls-inbound": _never("Calls that came in", "calls", "minutes"),
    "calls-outbound": _never("Calls made", "calls", "minutes"),
    "mms": _never("Messages with media", "messages", "messages"),
    "recordings": _never("Recordings", "recordings", "minutes"),
}


@dataclass(frozen=True, slots=True)
class _Span:
    """Days that a record adds up, both in it, by what they are told apart."""

    since: date
    until: date


def list_usage(call: Call, *, span: str = "") -> HttpResponse:
    """Answer a page of usage records, the latest days first.

    Refuses: NothingHere (another span), ParameterMalformed, CallsTooMany (of many days).
    """
    if span not in _SPANS:
        raise NothingHere
    asked, by = _days(call, span), _SPANS[span]
    category = call.parameters.text("Category", longest=64)
    names = [category] if category else list(_CATEGORIES)
    records = [
        _Record(one, name) for one in _spans(asked, by) for name in names if name in _CATEGORIES
    ]
    rows = _sums(call, page_of(call, records), by)
    form = _Forms(call, rows, counted_from=messaging.texts_counted_from()).form
    days = {"StartDate": asked.since.isoformat(), "EndDate": asked.until.isoformat()}
    fixed = {} if span in _FIXED else days
    return counted_list(call, key="usage_records", rows=records, form=form, fixed=fixed)


def _sums(call: Call, shown: Sequence[_Record], by: Bucket) -> list[UsageRow]:
    """Add up the days of the records that are shown, and of no others. Refuses: CallsTooMany."""
    if not shown:
        return []
    since = min(record.span.since for record in shown)
    until = max(record.span.until for record in shown)
    if until - since >= LONG and (wait_s := LONG_CALLS.wait_s(call.account_id)):
        raise CallsTooMany(retry_after_s=ceil(wait_s))
    return messaging.usage(call.account_id, since=since, until=until, by=by)


def _days(call: Call, span: str) -> _Span:
    """Return the days asked for: none before the account's first or after today."""
    today = call.now.astimezone(UTC).date()
    if span in _FIXED:
        return _FIXED[span](today)
    first = accounts.account(call.account_id).created_at.astimezone(UTC).date()
    since = _day(call, "StartDate", today=today) or first
    until = _day(call, "EndDate", today=today) or today
    return _Span(max(since, first), min(until, today))


def _day(call: Call, name: str, *, today: date) -> date | None:
    """Return a day: by its date, or so many days from today. Refuses: ParameterMalformed."""
    given = call.parameters.text(name, longest=30)
    if not given:
        return None
    if relative := _RELATIVE.fullmatch(given):
        days = timedelta(days=int(relative[2]))
        return today + days if relative[1] == "+" else today - days
    try:
        return date.fromisoformat(given[:10] if given[10:11] == "T" else given)
    except ValueError:
        raise ParameterMalformed(name=name) from None


def _today(today: date) -> _Span:
    return _Span(today, today)


def _yesterday(today: date) -> _Span:
    return _Span(today - _DAY, today - _DAY)


def _this_month(today: date) -> _Span:
    return _Span(today.replace(day=1), today)


def _last_month(today: date) -> _Span:
    last = today.replace(day=1) - _DAY
    return _Span(last.replace(day=1), last)


_FIXED: Final = {
    "Today": _today,
    "Yesterday": _yesterday,
    "ThisMonth": _this_month,
    "LastMonth": _last_month,
}


def _spans(asked: _Span, by: Bucket) -> Iterator[_Span]:
    """Yield the buckets of the days asked for, the latest first; none where there are no days."""
    until = asked.until
    while until >= asked.since:
        since = max(_begin(until, by, asked.since), asked.since)
        yield _Span(since, until)
        if since == date.min:
            return
        until = since - _DAY


def _begin(day: date, by: Bucket, first: date) -> date:
    match by:
        case Bucket.DAY:
            return day
        case Bucket.MONTH:
            return day.replace(day=1)
        case Bucket.YEAR:
            return day.replace(month=1, day=1)
        case Bucket.WHOLE:
            return first


@dataclass(frozen=True, slots=True)
class _Record:
    """One record of a list, before its sums are looked up."""

    span: _Span
    category: str


class _Forms:
    """Writes records from the rows of one statement."""

    def __init__(self, call: Call, rows: Sequence[UsageRow], *, counted_from: date) -> None:
        self._call = call
        self._currency = accounts.account(call.account_id).currency
        self._counted_from = counted_from
        self._rows: dict[date, list[UsageRow]] = {}
        for row in rows:
            self._rows.setdefault(row.since, []).append(row)

    def form(self, record: _Record) -> Json:
        """Write a record; what is no longer counted, since it was deleted, is null."""
        call, category = self._call, _CATEGORIES[record.category]
        rows = [row for row in self._rows.get(record.span.since, ()) if category.of(row)]
        price = Money(sum(row.price_micro for row in rows), self._currency)
        base = f"{call.base}/Usage/Records"
        unknown = category.texts and record.span.since < self._counted_from
        counted = category.count_unit is not None and not unknown
        days = f"StartDate={record.span.since}&EndDate={record.span.until}"
        return {
            "account_sid": call.account_sid,
            "api_version": VERSION,
            "as_of": f"{call.now.astimezone(UTC):%Y-%m-%dT%H:%M:%S}+00:00",
            "category": record.category,
            "description": category.words,
            "start_date": record.span.since.isoformat(),
            "end_date": record.span.until.isoformat(),
            "count": str(sum(row.times for row in rows)) if counted else None,
            "count_unit": category.count_unit,
            "usage": str(sum(row.units for row in rows)) if counted else None,
            "usage_unit": category.usage_unit,
            "price": price.decimal_text(),
            "price_unit": self._currency.lower(),
            "subresource_uris": {
                name: f"{base}/{part}.json?Category={record.category}"
                for name, part in _PARTS.items()
            },
            "uri": f"{base}.json?Category={record.category}&{days}",
        }


_PARTS: Final = {
    "all_time": "AllTime",
    "daily": "Daily",
    "last_month": "LastMonth",
    "monthly": "Monthly",
    "this_month": "ThisMonth",
    "today": "Today",
    "yearly": "Yearly",
    "yesterday": "Yesterday",
}
