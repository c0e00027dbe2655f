import re
import unicodedata
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from nummer.kernel.redact import (
    IBAN_LENGTHS,
    NumberKind,
    find_numbers,
    holds_number,
    redact,
    resembles_iban,
)

CARDS = (  # the numbers that the schemes publish for tests
    ("Visa", "4111111111111111"),
    ("Visa, 13 digits", "4222222222222"),
    ("Visa, 19 digits", "4000000000000000006"),
    ("Mastercard", "5555555555554444"),
    ("Mastercard, second range", "2223003122003222"),
    ("American Express", "378282246310005"),
    ("Diners Club", "30569309025904"),
    ("Diners Club, 36", "36227206271667"),
    ("Discover", "6011111111111117"),
    ("JCB", "3566002020360505"),
    ("UnionPay", "6205500000000000004"),
    ("Maestro", "6759649826438453"),
    ("Mir", "2200000000000004"),
)
IBANS = (  # the registry's own examples
    "NO9386011117947",
    "DE89370400440532013000",
    "GB29NWBK60161331926819",
    "FR1420041010050500013M02606",
    "MT84MALT011000012345MTLCAST001S",
    "BE68539007547034",
    "NL91ABNA0417164300",
    "SE4550000000058398257466",
    "CH9300762011623852957",
    "LC55HEMM000100010012001200023015",
)


@pytest.mark.parametrize(("scheme", "number"), CARDS)
def test_card_number_is_blotted_out_but_for_its_last_four(scheme: str, number: str) -> None:
    assert redact(f"My card {number}, thanks.") == f"My card [card •••• {number[-4:]}], thanks."


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("in fours", "4111 1111 1111 1111"),
        ("with dashes", "4111-1111-1111-1111"),
        ("with dots", "4111.1111.1111.1111"),
        ("with long dashes", "4111\u20131111\u20131111\u20131111"),
        ("with spaces that do not break", "4111\u00a01111\u202f1111\u20091111"),
        ("with characters that cannot be seen", "4111\u200b1111\u20601111\ufeff1111"),
        ("with two spaces and a dash", "4111 - 1111 - 1111 - 1111"),
        ("over two lines of a quoted mail", "4111 1111\n> 1111 1111"),
        ("in pairs", "41 11 11 11 11 11 11 11"),
        ("digit by digit", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"),
        ("in halves", "41111111-11111111"),
        ("in wide digits", "\uff14" + 15 * "\uff11"),
        ("in Arabic digits", "\u0664" + 15 * "\u0661"),
        ("after letters", "card4111111111111111"),
    ],
)
def test_card_number_is_found_however_its_digits_are_parted(said: str, text: str) -> None:
    assert redact(f"It is {text}!") in ("It is [card •••• 1111]!", "It is card[card •••• 1111]!")


def test_american_express_is_found_in_its_own_groups() -> None:
    assert redact("3782 822463 10005") == "[card •••• 0005]"


def test_date_and_code_of_a_card_do_not_hide_it() -> None:
    assert redact("4111 1111 1111 1111 12/27 123") == "[card •••• 1111] 12/27 123"
    assert redact("1. 4111111111111111 1227") == "1. [card •••• 1111] 1227"
    assert redact("41111111111111111227123") == "[card •••• 1111]"


def test_security_code_goes_with_its_card() -> None:
    assert redact("4111111111111111 CVC: 123") == "[card •••• 1111] CVC: [card code]"
    assert redact("Sikkerhetskode er 123") == "Sikkerhetskode er 123"


def test_two_cards_beside_one_another_are_both_found() -> None:
    assert redact("4111 1111 1111 1111 5555 5555 5555 4444") == "[card •••• 1111] [card •••• 4444]"


@pytest.mark.parametrize("iban", IBANS)
def test_iban_is_blotted_out_but_for_its_last_four(iban: str) -> None:
    spaced = " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))
    for written in (iban, iban.lower(), spaced, f"IBAN{iban}", f"iban: {spaced}"):
        assert iban[4:-4] not in redact(f"Pay to {written} today").replace(" ", "").upper()
        assert redact(f"Pay to {written} today").endswith(f"[IBAN •••• {iban[-4:]}] today")


