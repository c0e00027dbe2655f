"""`nummer demo`: the main job, told step by step against a running sandbox."""

from __future__ import annotations

import click

LANGUAGES = ("en", "nb", "de")


@click.command()
@click.option(
    "--lang", default="en", show_default=True, type=click.Choice(LANGUAGES), help="Of the story."
)
@click.option(
    "--with-clock",
    is_flag=True,
    help="Also let an order run out; this moves the installation's clock forward for good.",
)
def demo(*, lang: str, with_clock: bool) -> None:
    """Buy a number, get a code, cancel, get money back: all that a customer can do.

    Makes a customer in the running sandbox and goes his way through the doors that programs use.
    Exit 0 when everything went well, 1 at the step that did not.
    """
    from nummer.config.commands.refused import (  # noqa: PLC0415 -- not for --help
        needs_running_sandbox,
        require_sandbox,
    )

    require_sandbox()
    from nummer.config.commands.demo_story import tell  # noqa: PLC0415 -- needs django.setup

    with needs_running_sandbox():
        tell(language=lang, with_clock=with_clock)
