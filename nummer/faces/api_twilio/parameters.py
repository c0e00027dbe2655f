"""Reads what a program sent: names in PascalCase, in the query or a form, within bounds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError

from nummer.faces.api_twilio.errors import ParameterMalformed, RequestUnreadable
from nummer.kernel.money import Money
from nummer.kernel.redact import any_holds_number

BODY_BYTES_MAX: Final = 64 * 1024
STRUCTURE_LENGTH_MAX: Final = 16 * 1024
VALUE_LENGTH_MAX: Final = 2048  # addresses of webhooks; names are shorter by their own bounds
_WITH_FILES: Final = "multipart/form-data"
_BODY: Final = "Body"  # what an SMS says is looked through where it is stored

_WHOLE: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_ID: Final = re.compile(r"[A-Z]{2}[0-9a-f]{32}", re.ASCII)
_NAMES_OF_IDS: Final = ("Sid", "PageToken")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_YEARS: Final = range(1970, 9000)  # a day can be added to each
DAY: Final = timedelta(days=1)
_SWITCH: Final = {"true": True, "false": False}


class Parameters:
    """The parameters of one call; what a verb does not know is ignored."""

    def __init__(
        self, values: QueryDict, files: Mapping[str, UploadedFile[Any]] | None = None
    ) -> None:
        self._values = values
        self._files = files or {}

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def raw(self, name: str) -> str:
        """Return a value as it was sent, an empty text where it is missing."""
        return str(self._values.get(name, ""))

    def file(self, name: str) -> bytes | None:
        """Return what was uploaded under a name; what a browser says of it is not read."""
        sent = self._files.get(name)
        return None if sent is None else bytes(sent.read())

    def structure(self, name: str) -> dict[str, object] | None:
        """Return an object in JSON; None where it was not given. Refuses: ParameterMalformed."""
        value = self.raw(name)
        if not value.strip():
            return None
        try:
            read = json.loads(value) if len(value) <= STRUCTURE_LENGTH_MAX else None
        except (ValueError, RecursionError):
            read = None
        if not isinstance(read, dict) or _CONTROL.search(value.replace("\n", " ")):
            raise ParameterMalformed(name=name)
        return read

    def text(self, name: str, *, longest: int = VALUE_LENGTH_MAX) -> str:
        """Return a value, or an empty text where it is missing. Refuses: ParameterMalformed."""
        value = self.raw(name).strip()
        if len(value) > longest or _CONTROL.search(value):
            raise ParameterMalformed(name=name)
        return value

    def whole(self, name: str, *, default: int, highest: int) -> int:
        """Return a whole number from 0 to `highest`; what is above counts as `highest`.

        Refuses: ParameterMalformed.
        """
        value = self.text(name)
        if not value:
            return default
        if not _WHOLE.fullmatch(value):
            raise ParameterMalformed(name=name)
        return min(int(value), highest)

    def switch(self, name: str) -> bool | None:
        """Return whether a switch is on; None where it was not given.

        Refuses: ParameterMalformed.
        """
        value = self.text(name).lower()
        if not value:
            return None
        if value not in _SWITCH:
            raise ParameterMalformed(name=name)
        return _SWITCH[value]

    def money(self, name: str, *, currency: str) -> Money | None:
        """Return an amount; None where it was not given. Refuses: ParameterMalformed."""
        value = self.text(name)
        if not value:
            return None
        try:
            return Money.parse_floor(value, currency)
        except ValueError:
            raise ParameterMalformed(name=name) from None

    def since_and_until(self, name: str) -> tuple[datetime | None, datetime | None]:
        """Return the bounds of a filter by time: from the first on, and before the second.

        `Name` is a whole day; `Name>` is from then on and `Name<` until then, both inclusive.
        Midnight stands for its whole day: libraries write days so. Refuses: ParameterMalformed.
        """
        day = self._moment(name)
        after, before = self._moment(f"{name}>"), self._moment(f"{name}<")
        since = after
        until = None if before is None else before + _precision(before)
        if day is not None:
            began_at = datetime.combine(day.date(), time(), tzinfo=UTC)
            since = began_at if since is None else max(since, began_at)
            ended_at = began_at + DAY
            until = ended_at if until is None else min(until, ended_at)
        return since, until

    def _moment(self, name: str) -> datetime | None:
        value = self.text(name)
        if not value:
            return None
        try:
            read = datetime.fromisoformat(value)
            read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
        except (ValueError, OverflowError):
            raise ParameterMalformed(name=name) from None
        if read.year not in _YEARS:
            raise ParameterMalformed(name=name)
        return read


def _precision(moment: datetime) -> timedelta:
    return DAY if moment.time() == time() else timedelta(seconds=1)


def read_parameters(request: HttpRequest, *, longest: int = BODY_BYTES_MAX) -> Parameters:
    """Return the parameters of a form, or of the query where there is none.

    A form with files may have `longest` octets.

    Refuses: RequestUnreadable (too large, too many, unreadable), ParameterMalformed (a number of
    a card or a bank account in any of them but the text of an SMS, PP-2.3b).
    """
    try:
        sent = _form(request, longest) if request.method == "POST" else _query(request)
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError, ValueError):
        raise RequestUnreadable from None
    if any_holds_number(_texts(sent)):
        raise ParameterMalformed(name="")
    multipart = request.content_type == _WITH_FILES and request.method == "POST"
    return Parameters(sent, request.FILES if multipart else None)


def _texts(sent: QueryDict) -> Iterator[str]:
    for name, values in sent.lists():
        yield name
        if name != _BODY:
            yield from (text for text in _strings(values) if not _is_id(name, text))


def _is_id(name: str, text: str) -> bool:
    """Tell whether a value is an id of ours: its digits may look like those of a card."""
    return name.endswith(_NAMES_OF_IDS) and _ID.fullmatch(text) is not None


def _strings(values: Iterable[object]) -> Iterator[str]:
    return (str(value) for value in values)


def _query(request: HttpRequest) -> QueryDict:
    return QueryDict(request.META.get("QUERY_STRING", ""), encoding="utf-8")


def _form(request: HttpRequest, longest: int) -> QueryDict:
    match request.content_type:
        case "multipart/form-data":
            length = request.META.get("CONTENT_LENGTH") or ""
            if not _WHOLE.fullmatch(length) or int(length) > longest:
                raise RequestUnreadable
            if "charset" in (request.content_params or {}):  # it is not looked up
                request.encoding = "utf-8"
            return request.POST
        case "application/x-www-form-urlencoded":
            body = request.read(BODY_BYTES_MAX + 1)
            if len(body) > BODY_BYTES_MAX:
                raise RequestUnreadable
            return QueryDict(body, encoding="utf-8")
        case _:
            return _query(request)
