"""Entry of every process that the supervisor starts: `python -m nummer.config.child NAME`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Final

import django

ENTRIES: Final[Mapping[str, str]] = {
    "setup-tables": "nummer.config.setup:tables",
    "setup-content": "nummer.config.setup:content",
    "web": "nummer.config.web:serve",
    "jobs": "nummer.config.worker:work",
    "gateway-smpp": "nummer.config.gateway:smpp",
    "gateway-mail": "nummer.config.mailbox:take",
    "sandbox": "nummer.config.links:sandbox",
    "metrics": "nummer.config.metrics:serve",
}

WITH_DJANGO: Final = (
    "setup-tables",
    "setup-content",
    "jobs",
    "gateway-smpp",
    "gateway-mail",
    "sandbox",
)
SETUP: Final = ("setup-tables", "setup-content")  # they meet the operator's data, not customers'


def is_built(name: str) -> bool:
    """Tell whether the code of a process is there."""
    return find_spec(ENTRIES[name].partition(":")[0]) is not None


def main(name: str) -> None:
    """Become the named process; returns when it has ended in order."""
    module, _, function = ENTRIES[name].partition(":")
    from nummer.config import logs  # noqa: PLC0415 -- only the chosen process's code is loaded

    logs.configure({})
    logs.bind_process(name)
    if name not in SETUP:
        logs.report_end_without_message()
    if name in WITH_DJANGO:
        django.setup()
    entry: Callable[[], None] = getattr(import_module(module), function)
    entry()


if __name__ == "__main__":
    main(sys.argv[1])
