"""`nummer run` and `nummer migrate`."""

from __future__ import annotations

import click


@click.command()
def run() -> None:
    """Start everything and keep it running until Ctrl-C."""
    from nummer.config import run as runner  # noqa: PLC0415 -- not needed for --help
    from nummer.config.env import environment  # noqa: PLC0415 -- not needed for --help

    runner.run(environment())


@click.command()
def database() -> None:
    """Run the embedded database alone, to restore a backup, until Ctrl-C."""
    from nummer.config import run as runner  # noqa: PLC0415 -- not needed for --help
    from nummer.config.env import environment  # noqa: PLC0415 -- not needed for --help

    runner.run_database(environment())


@click.command()
def migrate() -> None:
    """Bring the tables to this release, without starting anything else."""
    from nummer.config import run as runner  # noqa: PLC0415 -- not needed for --help
    from nummer.config.env import environment  # noqa: PLC0415 -- not needed for --help

    runner.migrate(environment())
