"""`nummer carriers`: with which keys carriers sign what they let us know."""

from __future__ import annotations

import json
import re
from typing import Final
from uuid import UUID

import click

from nummer.config.commands.ready import ready
from nummer.config.processes import Trouble

ACTOR: Final = "system:cli"

_CARRIER: Final = re.compile(r"[a-z0-9_-]{1,20}", re.ASCII)


@click.group(name="carriers")
def group() -> None:
    """Let carriers sign notices of blocks, faults and repairs; docs/operate/notices.md."""


@group.command()
@click.option("--carrier", required=True, help="The code that its numbers have as carrier.")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def key(*, carrier: str, machine: bool) -> None:
    """Make a key for a carrier and print it, this once; two may be in use at a time."""
    with ready():
        from nummer.apps.incidents.actions import keys  # noqa: PLC0415 -- needs django.setup
        from nummer.kernel import clock  # noqa: PLC0415 -- as above

        made = keys.add_key(_code(carrier), actor=ACTOR, now=clock.now())
    said = {"carrier": made.key.carrier, "id": str(made.key.id), "key": made.secret}
    click.echo(json.dumps(said) if machine else "\n".join(f"{n}: {said[n]}" for n in said))


@group.command(name="list")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def list_(*, machine: bool) -> None:
    """List the keys of carriers, without their secrets."""
    with ready():
        from nummer.apps.incidents.actions import keys  # noqa: PLC0415 -- needs django.setup

        rows = keys.listed_keys()
    shown = [
        {
            "carrier": row.carrier,
            "id": str(row.id),
            "added_at": row.added_at.isoformat(),
            "stopped_at": row.stopped_at.isoformat() if row.stopped_at else None,
        }
        for row in rows
    ]
    if machine:
        click.echo(json.dumps(shown))
        return
    for row in shown:
        click.echo(f"{row['carrier']}  {row['id']}{'  stopped' if row['stopped_at'] else ''}")


@group.command()
@click.option("--id", "key_id", required=True, type=click.UUID, help="Which key.")
def stop(*, key_id: UUID) -> None:
    """Take no notice signed with a key any more."""
    with ready():
        from nummer.apps.incidents.actions import keys  # noqa: PLC0415 -- needs django.setup
        from nummer.kernel import clock  # noqa: PLC0415 -- as above

        keys.stop_key(key_id, actor=ACTOR, now=clock.now())
    click.echo("The key is stopped.")


def _code(carrier: str) -> str:
    code = carrier.strip().lower()
    if not _CARRIER.fullmatch(code):
        raise Trouble("A carrier's code has up to 20 letters a to z, digits, hyphens, underscores.")
    return code
