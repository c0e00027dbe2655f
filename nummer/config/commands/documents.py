"""`nummer documents`: which promises are published, and publishing new ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from nummer.config.commands.ready import ready
from nummer.config.processes import Trouble


@click.group(name="documents")
def group() -> None:
    """List, check and publish terms, policies and notices; docs/operate/documents.md."""


@group.command(name="list")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def list_(*, machine: bool) -> None:
    """List every published version and from when it counts."""
    with _ready():
        from nummer.apps.agreements import queries  # noqa: PLC0415 -- needs django.setup
        from nummer.kernel import clock  # noqa: PLC0415 -- as above

        now = clock.now()
        rows = [
            {
                "document": text.document,
                "version": text.version,
                "published_at": text.published_at.isoformat(),
                "effective_at": text.effective_at.isoformat(),
                "in_force": text.is_in_force(now=now),
                "sha256": text.sha256,
            }
            for document in queries.DOCUMENTS
            for text in queries.versions(document)
        ]
    if machine:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        said = "in force since" if row["in_force"] else "will be in force from"
        click.echo(f"{row['document']} {row['version']}  {said} {row['effective_at']}")


@group.command()
@click.option("--folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def check(*, folder: Path | None, machine: bool) -> None:
    """Say what waits to be published and which texts name old facts; change nothing."""
    with _ready():
        from nummer.apps.agreements import actions  # noqa: PLC0415 -- needs django.setup

        found = actions.check_documents(folder=folder)
    if machine:
        click.echo(json.dumps(asdict(found)))
        return
    for name in found.waiting:
        click.echo(f"{name} waits to be published")
    for name in found.operator_changed:
        click.echo(f"{name} names facts of yours that have changed: write a new version")
    if not (found.waiting or found.operator_changed):
        click.echo("Everything is published.")


@group.command()
@click.option("--folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def publish(*, folder: Path | None, machine: bool) -> None:
    """Publish every version that waits; each customer gets a letter about it."""
    with _ready():
        from nummer.apps.agreements import actions, queries  # noqa: PLC0415 -- needs django.setup
        from nummer.kernel import clock  # noqa: PLC0415 -- as above
        from nummer.kernel.locale import DRAFTING_LANGUAGE  # noqa: PLC0415 -- as above

        now = clock.now()
        done = actions.install_documents(now=now, folder=folder)
        coming = queries.announced(DRAFTING_LANGUAGE, now=now)
    if machine:
        click.echo(json.dumps(asdict(done)))
        return
    effective = {f"{text.document} {text.version}": text.effective_at for text in coming}
    for name in done.published:
        click.echo(f"{name} is published; in force from {effective.get(name, now).isoformat()}")
    for name in done.operator_changed:
        click.echo(f"{name} names facts of yours that have changed: write a new version")
    if not done.published:
        click.echo("There was nothing to publish.")


@contextmanager
def _ready() -> Iterator[None]:
    """Set Django up; say in one sentence what is wrong with a document."""
    with ready():
        from nummer.apps.agreements.errors import BadDocument  # noqa: PLC0415 -- needs django.setup

        try:
            yield
        except BadDocument as wrong:
            raise Trouble(f"{wrong}.") from None
