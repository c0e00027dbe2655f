"""The register of clauses, the marks in source and tests, and the page made of them agree."""

import re
from pathlib import Path

import pytest

from nummer.policy.clauses_page import (
    PAGE,
    ROOT,
    enforcing_marks,
    page,
    proving_marks,
    unproven,
)
from nummer.policy.register import REGISTER, Kind, parts_of

# Lower it with every clause that gets its proof; it never rises.
UNPROVEN_MAX = 50

DOCUMENTS = ROOT / "documents"


def test_register_holds_every_clause_once() -> None:
    ids = [clause.id for clause in REGISTER]
    assert len(ids) == len(set(ids)) == 98


def test_page_of_clauses_is_up_to_date() -> None:
    stale = "run `python -m nummer.policy.clauses_page`"
    assert PAGE.read_text(encoding="utf-8") == page(), stale


def test_number_of_unproven_clauses_does_not_rise() -> None:
    assert len(unproven()) <= UNPROVEN_MAX, unproven()


def test_refund_policy_and_the_terms_of_change_and_cancelling_are_complete() -> None:
    promised = [
        clause
        for clause in REGISTER
        if clause.id.startswith(("RP-", "PP-5", "PP-6")) and clause.kind is not Kind.ARTEFACT
    ]
    enforced = {part for mark in enforcing_marks() for part in parts_of(mark.clause_id)}
    assert [clause.id for clause in promised if clause.id not in enforced] == []
    assert [clause.id for clause in promised if clause.id in unproven()] == []


def test_every_mark_names_a_known_clause() -> None:
    unknown = [mark for mark in enforcing_marks() + proving_marks() if not parts_of(mark.clause_id)]
    assert unknown == []


def test_every_quote_stands_in_our_english_documents() -> None:
    texts = [_plain(path) for path in DOCUMENTS.glob("*/*/en.md")]
    missing = [mark for mark in enforcing_marks() if not any(mark.quote in text for text in texts)]
    assert missing == []


def test_every_reading_names_an_adr_that_exists() -> None:
    adrs = {path.name[:4] for path in (ROOT / "docs" / "adr").glob("*.md")}
    named = {mark.reading.removeprefix("ADR ") for mark in enforcing_marks() if mark.reading}
    assert named <= adrs


@pytest.mark.clause("PP-L", "RP-L")
@pytest.mark.parametrize(
    "version", sorted(DOCUMENTS.glob("*/*")), ids=lambda path: path.parent.name
)
def test_every_document_has_three_complete_languages(version: Path) -> None:
    languages = {path.stem: path.read_text(encoding="utf-8") for path in version.iterdir()}
    assert set(languages) == {"en", "nb", "de"}
    assert all(text.startswith("# ") for text in languages.values())
    assert len({_shape(text) for text in languages.values()}) == 1


def _plain(path: Path) -> str:
    return " ".join(path.read_text(encoding="utf-8").split())


def _shape(text: str) -> tuple[str, ...]:
    """Return what must be the same in all languages: headings, labels, items, placeholders."""
    return tuple(_line_shape(line) for line in text.splitlines() if line)


def _line_shape(line: str) -> str:
    kind = line.split(" ", maxsplit=1)[0] if line.startswith(("#", "-")) else "text"
    code = re.match(r"\*\*([A-Z]+-[A-Za-z0-9]+(\.[0-9]+)?)\.", line)
    label = code[1] if code else ""
    names = sorted(part.split("}")[0] for part in line.split("{")[1:])
    return " ".join([kind, label, *names])
