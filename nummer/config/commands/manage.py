"""`nummer manage`: Django's own commands."""

from __future__ import annotations

import click


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    add_help_option=False,
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def manage(words: tuple[str, ...]) -> None:
    """Run a command of Django's management, as `nummer manage check --deploy`."""
    from django.core.management import execute_from_command_line  # noqa: PLC0415 -- not needed for --help

    from nummer.config.env import use_settings  # noqa: PLC0415 -- not needed for --help

    use_settings()
    if not words or words[0] in ("-h", "--help"):
        words = ("help", *words[1:])
    execute_from_command_line(["nummer manage", *words])
