"""The list of services that ships with the program."""

from __future__ import annotations

import pytest

from nummer.apps.catalogue import files, queries
from nummer.kernel.locale import LANGUAGES
from nummer.kernel.money import MICRO, minor_digits
from nummer.protocols.codes import code_kind, extract_code, match_services

# The keys that the public package smsactivateru 1.2.6 looks for in getNumbersStatus.
_KEYS_OF_SMSACTIVATERU = frozenset(
    [
        "vk",
        "ok",
        "wa",
        "vi",
        "tg",
        "wb",
        "go",
        "av",
        "fb",
        "tw",
        "ot",
        "ub",
        "qw",
        "gt",
        "sn",
        "ig",
        "ss",
        "ym",
        "ma",
        "mm",
        "uk",
        "me",
        "mb",
        "we",
        "bd",
        "kp",
        "dt",
        "ya",
        "mt",
        "oi",
        "fd",
        "zz",
        "kt",
        "pm",
        "tn",
    ]
)
_SAMPLES = [
    (entry, sample, f"{entry.name} in {sample.language}, {number}")
    for entry in files.listed_services()
    for number, sample in enumerate(entry.samples, start=1)
]


def test_at_least_45_services_and_all_that_old_programs_look_for_are_listed() -> None:
    codes = {entry.code for entry in files.listed_services()}
    assert len(codes) >= 45
    assert codes >= _KEYS_OF_SMSACTIVATERU


@pytest.mark.parametrize(
    ("entry", "sample"), [row[:2] for row in _SAMPLES], ids=[row[2] for row in _SAMPLES]
)
def test_sample_is_recognised_with_its_code_and_kind(
    entry: files.ListedService, sample: files.Sample
) -> None:
    pattern = queries.pattern(entry.code)
    assert extract_code(sender=sample.sender, text=sample.text, pattern=pattern) == sample.code
    assert code_kind(text=sample.text, pattern=pattern).value == sample.kind
    own = {entry.code} if entry.code != "ot" else set()
    patterns = queries.patterns()
    assert match_services(sender=sample.sender, text=sample.text, patterns=patterns) == own
    assert match_services(sender="", text=sample.text, patterns=patterns) <= own


def test_every_service_has_samples_in_two_texts_at_least() -> None:
    assert [e.code for e in files.listed_services() if len(e.samples) < 2] == []


def test_no_name_and_no_template_keeps_texts_from_being_remembered_by_their_form() -> None:
    """One with digits does; then every SMS is searched anew, ten times as long (ADR 40)."""
    patterns = queries.patterns()
    assert not patterns.names_digits
    assert [code for code, pattern in patterns.items() if pattern.names_digits] == []


def test_the_whole_list_tells_registration_from_login_in_our_three_languages() -> None:
    told = {
        (sample.language, sample.kind)
        for _, sample, _ in _SAMPLES
        if sample.language in LANGUAGES and sample.kind != "unknown"
    }
    assert {("en", "registration"), ("en", "login"), ("de", "registration")} <= told
    assert {("de", "login"), ("nb", "login"), ("nb", "registration")} <= told


def test_every_shipped_price_can_be_paid_in_minor_units() -> None:
    for sums in files.price_list().sums.values():
        assert {net.currency for net in sums} == set(queries.currencies())
        for net in sums:
            assert net.micro % (MICRO // 10 ** minor_digits(net.currency)) == 0


def test_every_notice_is_written_in_three_languages_and_every_named_one_exists() -> None:
    notices = files.listed_notices()
    for notice in notices.values():
        assert set(notice.texts) == set(LANGUAGES)
        assert len(set(notice.texts.values())) == len(LANGUAGES)
    named = {code for entry in files.listed_services() for code in entry.restrictions}
    assert named <= notices.keys()


@pytest.mark.parametrize(
    ("number", "code"),
    [(0, "RU"), (1, "UA"), (12, "US"), (187, "US"), (16, "GB"), (43, "DE"), (174, "NO"),
     (172, "DK"), (46, "SE"), (48, "NL"), (78, "FR"), (15, "PL"), (36, "CA"), (22, "IN")],
)  # fmt: skip
def test_countries_carry_the_numbers_that_programs_know(number: int, code: str) -> None:
    known = {entry.activate_id: entry.code for entry in files.listed_countries()}
    assert {**known, **files.also_known_as()}[number] == code
