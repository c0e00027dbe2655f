"""What the commands of the sandbox cannot do, said to whoever typed them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click


class NotInProductionError(click.ClickException):
    """The installation is a real one."""

    exit_code = 2


class SandboxError(click.ClickException):
    """A sandbox command could not do what it should; the text says why."""

    exit_code = 1


class RunningSandbox(click.Group):
    """Commands that need the running sandbox, and say so where it does not run."""

    def invoke(self, ctx: click.Context) -> Any:
        """Do the command; a database that is away means that nothing runs."""
        with needs_running_sandbox():
            return super().invoke(ctx)


@contextmanager
def needs_running_sandbox() -> Iterator[None]:
    """Say that the sandbox does not run where a part of it does not answer."""
    from django.db import InterfaceError, OperationalError  # noqa: PLC0415 -- not for --help

    from nummer.kernel.errors import Unavailable  # noqa: PLC0415 -- not for --help

    try:
        yield
    except (OperationalError, InterfaceError, Unavailable):
        raise SandboxError("The sandbox is not running; start it with `make run`.") from None


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
