"""Reads what a client sent, whatever way it sent it, within bounds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, QueryDict
from django.http.request import UnreadablePostError

from nummer.apps.numbers.errors import NoSuchActivation
from nummer.faces.api_onlinesim.errors import OperationMissing, ParameterMalformed
from nummer.kernel.redact import any_holds_number

BODY_BYTES_MAX: Final = 64 * 1024
VALUE_LENGTH_MAX: Final = 512
PREFIXES_MAX: Final = 50
_KEY: Final = "apikey"
BIGINT_MAX: Final = 2**63 - 1

_WHOLE = re.compile(r"[0-9]{1,19}", re.ASCII)
_PREFIX = re.compile(r"[0-9]{1,12}", re.ASCII)
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


class Parameters:
    """The parameters of one call by name; a name may have several values."""

    def __init__(self, values: Mapping[str, Sequence[str]]) -> None:
        self._values = values

    def text(self, name: str) -> str:
        """Return the last value, or an empty text where it is missing.

        Refuses: ParameterMalformed.
        """
        values = self._values.get(name, ())
        value = values[-1].strip() if values else ""
        if len(value) > VALUE_LENGTH_MAX or _CONTROL.search(value):
            raise ParameterMalformed
        return value

    def yes(self, name: str) -> bool:
        """Say whether a switch is on: what clients send for no is no."""
        return self.text(name).lower() not in ("", "0", "false", "none", "null", "no")

    def operation_id(self) -> int:
        """Return an operation's number. Refuses: OperationMissing, NoSuchActivation."""
        value = self.text("tzid")
        if not value:
            raise OperationMissing
        if not _WHOLE.fullmatch(value) or int(value) > BIGINT_MAX:
            raise NoSuchActivation
        return int(value)

    def prefixes(self, name: str) -> tuple[str, ...]:
        """Return prefixes of numbers, digits only. Refuses: ParameterMalformed."""
        given = [part.strip() for value in self._values.get(name, ()) for part in value.split(",")]
        found = tuple(part for part in given if part)
        if len(found) > PREFIXES_MAX or not all(map(_PREFIX.fullmatch, found)):
            raise ParameterMalformed
        return found


def read_parameters(request: HttpRequest) -> Parameters:
    """Return the parameters of the query and of the body, JSON or a form; the body counts more.

    Refuses: ParameterMalformed (too large, too many, unreadable, or a number of a card or a bank
    account in any of them, PP-2.3b).
    """
    try:
        query = QueryDict(request.META.get("QUERY_STRING", ""), encoding="utf-8")
        body = request.read(BODY_BYTES_MAX + 1) if request.method == "POST" else b""
        if len(body) > BODY_BYTES_MAX:
            raise ParameterMalformed
        match request.content_type:
            case "application/json":
                sent = _values_of_json(body)
            case "application/x-www-form-urlencoded":
                sent = _values_of_form(QueryDict(body, encoding="utf-8"))
            case _:
                sent = {}
        form = _values_of_form(query)
    except (SuspiciousOperation, UnreadablePostError, ValueError, RecursionError):
        raise ParameterMalformed from None
    if any_holds_number(_texts(form)) or any_holds_number(_texts(sent)):
        raise ParameterMalformed
    return Parameters({**form, **sent})


def _texts(given: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield every name and value but our keys, whose digits may look like anything."""
    for name, values in given.items():
        yield name
        if name != _KEY:
            yield from values


def _values_of_form(form: QueryDict) -> dict[str, list[str]]:
    """Return the values by name; PHP's programs put [] behind the name of a list."""
    return {name.strip().removesuffix("[]"): list(values) for name, values in form.lists()}


def _values_of_json(body: bytes) -> dict[str, list[str]]:
    read = json.loads(body) if body.strip() else {}
    if not isinstance(read, dict):
        raise ParameterMalformed
    return {
        name.strip(): [_value(each) for each in (value if isinstance(value, list) else [value])]
        for name, value in read.items()
        if value is not None
    }


def _value(value: object) -> str:
    match value:
        case bool():
            return "1" if value else "0"
        case str() | int():
            return str(value)
        case _:
            raise ParameterMalformed
