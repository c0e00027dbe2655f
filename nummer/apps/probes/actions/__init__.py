"""The verbs of probes: `plans` is what the staff decides, `sending` and `judging` do the work.

`spells` tells the staff when a route fails again and again.
"""

from nummer.apps.probes.actions.judging import look
from nummer.apps.probes.actions.plans import (
    add_number,
    add_plan,
    pause_plan,
    resume_plan,
    set_rules,
)
from nummer.apps.probes.actions.sending import run_due, run_now

__all__ = [
    "add_number",
    "add_plan",
    "look",
    "pause_plan",
    "resume_plan",
    "run_due",
    "run_now",
    "set_rules",
]
