"""The order in which rules are tried; the first that answers decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nummer.policy.clause import clause
from nummer.policy.refund import cancellation, exclusions, guarantees
from nummer.policy.refund.case import Case, Outcome

Rule = Callable[[Case], Outcome]

# ADR 0030 explains the order. Undue money is no refund and goes first; exclusions that describe
# narrower facts than a guarantee go before it, all others after it; a reason goes last.
PRECEDENCE: Final[tuple[tuple[str, Rule], ...]] = (
    ("RULE-ERR", cancellation.captured_without_order),
    ("RP-N2 with consent", exclusions.code_was_shown_with_consent),
    ("LAW-14", cancellation.withdrawn_by_law),
    ("RP-X4", exclusions.restriction_ignored),
    ("RP-X3 cancellation", cancellation.cancellation_barred_by_abuse),
    ("RP-X2", exclusions.papers_refused),
    ("PP-6.1", cancellation.cancelled_in_time),
    ("RP-C1", guarantees.listed_place_out_of_stock),
    ("RP-C2", guarantees.carrier_failed_without_replacement),
    ("RP-N2", exclusions.code_was_shown),
    ("RP-B2", guarantees.carrier_blocked),
    ("RP-B3", guarantees.not_provided),
    ("RP-B4", guarantees.no_sms_came),
    ("RP-B1", guarantees.number_was_silent),
    ("RULE-END", guarantees.ended_by_operator),
    ("RP-X3 payout", exclusions.payout_barred_by_abuse),
    ("RP-N1", exclusions.left_early),
    ("PP-6.1 too late", exclusions.cancelled_too_late),
    ("RP-C2 replaced", exclusions.replaced),
    ("RP-B2 client", exclusions.blocked_for_clients_activity),
    ("RP-B4 waiting", exclusions.still_waiting_for_sms),
    ("RP-B1 not counted", exclusions.silence_does_not_count),
    ("RULE-END abuse", exclusions.ended_for_abuse),
    ("RP-P2a", exclusions.account_was_deleted),
    ("reason", exclusions.reason_decides),
)


@clause(
    "RP-B0", quote="In the following cases we guarantee that the money returns to your balance."
)
@clause(
    "RP-N0",
    quote="In the following cases the price stays with us, and we do not replace it from any other "
    "part of your balance.",
)
@clause(
    "RP-X0",
    quote="In the following cases nothing is paid out; money that is on your balance stays there.",
)
def first_outcome(case: Case) -> tuple[Outcome, tuple[str, ...]]:
    """Return what decides, and the names of the rules tried, the deciding one last."""
    tried: list[str] = []
    for name, rule in PRECEDENCE:
        tried.append(name)
        outcome = rule(case)
        if outcome is not None:
            return outcome, tuple(tried)
    return None, tuple(tried)
