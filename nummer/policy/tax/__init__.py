"""Tax of sales as pure functions: whose country, which numbers of companies, how it comes back."""

from nummer.policy.tax.months import TaxMonth
from nummer.policy.tax.numbers import numbered_countries, read_tax_number
from nummer.policy.tax.residence import Piece, PieceKind, Residence, residence
from nummer.policy.tax.returning import Parts, returned_parts

__all__ = [
    "Parts",
    "Piece",
    "PieceKind",
    "Residence",
    "TaxMonth",
    "numbered_countries",
    "read_tax_number",
    "residence",
    "returned_parts",
]
