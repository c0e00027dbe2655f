"""Outages of a rented number: merged, counted, and cut to the paid period (RP-B1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from nummer.policy.refund.case import Case, paid_period
from nummer.policy.refund.facts import Outage

OUTAGE_MIN: Final = timedelta(hours=24)  # RP-B1: "for more than 24 hours"
WORKING_AGAIN_MIN: Final = timedelta(minutes=60)  # ADR 0031: shorter is still the same outage
ONE_DAY: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class MergedOutage:
    """Reports that make one outage; `ends_at` is the instant of judging while it is `open`."""

    reported_at: datetime
    ends_at: datetime
    open: bool

    @property
    def long_enough(self) -> bool:
        """Return whether it lasted more than 24 hours of real time since the report."""
        return self.ends_at - self.reported_at > OUTAGE_MIN

    def days_within(self, start: datetime, *, end: datetime) -> int:
        """Return the begun days of 24 real hours between `start` and `end`."""
        lasted = min(self.ends_at, end) - max(self.reported_at, start)
        return max(0, -(-lasted // ONE_DAY))


def merged_outages(case: Case) -> list[MergedOutage]:
    """Return the outages not caused by the client, in order, overlaps and short gaps closed.

    A number that was switched off can no longer fail: what is reported after that is left out.
    """
    off = case.facts.deactivated
    reports = sorted(
        (
            report
            for report in case.facts.outages or ()
            if not report.caused_by_client and (off is None or report.reported_at <= off.at)
        ),
        key=lambda report: (report.reported_at, report.cleared_at or case.at),
    )
    merged: list[MergedOutage] = []
    for report in reports:
        outage = _as_merged(report, at=case.at)
        if merged and outage.reported_at - merged[-1].ends_at < WORKING_AGAIN_MIN:
            outage = _joined(merged.pop(), outage)
        merged.append(outage)
    return merged


def counted_outages(case: Case) -> list[MergedOutage]:
    """Return those that give money in this period: long enough, and over, or the period is."""
    assert case.facts.order is not None, "outages belong to an order"
    start, end = paid_period(case.facts.order)
    return [
        outage
        for outage in merged_outages(case)
        if outage.long_enough
        and outage.days_within(start, end=end)
        and not (outage.open and case.at < end)
    ]


def days_of(outages: Sequence[MergedOutage], *, start: datetime, end: datetime) -> int:
    """Return the days of several outages within a period."""
    return sum(outage.days_within(start, end=end) for outage in outages)


def outage_left_by_client(case: Case) -> MergedOutage | None:
    """Return the long outage during which the client switched the number off, if any."""
    deactivated, order = case.facts.deactivated, case.facts.order
    if order is None or deactivated is None or not deactivated.by_client:
        return None
    _start, end = paid_period(order)
    for outage in merged_outages(case):
        inside = outage.reported_at <= deactivated.at and (
            outage.open or deactivated.at < outage.ends_at
        )
        if inside and outage.long_enough and deactivated.at < end:
            return outage
    return None


def _as_merged(report: Outage, *, at: datetime) -> MergedOutage:
    return MergedOutage(report.reported_at, report.cleared_at or at, report.cleared_at is None)


def _joined(first: MergedOutage, second: MergedOutage) -> MergedOutage:
    return MergedOutage(
        first.reported_at, max(first.ends_at, second.ends_at), first.open or second.open
    )
