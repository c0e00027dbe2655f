"""The statement of a balance, by period and kind, as a page and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from nummer.apps.agreements.queries import operator
from nummer.apps.ledger import queries as ledger
from nummer.apps.ledger.queries import StatementLine, TransferKind
from nummer.faces.site.exports import csv_answer
from nummer.faces.site.paging import cursor_of
from nummer.faces.site.requests import account_id, customers_only

LINES_PER_PAGE: Final = 25
LINES_PER_EXPORT_STEP: Final = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """What of a statement is wanted; days are those of the operator, `last` is among them."""

    kind: TransferKind | None
    first: date | None
    last: date | None

    @classmethod
    def of(cls, request: HttpRequest) -> Filter:
        """Read the address; what is no kind and no day limits nothing."""
        return cls(
            _kind(request.GET.get("kind", "")),
            _day(request.GET.get("first", "")),
            _day(request.GET.get("last", "")),
        )

    @property
    def empty(self) -> bool:
        """Tell whether it limits nothing."""
        return self.kind is None and self.first is None and self.last is None

    def lines(self, customer: int, *, before: int | None, limit: int) -> list[StatementLine]:
        """Return what it lets through, latest first."""
        return ledger.statement(
            customer,
            before=before,
            limit=limit,
            kind=self.kind,
            from_at=_midnight(self.first) if self.first else None,
            until_at=_midnight(self.last + timedelta(days=1)) if self.last else None,
        )


def _kind(text: str) -> TransferKind | None:
    return TransferKind.__members__.get(text.upper())


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1 < found.year < date.max.year else None  # a zone moves it by a day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=operator().zone)


def kind_name(kind: TransferKind) -> str:
    """Return what a line of the statement is about."""
    names = {
        TransferKind.TOPUP: gettext("Top-up"),
        TransferKind.ORDER: pgettext("statement", "Order"),
        TransferKind.REFUND: gettext("Refund to the balance"),
        TransferKind.REVERSAL: gettext("Correction"),
        TransferKind.OPENING: gettext("Opening balance"),
        TransferKind.PROMO_GRANT: gettext("Gift"),
        TransferKind.PROMO_EXPIRY: gettext("Gift ended"),
        TransferKind.PAYOUT: gettext("Payout"),
        TransferKind.USAGE: gettext("Usage"),
        TransferKind.GOODWILL: gettext("Goodwill"),
    }
    return names.get(kind, kind.name)


@never_cache
@require_safe
@customers_only
def statement(request: HttpRequest) -> HttpResponse:
    """Show a page of the statement, as far as the filter lets it through."""
    wanted = Filter.of(request)
    lines = wanted.lines(account_id(request), before=cursor_of(request), limit=LINES_PER_PAGE + 1)
    context = {
        "wanted": wanted,
        "kinds": [(kind.name.lower(), kind_name(kind), kind) for kind in TransferKind],
        "lines": [(line, kind_name(line.kind)) for line in lines[:LINES_PER_PAGE]],
        "more": lines[LINES_PER_PAGE - 1].line if len(lines) > LINES_PER_PAGE else None,
        "paged": "before" in request.GET,
        "zone": operator().zone.key,
    }
    return render(request, "site/statement.html", context)


@never_cache
@require_safe
@customers_only
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Give the statement as CSV, newest first, as far as the filter lets it through."""
    return csv_answer(
        "statement.csv",
        head=["line", "at", "kind", "amount", "balance_after", "currency", "clause", "reference"],
        steps=_steps(Filter.of(request), account_id(request)),
    )


def _steps(wanted: Filter, customer: int) -> Iterator[list[list[str]]]:
    before: int | None = None
    while lines := wanted.lines(customer, before=before, limit=LINES_PER_EXPORT_STEP):
        yield [_exported(line) for line in lines]
        before = lines[-1].line


def _exported(line: StatementLine) -> list[str]:
    return [
        str(line.line),
        line.at.isoformat(),
        line.kind.name.lower(),
        line.amount.decimal_text(),
        line.balance_after.decimal_text(),
        line.amount.currency,
        line.clause or "",
        str(line.reference),
    ]
