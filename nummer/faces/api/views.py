"""What every address has in common, and the short ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Final

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from nummer.apps.ledger import queries as ledger
from nummer.apps.ledger.queries import StatementLine
from nummer.faces.api import problems
from nummer.faces.api.errors import BodyMalformed, MethodNotOffered, PathUnknown, SystemAway
from nummer.faces.api.reading import Caller, Json, before_id, caller_of, page_length
from nummer.kernel import clock
from nummer.kernel.errors import Refusal, Unavailable

Answerer = Callable[..., HttpResponse]

_DOCUMENT: Final = files("nummer.faces.api").joinpath("openapi.json").read_bytes()


def address(**answerers: Answerer) -> Callable[..., HttpResponse]:
    """Return the view of one address: one answerer for each method it offers.

    An answerer takes the request, the caller and what the path names; a refusal of its becomes
    a problem document.
    """

    @csrf_exempt
    def view(request: HttpRequest, **path: str) -> HttpResponse:
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
    lines = ledger.statement(caller.account_id, before=before_id(request), limit=limit)
    return answered(
        {
            "lines": [_line(line) for line in lines],
            "next_before": lines[-1].line if len(lines) == limit else None,
        }
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
