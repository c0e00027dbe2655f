"""Which papers may be asked for: those a rule of the number names, and no others."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from nummer.policy.clause import clause


@clause(
    "LD-D2",
    quote="Papers are asked for only where the rules for a number require them, and the product "
    "page says so before you pay.",
)
@clause(
    "LD-R2",
    quote="Papers are asked for only where the rules for a number require them, and the product "
    "page says so before you pay.",
    reading="ADR 0030",
)
def papers_to_ask_for(
    *, required_by_number: AbstractSet[str], on_file: AbstractSet[str]
) -> frozenset[str]:
    """Return the kinds of papers still missing; a one-time number requires none."""
    return frozenset(required_by_number - on_file)
