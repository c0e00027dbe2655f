"""Machine-readable zones: ICAO's own examples, and the library `mrz` as a second opinion."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mrz.checker.td1 import TD1CodeChecker
from mrz.checker.td2 import TD2CodeChecker
from mrz.checker.td3 import TD3CodeChecker
from mrz.generator.td1 import TD1CodeGenerator
from mrz.generator.td2 import TD2CodeGenerator
from mrz.generator.td3 import TD3CodeGenerator

from nummer.protocols.mrz import Form, ZoneError, digit, lines_in, read, spellings

TODAY = date(2026, 11, 23)
PASSPORT = """P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<
L898902C36UTO7408122F1204159ZE184226B<<<<<10"""
CARD = """I<UTOD231458907<<<<<<<<<<<<<<<
7408122F1204159UTO<<<<<<<<<<<6
ERIKSSON<<ANNA<MARIA<<<<<<<<<<"""
SMALL = """I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<
D231458907UTO7408122F1204159<<<<<<<6"""
LONG = """I<UTOD23145890<7349<<<<<<<<<<<
3407127M9507122UTO<<<<<<<<<<<2
STEVENSON<<PETER<JOHN<<<<<<<<<"""
CHECKERS = {Form.TD1: TD1CodeChecker, Form.TD2: TD2CodeChecker, Form.TD3: TD3CodeChecker}
NAMES = st.text("ABCXYZ", min_size=1, max_size=8)
NUMBERS = st.text("ABCL10G6", min_size=1, max_size=9)
DAYS = st.dates(date(2000, 1, 1), date(2049, 12, 31)).map(lambda day: day.strftime("%y%m%d"))


@pytest.mark.parametrize(
    ("text", "form", "number"),
    [
        (PASSPORT, Form.TD3, "L898902C3"),
        (CARD, Form.TD1, "D23145890"),
        (SMALL, Form.TD2, "D23145890"),
    ],
)
def test_examples_of_the_standard_are_read(text: str, form: Form, number: str) -> None:
    zone = read(text, today=TODAY)

    assert (zone.form, zone.issuer, zone.number) == (form, "UTO", number)
    assert (zone.surname, zone.given) == ("ERIKSSON", "ANNA MARIA")
    assert (zone.born_on, zone.expires_on) == (date(1974, 8, 12), date(2012, 4, 15))
    assert (zone.wrong, zone.cut) == ((), False)


def test_number_longer_than_its_field_goes_on_in_the_next() -> None:
    zone = read(LONG, today=TODAY)

    assert (zone.number, zone.wrong) == ("D23145890734", ())


def test_spaces_small_letters_and_empty_lines_do_not_matter() -> None:
    typed = "\n" + PASSPORT.lower().replace("uto", " uto ") + "\n\n"

    assert read(typed, today=TODAY) == read(PASSPORT, today=TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        PASSPORT[:-1],
        PASSPORT + "<",
        PASSPORT.replace("<", "«"),
        CARD[:61],
        "V" + PASSPORT[1:],
    ],
)
def test_what_has_the_form_of_no_zone_is_refused(text: str) -> None:
    with pytest.raises(ZoneError):
        read(text, today=TODAY)


@pytest.mark.parametrize("text", [PASSPORT, CARD, SMALL])
def test_each_digit_that_is_changed_in_what_is_checked_is_found_as_by_the_library(
    text: str,
) -> None:
    checker = CHECKERS[read(text, today=TODAY).form]
    for at, char in enumerate(text):
        if char.isdigit():
            changed = text[:at] + str((int(char) + 1) % 10) + text[at + 1 :]
            assert bool(read(changed, today=TODAY).wrong) == (not checker(changed).result)


def test_check_digits_cannot_tell_l_from_1_nor_g_from_6_and_the_index_can_do_without() -> None:
    swapped = PASSPORT.replace("L898902C3", "1898902C3")
    assert swapped != PASSPORT

    zone, other = read(PASSPORT, today=TODAY), read(swapped, today=TODAY)

    assert (zone.wrong, other.wrong) == ((), ())
    assert zone.number != other.number
    assert zone.alike == other.alike
    assert (digit("L"), digit("G")) == (digit("1"), digit("6"))


@given(number=NUMBERS, surname=NAMES, first=NAMES, born=DAYS, expires=DAYS)
def test_what_the_library_makes_is_read_as_it_was_meant(
    *, number: str, surname: str, first: str, born: str, expires: str
) -> None:
    made = [
        TD3CodeGenerator("P", "NOR", surname, first, number, "NOR", born, "F", expires, force=True),
        TD2CodeGenerator("I", "NOR", surname, first, number, "NOR", born, "F", expires, force=True),
        TD1CodeGenerator("I", "NOR", number, born, "F", expires, "NOR", surname, first, force=True),
    ]

    for one in made:
        zone = read(str(one), today=TODAY)
        assert (zone.issuer, zone.number, zone.wrong) == ("NOR", number, ())
        assert (zone.surname, zone.given) == (surname, first)
        assert zone.expires_on is not None
        assert zone.expires_on.strftime("%y%m%d") == expires


@pytest.mark.parametrize(
    ("name", "one"),
    [
        ("Bjørn-Åge", "BJOERN AAGE"),
        ("Müller", "MUELLER"),
        ("Strauß", "STRAUSS"),
        ("O\u2019Neill", "ONEILL"),
        ("Núñez", "NUNEZ"),
        ("  van  der Berg ", "VAN DER BERG"),
        ("Þórðardóttir", "THORDARDOTTIR"),
        ("Čapek", "CAPEK"),
    ],
)
def test_names_are_spelt_as_the_standard_does(name: str, one: str) -> None:
    assert one in spellings(name)


def test_letters_that_the_standard_does_not_spell_have_no_spelling() -> None:
    assert spellings("Иванов") == set()
    assert len(spellings("ÄÖÜ" * 30)) <= 64 * 3


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"PASSPORT\n\n{PASSPORT}\n", PASSPORT),
        (f"{PASSPORT[1:]}<", f"{PASSPORT[1:]}<"),
        (CARD, CARD),
        (PASSPORT.splitlines()[0], ""),
        ("DEAR SIR OR MADAM OF THE REGISTRY OFFICE\nPLEASE FIND ENCLOSED WHAT WAS ASKED", ""),
        ("", ""),
    ],
    ids=["a passport", "a letter more or less", "a card", "half of one", "a letter", "nothing"],
)
def test_lines_that_look_like_a_zone_are_found_in_what_a_machine_read(
    text: str, found: str
) -> None:
    assert lines_in(text) == found
