"""What this app refuses."""

from __future__ import annotations

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class NoSuchProbePlan(Refusal):
    """Nothing is probed under this id."""

    code: ClassVar[str] = "no_such_probe_plan"
    sentence: ClassVar[str] = gettext_noop("There is no such probed route.")


class ProbePlanTaken(Refusal):
    """The same carrier is probed with the same number already."""

    code: ClassVar[str] = "probe_plan_taken"
    sentence: ClassVar[str] = gettext_noop("This carrier is probed with this number already.")


class ProbeNotPossible(Refusal):
    """The number is not there for probes, or the rules contradict each other."""

    code: ClassVar[str] = "probe_not_possible"
    sentence: ClassVar[str] = gettext_noop(
        "Probes go to numbers that are kept for them, and wait for less time than lies between two."
    )


class ProbeRouteMissing(Refusal):
    """The operator's routes do not let this carrier have SMS to the number."""

    code: ClassVar[str] = "probe_route_missing"
    sentence: ClassVar[str] = gettext_noop(
        "No route of this carrier leads to the number, or its cost cannot be compared."
    )


class ProbeUnderWay(Refusal):
    """A probe of this plan waits for its end."""

    code: ClassVar[str] = "probe_under_way"
    sentence: ClassVar[str] = gettext_noop("A probe of this route is under way.")


class ProbeLimitReached(Refusal):
    """So many probes were sent within a day, or for so much money, as the rules allow."""

    code: ClassVar[str] = "probe_limit_reached"
    sentence: ClassVar[str] = gettext_noop(
        "The probes of the last 24 hours have reached the limit that you set."
    )
