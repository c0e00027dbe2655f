"""Marks a function as the place where one clause of our documents is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Rule = TypeVar("Rule", bound=Callable[..., object])


def clause(clause_id: str, *, quote: str, reading: str | None = None) -> Callable[[Rule], Rule]:
    """Say that the function below enforces `clause_id`.

    `quote` stands word for word in one of our English documents (a tidy test looks); `reading`
    names the ADR where the words leave a doubt. docs/clauses.md is made from these lines by
    reading the source, so the mark itself changes nothing at run time.
    """
    assert clause_id, "a clause has an id"
    assert quote, "a clause quotes our own document"
    assert reading is None or reading.startswith("ADR "), "a reading names its ADR"

    def unchanged(rule: Rule) -> Rule:
        return rule

    return unchanged
