"""The terms of a call as its row keeps them."""

from __future__ import annotations

from nummer.apps.calls.models import Call
from nummer.policy.calls import Terms


def terms_of(row: Call) -> Terms:
    """Return how the call is charged, whatever rates hold now."""
    return Terms(row.setup_net_micro, row.minute_net_micro, row.minimum_s, row.step_s, row.free_s)
