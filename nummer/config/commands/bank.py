"""`nummer bank`: statements of the operator's bank, read from files."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from nummer.config.processes import Trouble

ACTOR = "system:cli"


@click.group(name="bank")
def group() -> None:
    """Read bank statements; docs/operate/banks.md."""


@group.command(name="import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "machine", is_flag=True, help="Print a list of objects.")
def import_(*, files: tuple[Path, ...], machine: bool) -> None:
    """Read statements (camt.053); one that was read before changes nothing. Files are kept."""
    import django  # noqa: PLC0415 -- not needed for --help

    from nummer.config.env import environment, use_settings  # noqa: PLC0415 -- as above

    use_settings()
    django.setup()
    from django.db import OperationalError  # noqa: PLC0415 -- as above

    from nummer.apps.banking import actions  # noqa: PLC0415 -- as above
    from nummer.config import clock as clocks  # noqa: PLC0415 -- as above
    from nummer.kernel import clock  # noqa: PLC0415 -- as above
    from nummer.kernel.errors import Refusal  # noqa: PLC0415 -- as above

    clocks.install_where_needed(environment())
    done: list[dict[str, object]] = []
    for path in files:
        try:
            with path.open("rb") as file:
                taken = actions.import_statements(file, actor=ACTOR, now=clock.now())
        except Refusal as refusal:
            done.append({"file": str(path), "refused": refusal.sentence % refusal.data})
        except OSError as away:
            done.append({"file": str(path), "refused": away.strerror or "cannot be read"})
        except OperationalError as away:
            raise Trouble("The database does not answer. Is Nummer running?") from away
        else:
            done.append({"file": str(path), **asdict(taken)})
    if machine:
        click.echo(json.dumps(done, indent=2))
    else:
        for one in done:
            click.echo("  ".join(f"{name} {value}" for name, value in one.items()))
    sys.exit(1 if any("refused" in one for one in done) else 0)
