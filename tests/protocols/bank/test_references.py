"""References of payments: made of a number, read from whatever a payer's bank makes of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649, luhn

from nummer.apps.payments.actions.card_data import refuse_card_data
from nummer.kernel.redact import holds_number
from nummer.protocols.bank.references import (
    NUMBERS,
    KidCheck,
    Way,
    creditor_reference,
    grouped,
    kid,
    read,
    read_all,
)

NUMBER = st.integers(1, NUMBERS - 1)


@given(NUMBER, st.sampled_from(Way))
def test_an_rf_is_valid_and_read_again_however_it_is_written(number: int, way: Way) -> None:
    word = creditor_reference(number, way=way)

    assert iso11649.is_valid(word)
    assert len(word) == 16
    for written in (word, grouped(word), word.lower(), grouped(word).replace(" ", "-")):
        assert read(written) == word
        assert read_all([f"Til Nummer, {written} takk"]) == {word}


@given(NUMBER)
def test_a_kid_has_the_check_digit_that_was_agreed(number: int) -> None:
    ten, eleven = kid(number, check=KidCheck.MOD10), kid(number, check=KidCheck.MOD11)

    assert ten is not None
    assert luhn.is_valid(ten)
    assert read(grouped(ten)) == ten
    if eleven is not None:
        weights = [1, 2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6]
        parts = (int(digit) * weight for digit, weight in zip(eleven[::-1], weights, strict=True))
        assert sum(parts) % 11 == 0
        assert read(eleven) == eleven


@given(NUMBER, st.integers(0, 15), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(number: int, place: int, more: int) -> None:
    word = creditor_reference(number, way=Way.IN)
    if word[place].isdecimal():
        wrong = word[:place] + str((int(word[place]) + more) % 10) + word[place + 1 :]
        assert read(wrong) is None


@given(NUMBER)
def test_two_digits_that_change_places_are_noticed(number: int) -> None:
    word = creditor_reference(number, way=Way.IN)
    for place in range(5, 15):
        swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        assert swapped == word or read(swapped) is None


@given(st.integers(1, 10_000))
def test_a_number_gives_a_word_that_no_other_gives(number: int) -> None:
    words = {creditor_reference(each, way=Way.IN) for each in range(number, number + 50)}

    assert len(words) == 50


@given(NUMBER, st.sampled_from(Way))
def test_our_own_filter_takes_no_reference_for_a_card(number: int, way: Way) -> None:
    words = [creditor_reference(number, way=way), kid(number, check=KidCheck.MOD10) or ""]

    for word in (*words, *map(grouped, words)):
        assert not holds_number(word)
        refuse_card_data({"reference": word})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "RF",
        "RF18539007547034",
        "RF00N00000000000",
        "4111111111111111",
        "12345678901",
        "x" * 900,
    ],
)
def test_what_none_of_ours_looks_like_is_no_reference(text: str) -> None:
    assert read(text) is None
    assert read_all([text]) == set()


def test_a_longer_number_hides_no_kid() -> None:
    word = kid(7, check=KidCheck.MOD10)

    assert read_all([f"9{word}", f"{word}9"]) == set()
