"""One stored decision beside what the policy answers today to the same facts and request."""

from __future__ import annotations

from collections.abc import Collection

from nummer.apps.refunds.actions.booking import facts_sha256
from nummer.apps.refunds.models import Decision
from nummer.policy.refund import Decision as Answer
from nummer.policy.refund import decide, decision_plain
from nummer.policy.refund.form import Rejected, read

FACTS = "facts"
HASH = "facts_sha256"
POLICY = "policy_version"
CALENDAR = "calendar_version"


def differences(row: Decision, *, policy_versions: Collection[str]) -> tuple[str, ...]:
    """Return the names of the parts that differ, in alphabetical order; empty when none does.

    `facts` means that they cannot be read any more, `facts_sha256` that they are not those which
    were hashed, `policy_version` that no such version is among `policy_versions`, the published
    ones. `calendar_version` stands beside others where the holidays of another version than today's
    were counted: dates, and what hangs on them, may differ for that reason.
    """
    found = set()
    if facts_sha256(row.facts) != row.facts_sha256:
        found.add(HASH)
    if row.policy_version not in policy_versions:
        found.add(POLICY)
    given = read(row.facts, row.request)
    if isinstance(given, Rejected):
        return tuple(sorted(found | {FACTS}))
    answer = decide(given.facts, given.request)
    changed = _changed(row, answer)
    if changed and row.calendar_version != answer.calendar_version:
        found.add(CALENDAR)
    return tuple(sorted(found | changed))


def _changed(row: Decision, answer: Answer) -> set[str]:
    """Return what the policy answers otherwise; of people's decisions, only what it told them."""
    changed = set() if row.outcome is None else _outcome_changed(row, row.outcome, answer)
    if not row.by_people:
        changed |= _columns_changed(row, answer)
    return changed


def _outcome_changed(row: Decision, stored: dict[str, object], answer: Answer) -> set[str]:
    again: dict[str, object] = {
        **decision_plain(answer),
        "considered": list(answer.considered),
        # People name the clause themselves.
        "ground": stored.get("ground") if row.by_people else answer.ground,
    }
    return {name for name in {*stored, *again} if stored.get(name) != again.get(name)}


def _columns_changed(row: Decision, answer: Answer) -> set[str]:
    columns = {
        "decision": (row.decision, answer.decision.value),
        "clauses": (tuple(row.clauses), answer.clauses),
        "amount": (row.amount_micro, answer.amount.micro),
        "currency": (row.currency, answer.currency),
    }
    if row.outcome is not None:  # records of before 0.4 know no sum beside their amount
        columns["credited"] = (row.credited_micro, answer.credited.money(answer.currency).micro)
    return {name for name, (stored, again) in columns.items() if stored != again}
