"""Which limits there are, and what they are where nobody set them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

EVERYBODY: Final = 0
OUTCOMES_KEPT: Final = 100


@dataclass(frozen=True, slots=True)
class OrderLimits:
    """`share_percent_min` of the last OUTCOMES_KEPT orders must have had a code.

    The share is asked once `share_after` orders have ended.
    """

    orders_per_minute: int
    open_max: int
    share_percent_min: int
    share_after: int


# Generous for a person and for most programs: the operator sets his own in the back office.
USUAL: Final = OrderLimits(
    orders_per_minute=120, open_max=200, share_percent_min=3, share_after=OUTCOMES_KEPT
)
