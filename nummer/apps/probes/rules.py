"""The rules of all probes: those that the staff set, or those of a new installation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from nummer.apps.probes.models import Rules
from nummer.kernel.money import Money

EVERY_MINUTES_MIN: Final = 5
EVERY_MINUTES_MAX: Final = 7 * 24 * 60
WAIT_MINUTES_MAX: Final = 60
FAILURES_MAX: Final = 20
PER_DAY_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class ProbeRules:
    """How often is probed, how long a probe may take, after how many failures staff is asked.

    `per_day_max` and `cost_per_day_max` (euros) bound what starts within 24 hours. With `declares`
    an outage is made known at once, without a person.
    """

    every: timedelta
    wait: timedelta
    failures_in_row: int
    per_day_max: int
    cost_per_day_max: Money
    declares: bool


# Four probes an hour of five routes, at three cents each, would be 14 euros a day: less than that.
NEW: Final = ProbeRules(
    every=timedelta(minutes=60),
    wait=timedelta(minutes=10),
    failures_in_row=3,
    per_day_max=200,
    cost_per_day_max=Money(5_000_000, "EUR"),
    declares=False,
)


def rules() -> ProbeRules:
    """Return the rules in force; nothing is probed by them while there is no plan."""
    row = Rules.objects.filter(id=1).first()
    if row is None:
        return NEW
    return ProbeRules(
        every=timedelta(minutes=row.every_minutes),
        wait=timedelta(minutes=row.wait_minutes),
        failures_in_row=row.failures_in_row,
        per_day_max=row.per_day_max,
        cost_per_day_max=Money(row.euro_micro_per_day_max, "EUR"),
        declares=row.declares,
    )
