"""The small parts that pages are made of."""

from __future__ import annotations

import pytest
from django.utils import translation
from phonenumbers import SUPPORTED_REGIONS

from nummer.faces.site.documents import as_html
from nummer.faces.site.refusals import sentence
from nummer.faces.site.templatetags.nummer import flag, inert, money, percent, signed
from nummer.kernel.errors import Refusal
from nummer.kernel.money import Money
from nummer.kernel.sheets import inert as inert_cell


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+4790000000", "'+4790000000"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2.00", "-2.00"),
        ("-cmd|x", "'-cmd|x"),
        ("\tx", "'\tx"),
        ("plain", "plain"),
    ],
)
def test_no_cell_of_an_export_is_a_formula(cell: str, written: str) -> None:
    assert inert_cell(cell) == written


@pytest.mark.parametrize(
    ("language", "micro", "shown"),
    [
        ("en", 2_000_000, "€2.00"),
        ("de", 2_000_000, "2,00\xa0€"),
        ("nb", 1_234_500_000, "1\xa0234,50\xa0€"),
        ("de", 2_500, "0,0025\xa0€"),
    ],
)
def test_money_is_exact_and_written_as_the_reader_does(
    language: str, micro: int, shown: str
) -> None:
    with translation.override(language):
        assert money(Money(micro, "EUR")) == shown


def test_statement_shows_the_sign() -> None:
    with translation.override("en"):
        assert signed(Money(2_000_000, "EUR")) == "+€2.00"
        assert signed(Money(-2_000_000, "EUR")) == "\N{MINUS SIGN}€2.00"


def test_tax_rate_is_shown_without_needless_digits() -> None:
    assert [percent(rate) for rate in (2500, 1900, 770, 0)] == ["25", "19", "7.7", "0"]


def test_steering_characters_are_made_visible() -> None:
    assert inert("a\u202eb\x00c\u2066d") == "a\ufffdb\ufffdc\ufffdd"
    assert inert("line\nline\ttab") == "line\nline\ttab"
    assert inert("\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}").count("\ufffd") == 0


def test_document_can_hold_no_markup_of_its_own() -> None:
    page = as_html("# A <b>\n\n[x](javascript:alert(1)) <script>x</script>\n\n- **one**\n- two")
    assert page == (
        "<h1>A &lt;b&gt;</h1>\n"
        "<p>[x](javascript:alert(1)) &lt;script&gt;x&lt;/script&gt;</p>\n"
        "<ul><li><strong>one</strong></li><li>two</li></ul>"
    )


class Sold(Refusal):
    """A refusal of this test."""

    sentence = "The price is %(price)s, more than you allow."


def test_refusal_is_told_in_the_readers_language() -> None:
    with translation.override("de"):
        assert sentence(Sold(price="2,00 EUR")) == (
            "Der Preis beträgt 2,00 EUR, mehr, als Sie zulassen."
        )


def test_a_flag_is_shown_for_each_country_with_phone_numbers_and_for_no_other_word() -> None:
    for code in ("NO", "no", "DE", "GB", "US"):
        shown = flag(code)
        assert f"flags/{code.lower()}" in shown
        assert 'alt=""' in shown
    assert [flag(code) for code in ("", "XX", "../icon", "n/o")] == [""] * 4
    assert [code for code in SUPPORTED_REGIONS if not flag(code)] == []
