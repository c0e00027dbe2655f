"""`nummer check`: what is owed to customers and when; exit 1 where something is late."""

from __future__ import annotations

import json
import sys

import click

from nummer.config.processes import Trouble


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def check(*, as_json: bool) -> None:
    """Count what is owed to customers by kind: open, near their end, late; exit 1 on a late one."""
    import django  # noqa: PLC0415 -- not needed for --help

    from nummer.config.env import environment, use_settings  # noqa: PLC0415 -- as above

    use_settings()
    django.setup()
    from django.db import OperationalError  # noqa: PLC0415 -- as above

    from nummer.apps.refunds import queries  # noqa: PLC0415 -- as above
    from nummer.config import clock as clocks  # noqa: PLC0415 -- as above
    from nummer.kernel import clock  # noqa: PLC0415 -- as above

    clocks.install_where_needed(environment())
    try:
        owed = queries.owed(now=clock.now())
    except OperationalError as away:
        raise Trouble("The database does not answer. Is Nummer running?") from away
    if as_json:
        click.echo(json.dumps([{"kind": kind, **counts} for kind, counts in owed.items()]))
    else:
        for kind, counts in owed.items():
            said = ", ".join(f"{state} {count}" for state, count in counts.items())
            click.echo(f"{'LATE ' if counts['late'] else 'ok   '} {kind}: {said}")
    sys.exit(1 if any(counts["late"] for counts in owed.values()) else 0)
