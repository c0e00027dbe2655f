"""Nothing here is about a person: routes, numbers of ours, and texts that we sent to ourselves."""

from __future__ import annotations

from typing import Final

from nummer.policy.privacy import Inventory, NotPersonal

_RULE = NotPersonal("a rule that the staff set")
_ROUTE = NotPersonal("a carrier's route and a number of ours that nobody holds")
_TEST = NotPersonal("a text of ours to a number of ours, and when it was where")
_SPELL = NotPersonal("a time in which a route did not work")

PERSONAL: Final[Inventory] = {
    "probes_rules": dict.fromkeys(
        (
            "id",
            "every_minutes",
            "wait_minutes",
            "failures_in_row",
            "per_day_max",
            "euro_micro_per_day_max",
            "declares",
            "changed_at",
        ),
        _RULE,
    ),
    "probes_plan": dict.fromkeys(
        (
            "id",
            "carrier",
            "number",
            "country",
            "number_carrier",
            "added_at",
            "next_at",
            "paused_at",
            "skipped_at",
            "failed_in_row",
            "failing_since",
        ),
        _ROUTE,
    ),
    "probes_probe": dict.fromkeys(
        (
            "id",
            "plan_id",
            "token",
            "text_id",
            "started_at",
            "wait_until",
            "taken_at",
            "accepted_at",
            "receipt",
            "receipt_at",
            "arrived_at",
            "arrived_over",
            "outcome",
            "counted",
            "ended_at",
            "look_at",
            "cost_micro",
            "cost_currency",
            "reserved_euro_micro",
        ),
        _TEST,
    ),
    "probes_spell": dict.fromkeys(
        (
            "id",
            "plan_id",
            "carrier",
            "country",
            "began_at",
            "ended_at",
            "draft_id",
            "incident_id",
        ),
        _SPELL,
    ),
}
