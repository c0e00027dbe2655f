"""What we know of where a customer is, read from what other apps keep."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nummer.apps.accounts import queries as accounts
from nummer.apps.invoices.models import Evidence, TaxNumber
from nummer.apps.invoices.sealing import seal_json, unseal_json
from nummer.apps.payments import queries as payments
from nummer.kernel.ids import new_id
from nummer.policy.tax import Piece, PieceKind, Residence, residence


def pieces_of(account_id: int) -> list[Piece]:
    """Return every piece of evidence that stands now."""
    customer = accounts.account(account_id)
    pieces = [Piece(PieceKind.DECLARED, customer.country, customer.created_at)]
    number = TaxNumber.objects.filter(account_id=account_id, withdrawn_at=None).first()
    if number is not None:
        pieces.append(Piece(PieceKind.TAX_NUMBER, number.country, number.given_at))
    pieces += [
        Piece(PieceKind.CARD if paid.by_card else PieceKind.BANK, paid.country, paid.known_at)
        for paid in payments.payer_countries(account_id)
    ]
    phone = accounts.phone(account_id)
    if phone is not None and phone.confirmed and customer.phone_confirmed_at is not None:
        region = phone.number.region
        if region is not None:
            pieces.append(Piece(PieceKind.PHONE, region, customer.phone_confirmed_at))
    return pieces


def note_evidence(account_id: int, *, now: datetime) -> Evidence:
    """Write down where the customer is taxed and what says so; the same again writes nothing.

    The caller holds a lock that keeps others from noting for the same account.
    """
    found = residence(pieces_of(account_id))
    content = _content(found)
    last = latest(account_id)
    if last is not None and pieces_in(last) == content:
        return last
    row = Evidence(
        account_id=account_id,
        id=new_id(),
        country=found.country,
        confirmed=found.confirmed,
        noted_at=now,
    )
    row.pieces = seal_json(content, account_id=account_id, place="evidence.pieces", row=row.id)
    row.save(force_insert=True)
    return row


def latest(account_id: int) -> Evidence | None:
    """Return what was noted last."""
    return Evidence.objects.filter(account_id=account_id).order_by("-id").first()


def pieces_in(row: Evidence) -> dict[str, Any]:
    """Return what a row says, as plain data: the pieces `used` and those `against`."""
    found: dict[str, Any] = unseal_json(
        row.pieces, account_id=row.account_id, place="evidence.pieces", row=row.id
    )
    return found


def _content(found: Residence) -> dict[str, Any]:
    return {
        "used": [_plain(piece) for piece in found.used],
        "against": [_plain(piece) for piece in found.against],
    }


def _plain(piece: Piece) -> dict[str, str]:
    return {
        "kind": piece.kind.value,
        "country": piece.country,
        "known_at": piece.known_at.isoformat(),
    }
