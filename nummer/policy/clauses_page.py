"""Writes docs/clauses.md: each clause, where it is enforced, and which test proves it.

    python -m nummer.policy.clauses_page

Reads source and tests as text, so that neither Django nor a database is needed.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nummer.policy.register import ADDED_RULES, REGISTER, parts_of

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "clauses.md"
NOT_YET: Final = "not yet"


@dataclass(frozen=True, slots=True)
class Mark:
    """One `clause(…)` in the source or one `pytest.mark.clause(…)` in the tests."""

    clause_id: str
    place: str
    quote: str = ""
    reading: str = ""


def enforcing_marks() -> list[Mark]:
    """Return the marks of rules, in the order of files."""
    return [
        mark
        for path in sorted((ROOT / "nummer").rglob("*.py"))
        for mark in _marks(path, called="clause")
    ]


def proving_marks() -> list[Mark]:
    """Return the marks of tests, in the order of files."""
    return [
        mark
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for mark in _marks(path, called="pytest.mark.clause")
    ]


def unproven() -> list[str]:
    """Return the registered ids that no test names."""
    proven = {part for mark in proving_marks() for part in parts_of(mark.clause_id)}
    return [clause.id for clause in REGISTER if clause.id not in proven]


def page() -> str:
    """Return the whole page."""
    enforced, proven = _by_id(enforcing_marks()), _by_id(proving_marks())
    says = {clause.id: f"*{clause.kind.value}.* {clause.says}" for clause in REGISTER}
    lines = [
        "# Clauses",
        "",
        (
            "Made by `python -m nummer.policy.clauses_page`; do not edit. Quotes are from our own "
            "English documents. What stands without a test is not proven yet."
        ),
        "",
        f"{len(REGISTER)} clauses, {len(REGISTER) - len(unproven())} proven.",
        "",
        *_table(says, enforced=enforced, proven=proven),
        "",
        "## Added rules",
        "",
        "Not in the published sources; a decision that rests on one of them says so.",
        "",
        *_table(ADDED_RULES, enforced=enforced, proven=proven),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def _by_id(marks: list[Mark]) -> dict[str, list[Mark]]:
    by_id: dict[str, list[Mark]] = defaultdict(list)
    for mark in marks:
        for part in parts_of(mark.clause_id):
            by_id[part].append(mark)
    return by_id


def _table(
    says: dict[str, str], *, enforced: dict[str, list[Mark]], proven: dict[str, list[Mark]]
) -> list[str]:
    head = ["| Id | Clause | Our words | Enforced by | Proven by |", "|---|---|---|---|---|"]
    return head + [
        f"| {clause_id} | {text} | {_quotes(enforced.get(clause_id, []))} "
        f"| {_places(enforced.get(clause_id, []))} | {_places(proven.get(clause_id, []))} |"
        for clause_id, text in says.items()
    ]


def _quotes(marks: list[Mark]) -> str:
    quotes = dict.fromkeys(
        f'"{mark.quote}"' + (f" ({mark.reading})" if mark.reading else "") for mark in marks
    )
    return " ".join(quotes) or "none yet"


def _places(marks: list[Mark]) -> str:
    places = dict.fromkeys(f"`{mark.place}`" for mark in marks)
    return ", ".join(places) or NOT_YET


def _marks(path: Path, *, called: str) -> Iterator[Mark]:
    """Yield the marks of one file; each belongs to the outermost function it stands at."""
    text = path.read_text(encoding="utf-8")
    if "clause(" not in text:
        return
    place = path.relative_to(ROOT).as_posix()
    for statement in ast.parse(text).body:
        for owner in _owners(statement):
            name = getattr(owner, "name", "")
            for call in _calls(owner, called=called):
                yield from _marks_of(call, place=f"{place}::{name}" if name else place)


def _owners(statement: ast.stmt) -> list[ast.stmt]:
    """Return the methods of a class one by one, anything else as it is."""
    if isinstance(statement, ast.ClassDef):
        return statement.body
    return [statement]


def _calls(owner: ast.stmt, *, called: str) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(owner)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == called
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]


def _marks_of(call: ast.Call, *, place: str) -> Iterator[Mark]:
    """Yield a mark for each id of the call."""
    words = {
        keyword.arg: keyword.value.value
        for keyword in call.keywords
        if isinstance(keyword.value, ast.Constant)
    }
    for argument in call.args:
        yield Mark(
            clause_id=str(ast.literal_eval(argument)),
            place=place,
            quote=str(words.get("quote") or ""),
            reading=str(words.get("reading") or ""),
        )


if __name__ == "__main__":
    main()
