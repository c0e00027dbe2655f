"""The end of a month: who is owed documents, and writing them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection, transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements.queries import operator
from nummer.apps.invoices import cut as cuts
from nummer.apps.invoices.contents import Written, content_of
from nummer.apps.invoices.cut import Cut, Sold
from nummer.apps.invoices.evidence import note_evidence
from nummer.apps.invoices.models import (
    Document,
    DocumentKind,
    Evidence,
    Issued,
    Line,
    Mark,
    Owed,
)
from nummer.apps.invoices.sealing import seal_json
from nummer.apps.notify import actions as notify
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.money import Money
from nummer.policy.tax import TaxMonth

FORM: Final = 1  # the layout that new documents are written for
WRITTEN_FROM: Final = timedelta(hours=1)  # a purchase of the last second has committed by then
SPREAD: Final = timedelta(hours=6)  # a sweep must not stand still for the invoices of everybody


def close_month(month: TaxMonth, *, now: datetime) -> int:
    """List every account whose wallet moved since its last documents; return how many.

    The month must be over. Repeating it changes nothing. Locks: the month.
    """
    ends_at = month.ends_at(operator().zone)
    assert ends_at <= now, "a month is closed once it is over"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLOSE, [month.first_day, ends_at, now])
        if not cursor.rowcount:
            return 0
        cursor.execute(_OWE, [month.first_day, now, int(SPREAD.total_seconds())])
        return int(cursor.rowcount)


def write_documents(account_id: int, *, month: TaxMonth, now: datetime) -> list[str]:
    """Write what an account is owed for a month, and for earlier ones first; return the numbers.

    One transaction: the numbers, the documents and the note of how far the journal is covered.
    Two that write for the same account do it one after the other, and the second finds nothing.
    Locks: the account's owed rows and its mark, then the series, invoices before credit notes.
    """
    with transaction.atomic():
        owed = list(
            Owed.objects.select_for_update()
            .filter(account_id=account_id, month__lte=month.first_day)
            .order_by("month")
        )
        if len(owed) > 1:
            _lock_series(year=now.astimezone(operator().zone).year)
        numbers = [
            number
            for row in owed
            for number in _write(account_id, month=TaxMonth.beginning(row.month), now=now)
        ]
        Owed.objects.filter(account_id=account_id, month__in=[row.month for row in owed]).delete()
        return numbers


def _write(account_id: int, *, month: TaxMonth, now: datetime) -> list[str]:
    mark = Mark.objects.select_for_update().filter(account_id=account_id).first()
    cut = cuts.cut_before(account_id, mark, until_at=month.ends_at(operator().zone))
    if cut.until.until_at <= cut.covered.until_at:
        return []  # a later month covered it all
    numbers = []
    if sold := cuts.sales(cut):
        numbers.append(_issue(DocumentKind.INVOICE, sold, cut, month=month, now=now))
    if returned := cuts.credits_given(cut):
        numbers.append(_issue(DocumentKind.CREDIT_NOTE, returned, cut, month=month, now=now))
    Mark.objects.update_or_create(
        account_id=account_id,
        defaults={
            "until_at": cut.until.until_at,
            "through_line": cut.until.through_line,
            "first_open_line": cuts.first_open_line(cut),
        },
    )
    return numbers


def _issue(
    kind: DocumentKind, parts: Sequence[Sold], cut: Cut, *, month: TaxMonth, now: datetime
) -> str:
    evidence = note_evidence(cut.account_id, now=now)
    year = now.astimezone(operator().zone).year
    serial = _next_serial(kind, year=year)
    net, tax = cuts.total(parts, parts[0].net.currency)
    document = Document(
        account_id=cut.account_id,
        id=new_id(),
        kind=kind,
        year=year,
        serial=serial,
        month=month.first_day,
        currency=net.currency,
        net_micro=net.micro,
        tax_micro=tax.micro,
        total_micro=(net + tax).micro,
        until_at=cut.until.until_at,
        through_line=cut.until.through_line,
        issued_at=now,
        form=FORM,
        evidence_id=evidence.id,
    )
    written = Written(kind, year, serial, month, parts, now)
    document.content = seal_json(
        content_of(written, customer=accounts.account(cut.account_id)),
        account_id=cut.account_id,
        place="document.content",
        row=document.id,
    )
    document.save(force_insert=True)
    Issued.objects.create(
        kind=kind, year=year, serial=serial, account_id=cut.account_id, document_id=document.id
    )
    Line.objects.bulk_create(_lines(document, parts, evidence))
    _tell(document, number=written.number, now=now)
    return written.number


def _tell(document: Document, *, number: str, now: datetime) -> None:
    """Write to the customer that a document is there; once for each."""
    total = Money(document.total_micro, document.currency)
    notify.send_letter(
        document.account_id,
        letter="invoice-ready",
        context={
            "credit_note": document.kind == DocumentKind.CREDIT_NOTE,
            "number": number,
            "month": document.month.isoformat(),
            "amount": total.decimal_text(),
            "currency": total.currency,
            "document": str(document.id),
        },
        now=now,
        key=id_of("invoice-ready", document.id),
    )


def _lines(document: Document, parts: Sequence[Sold], evidence: Evidence) -> list[Line]:
    return [
        Line(
            account_id=document.account_id,
            document_id=document.id,
            place=place,
            service_code=part.service,
            country=part.country,
            tax_country=evidence.country,
            rate_bp=part.rate_bp,
            treatment=part.treatment,
            of_year=part.of[0] if part.of else None,
            of_serial=part.of[1] if part.of else None,
            quantity=part.quantity,
            net_micro=part.net.micro,
            tax_micro=part.tax.micro,
        )
        for place, part in enumerate(parts, start=1)
    ]


def _lock_series(*, year: int) -> None:
    """Lock both series in the order in which every writer takes them.

    A month that has credit notes alone, and then one with an invoice, would take them the other
    way round than who writes an invoice and a credit note. Locks: the series.
    """
    with connection.cursor() as cursor:
        for kind in (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE):
            cursor.execute(_HOLD, [kind.value, year])


def _next_serial(kind: DocumentKind, *, year: int) -> int:
    """Take the next number; a transaction that fails gives it back, so there is no gap.

    Locks: the series, until the commit.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [kind.value, year])
        (serial,) = cursor.fetchone()
    return int(serial)


