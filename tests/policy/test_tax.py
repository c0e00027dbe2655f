"""Whose tax, which numbers, and how tax comes back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nummer.kernel.money import MICRO, Money, minor_digits
from nummer.policy.tax import (
    Parts,
    Piece,
    PieceKind,
    TaxMonth,
    read_tax_number,
    residence,
    returned_parts,
)

OSLO = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "country", "read"),
    [
        ("NO 995 525 828 MVA", "NO", "NO995525828MVA"),
        ("de136695976", "DE", "DE136695976"),
        ("DE#136695976", "DE", "DE136695976"),
        ("DE136695976" + " " * 19, "DE", "DE136695976"),
        ("995525828mva", "NO", "NO995525828MVA"),
        ("DE 136 695 976", "DE", "DE136695976"),
        ("136695976", "DE", "DE136695976"),
        ("EL 094259216", "GR", "EL094259216"),
        ("GB 980 7806 84", "GB", "GB980780684"),
        ("CHE-107.787.577 IVA", "CH", "CHE107787577IVA"),
        ("PL 8567346215", "PL", "PL8567346215"),
    ],
)
def test_a_number_has_one_spelling(written: str, country: str, read: str) -> None:
    assert read_tax_number(written, country=country) == read


@pytest.mark.parametrize(
    ("what", "written", "country"),
    [
        ("a wrong check digit", "DE136695978", "DE"),
        ("another country's number", "DE136695976", "NO"),
        ("nothing", "", "DE"),
        ("a country whose numbers nobody can check", "12-3456789", "US"),
        ("too long", "DE136695976" + " " * 30, "DE"),
        ("other digits than ours", "DE13669597\N{ARABIC-INDIC DIGIT SIX}", "DE"),
        ("a formula", "=HYPERLINK()", "DE"),
    ],
)
def test_what_cannot_be_a_number_is_refused(what: str, written: str, country: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        read_tax_number(written, country=country)


def piece(kind: PieceKind, country: str) -> Piece:
    return Piece(kind, country, NOW)


def test_two_pieces_that_agree_confirm_a_country() -> None:
    found = residence([piece(PieceKind.PHONE, "NO"), piece(PieceKind.DECLARED, "NO")])

    assert (found.country, found.confirmed) == ("NO", True)
    assert [one.kind for one in found.used] == [PieceKind.DECLARED, PieceKind.PHONE]


def test_one_piece_confirms_nothing() -> None:
    assert not residence([piece(PieceKind.DECLARED, "NO")]).confirmed


def test_a_contradiction_is_told_and_moves_no_tax() -> None:
    found = residence(
        [
            piece(PieceKind.DECLARED, "NO"),
            piece(PieceKind.PHONE, "US"),
            piece(PieceKind.CARD, "US"),
        ]
    )

    assert (found.country, found.confirmed) == ("NO", False)
    assert [one.country for one in found.against] == ["US", "US"]


def test_of_three_that_agree_the_two_strongest_are_kept() -> None:
    kinds = [PieceKind.PHONE, PieceKind.CARD, PieceKind.DECLARED]

    found = residence([piece(kind, "DE") for kind in kinds])

    assert [one.kind for one in found.used] == [PieceKind.DECLARED, PieceKind.CARD]


def test_a_month_ends_where_the_operator_lives() -> None:
    october = TaxMonth(2026, 10)

    assert october.begins_at(OSLO) == datetime(2026, 9, 30, 22, 0, tzinfo=UTC)  # summer time
    assert october.ends_at(OSLO) == datetime(2026, 10, 31, 23, 0, tzinfo=UTC)  # winter time
    assert TaxMonth.of(datetime(2026, 10, 31, 22, 59, 59, tzinfo=UTC), OSLO) == october
    assert TaxMonth.of(datetime(2026, 10, 31, 23, 0, tzinfo=UTC), OSLO) == october.next
    assert TaxMonth(2026, 12).next == TaxMonth(2027, 1)


def test_a_leap_february_has_its_29th_day() -> None:
    assert TaxMonth.of(datetime(2028, 2, 29, 12, 0, tzinfo=UTC), OSLO) == TaxMonth(2028, 2)
    assert (TaxMonth(2028, 2).ends_at(OSLO) - TaxMonth(2028, 2).begins_at(OSLO)).days == 29


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "26-01", "2026-1", "0000-01", "202\N{FULLWIDTH DIGIT SIX}-11"]
)
def test_what_is_not_a_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a month"):
        TaxMonth.parse(text)


def test_a_month_is_read_as_it_is_written() -> None:
    assert TaxMonth.parse(str(TaxMonth(2026, 3))) == TaxMonth(2026, 3)


CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "NOK"])


@st.composite
def sales(draw: st.DrawFn) -> tuple[Parts, list[Money]]:
    """A sale taxed as the catalogue does it, and refunds of it that together are at most it."""
    currency = draw(CURRENCIES)
    minor = MICRO // 10 ** minor_digits(currency)
    net = Money(draw(st.integers(1, 10_000)) * minor, currency)
    charged = Parts(net, net.share_up(draw(st.integers(0, 10_000)), 10_000))
    left, amounts = charged.total.micro // minor, []
    while left and len(amounts) < 12 and draw(st.booleans()):
        part = draw(st.integers(1, left))
        amounts.append(Money(part * minor, currency))
        left -= part
    return charged, amounts


@given(sales())
def test_refunds_reverse_their_own_tax_and_never_more(sale: tuple[Parts, list[Money]]) -> None:
    charged, amounts = sale
    currency = charged.net.currency
    zero, minor = Money(0, currency), MICRO // 10 ** minor_digits(currency)
    returned = Parts(zero, zero)
    for amount in amounts:
        parts = returned_parts(amount, charged=charged, returned=returned)
        assert parts.total == amount
        assert zero <= parts.net
        assert zero <= parts.tax
        assert parts.tax.micro % minor == 0
        returned = Parts(returned.net + parts.net, returned.tax + parts.tax)
        assert returned.tax <= charged.tax
        assert returned.net <= charged.net
    if returned.total == charged.total:
        assert returned == charged


@pytest.mark.parametrize(
    ("sale", "amount", "parts"),
    [
        pytest.param(
            ("JPY", "100", "10"), "55", ("50", "5"), id="JPY: half of 110 yen has 5 of 10 yen tax"
        ),
        pytest.param(
            ("JPY", "100", "10"), "3", ("3", "0"), id="JPY: 3 of 110 yen has no whole yen of tax"
        ),
        pytest.param(
            ("KWD", "1.143", "0.057"), "0.600", ("0.571", "0.029"), id="KWD: 0.6 of 1.2 dinar"
        ),
        pytest.param(("EUR", "0.40", "0.10"), "0.50", ("0.40", "0.10"), id="all of it"),
        pytest.param(("EUR", "1.00", "0.00"), "0.33", ("0.33", "0.00"), id="zero tax stays zero"),
    ],
)
def test_tax_comes_back_in_coins_of_the_currency(
    sale: tuple[str, str, str], amount: str, parts: tuple[str, str]
) -> None:
    currency, *charged = sale
    zero = Money(0, currency)

    found = returned_parts(
        Money.parse(amount, currency),
        charged=Parts(*(Money.parse(part, currency) for part in charged)),
        returned=Parts(zero, zero),
    )

    assert found == Parts(*(Money.parse(part, currency) for part in parts))


def test_month_is_kept_by_its_first_day() -> None:
    month = TaxMonth.beginning(date(2028, 2, 1))
    assert (month.year, month.month) == (2028, 2)
    assert month.first_day == date(2028, 2, 1)
    begins = month.begins_at(OSLO)
    assert begins == datetime(2028, 1, 31, 23, tzinfo=UTC)
    assert begins.tzinfo is UTC


def test_one_micro_unit_can_come_back_and_nothing_cannot() -> None:
    charged = Parts(Money(80, "EUR"), Money(20, "EUR"))
    none = Parts(Money(0, "EUR"), Money(0, "EUR"))
    back = returned_parts(Money(1, "EUR"), charged=charged, returned=none)
    assert back.total == Money(1, "EUR")
    with pytest.raises(AssertionError):
        returned_parts(Money(0, "EUR"), charged=charged, returned=none)
