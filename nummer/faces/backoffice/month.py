"""The staff's month: what was promised and kept, what went back, what failed or is disputed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never

from babel.dates import format_date
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.functional import Promise as Words
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from nummer.apps.agreements.queries import operator
from nummer.apps.invoices import queries as invoices
from nummer.apps.payments import months as payments
from nummer.apps.payments.overview import Movement
from nummer.apps.payouts import queries as payouts
from nummer.apps.payouts.queries import ShareRow, Way
from nummer.apps.refunds import guarantees
from nummer.faces.backoffice.books import gap_words, list_state_words, side_words
from nummer.faces.backoffice.claims import KINDS
from nummer.faces.backoffice.payments import STATES
from nummer.faces.backoffice.requests import (
    FINANCE,
    ROWS_PER_PAGE,
    page_of,
    place,
    seen,
    staff_only,
)
from nummer.kernel import clock
from nummer.kernel.errors import Unavailable
from nummer.kernel.sheets import csv_lines
from nummer.policy.tax import TaxMonth

MONTHS_SHOWN: Final = 24
ENDS: Final = {
    "in_time": _("done in time"),
    "late": _("done late"),
    "overdue": _("overdue"),
    "ahead": _("still ahead"),
    "void": _("no longer owed"),
}
DECISIONS: Final = {"CREDIT": _("Credit to the balance"), "PAYOUT": _("Payout")}
_CHOOSE: Final = _("The customer was asked for another way; remind him before the month ends.")
_BANK: Final = _("The customer chose a transfer; make it at the bank.")
_SENT: Final = _("Sent by a transfer from the bank instead.")
_KEPT: Final = _("Stays on the balance; nothing more to do.")
_AGAIN: Final = _("It is looked at again within minutes.")
DISPUTE_STEPS: Final = {
    "open": _("Send evidence to the provider. Only payouts of this payment wait."),
    "won": _("Payouts of this payment go on; nothing more to do."),
    "lost": _("The sum was taken from the balance as far as it was there."),
}
_GUARANTEE_HEAD: Final = (
    "account",
    "kind",
    "subject",
    "order",
    "opened_at",
    "due_at",
    "closed_at",
    "state",
)
_REFUND_HEAD: Final = (
    "account",
    "refund",
    "provider",
    "provider_reference",
    "payment",
    "clause",
    "amount",
    "currency",
    "state",
    "wanted_at",
    "closed_at",
)


@dataclass(frozen=True, slots=True)
class Span:
    """A month of the operator's zone, from its first instant to that of the next."""

    month: TaxMonth
    from_at: datetime
    until_at: datetime


@require_safe
@staff_only(FINANCE)
def month(request: HttpRequest) -> HttpResponse:
    """Show a month: guarantees, what went back by provider, and what somebody has to do."""
    now = clock.now()
    span = _asked(request, now)
    sums = guarantees.guarantees(from_at=span.from_at, until_at=span.until_at, now=now)
    try:
        beside = _beside(span) if request.GET.get("lists") else None
    except Unavailable:
        return render(request, "503.html", status=503)
    seen(request, verb="view_month", place="refunds_deadline", row=str(span.month))
    context = {
        "month": str(span.month),
        "months": _months(now),
        "sums": [(KINDS[one.kind], one) for one in sums],
        "overdue": sum(one.overdue for one in sums),
        "given": [
            (DECISIONS[one.decision], one)
            for one in guarantees.given(from_at=span.from_at, until_at=span.until_at)
        ],
        "sent": payments.sent_back(from_at=span.from_at, until_at=span.until_at),
        "beside": beside,
        **_not_kept(request, span, now),
        **_failed(request, span),
        **_disputed(request, span),
    }
    return render(request, "backoffice/month.html", context)


def _not_kept(request: HttpRequest, span: Span, now: datetime) -> dict[str, object]:
    rows, more = page_of(
        guarantees.not_kept(
            from_at=span.from_at,
            until_at=span.until_at,
            now=now,
            after=place(request, "after"),
            limit=ROWS_PER_PAGE + 1,
        )
    )
    shown = [(KINDS[row.kind], ENDS[row.state], row) for row in rows]
    return {"not_kept": shown, "more_not_kept": more}


def _failed(request: HttpRequest, span: Span) -> dict[str, object]:
    rows, more = page_of(
        payments.failed_refunds(
            from_at=span.from_at,
            until_at=span.until_at,
            after=place(request, "failed"),
            limit=ROWS_PER_PAGE + 1,
        )
    )
    became = payouts.after_failure([(row.account_id, row.id) for row in rows])
    shown = []
    for row in rows:
        payout_id, share = became.get(row.id, (None, None))
        shown.append((row, payout_id, _to_do(share), _waits(share)))
    return {"failed": shown, "more_failed": more}


