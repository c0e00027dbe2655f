"""Work of the catalogue: price lists are compared, old pushes of partners forgotten."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from nummer.apps.catalogue.models import PartnerPush
from nummer.apps.catalogue.partners import forget_pushes
from nummer.apps.catalogue.sms_lists import compare_list
from nummer.kernel.due import DueRow, DueSource
from nummer.kernel.ids import id_of
from nummer.kernel.jobs import COMPARE_PRICES

KEPT: Final = timedelta(days=30)  # a partner repeats a push every ten seconds, not for a month
STEP_S: Final = 3600


def compare_prices(*, list_id: str) -> None:
    """Compare what is left of a carrier's price list."""
    compare_list(UUID(list_id))


JOBS: Final[Mapping[str, Callable[..., None]]] = {COMPARE_PRICES: compare_prices}


def _find(until: datetime, limit: int) -> Sequence[DueRow]:
    del limit
    oldest = PartnerPush.objects.order_by("taken_at").values_list("taken_at", flat=True).first()
    if oldest is None:
        return []
    due_at = oldest + KEPT
    due_at += timedelta(seconds=STEP_S - due_at.timestamp() % STEP_S)
    return [DueRow(due_at, 0, id_of("catalogue.pushes", str(due_at)))] if due_at <= until else []


def _fire(row: DueRow, now: datetime) -> None:
    del now
    forget_pushes(before=row.due_at - KEPT)


DUE_SOURCES: Final = (DueSource("catalogue.pushes", _find, _fire, lead=None),)
