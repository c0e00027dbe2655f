"""`nummer check`: whether the installation is fit to sell, and what is owed; exit 1 on an error."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import click

from nummer.config.commands.ready import ready

if TYPE_CHECKING:
    from nummer.config.checks.finding import Finding

SIGNS: Final = {"good": "ok   ", "note": "note ", "warning": "WARN ", "error": "ERROR"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def check(*, as_json: bool) -> None:
    """Look at the installation and count what is owed; exit 1 on an error or what is late.

    What is owed is counted by kind: open, near its end, late. Everything that is not good comes
    with what to do.
    """
    with ready() as env:
        from nummer.apps.refunds import queries  # noqa: PLC0415 -- needs django.setup
        from nummer.config.checks.all import findings  # noqa: PLC0415 -- as above
        from nummer.kernel import clock  # noqa: PLC0415 -- as above

        owed = queries.owed(now=clock.now())
        found = findings(env, now=clock.now())
    if as_json:
        click.echo(json.dumps([*_owed_rows(owed), *map(_row, found)]))
    else:
        _print(owed, found)
    late = any(counts["late"] for counts in owed.values())
    sys.exit(1 if late or any(each.level.value == "error" for each in found) else 0)


def _owed_rows(owed: Mapping[str, Mapping[str, int]]) -> list[dict[str, object]]:
    return [{"kind": kind, **counts} for kind, counts in owed.items()]


def _row(finding: Finding) -> dict[str, object]:
    """Return a finding with the counts that every row of this list has."""
    return {
        "kind": finding.about,
        "open": 0,
        "near": int(finding.level.value == "warning"),
        "late": int(finding.level.value == "error"),
        "level": finding.level.value,
        "finding": finding.said,
        "todo": finding.todo,
    }


def _print(owed: Mapping[str, Mapping[str, int]], found: Sequence[Finding]) -> None:
    for kind, counts in owed.items():
        said = ", ".join(f"{state} {count}" for state, count in counts.items())
        click.echo(f"{'LATE ' if counts['late'] else 'ok   '} {kind}: {said}")
    for each in found:
        click.echo(f"{SIGNS[each.level.value]} {each.about}: {each.said}")
        if each.todo:
            click.echo(f"      to do: {each.todo}")
