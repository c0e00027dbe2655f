"""`nummer audit`: every invariant, a line each."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

import click

from nummer.config.commands.ready import ready


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def audit(*, as_json: bool) -> None:
    """Check every invariant of money, numbers, messages and keys; exit 1 on a breach."""
    with ready():
        lines = list(_all_lines())
    if as_json:
        named = [
            {"name": name, "breaches": breaches, "detail": detail}
            for name, breaches, detail in lines
        ]
        click.echo(json.dumps(named, indent=2))
    else:
        for name, breaches, detail in lines:
            verdict = "ok    " if breaches == 0 else "BREACH"
            click.echo(f"{verdict} {name}{f': {breaches}, {detail}' if breaches else ''}")
    sys.exit(1 if any(breaches for _, breaches, _ in lines) else 0)


def _all_lines() -> Iterator[tuple[str, int, str]]:
    from django.apps import apps as installed  # noqa: PLC0415 -- not needed for --help

    for app in installed.get_app_configs():
        module = f"{app.name}.queries"
        if not app.name.startswith("nummer.apps.") or find_spec(module) is None:
            continue
        lines = getattr(import_module(module), "audit_lines", None)
        if lines is not None:
            for name, breaches, detail in lines():
                yield str(name), int(breaches), str(detail)
