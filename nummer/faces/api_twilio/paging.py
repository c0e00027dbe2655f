"""Pages of lists: envelopes of both kinds, and tokens that hold the place in a list.

A token names the last row that the caller saw, so that a page neither misses nor doubles what
was there while new rows arrive. Page numbers are only counted along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.http import HttpResponse

from nummer.faces.api_twilio.answers import Json, structure
from nummer.faces.api_twilio.call import Call
from nummer.faces.api_twilio.errors import NothingHere, PageUnknown
from nummer.faces.api_twilio.sids import NEWER, OLDER, id_in, sid

PAGE_LENGTH: Final = 50
PAGE_LENGTH_MAX: Final = 1000
PAGES_MAX: Final = 10**9

_NOTHING: Final[Mapping[str, str]] = {}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """What part of a list was asked for; rows come newest first."""

    size: int
    place: int
    before: UUID | None
    after: UUID | None


def page_asked(call: Call) -> Page:
    """Read what part of a list was asked for. Refuses: ParameterMalformed, PageUnknown."""
    size = call.parameters.whole("PageSize", default=PAGE_LENGTH, highest=PAGE_LENGTH_MAX)
    place = call.parameters.whole("Page", default=0, highest=PAGES_MAX)
    token = call.parameters.text("PageToken")
    try:
        before = id_in(OLDER, token) if token.startswith(OLDER) else None
        after = id_in(NEWER, token) if token and before is None else None
    except NothingHere:
        raise PageUnknown from None
    return Page(max(size, 1), place, before, after)


def listed(
    call: Call,
    *,
    key: str,
    page: Page,
    rows: Sequence[T],
    id_of: Callable[[T], UUID],
    form: Callable[[T], Json],
) -> HttpResponse:
    """Answer a page in the envelope of 2010-04-01: one key beside those that libraries know."""
    shown, more = _shown(page, rows)
    start = page.place * page.size
    return structure(
        {
            key: [form(row) for row in shown],
            "page": page.place,
            "page_size": page.size,
            "start": start,
            "end": start + max(len(shown) - 1, 0),
            "uri": _address(call, page, token=call.parameters.text("PageToken"), place=page.place),
            "first_page_uri": _address(call, page, token="", place=0),
            "next_page_uri": _next(call, page, id_of(shown[-1]) if more else None),
            "previous_page_uri": _previous(call, page, id_of(shown[0]) if shown else None),
        }
    )


def whole_list(call: Call, *, key: str, forms: Sequence[Json]) -> HttpResponse:
    """Answer a list that has one page, in the envelope of 2010-04-01."""
    page = Page(max(PAGE_LENGTH, len(forms)), 0, None, None)
    return structure(
        {
            key: list(forms),
            "page": 0,
            "page_size": page.size,
            "start": 0,
            "end": max(len(forms) - 1, 0),
            "uri": call.path,
            "first_page_uri": call.path,
            "next_page_uri": None,
            "previous_page_uri": None,
        }
    )


def counted_list(
    call: Call,
    *,
    key: str,
    rows: Sequence[T],
    form: Callable[[T], Json],
    fixed: Mapping[str, str],
) -> HttpResponse:
    """Answer a page of a list whose rows never move, by its number.

    `fixed` is what the addresses of the other pages say beside the filters of this one, so that
    they go on in the same list tomorrow. Refuses: ParameterMalformed.
    """
    page = page_asked(call)
    start, shown = page.place * page.size, page_of(call, rows)
    more = start + page.size < len(rows)

    def address(place: int) -> str:
        return _address(call, page, token="", place=place, fixed=fixed)

    return structure(
        {
            key: [form(row) for row in shown],
            "page": page.place,
            "page_size": page.size,
            "start": start,
            "end": start + max(len(shown) - 1, 0),
            "uri": address(page.place),
            "first_page_uri": address(0),
            "next_page_uri": address(page.place + 1) if more else None,
            "previous_page_uri": address(page.place - 1) if page.place else None,
        }
    )


def page_of(call: Call, rows: Sequence[T]) -> Sequence[T]:
    """Return the rows that `counted_list` shows. Refuses: ParameterMalformed."""
    page = page_asked(call)
    return rows[page.place * page.size :][: page.size]


def newer_list(call: Call, *, key: str, forms: Sequence[Json]) -> HttpResponse:
    """Answer a list that has one page, in the envelope of the newer addresses."""
    here = f"{call.root}{call.path}"
    return structure(
        {
            key: list(forms),
            "meta": {
                "page": 0,
                "page_size": max(PAGE_LENGTH, len(forms)),
                "key": key,
                "first_page_url": here,
                "previous_page_url": None,
                "next_page_url": None,
                "url": here,
            },
        }
    )


def newer_listed(
    call: Call,
    *,
    key: str,
    rows: Sequence[T],
    id_of: Callable[[T], UUID],
    form: Callable[[T], Json],
) -> HttpResponse:
    """Answer a page of a short list that was read whole, newest first, as the newer addresses do.

    Refuses: ParameterMalformed, PageUnknown.
    """
    page = page_asked(call)
    if page.before is not None:
        rows = [row for row in rows if id_of(row) < page.before]
    if page.after is not None:
        rows = [row for row in rows if id_of(row) > page.after]
    shown, more = _shown(page, rows)
    following = _next(call, page, id_of(shown[-1]) if more else None)
    previous = _previous(call, page, id_of(shown[0]) if shown else None)
    token = call.parameters.text("PageToken")
    return structure(
        {
            key: [form(row) for row in shown],
            "meta": {
                "page": page.place,
                "page_size": page.size,
                "key": key,
                "first_page_url": f"{call.root}{_address(call, page, token='', place=0)}",
                "previous_page_url": previous and f"{call.root}{previous}",
                "next_page_url": following and f"{call.root}{following}",
                "url": f"{call.root}{_address(call, page, token=token, place=page.place)}",
            },
        }
    )


def _shown(page: Page, rows: Sequence[T]) -> tuple[Sequence[T], bool]:
    """Return the rows to show, newest first, and whether there are older ones."""
    if page.after is None:
        return rows[: page.size], len(rows) > page.size
    return rows[-page.size :], bool(rows)


def _next(call: Call, page: Page, last: UUID | None) -> str | None:
    if last is None:
        return None
    return _address(call, page, token=sid(OLDER, last), place=page.place + 1)


def _previous(call: Call, page: Page, first: UUID | None) -> str | None:
    if first is None or page.place == 0:
        return None
    return _address(call, page, token=sid(NEWER, first), place=page.place - 1)


def _address(
    call: Call, page: Page, *, token: str, place: int, fixed: Mapping[str, str] = _NOTHING
) -> str:
    """Return path and query of a page, with the filters of the first and what is `fixed`."""
    asked = [
        (name, value)
        for name, value in parse_qsl(call.query, keep_blank_values=True)
        if name not in ("Page", "PageSize", "PageToken", *fixed)
    ]
    asked += fixed.items()
    asked += [("PageSize", str(page.size)), ("Page", str(place))]
    if token:
        asked.append(("PageToken", token))
    return f"{call.path}?{urlencode(asked)}"
