"""What the commands of the sandbox cannot do, said to whoever typed them."""

from __future__ import annotations

import click


class NotInProductionError(click.ClickException):
    """The installation is a real one."""

    exit_code = 2


class SandboxError(click.ClickException):
    """A sandbox command could not do what it should; the text says why."""

    exit_code = 1


def require_sandbox() -> None:
    """Refuse in production, else set Django up."""
    from nummer.config.env import environment, use_settings  # noqa: PLC0415 -- not for --help

    if environment().mode != "sandbox":
        raise NotInProductionError("Production has no sandbox: NUMMER_MODE is 'production'.")
    import django  # noqa: PLC0415 -- not needed for --help

    use_settings()
    django.setup()
    from nummer.config import clock  # noqa: PLC0415 -- needs django.setup

    clock.install_where_needed(environment())
