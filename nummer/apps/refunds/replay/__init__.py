"""Computes stored decisions anew from their stored facts, to prove that each gives itself.

A run goes through the decisions in the order of their key, batch by batch. Each batch writes its
progress and what it found together, so that a run that was killed goes on where it stopped, and
two at once share the work without doing any of it twice. Decisions are only read.
"""

from nummer.apps.refunds.replay.comparing import differences
from nummer.apps.refunds.replay.runs import (
    DIFFERENCES_PAGE,
    DifferenceRow,
    ReplayRow,
    continue_replay,
    found_differences,
    replay_batch,
    replay_run,
    replay_runs,
    start_replay,
)

__all__ = (
    "DIFFERENCES_PAGE",
    "DifferenceRow",
    "ReplayRow",
    "continue_replay",
    "differences",
    "found_differences",
    "replay_batch",
    "replay_run",
    "replay_runs",
    "start_replay",
)
