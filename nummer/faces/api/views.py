"""What every address has in common, and the short ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Final

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from nummer.apps.ledger import queries as ledger
from nummer.apps.ledger.queries import StatementLine, TransferKind
from nummer.faces.api import problems
from nummer.faces.api.errors import (
    BodyMalformed,
    FieldMalformed,
    MethodNotOffered,
    PathUnknown,
    SystemAway,
)
from nummer.faces.api.reading import (
    Caller,
    Json,
    before_id,
    caller_of,
    moment_parameter,
    page_length,
    parameter,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal, Unavailable

Answerer = Callable[..., HttpResponseBase]

_DOCUMENT: Final = files("nummer.faces.api").joinpath("openapi.json").read_bytes()


def address(**answerers: Answerer) -> Callable[..., HttpResponseBase]:
    """Return the view of one address: one answerer for each method it offers.

    An answerer takes the request, the caller and what the path names; a refusal of its becomes
    a problem document.
    """

    @csrf_exempt
    def view(request: HttpRequest, **path: str) -> HttpResponseBase:
        try:
            answerer = answerers.get(request.method or "")
            if answerer is None:
                raise MethodNotOffered
            caller = caller_of(request, now=clock.now())
            return answerer(request, caller, **path)
        except Refusal as refusal:
            response = problems.answer(refusal, request=request)
        except (SuspiciousOperation, UnreadablePostError):
            response = problems.answer(BodyMalformed(), request=request)
        except (Unavailable, OperationalError, InterfaceError):
            response = problems.answer(SystemAway(), request=request)
        if response.status_code == 405:  # noqa: PLR2004 -- RFC 9110, section 15.5.6
            response["Allow"] = ", ".join(answerers)
        return response

    return view


def document(request: HttpRequest) -> HttpResponse:
    """Answer the OpenAPI document; no key is needed to read it."""
    if request.method not in ("GET", "HEAD"):
        return problems.answer(MethodNotOffered(), request=request)
    return HttpResponse(_DOCUMENT, content_type="application/json")


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """Answer every other address as a program can read it."""
    return problems.answer(PathUnknown(), request=request)


def answered(content: Mapping[str, Json], *, status: int = 200) -> HttpResponse:
    """Answer JSON that no cache keeps."""
    return HttpResponse(
        json.dumps(content, ensure_ascii=False),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def empty() -> HttpResponse:
    """Answer that it is done, and that there is nothing to say."""
    return HttpResponse(status=204, headers={"Cache-Control": "no-store"})


def get_balance(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer the wallet as it stands."""
    del request
    balance = ledger.balance(caller.account_id)
    return answered(
        {
            "currency": balance.currency,
            "total": balance.total.decimal_text(),
            "held": balance.held.decimal_text(),
            "spendable": balance.spendable.decimal_text(),
        }
    )


def get_statement(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer a page of what moved the balance, newest first."""
    limit = page_length(request)
    wanted = Filter.of(request)
    lines = wanted.lines(caller.account_id, before=before_id(request), limit=limit)
    return answered(
        {
            "lines": [_line(line) for line in lines],
            "next_before": lines[-1].line if len(lines) == limit else None,
        }
    )


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines of the statement are asked for; `until` is excluded."""

    kind: TransferKind | None
    since: datetime | None
    until: datetime | None

    @classmethod
    def of(cls, request: HttpRequest) -> Filter:
        """Read the query. Refuses: FieldMalformed."""
        named = parameter(request, "kind")
        kind = TransferKind.__members__.get(named.upper()) if named else None
        if named and (kind is None or named != named.lower()):
            raise FieldMalformed(field="kind")
        return cls(kind, moment_parameter(request, "since"), moment_parameter(request, "until"))

    def lines(self, account_id: int, *, before: int | None, limit: int) -> list[StatementLine]:
        """Return what it lets through, latest first."""
        return ledger.statement(
            account_id,
            before=before,
            limit=limit,
            kind=self.kind,
            from_at=self.since,
            until_at=self.until,
        )


def _line(line: StatementLine) -> dict[str, Json]:
    return {
        "line": line.line,
        "at": line.at.isoformat(),
        "kind": line.kind.name.lower(),
        "amount": line.amount.decimal_text(),
        "balance_after": line.balance_after.decimal_text(),
        "currency": line.amount.currency,
        "reference": str(line.reference),
        "clause": line.clause,
    }
