"""What every start does before the processes come up: tables, texts, files, installed content."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Final

import structlog
from django.conf import settings
from django.core.management import call_command

from nummer.config import clock as sandbox_clock
from nummer.config import messages
from nummer.config.env import environment
from nummer.kernel import clock

_log = structlog.get_logger(__name__)

# Run in this order at every start with `now=`; each changes nothing where all is there already.
EVERYWHERE: Final = (
    "nummer.apps.catalogue.actions.install_services",
    "nummer.apps.agreements.actions.install_first_documents",
    "nummer.apps.supply.actions.connect",
    "nummer.apps.alerts.actions.watch_everything",
)
ONLY_IN_SANDBOX: Final = ("nummer.config.sandbox_seed.seed",)


def tables() -> None:
    """Bring the tables to this release; the process must be their owner (NUMMER_AS_OWNER=1)."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    _log.info("tables are up to date")


def content() -> None:
    """Compile the translations, collect the static files and install what the tables must hold."""
    sandbox_clock.install_where_needed(environment())
    messages.compile_all()
    _collect_static_files()
    for path in (*EVERYWHERE, *(ONLY_IN_SANDBOX if settings.SANDBOX else ())):
        step = find_step(path)
        if step is None:
            _log.warning("setup step is missing", step=path)
            continue
        step(now=clock.now())
        _log.info("setup step done", step=path)


def find_step(path: str) -> Callable[..., object] | None:
    """Return the function that a dotted path names; None where that part is not built."""
    module, _, name = path.rpartition(".")
    parents = module.split(".")
    for depth in range(1, len(parents) + 1):
        if find_spec(".".join(parents[:depth])) is None:
            return None
    found: Callable[..., object] | None = getattr(import_module(module), name, None)
    return found


def _collect_static_files() -> None:
    call_command("collectstatic", interactive=False, verbosity=0, clear=False)
