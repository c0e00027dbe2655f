"""Texts of one form have their code in one place, so what one said is remembered for all."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from re import _parser  # type: ignore[attr-defined]
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nummer.protocols.codes import (
    Patterns,
    Reading,
    ServicePattern,
    asking,
    candidates,
    extract,
    extract_code,
    match,
    match_services,
    nearness,
    origin,
    others,
    reading,
    service_pattern,
    text,
    words,
)
from nummer.protocols.codes.extract import span_of_code
from nummer.protocols.codes.forms import form_of
from nummer.protocols.codes.text import readable
from tests.protocols.codes.texts import corpus, held_out

_TEXTS: Final = [one.text for one in (*corpus(), *held_out())]
_SERVICES: Final = (
    service_pattern("aa", words=["Alfa"], templates=["{4-8} is", "code {A4}-{A4}", "{3} {3}"]),
    service_pattern("bb", words=["x5 id"], domains=["163.example"], templates=["{3}-{3}", "{A8}"]),
    service_pattern("cc", templates=["kode 4{5}", "for 10 min: {4-8}"]),
    service_pattern("dd", words=["阿尔法"]),
)
_PATTERNS: Final = Patterns(_SERVICES)
_NUMBER: Final = re.compile(r"[0-9]+")
_LURES: Final = (
    " ", "-", "f", "F", "fa", "2fa", "/", "\n", ":", "(", ".", "+", "SALE", "SALE-", "kode 4",
    "at ", "for 10 min: ", "0123 ", "0171 39", "123 456", "123-456 ", "000", "1900", "2026", "1230",
    "19-", "@163.example #", "last 4 digits ", "\u00a0", "\u200b", "\uff12", "x5 id",
)  # fmt: skip


def _other_digits(number: str, draw: Any) -> str:
    """Return a number of the same length, often one of those that rules treat by themselves."""
    count = len(number)
    plain = st.text("0123456789", min_size=count, max_size=count)
    ways = [plain]
    if count == 4:
        ways.append(st.from_regex(r"(19|20)[0-9]{2}", fullmatch=True))
        ways.append(st.from_regex(r"([01][0-9]|2[0-3])[0-5][0-9]", fullmatch=True))
    if count >= 3:
        ways.append(plain.map(lambda digits: digits[:-3] + "000"))
        ways.append(plain.map(lambda digits: "0" + digits[1:]))
    return str(draw(st.one_of(ways)))


@st.composite
def _changed(draw: Any) -> str:
    """A text of ours, changed here and there."""
    changed = draw(st.sampled_from(_TEXTS))
    for lure in draw(st.lists(st.sampled_from(_LURES), max_size=3)):
        place = draw(st.integers(0, len(changed)))
        changed = changed[:place] + lure + changed[place:]
    return _NUMBER.sub(lambda found: _other_digits(found[0], draw), changed)


@st.composite
def _alike(draw: Any) -> tuple[str, str]:
    """Two texts of one form: the second has other digits wherever that keeps the form."""
    first = second = draw(_changed())
    form = form_of(readable(first))
    for found in [*_NUMBER.finditer(first)] * 3:
        other = second[: found.start()] + _other_digits(found[0], draw) + second[found.end() :]
        if form_of(readable(other)) == form:
            second = other
    return first, second


@settings(max_examples=400)
@given(pair=_alike())
def test_texts_of_one_form_have_their_code_in_one_place(pair: tuple[str, str]) -> None:
    shown, other = map(readable, pair)
    for pattern in (None, *_SERVICES):
        if pattern is None or not pattern.names_digits:
            assert span_of_code(shown, pattern) == span_of_code(other, pattern)
    assert match.services_in(shown, _PATTERNS) == match.services_in(other, _PATTERNS)


@given(pair=_alike(), stranger=_changed())
def test_what_is_remembered_is_what_is_found(pair: tuple[str, str], stranger: str) -> None:
    for written in (*pair, stranger, *pair):
        read = Reading(written, patterns=_PATTERNS)
        assert read.services(sender="") == match_services(
            sender="", text=written, patterns=_PATTERNS
        )
        for service in ("aa", "bb", "cc", "dd", "unknown"):
            found = extract_code(sender="", text=written, pattern=_PATTERNS.get(service))
            assert read.code(service=service) == found


@pytest.mark.parametrize("place", range(0, len(_TEXTS), 50))
def test_the_corpus_with_other_codes_is_read_as_without_memory(place: int) -> None:
    """Each text of the corpus with six kinds of numbers, twice, so that memory answers."""
    kinds = ("482913", "0", "20", "1230", "000", "99")
    for written in _TEXTS[place : place + 50]:
        for kind in kinds * 2:
            changed = _NUMBER.sub(lambda found, kind=kind: _like(found[0], kind), written)  # type: ignore[misc]
            found = extract_code(sender="", text=changed, pattern=None)
            assert Reading(changed, patterns=_PATTERNS).code(service="unknown") == found


def _like(number: str, kind: str) -> str:
    if len(number) < 4:
        return number
    return (
        number[: -len(kind)] + kind
        if kind == "000"
        else (kind + number[len(kind) :])[: len(number)]
    )


@pytest.mark.parametrize(
    ("label", "one", "other"),
    [
        ("six digits", "Code 482913", "Code 119238"),
        ("four digits", "Code 4829", "Code 7713"),
        ("between letters of other scripts", "验证码482913 5分钟", "验证码118204 5分钟"),
        ("two years", "Since 2024 code 482913", "Since 2031 code 118204"),
        ("threes with a dash", "Code 482-913", "Code 048-000"),
        ("threes with a space", "Code: 482 913.", "Code: 118 204."),
        ("behind a letter and a dash", "G-482913 is", "G-118204 is"),
        ("a line bound to an origin", "a\n@b.example #4829131", "a\n@b.example #1182049"),
    ],
)
def test_a_code_does_not_change_the_form(label: str, one: str, other: str) -> None:
    assert form_of(one) == form_of(other) != one, label


@pytest.mark.parametrize(
    ("label", "one", "other"),
    [
        ("a year", "Code 4829", "Code 2026"),
        ("two centuries", "SALE-2026", "SALE-1926"),
        ("a year that is no time of day", "Code at 2026", "Code at 2066"),
        ("a time of day", "Code at 4829", "Code at 2259"),
        ("thousands", "verify 48290", "verify 48000"),
        ("a phone begins with a nought", "01712 39200", "11712 39200"),
        ("three digits of a phone", "123-045 67890", "123-145 67890"),
        ("another length", "Code 48291", "Code 482913"),
        ("short numbers", "in 10 minutes", "in 12 minutes"),
        ("a number before fa", "12342fa", "12343fa"),
        ("threes before fa", "123 452fa", "123 453fa"),
        ("one number or two in three digits", "Code 123-456", "Code 1234567"),
        ("letters with digits", "Code A1B2C3", "Code A1B2C4"),
    ],
)
def test_what_a_rule_may_look_at_changes_the_form(label: str, one: str, other: str) -> None:
    assert form_of(one) != form_of(other), label


def test_every_expression_that_names_a_digit_is_one_that_forms_know() -> None:
    """Where this fails a rule looks at digits' values: let forms.py keep them apart, then add it.

    DATE and DAY name pairs of digits, which forms leave as they are, and STRONG has 2fa.
    """
    modules = (asking, candidates, extract, match, nearness, origin, others, text)
    naming = {
        name
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, re.Pattern) and _names_a_digit(value)
    }
    assert naming == {
        "YEAR", "_YEAR_DASHED", "_DATE", "_DAY", "_LONG_GROUP", "TIME", "SUM", "_PROMOTION",
        "_STRONG", "_OF_CODES",
    }  # fmt: skip
    named = {word for value in vars(words).values() for word in _words(value)}
    assert {word for word in named if _NUMBER.search(word)} == {"2fa", "last 4 digits"}


def _words(value: object) -> Iterable[str]:
    return value if isinstance(value, tuple | frozenset) else ()


def _names_a_digit(expression: re.Pattern[str]) -> bool:
    """Say whether some digits match where others do not."""
    return any(0 < len(digits) < 10 for digits in _digits(list(_parser.parse(expression.pattern))))


def _digits(tree: Any) -> Iterable[set[int]]:
    """Yield the digits that each place of an expression allows."""
    ten = set(range(ord("0"), ord("9") + 1))
    for operation, argument in tree:
        name = str(operation)
        if name in ("LITERAL", "NOT_LITERAL"):
            yield ten & {argument}
        elif name == "RANGE":
            yield ten & set(range(argument[0], argument[1] + 1))
        elif name == "IN":
            yield set().union(*_digits(argument))
        for part in argument if isinstance(argument, tuple | list) and name != "IN" else ():
            for branch in part if isinstance(part, list) else [part]:
                if isinstance(branch, _parser.SubPattern):
                    yield from _digits(branch)


@pytest.mark.parametrize(
    ("label", "known"),
    [
        ("a phrase with three digits", [service_pattern("xx", words=["Radio 538"])]),
        ("a phrase with a long number", [service_pattern("xx", words=["Shop2024"])]),
        ("a phrase without spaces that has a digit", [service_pattern("xx", words=["例5"])]),
        ("a domain with a long number", [service_pattern("xx", domains=["12345.example"])]),
    ],
)
def test_names_with_digits_are_told_apart(label: str, known: list[ServicePattern]) -> None:
    patterns = Patterns(known)
    texts = ("Radio 538 code 123-456", "Radio 123-456", "Shop2024", "Shop2025", "例 例5123",
             "例4123", "1\n@12345.example #1234", "1\n@54321.example #1234")  # fmt: skip
    seen = {_services(written, patterns) for written in texts}
    assert seen == {frozenset(), frozenset({"xx"})}, label
    for written in texts:
        assert _services(written, patterns) == match_services(
            sender="", text=written, patterns=patterns
        )


def _services(written: str, patterns: Patterns) -> frozenset[str]:
    return Reading(written, patterns=patterns).services(sender="")


def test_memory_is_bounded_and_holds_nothing_of_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FORMS_MAX", 10)
    patterns = Patterns(_SERVICES)
    for number in range(35):
        written = "Alfa code 482913 for Ola " + "x" * number
        for service in ("aa", "bb", "cc", "unknown"):
            assert Reading(written, patterns=patterns).code(service=service) == "482913"
        assert 1 <= len(patterns.forms) <= 10
    assert all(isinstance(number, int) for number in patterns.forms)
    for form in patterns.forms.values():
        assert not any(map(_holds_words, form.spans.values()))
        assert form.spans.keys() <= {"aa", "bb", ""}  # templates of cc name digits: no memory


def _holds_words(value: object) -> bool:
    return isinstance(value, str) or not isinstance(value, tuple | Mapping)


def test_a_code_between_hidden_letters_is_not_taken_from_memory() -> None:
    """Two texts may look alike and differ in letters that nobody sees."""
    patterns = Patterns(_SERVICES)
    plain, odd = "Your Alfa code: 482 913", "Your Alfa code: 482\u2007913"
    for written, code in ((plain, "482 913"), (odd, None), (plain, "482 913")):
        assert extract_code(sender="", text=written, pattern=None) == code
        assert Reading(written, patterns=patterns).code(service="unknown") == code


def test_what_python_calls_printable_is_readable_as_it_is() -> None:
    """So a text that is printable need not be looked at letter by letter."""
    printable = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isprintable()]
    assert [letter for letter in printable if text._harmless(letter) != letter] == []
