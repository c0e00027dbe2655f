"""Whose SMS it is (K22 of the refund decisions)."""

from __future__ import annotations

import pytest

from nummer.protocols.codes import Patterns, Reading, belongs_to, match_services, service_pattern

_PATTERNS = Patterns(
    [
        service_pattern("aa", senders=["Alfa"], words=["alfa app"], domains=["alfa.example"]),
        service_pattern("bb", senders=["Beta-Co"], words=["Beta"], domains=["beta.example"]),
        service_pattern("cc", words=["阿尔法"]),
        service_pattern("ot"),
    ]
)

_TABLE = [
    ("text of the ordered service", "", "Your Alfa app code is 1234", ["aa"], 0),
    ("text of another service", "", "Your Beta code is 1234", ["aa"], None),
    ("text that names both, one of them ordered", "", "Alfa app code, as on Beta", ["bb"], 0),
    ("text that names nobody, one open", "", "Your code is 1234", ["aa"], 0),
    ("text that names nobody, several open: the oldest", "", "Code 1234", ["bb", "aa"], 0),
    ("several open, the younger is named", "", "Your Beta code is 1234", ["aa", "bb"], 1),
    ("several open, another one is named", "", "您的阿尔法验证码", ["aa", "bb"], None),
    ("the sender names the service", "Alfa", "Code 1234", ["bb", "aa"], 1),
    ("the sender names another service", "BETA CO", "Code 1234", ["aa"], None),
    ("the sender is a number", "+447700900123", "Code 1234", ["aa"], 0),
    ("the origin names the service", "", "1234\n@login.alfa.example #1234", ["bb", "aa"], 1),
    ("a look-alike origin names nobody", "", "1234\n@notalfa.example #1234", ["aa"], 0),
    ("any other service was ordered, a known one writes", "", "Beta code 12", ["ot"], None),
    ("any other service was ordered, an unknown one writes", "", "Gamma code 12", ["ot"], 0),
    ("ordinary word that is written like a service's", "", "beta version 12", ["aa"], 0),
    ("part of a longer word", "", "Betamax code 12", ["aa"], 0),
    ("phrase in other capitals", "", "ALFA APP: 1234", ["bb", "aa"], 1),
    ("phrase with punctuation between", "", "Alfa-App: 1234", ["bb", "aa"], 1),
    ("empty text", "", "", ["aa"], 0),
    ("nothing is open", "", "Your Beta code is 1234", [], None),
]


@pytest.mark.parametrize("case", _TABLE, ids=[row[0] for row in _TABLE])
def test_sms_belongs_to(case: tuple[str, str, str, list[str], int | None]) -> None:
    label, sender, text, ordered, expected = case
    found = belongs_to(sender=sender, text=text, ordered=ordered, patterns=_PATTERNS)
    assert found == expected, label


def test_a_service_is_named_by_sender_domain_and_words_at_once() -> None:
    found = match_services(sender="alfa", text="Beta 1\n@beta.example #1234", patterns=_PATTERNS)
    assert found == {"aa", "bb"}


def test_a_sender_hidden_behind_invisible_letters_is_still_that_sender() -> None:
    assert match_services(sender="Al\u200bfa", text="", patterns=_PATTERNS) == {"aa"}


@pytest.mark.parametrize("phrase", ["Shop", "Shop2024"])
def test_texts_alike_but_for_their_digits_are_told_apart_where_a_name_has_digits(
    phrase: str,
) -> None:
    patterns = Patterns([service_pattern("sh", words=[phrase])])

    def named(text: str) -> bool:
        return Reading(text, patterns=patterns).services(sender="") == {"sh"}

    for word in ("Shop", "Shop2024", "Shop2025"):
        assert named(f"{word} code 1234") == (word == phrase)
        assert named(f"{word} code 5678") == (word == phrase)
