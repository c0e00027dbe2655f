"""Jobs of numbers, and the figures that fall due: ended activations, and the turn of a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Min

from nummer.apps.numbers.importing import continue_import
from nummer.apps.numbers.models import Activation, CodeRate
from nummer.apps.numbers.rates import count_ended, slide_window
from nummer.kernel import clock
from nummer.kernel.due import DueRow, DueSource
from nummer.kernel.jobs import IMPORT_NUMBERS

COUNTED_AFTER: Final = timedelta(minutes=1)  # so a busy shop counts in batches, not one by one
FIGURES: Final = UUID(int=0)
NOBODY: Final = 0  # the figures belong to no customer


def import_numbers(*, run_id: str) -> None:
    """Take in what is left of a file of numbers."""
    continue_import(UUID(run_id), now=clock.now())


JOBS: Final[Mapping[str, Callable[..., None]]] = {IMPORT_NUMBERS: import_numbers}


def _uncounted(until: datetime, limit: int) -> Sequence[DueRow]:
    """Return one row for all activations that ended and are not in the figures yet."""
    del limit
    waiting = Activation.objects.filter(counted=False, closed_at__lte=until - COUNTED_AFTER)
    first = waiting.order_by("closed_at").values_list("closed_at", flat=True).first()
    return [] if first is None else [DueRow(first + COUNTED_AFTER, NOBODY, FIGURES)]


def _count(row: DueRow, now: datetime) -> None:
    del row
    count_ended(now=now)


def _window_over(until: datetime, limit: int) -> Sequence[DueRow]:
    """Return the end of the day (UTC) that the figures were last added up for."""
    del limit
    on = CodeRate.objects.aggregate(on=Min("window_on"))["on"]
    if on is None:
        return []
    midnight = datetime.combine(on + timedelta(days=1), time(), tzinfo=UTC)
    return [DueRow(midnight, NOBODY, FIGURES)] if midnight <= until else []


def _slide(row: DueRow, now: datetime) -> None:
    del row
    slide_window(now=now)


DUE_SOURCES: Final = (
    DueSource("numbers.code_rates", _uncounted, _count, lead=COUNTED_AFTER),
    DueSource("numbers.code_rate_window", _window_over, _slide),
)