def _waits(share: ShareRow | None) -> bool:
    return share is not None and share.closed_at is None


def _to_do(share: ShareRow | None) -> Words:
    """Say what became of a refund that failed, and what somebody has to do."""
    if share is None:
        return _KEPT
    match share.way:
        case Way.CHOOSE:
            return _CHOOSE
        case Way.BANK:
            return _BANK if share.closed_at is None else _SENT
        case Way.BALANCE:
            return _KEPT
        case Way.METHOD:
            return _AGAIN
        case _:
            assert_never(share.way)


def _disputed(request: HttpRequest, span: Span) -> dict[str, object]:
    rows, more = page_of(
        payments.disputes_of(
            from_at=span.from_at,
            until_at=span.until_at,
            after=place(request, "disputes"),
            limit=ROWS_PER_PAGE + 1,
        )
    )
    shown = [(row, STATES[row.state], DISPUTE_STEPS[row.state]) for row in rows]
    return {"disputes": shown, "more_disputes": more}


def _beside(span: Span) -> dict[str, object]:
    """Ask the providers for their own lists, and compare what left payment by payment."""
    found = invoices.reconcile_sent(from_at=span.from_at, until_at=span.until_at)
    sides, gaps, states = side_words(), gap_words(), list_state_words()
    return {
        "agreed": found.agreed,
        "sums": [(sides[one.side], one) for one in found.sums],
        "differences": [(gaps[one.gap], one) for one in found.differences],
        "sources": [(code, states[state]) for code, state in found.sources.items()],
    }


@require_safe
@staff_only(FINANCE)
def guarantees_file(request: HttpRequest, month: str) -> StreamingHttpResponse:
    """Give every deadline of a month as CSV."""
    now, span = clock.now(), _span(month)
    steps = guarantees.all_promises(from_at=span.from_at, until_at=span.until_at, now=now)
    seen(request, verb="export_month", place="refunds_deadline", row=month)
    return _file(f"guarantees-{month}.csv", _GUARANTEE_HEAD, (_promises(step) for step in steps))


@require_safe
@staff_only(FINANCE)
def refunds_file(request: HttpRequest, month: str) -> StreamingHttpResponse:
    """Give every refund to a method that ended within a month as CSV."""
    span = _span(month)
    steps = payments.all_refunds(from_at=span.from_at, until_at=span.until_at)
    seen(request, verb="export_month", place="payments_refund", row=month)
    return _file(f"refunds-{month}.csv", _REFUND_HEAD, (_movements(step) for step in steps))


def _promises(rows: Sequence[guarantees.Promise]) -> list[list[str]]:
    return [
        [
            str(row.account_id),
            row.kind,
            str(row.subject_id),
            str(row.order_id),
            row.opened_at.isoformat(),
            row.due_at.isoformat(),
            row.closed_at.isoformat() if row.closed_at else "",
            row.state,
        ]
        for row in rows
    ]


def _movements(rows: Sequence[Movement]) -> list[list[str]]:
    return [
        [
            str(row.account_id),
            str(row.id),
            row.provider,
            row.reference,
            row.payment,
            row.clause,
            row.amount.decimal_text(),
            row.amount.currency,
            row.state,
            row.began_at.isoformat(),
            row.closed_at.isoformat() if row.closed_at else "",
        ]
        for row in rows
    ]


def _file(
    name: str, head: Sequence[str], steps: Iterator[list[list[str]]]
) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        csv_lines(head=head, steps=steps),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _asked(request: HttpRequest, now: datetime) -> Span:
    try:
        return _span(request.GET.get("month", ""))
    except Http404:
        return _bounds(TaxMonth.of(now, operator().zone))


def _span(text: str) -> Span:
    try:
        return _bounds(TaxMonth.parse(text))
    except (ValueError, OverflowError):  # a year that no date has
        raise Http404 from None


def _bounds(month: TaxMonth) -> Span:
    zone = operator().zone
    return Span(month, month.begins_at(zone), month.ends_at(zone))


def _months(now: datetime) -> list[tuple[str, str]]:
    month = TaxMonth.of(now, operator().zone)
    found = []
    for _each in range(MONTHS_SHOWN):
        name = format_date(month.first_day, "LLLL y", locale=(get_language() or "en").split("-")[0])
        found.append((str(month), name))
        month = (
            TaxMonth(month.year - 1, 12)
            if month.month == 1
            else TaxMonth(month.year, month.month - 1)
        )
    return found
