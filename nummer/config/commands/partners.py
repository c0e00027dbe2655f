"""`nummer partners`: who brings the SMS of which carrier's numbers, and with which key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Final

import click

from nummer.config.commands.ready import ready
from nummer.config.processes import Trouble

ACTOR: Final = "system:cli"

_CARRIER = re.compile(r"[a-z0-9_-]{1,20}", re.ASCII)


@click.group(name="partners")
def group() -> None:
    """Let owners of SIM cards bring the SMS of their numbers; docs/operate/partners.md."""


@group.command()
@click.option("--carrier", required=True, help="The code that his numbers have as carrier.")
@click.option("--url", default="", help="His own server, where he has one to be asked.")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def add(*, carrier: str, url: str, machine: bool) -> None:
    """Add a partner and print the key that he and we show each other."""
    with _ready() as sandbox:
        from nummer.apps.catalogue import partners  # noqa: PLC0415 -- needs django.setup
        from nummer.kernel import clock  # noqa: PLC0415 -- as above

        made = partners.add_partner(
            _code(carrier), url=url, loopback=sandbox, actor=ACTOR, now=clock.now()
        )
    said = {"carrier": made.partner.carrier, "url": made.partner.url, "key": made.key}
    click.echo(json.dumps(said) if machine else "\n".join(f"{n}: {said[n]}" for n in said))


@group.command(name="list")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def list_(*, machine: bool) -> None:
    """List the partners, without their keys."""
    with _ready():
        from nummer.apps.catalogue import partners  # noqa: PLC0415 -- needs django.setup

        rows = partners.partners()
    if machine:
        shown = [
            {
                "carrier": row.carrier,
                "url": row.url,
                "added_at": row.added_at.isoformat(),
                "stopped_at": row.stopped_at.isoformat() if row.stopped_at else None,
            }
            for row in rows
        ]
        click.echo(json.dumps(shown))
        return
    for row in rows:
        click.echo(f"{row.carrier}  {row.url or '-'}{'  stopped' if row.stopped_at else ''}")


@group.command()
@click.option("--carrier", required=True, help="Whose partner.")
def key(*, carrier: str) -> None:
    """Print a partner's key again."""
    with _ready():
        from nummer.apps.catalogue import partners  # noqa: PLC0415 -- needs django.setup

        found = partners.key_of(carrier)
    click.echo(found)


@group.command()
@click.option("--carrier", required=True, help="Whose partner.")
def stop(*, carrier: str) -> None:
    """Take nothing from a partner any more, and ask him nothing."""
    with _ready():
        from nummer.apps.catalogue import partners  # noqa: PLC0415 -- needs django.setup
        from nummer.kernel import clock  # noqa: PLC0415 -- as above

        partners.stop_partner(carrier, actor=ACTOR, now=clock.now())
    click.echo(f"{carrier} is stopped.")


@group.command()
@click.option("--carrier", required=True, help="Whose partner.")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def services(*, carrier: str, machine: bool) -> None:
    """Ask a partner's server what he has free."""
    with _ready():
        from nummer.apps.catalogue import partners  # noqa: PLC0415 -- needs django.setup
        from nummer.kernel import clock  # noqa: PLC0415 -- as above

        rows = partners.ask_services(carrier, now=clock.now())
    if machine:
        click.echo(json.dumps([asdict(row) for row in rows]))
        return
    for row in rows:
        click.echo(f"{row.country}  {row.operator}  {row.service}  {row.free}")


def _code(carrier: str) -> str:
    code = carrier.strip().lower()
    if not _CARRIER.fullmatch(code):
        raise Trouble("A carrier's code has up to 20 letters a to z, digits, hyphens, underscores.")
    return code


@contextmanager
def _ready() -> Iterator[bool]:
    """Set Django up; yield whether this is a sandbox; say that a partner's server is away."""
    with ready() as env:
        from nummer.kernel.errors import Unavailable  # noqa: PLC0415 -- needs django.setup

        try:
            yield env.mode == "sandbox"
        except Unavailable:
            raise Trouble("The partner's server does not answer as it should.") from None