def test_iban_with_wrong_check_digits_is_none() -> None:
    assert redact("NO9486011117947") == "NO9486011117947"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("a Norwegian number", "Call me on +47 412 34 567 or 0047 41234567."),
        ("a German number", "+49 1511 2345 678 and 4915112345678"),
        ("two Norwegian numbers in two lines", "41234567\n45678909"),
        ("two numbers in one line", "41234567 45678909"),
        ("an American number", "+1 (415) 555-2671, 14155552671"),
        ("an international number of the longest form", "+881 6123 4567 8901"),
        ("a code of a messenger", "Your WhatsApp code is 482-913. Don't share it."),
        ("a code of Google", "G-482913 is your Google verification code."),
        ("a code with a hash", "<#> 4829 13 is your code FA+9qCX9VSu"),
        ("an id of ours", "Order 0190a1b2-4111-7111-8111-111111111111"),
        ("an id of ours that is all digits", "01904111-1111-7111-9111-111111111111"),
        ("a message id", "<01904111-1111-7111-9111-111111111111@nummer.example>"),
        ("an IMEI", "IMEI 378282246310005"),
        ("an IMEI after a colon", "IMEI: 378282246310005"),
        ("the number of a SIM card", "ICCID 8947080012345678906"),
        ("a moment", "2026-11-22T11:57:17Z 20261122115717"),
        ("a moment in microseconds", "1763812345678901"),
        ("a fraction", "0.4111111111111111"),
        ("an amount", "1 234 567 890 123,45 NOK"),
        ("a reference of a creditor", "RF18539007547034"),
        ("a Norwegian organisation", "NO 974 760 673 MVA"),
        ("an address of the web", "192.168.100.200:65535"),
        ("sixteen digits that do not check", "4111 1111 1111 1112"),
        ("sixteen digits of no issuer", "9999999999999995"),
        ("twelve digits", "411111111111"),
    ],
)
def test_what_is_no_card_and_no_iban_stays(said: str, text: str) -> None:
    assert redact(text) == text
    assert not holds_number(text)


def _check_digit(digits: str) -> str:
    total = sum(
        sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(digits[::-1])
    )
    return str(-total % 10)


@st.composite
def _card(draw: st.DrawFn) -> str:
    prefix, length = draw(
        st.sampled_from([("4", 16), ("55", 16), ("2221", 16), ("6011", 16), ("3528", 16)])
    )
    body = draw(st.text("0123456789", min_size=length - 1 - len(prefix), max_size=20))
    digits = (prefix + body)[: length - 1]
    return digits + _check_digit(digits)


@st.composite
def _iban(draw: st.DrawFn) -> str:
    country, length = draw(st.sampled_from(sorted(IBAN_LENGTHS.items())))
    account = draw(
        st.text("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", min_size=length - 4, max_size=length - 4)
    )
    number = int("".join(str(int(sign, 36)) for sign in f"{account}{country}00"))
    return f"{country}{98 - number % 97:02d}{account}"


_WORDS = st.text(st.characters(blacklist_categories=("Nd", "Cs")), max_size=40)


_OTHER_NUMBERS = re.compile("IMEI|IMSI|ICCID")


def _names_another_number(words: str) -> bool:
    """Tell whether a number behind these words may rightly be taken for no card."""
    capitals = "".join(unicodedata.normalize("NFKC", sign).upper() for sign in words)
    return _OTHER_NUMBERS.search(capitals) is not None


@given(before=_WORDS, card=_card(), after=_WORDS, between=st.sampled_from(["", " ", "-", "\u00a0"]))
@example(before="My", card="4111111111111111", after="aaaaef", between=" ")
def test_no_card_number_survives(before: str, card: str, after: str, between: str) -> None:
    """No word of two letters stands before the card: with what follows it may be an IBAN."""
    assume(not _names_another_number(before))
    written = between.join(card[at : at + 4] for at in range(0, 16, 4))
    said = redact(f"{before} ; was {written} ok {after}")
    assert f" was [card •••• {card[-4:]}] ok " in said
    assert card not in re.sub(r"[^0-9]", "", said)


