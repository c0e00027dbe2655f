"""Jobs of numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from nummer.apps.numbers.importing import continue_import
from nummer.kernel import clock
from nummer.kernel.jobs import IMPORT_NUMBERS


def import_numbers(*, run_id: str) -> None:
    """Take in what is left of a file of numbers."""
    continue_import(UUID(run_id), now=clock.now())


JOBS: Final[Mapping[str, Callable[..., None]]] = {IMPORT_NUMBERS: import_numbers}
