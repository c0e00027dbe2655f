"""Tax numbers of companies: their form and their check digits, as far as they can be computed.

Whether a number is alive only a register knows; nothing here asks one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stdnum import get_cc_module
from stdnum.eu import vat as union
from stdnum.exceptions import ValidationError

if TYPE_CHECKING:
    from stdnum.util import NumberValidationModule

LENGTH_MAX: Final = 30
_GREECE: Final = ("EL", "GR")  # the tax world's name for it, and ISO's
_BEYOND_THE_UNION: Final = ("CH", "GB", "IS", "NO")  # whose numbers python-stdnum can check
_UNION: Final = frozenset(code.upper() for code in union.MEMBER_STATES) - {"XI"}


def numbered_countries() -> frozenset[str]:
    """Return the countries (ISO 3166) whose numbers can be checked."""
    return _UNION | frozenset(_BEYOND_THE_UNION)


def read_tax_number(text: str, *, country: str) -> str:
    """Return a number in its one spelling, with the country in front.

    Raises ValueError: too long, another country's, or not a number that could exist.
    """
    if len(text) > LENGTH_MAX or country not in numbered_countries():
        raise ValueError("not a number that can be checked")
    bare = "".join(sign for sign in text.upper() if sign.isascii() and sign.isalnum())
    prefix = _GREECE[0] if country == _GREECE[1] else country
    if country != "CH":  # Swiss numbers begin with CHE, which belongs to them
        bare = bare.removeprefix(prefix)
    try:
        found: str = _checker(country).validate(bare)
    except ValidationError:
        raise ValueError("not a number that could exist") from None
    return found if found.startswith(prefix) else f"{prefix}{found}"


def _checker(country: str) -> NumberValidationModule:
    module = get_cc_module(country, "vat")
    assert module is not None, "each numbered country has its rules"
    return module
