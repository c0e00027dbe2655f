"""Giving out references: one for each thing, the same one when asked again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from nummer.apps.agreements.queries import operator
from nummer.apps.banking.models import Reference, Subject
from nummer.protocols.bank.references import KidCheck, Way, creditor_reference, kid


def draw_for_top_up(top_up_id: UUID, *, currency: str, now: datetime) -> str:
    """Return the reference of a wish to pay in: a KID where the bank agreed to it, else an RF."""
    return draw(Subject.TOP_UP, top_up_id, currency=currency, now=now)


def draw_for_refund(refund_id: UUID, *, now: datetime) -> str:
    """Return the reference of money that goes back."""
    return draw(Subject.REFUND, refund_id, now=now)


def draw(
    subject: Subject,
    subject_id: UUID,
    *,
    currency: str = "",
    account_id: int | None = None,
    now: datetime,
) -> str:
    """Return the reference of one thing; `currency` matters for money that comes."""
    known = Reference.objects.filter(subject=subject, subject_id=subject_id).first()
    if known is not None:
        return known.word
    number, word = _next(currency if subject == Subject.TOP_UP else "", subject)
    with transaction.atomic():
        Reference.objects.bulk_create(
            [
                Reference(
                    number=number,
                    word=word,
                    subject=subject,
                    account_id=account_id,
                    subject_id=subject_id,
                    drawn_at=now,
                )
            ],
            ignore_conflicts=True,  # somebody drew for the same thing at the same time
        )
    return Reference.objects.get(subject=subject, subject_id=subject_id).word


def _next(currency: str, subject: Subject) -> tuple[int, str]:
    account = operator().account_in(currency) if currency else None
    check = KidCheck(account.kid) if account is not None and account.kid else None
    way = Way.IN if subject == Subject.TOP_UP else Way.OUT
    while True:
        number = _number()
        word = creditor_reference(number, way=way) if check is None else kid(number, check=check)
        if word is not None:
            return number, word


def _number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('banking_reference', 'number'))")
        return int(cursor.fetchone()[0])
