"""In which country a customer is taxed, and what says so (ADR 120).

Two pieces of evidence that do not contradict each other are kept for each customer. The country
that he declared is what prices are shown by; it is confirmed once another piece names the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

PIECES_MIN: Final = 2  # Regulation (EU) 282/2011, article 24b (d)


class PieceKind(StrEnum):
    """Where a country was learnt; in the order in which pieces are chosen."""

    DECLARED = "declared"  # at sign-up
    TAX_NUMBER = "tax_number"  # a company's, whose form and check digits are right
    CARD = "card"  # the country of the bank that issued the card, as the provider says
    BANK = "bank"  # the country of the account that paid
    ADDRESS = "address"  # the billing address
    PHONE = "phone"  # the country of the confirmed phone
    CONNECTION = "connection"  # where the connection seems to come from


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence: a country, and since when we know it."""

    kind: PieceKind
    country: str
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Residence:
    """The country that counts: `confirmed` where two pieces name it; `used` are those pieces.

    `against` are the pieces that name another country.
    """

    country: str
    used: tuple[Piece, ...]
    against: tuple[Piece, ...]

    @property
    def confirmed(self) -> bool:
        """Tell whether there are two pieces that agree."""
        return len(self.used) >= PIECES_MIN


def residence(pieces: Sequence[Piece]) -> Residence:
    """Judge by all that is known; the declared country is among it and counts.

    A piece that contradicts does not move the tax: a person looks at it (ADR 120).
    """
    known = sorted(pieces, key=lambda piece: list(PieceKind).index(piece.kind))
    assert known, "a customer declares his country"
    declared = known[0]
    assert declared.kind is PieceKind.DECLARED, "a customer declares his country"
    agreeing = [piece for piece in known if piece.country == declared.country]
    return Residence(
        country=declared.country,
        used=tuple(agreeing[:PIECES_MIN]),
        against=tuple(piece for piece in known if piece.country != declared.country),
    )