def owed_from(month: date) -> datetime:
    """Return when the first documents of a month may be written."""
    return TaxMonth.beginning(month).ends_at(operator().zone) + WRITTEN_FROM


_CLOSE: Final = """
INSERT INTO invoices_month (month, ends_at, opened_at, seen_before_tx)
VALUES (%s, %s, %s, pg_snapshot_xmin(pg_current_snapshot())::text::bigint)
ON CONFLICT DO NOTHING
"""
# Accounts are spread over the hours by their number: the same hour each month.
_OWE: Final = """
INSERT INTO invoices_owed (account_id, month, due_at)
SELECT w.account_id, %s, %s + make_interval(secs => 60 + (w.account_id * 7919) %% %s)
  FROM ledger.wallet w
  JOIN accounts_account a ON a.id = w.account_id
  LEFT JOIN invoices_mark m ON m.account_id = w.account_id
 WHERE w.last_line >= COALESCE(m.first_open_line, 1)
ON CONFLICT DO NOTHING
"""
# A series that has given no number yet is begun at 0, so that its row can be locked.
_HOLD: Final = """
INSERT INTO invoices_series AS s (kind, year, last) VALUES (%s, %s, 0)
ON CONFLICT (kind, year) DO UPDATE SET last = s.last
"""
_NEXT: Final = """
INSERT INTO invoices_series AS s (kind, year, last) VALUES (%s, %s, 1)
ON CONFLICT (kind, year) DO UPDATE SET last = s.last + 1
RETURNING last
"""
