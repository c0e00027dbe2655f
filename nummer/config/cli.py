"""The command line: `nummer`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Final

import click

from nummer.config.processes import Trouble

# Loaded when named: `nummer refunds decide` needs no Django and should start at once.
COMMANDS: Final[Mapping[str, str]] = {
    "run": "nummer.config.commands.run:run",
    "migrate": "nummer.config.commands.run:migrate",
    "database": "nummer.config.commands.run:database",
    "audit": "nummer.config.commands.audit:audit",
    "check": "nummer.config.commands.check:check",
    "documents": "nummer.config.commands.documents:group",
    "manage": "nummer.config.commands.manage:manage",
    "carriers": "nummer.config.commands.carriers:group",
    "partners": "nummer.config.commands.partners:group",
    "staff": "nummer.config.commands.staff:group",
    "payments": "nummer.config.commands.payments:payments",
    "bank": "nummer.config.commands.bank:group",
    "reconcile": "nummer.config.commands.reconcile:reconcile",
    "refunds": "nummer.config.commands.refunds:group",
    "sandbox": "nummer.config.commands.sandbox:group",
    "demo": "nummer.config.commands.demo:demo",
    "bench": "nummer.config.commands.bench:bench",
}


class LazyGroup(click.Group):
    """Finds a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands that this release has."""
        del ctx
        return [name for name in COMMANDS if _is_built(name)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a name; None where there is none."""
        del ctx
        if cmd_name not in COMMANDS or not _is_built(cmd_name):
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def nummer() -> None:
    """Run and look after a Nummer installation."""


def main() -> None:
    """Enter from the shell; trouble is one sentence on standard error and exit code 1."""
    try:
        nummer(prog_name="nummer", standalone_mode=True)
    except Trouble as trouble:
        click.echo(f"nummer: {trouble}", err=True)
        sys.exit(1)
    except ValueError as wrong:
        if not str(wrong).startswith("NUMMER_"):
            raise
        click.echo(f"nummer: {wrong}", err=True)
        sys.exit(2)


def _is_built(name: str) -> bool:
    module = COMMANDS[name].partition(":")[0]
    return find_spec(module) is not None
