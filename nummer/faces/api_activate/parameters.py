"""Reads what a client sent, whatever way it sent it, within bounds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError

from nummer.apps.numbers.errors import NoSuchActivation
from nummer.faces.api_activate.errors import DateMalformed, ParameterMalformed, PrefixMalformed
from nummer.kernel.redact import any_holds_number

BODY_BYTES_MAX: Final = 64 * 1024
VALUE_LENGTH_MAX: Final = 512
PREFIXES_MAX: Final = 50
_KEY: Final = "api_key"
BIGINT_MAX: Final = 2**63 - 1

_ID = re.compile(r"[0-9]{1,19}", re.ASCII)
_PREFIX = re.compile(r"[0-9]{1,15}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_YEARS: Final = range(1970, 9000)  # a month can be taken from or added to each
_UNIX = re.compile(r"[0-9]{1,11}", re.ASCII)


class Parameters(Mapping[str, str]):
    """The parameters of one call by name; a name is stripped, the last value counts.

    One client (aiosmsactivate) sends some names with a space at the end.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def text(self, name: str) -> str:
        """Return the value, or an empty text where it is missing. Refuses: ParameterMalformed."""
        value = self.get(name, "").strip()
        if len(value) > VALUE_LENGTH_MAX or _CONTROL.search(value):
            raise ParameterMalformed
        return value

    def whole(self, name: str, *, default: int, highest: int) -> int:
        """Return a whole number from 0 to `highest`. Refuses: ParameterMalformed."""
        value = self.text(name)
        if not value:
            return default
        if not _ID.fullmatch(value) or int(value) > highest:
            raise ParameterMalformed
        return int(value)

    def yes(self, name: str) -> bool:
        """Say whether a switch is on: PHP's and Python's ways of saying no are no."""
        return self.text(name).lower() not in ("", "0", "false", "none", "null", "no")

    def activation_id(self, name: str = "id") -> int:
        """Return an activation's id. Refuses: NoSuchActivation, also for what is no id."""
        value = self.get(name, "").strip()
        if not _ID.fullmatch(value) or int(value) > BIGINT_MAX:
            raise NoSuchActivation
        return int(value)

    def prefixes(self) -> tuple[str, ...]:
        """Return the prefixes of numbers that the buyer does not want, digits only."""
        given = self.text("phoneException")
        found = tuple(prefix.strip() for prefix in given.split(",")) if given else ()
        if len(found) > PREFIXES_MAX or not all(map(_PREFIX.fullmatch, found)):
            raise PrefixMalformed
        return found

    def moment(self, name: str) -> datetime | None:
        """Return Unix seconds or a date as a moment in UTC. Refuses: DateMalformed."""
        value = self.text(name)
        if not value:
            return None
        try:
            if _UNIX.fullmatch(value):
                return datetime.fromtimestamp(int(value), UTC)
            read = datetime.fromisoformat(value)
        except (ValueError, OverflowError, OSError):
            raise DateMalformed from None
        if read.year not in _YEARS:
            raise DateMalformed
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def read_parameters(request: HttpRequest) -> Parameters:
    """Return the parameters of the query and of a form body; the body's count more.

    Refuses: ParameterMalformed (too large, too many, unreadable, or a number of a card or a bank
    account in any of them, PP-2.3b).
    """
    try:
        sent: list[QueryDict] = [QueryDict(request.META.get("QUERY_STRING", ""), encoding="utf-8")]
        if request.method == "POST":
            sent.append(_form(request))
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError, ValueError):
        raise ParameterMalformed from None
    if any_holds_number(_texts(sent)):
        raise ParameterMalformed
    return Parameters({name.strip(): str(value) for part in sent for name, value in part.items()})


def _texts(sent: Iterable[QueryDict]) -> Iterator[str]:
    """Yield every name and value but our keys, whose digits may look like anything."""
    for part in sent:
        for name, values in part.lists():
            yield name
            if name.strip() != _KEY:
                yield from map(str, values)


def _form(request: HttpRequest) -> QueryDict:
    match request.content_type:
        case "application/x-www-form-urlencoded":
            body = request.read(BODY_BYTES_MAX + 1)
            if len(body) > BODY_BYTES_MAX:
                raise ParameterMalformed
            return QueryDict(body, encoding="utf-8")
        case "multipart/form-data":
            length = request.META.get("CONTENT_LENGTH") or ""
            if not _ID.fullmatch(length) or int(length) > BODY_BYTES_MAX:
                raise ParameterMalformed
            request.encoding = "utf-8"  # a charset named by the client is not looked up
            return request.POST
        case _:
            return QueryDict()
