"""`nummer check`: what is owed to customers and when; exit 1 where something is late."""

from __future__ import annotations

import json
import sys

import click

from nummer.config.commands.ready import ready


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def check(*, as_json: bool) -> None:
    """Count what is owed to customers by kind: open, near their end, late; exit 1 on a late one."""
    with ready():
        from nummer.apps.refunds import queries  # noqa: PLC0415 -- needs django.setup
        from nummer.kernel import clock  # noqa: PLC0415 -- as above

        owed = queries.owed(now=clock.now())
    if as_json:
        click.echo(json.dumps([{"kind": kind, **counts} for kind, counts in owed.items()]))
    else:
        for kind, counts in owed.items():
            said = ", ".join(f"{state} {count}" for state, count in counts.items())
            click.echo(f"{'LATE ' if counts['late'] else 'ok   '} {kind}: {said}")
    sys.exit(1 if any(counts["late"] for counts in owed.values()) else 0)
