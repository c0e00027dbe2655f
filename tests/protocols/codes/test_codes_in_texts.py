"""Codes are found in texts of many languages, and other numbers are left alone."""

from __future__ import annotations

import re
from collections import Counter
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nummer.protocols.codes import (
    asking,
    candidates,
    code_kind,
    extract,
    extract_code,
    forms,
    match_services,
    nearness,
    origin,
    others,
    service_pattern,
)
from nummer.protocols.codes import pattern as pattern_module
from nummer.protocols.codes import text as text_module
from nummer.protocols.codes.kind import CodeKind
from nummer.protocols.codes.pattern import Patterns
from nummer.protocols.codes.text import TEXT_LENGTH_MAX
from tests.protocols.codes.texts import Sample, corpus

_CORPUS = corpus()
_NEAR_CODES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "code",
                "kode",
                "PIN",
                "is",
                ":",
                "\n",
                " ",
                "@a.example",
                "#",
                "<#>",
                "G-",
                "1234",
                "12-345",
                "+47",
                "€",
                "\u202e",
                "\u200b",
                "\0",
                "İ",
                "验证码",
                "www.",
                "=",
                "*",
                "NOK",
            ]
        ),
        st.text(max_size=12),
        st.from_regex(r"[0-9A-Z]{1,11}", fullmatch=True),
    ),
    max_size=40,
).map("".join)


@pytest.mark.parametrize(
    "sample",
    _CORPUS,
    ids=[f"{one.language}-{place}-{one.why}" for place, one in enumerate(_CORPUS)],
)
def test_code_of_the_corpus_is_found_and_nothing_else(sample: Sample) -> None:
    found = extract_code(sender="", text=sample.text, pattern=None)
    assert (found == sample.code) is not sample.missed


def test_corpus_is_large_in_twelve_languages_and_a_third_of_it_has_no_code() -> None:
    assert len(_CORPUS) >= 400
    texts, without = (
        Counter(one.language for one in _CORPUS),
        Counter(one.language for one in _CORPUS if one.code is None),
    )
    assert sum(texts[language] >= 12 and without[language] >= 5 for language in texts) >= 12
    assert without.total() * 3 >= len(_CORPUS)
    assert all(without[language] >= 20 for language in ("en", "nb", "de"))


def test_no_text_is_twice_in_the_corpus() -> None:
    assert len({one.text for one in _CORPUS}) == len(_CORPUS)


def test_of_the_corpus_no_other_number_is_taken_for_a_code() -> None:
    """What we miss costs a look at the text; what we invent may cost a customer his refund."""
    wrong = [
        one.text
        for one in _CORPUS
        if extract_code(sender="", text=one.text, pattern=None) not in (None, one.code)
    ]
    assert len(wrong) <= len(_CORPUS) // 1000  # one is known, and marked


@given(text=_NEAR_CODES)
def test_a_returned_code_stands_in_the_text_and_has_plain_letters_only(text: str) -> None:
    pattern = service_pattern("xx", templates=["{4-8} is", "code {A4}-{A4}", "{3} {3}"])
    for known in (None, pattern):
        code = extract_code(sender="", text=text, pattern=known)
        if code is not None:
            assert code in text
            assert re.fullmatch(r"[0-9A-Za-z]+([- ]+[0-9A-Za-z]+)*", code)
            assert len(code) <= 40


@given(text=st.text(max_size=500), sender=st.text(max_size=40))
def test_no_text_and_no_sender_makes_a_function_raise(text: str, sender: str) -> None:
    patterns = Patterns([service_pattern("xx", senders=[sender], words=["any", "例"])])
    extract_code(sender=sender, text=text, pattern=patterns["xx"])
    match_services(sender=sender, text=text, patterns=patterns)
    code_kind(text=text, pattern=patterns["xx"])