@pytest.mark.parametrize("after", ["aaaaef", "aaaafc", "aaabbf"])
def test_card_that_is_part_of_an_iban_by_chance_does_not_survive_either(after: str) -> None:
    """Iceland's begin with IS, and one text in about a hundred has the right check digits."""
    said = redact(f"My card is 4111 1111 1111 1111 ok {after}")
    assert "[IBAN" in said
    assert "1111 1111" not in said


@given(before=_WORDS, iban=_iban(), after=_WORDS, between=st.sampled_from(["", " "]))
def test_no_iban_survives(before: str, iban: str, after: str, between: str) -> None:
    parts = [iban[at : at + 4] for at in range(0, len(iban), 4)]
    written = between.join(parts)
    said = redact(f"{before} ; {written} ; {after}")
    assert f"[IBAN •••• {iban[-4:]}]" in said
    assert iban not in said.replace(" ", "")


@given(st.text())
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@given(st.text(st.sampled_from("0123456789 -\nNODE+.>abc")))
def test_redacting_twice_changes_nothing_more_among_digits(text: str) -> None:
    once = redact(text)
    assert redact(once) == once
    assert not holds_number(once)


@given(st.text())
def test_found_numbers_stand_in_order_and_apart(text: str) -> None:
    found = find_numbers(text)
    assert all(one.end <= two.start for one, two in pairwise(found))


@given(st.integers(10**6, 10**14))
def test_number_with_a_plus_is_a_phone(digits: int) -> None:
    assert redact(f"My number is +{digits}.") == f"My number is +{digits}."


@given(st.uuids())
def test_our_ids_stay(id_: UUID) -> None:
    assert redact(f"Case {id_} and {id_.hex[:6]}") == f"Case {id_} and {id_.hex[:6]}"


def test_a_group_of_an_id_is_no_iban_and_one_behind_it_is() -> None:
    id_ = next(
        text
        for text in (
            f"01a20646-b79f-7000-be{n:02d}-{m:012d}" for n in range(100) for m in range(500)
        )
        if mod_97("BE" + text[21:23] + text[24:])
    )
    assert redact(f"Order {id_}.") == f"Order {id_}."
    assert holds_number(f"{id_} BE68539007547034")


@pytest.mark.parametrize("kind", ["SM", "IT", "AD", "MM"])
def test_an_id_of_programs_is_no_iban(kind: str) -> None:
    """Its first digits are those of this decade's moments, which no bank has as check digits."""
    ids = (f"01a20646b79f7000be{n:014d}" for n in range(1_000))
    assert not [one for one in ids if holds_number(kind + one)]


def mod_97(characters: str) -> bool:
    turned = characters[4:] + characters[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


@given(_card())
def test_what_was_found_does_not_show_the_number(card: str) -> None:
    (found,) = find_numbers(card)
    assert found.kind is NumberKind.CARD
    assert card not in repr(found)


def test_long_text_of_digits_is_read_in_one_pass() -> None:
    redact("4 " * 100_000)
    redact("4111-" * 50_000)
    redact("NO" * 100_000)
    redact("01904111-1111-7111-9111-111111111111 4111111111111111 " * 4_000)


@pytest.mark.parametrize(
    ("said", "text", "resembles"),
    [
        ("right", "NO93 8601 1117 947", True),
        ("one digit is wrong", "NO93 8601 1117 948", True),
        ("wrong and in small letters", "de89370400440532013001", True),
        ("in a sentence", "to my account GB82-WEST-1234-5698-7654-33 please", True),
        ("too short for its country", "DE89 3704 0044 0532 01", False),
        ("longer than its country's", "NO93860111179481", False),
        ("a payment at Stripe", "pi_3NtXyz2eZvKYlo2C1hJ9f0aB", False),
        ("a capture at PayPal", "2GG279541U471931P", False),
        ("a reference of ours", "RF18 5390 0754 7034", False),
    ],
)
def test_what_resembles_an_iban_is_told_for_fields_that_have_no_use_for_one(
    said: str, text: str, *, resembles: bool
) -> None:
    assert resembles_iban(text) is resembles, said
