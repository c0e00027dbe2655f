"""Money that comes in: ways to pay, top-ups, automatic ones, vouchers; and the statement as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.banking import queries as banking
from nummer.apps.ledger import queries as ledger
from nummer.apps.payments import actions
from nummer.apps.payments import queries as payments
from nummer.apps.payments.errors import NoAutoTopUp, NoSuchTopUp
from nummer.apps.payments.queries import TopUpRow
from nummer.apps.vouchers import actions as vouchers
from nummer.faces.api.errors import FieldMalformed
from nummer.faces.api.reading import (
    Caller,
    Json,
    before_uuid,
    body_of,
    idempotency_key,
    moment,
    money_of,
    named_id,
    page_length,
    text_of,
)
from nummer.faces.api.views import Filter, answered, empty
from nummer.kernel.ids import id_of
from nummer.kernel.money import minor_digits
from nummer.kernel.sheets import csv_lines

LINES_PER_STEP: Final = 500
VOUCHER_LENGTH_MAX: Final = 40
_TOP_UP: Final = frozenset({"amount", "method"})
_VOUCHER: Final = frozenset({"code"})
_HEAD: Final = ("line", "at", "kind", "amount", "balance_after", "currency", "clause", "reference")


def list_methods(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer the ways to pay in the account's currency, and whether each can take money back."""
    del request
    ways = payments.methods(accounts.account(caller.account_id).currency)
    return answered(
        {
            "methods": [
                {
                    "code": way.code,
                    "name": way.name,
                    "refundable": way.refundable,
                    "least": way.least.decimal_text(),
                    "most": way.most.decimal_text(),
                    "currency": way.least.currency,
                }
                for way in ways
            ]
        }
    )


def list_top_ups(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer a page of top-ups, latest first. Refuses: NoSuchTopUp, where `before` is none."""
    limit = page_length(request)
    rows = payments.top_ups(caller.account_id, before=before_uuid(request), limit=limit)
    return answered(
        {
            "top_ups": [_form(row) for row in rows],
            "next_before": str(rows[-1].id) if len(rows) == limit else None,
        }
    )


def start_top_up(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Begin a top-up, once for each Idempotency-Key; a person pays at `pay_url`."""
    key = id_of("api", caller.key_id, "top-up", idempotency_key(request))
    body = body_of(request, fields=_TOP_UP)
    currency = accounts.account(caller.account_id).currency
    amount = money_of(body, "amount", currency=currency)
    if amount is None or amount.micro <= 0:
        raise FieldMalformed(field="amount")
    if amount.micro * 10 ** minor_digits(currency) % 1_000_000:
        raise FieldMalformed(field="amount")
    started = actions.start_top_up(
        caller.account_id,
        amount=amount,
        method=text_of(body, "method", required=True),
        key=key,
        now=caller.now,
    )
    row = payments.top_up(caller.account_id, top_up_id=started.id)
    return answered(_whole(caller, row), status=201 if row.started_at == caller.now else 200)


def get_top_up(request: HttpRequest, caller: Caller, *, top_up_id: str) -> HttpResponse:
    """Answer one top-up; of a bank transfer, to whom and with which reference."""
    del request
    row = payments.top_up(caller.account_id, top_up_id=named_id(top_up_id, NoSuchTopUp))
    return answered(_whole(caller, row))


def get_automatic(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Answer the automatic top-up that stands. Refuses: NoAutoTopUp.

    It begins on the page only: a person has to read its sentence and agree.
    """
    del request
    row = payments.auto_top_up(caller.account_id)
    if row is None:
        raise NoAutoTopUp
    return answered(
        {
            "state": row.state,
            "method": row.method,
            "threshold": row.threshold.decimal_text(),
            "amount": row.amount.decimal_text(),
            "cap": row.cap.decimal_text(),
            "currency": row.amount.currency,
            "consented_at": row.consented_at.isoformat(),
            "stopped_at": moment(row.stopped_at),
            "stop_reason": row.stop_reason or None,
        }
    )


def stop_automatic(request: HttpRequest, caller: Caller) -> HttpResponse:
    """End automatic top-ups at once."""
    del request
    actions.stop_auto_top_up(caller.account_id, now=caller.now)
    return empty()


def redeem_voucher(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Pay a voucher in; its code pays in once, however often it is sent."""
    body = body_of(request, fields=_VOUCHER)
    code = text_of(body, "code", required=True, longest=VOUCHER_LENGTH_MAX)
    redeemed = vouchers.redeem(caller.account_id, code=code, now=caller.now)
    return answered(
        {"amount": redeemed.amount.decimal_text(), "currency": redeemed.amount.currency}
    )


def export_statement(request: HttpRequest, caller: Caller) -> StreamingHttpResponse:
    """Answer the statement as CSV, newest first, as far as `kind`, `since`, `until` let it."""
    return StreamingHttpResponse(
        csv_lines(head=_HEAD, steps=_steps(Filter.of(request), caller.account_id)),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="statement.csv"',
            "Cache-Control": "no-store",
        },
    )


def _steps(wanted: Filter, account_id: int) -> Iterator[list[list[str]]]:
    before: int | None = None
    while lines := wanted.lines(account_id, before=before, limit=LINES_PER_STEP):
        yield [_exported(line) for line in lines]
        before = lines[-1].line


def _exported(line: ledger.StatementLine) -> list[str]:
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


def _form(row: TopUpRow) -> dict[str, Json]:
    return {
        "id": str(row.id),
        "amount": row.amount.decimal_text(),
        "currency": row.amount.currency,
        "method": row.method,
        "state": row.state,
        "automatic": row.automatic,
        "started_at": row.started_at.isoformat(),
        "closed_at": moment(row.closed_at),
    }


def _whole(caller: Caller, row: TopUpRow) -> dict[str, Json]:
    order = banking.transfer_order(caller.account_id, top_up_id=row.id)
    return {
        **_form(row),
        "refundable": row.refundable,
        "pay_url": row.pay_url or None,
        "transfer": None
        if order is None
        else {
            "beneficiary": order.account.beneficiary,
            "iban": order.account.iban,
            "bic": order.account.bic,
            "reference": order.reference,
        },
    }