@pytest.mark.parametrize(
    "text",
    ["code " * 8_000, "1" * 40_000, "12-34 " * 8_000, "A1-" * 9_000, "\n@" + "a." * 20_000,
     "+1 " * 9_000, "pin 123456 " * 4_000, "1 2 3 4 " * 5_000, "\u202e" * 40_000, "G-" * 9_000],
    ids=lambda text: repr(text[:6]),
)  # fmt: skip
def test_forty_kilobytes_of_anything_are_answered(text: str) -> None:
    found = extract_code(
        sender=text, text=text, pattern=service_pattern("xx", templates=["code {4-8} a"])
    )
    assert found is None or found in text


def _expressions() -> list[re.Pattern[str]]:
    pattern = service_pattern("xx", templates=["code: {4-8} for  a", "{3}-{3}", "{A1-12}"])
    modules = (
        asking, candidates, extract, forms, nearness, origin, others, pattern_module, text_module
    )  # fmt: skip
    named = [value for module in modules for value in vars(module).values()]
    return [*pattern.templates, *(value for value in named if isinstance(value, re.Pattern))]


@pytest.mark.parametrize("expression", _expressions(), ids=lambda expression: expression.pattern)
def test_no_expression_can_be_made_to_walk_a_text_again_and_again(
    expression: re.Pattern[str],
) -> None:
    """An endless repetition is all there is in its expression; every other one is bounded."""
    tree = list(_parser.parse(expression.pattern, expression.flags))
    endless = [item for item in _repetitions(tree) if item[1] is _parser.MAXREPEAT]
    assert not endless or (len(tree) == 1 and len(endless) == 1)
    assert all(most <= 600 for _, most in _repetitions(tree) if most is not _parser.MAXREPEAT)


def _repetitions(tree: Any) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for operation, argument in tree:
        if str(operation).endswith("REPEAT"):
            found.append((argument[0], argument[1]))
        for part in argument if isinstance(argument, tuple | list) else ():
            for branch in part if isinstance(part, list) else [part]:
                if isinstance(branch, _parser.SubPattern):
                    found += _repetitions(branch)
    return found


def test_letters_past_the_longest_text_are_not_looked_at() -> None:
    far = " " * TEXT_LENGTH_MAX + "code 482913"
    assert extract_code(sender="", text=far, pattern=None) is None


@pytest.mark.parametrize(
    ("label", "text", "kind"),
    [
        ("a new account", "Use 1234 to create your account", CodeKind.REGISTRATION),
        ("et nytt", "Velkommen til oss! Kode 1234", CodeKind.REGISTRATION),
        ("Registrierung", "Code für die Registrierung: 1234", CodeKind.REGISTRATION),
        ("an old account", "1234 is your login code", CodeKind.LOGIN),
        ("innlogging", "Kode for å logge inn: 1234", CodeKind.LOGIN),
        ("Anmeldung", "Code zur Anmeldung: 1234", CodeKind.LOGIN),
        ("neither is said", "Your code is 1234", CodeKind.UNKNOWN),
        ("both are said", "Code to sign up or log in: 1234", CodeKind.UNKNOWN),
    ],
)
def test_registration_is_told_from_login(label: str, text: str, kind: CodeKind) -> None:
    assert code_kind(text=text, pattern=None) is kind, label


def test_the_services_own_words_for_login_come_before_everybodys() -> None:
    own = service_pattern("xx", login=["welcome to your world"])
    text = "Welcome to your world: 1234"
    assert code_kind(text=text, pattern=own) is CodeKind.LOGIN
    assert code_kind(text=text, pattern=None) is CodeKind.REGISTRATION


@pytest.mark.parametrize(
    "text", ["Engangskoden: 482913", "Kodenummer 482913", "Ihr PIN-Code: 4829"]
)
def test_a_word_for_code_is_found_inside_longer_words(text: str) -> None:
    assert extract_code(sender="", text=text, pattern=None) == text.rsplit(maxsplit=1)[-1]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Your code is K-118204", "118204"),
        ("Your order R-118204 has been sent", None),
        ("G-118204 is your code", "118204"),
    ],
)
def test_a_letter_and_a_dash_are_the_form_of_a_code_unless_an_order_is_named(
    text: str, code: str | None
) -> None:
    assert extract_code(sender="", text=text, pattern=None) == code
