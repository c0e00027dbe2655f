"""Reads one order's time line, for its own account only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements import quoting
from nummer.apps.agreements.quoting import Quote
from nummer.apps.agreements.texts import REFUND_POLICY
from nummer.apps.ledger import queries as wallets
from nummer.apps.messaging.traces import traces
from nummer.apps.notify import queries as letters
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.queries import ActivationRow
from nummer.apps.orders import queries as orders
from nummer.apps.orders.queries import OrderRow
from nummer.apps.refunds import queries as decisions
from nummer.apps.refunds.facts import disputed, one_time_facts, what_is_known
from nummer.apps.refunds.models import Decision
from nummer.apps.refunds.queries import ClaimRow
from nummer.apps.refunds.timeline.events import Event, Told, events_of, letter_ids
from nummer.apps.refunds.timeline.prospect import (
    IfCancelled,
    Prospect,
    if_cancelled,
    prospect_of,
)
from nummer.kernel.money import Money
from nummer.policy.refund import Verdict, decide, facts_from_json

_NO_LAST_WORDS: Final = frozenset({Verdict.NEED_INFO, Verdict.DUPLICATE, Verdict.HOLD})


@dataclass(frozen=True, slots=True)
class Timeline:
    """An order, what happened to it, and what applies; `quote` has the deciding clause's words.

    The words are those of the version that was in force when the order was placed, in the
    reader's language; None where that version has no paragraph under the clause.
    """

    activation: ActivationRow
    order: OrderRow
    events: list[Event]
    prospect: Prospect
    quote: Quote | None
    cancelling: IfCancelled
    cancelling_quote: Quote | None
    claims: list[ClaimRow]


def timeline(account_id: int, *, activation_id: int, language: str, now: datetime) -> Timeline:
    """Return the time line of an order by its activation's public id: 13 statements, no locks.

    Refuses: NoSuchActivation, also where the order is another customer's.
    """
    row = numbers.activation(account_id, activation_id=activation_id)
    order = orders.order(account_id, order_id=row.order_id)
    decided = list(Decision.objects.filter(account_id=account_id, order_id=order.id).order_by("id"))
    deciding = _deciding(row, decided)
    decision = None if deciding is None else decisions.row_of(deciding)
    known = what_is_known(order, row, now=now)
    facts = partial(
        one_time_facts,
        order=order,
        activation=row,
        customer=accounts.account(account_id),
        balance=wallets.balance(account_id).total,
        earlier=decided,
        known=known,
        payment_disputed=disputed(order),
    )
    prospect = prospect_of(row, facts=facts, decision=decision, now=now)
    given = sum(each.credited_micro for each in decided)
    cancelling = if_cancelled(
        row, facts=facts, paid=order.total, earlier=Money(given, order.total.currency), now=now
    )
    quotes = _quotes(order, language=language)
    return Timeline(
        activation=row,
        order=order,
        events=events_of(
            row=row,
            order=order,
            traces=traces(row),
            told=[_told(each) for each in decided],
            prospect=prospect,
            blocked_at=numbers.blocked_at(row.number),
            known=known,
            letters=letters.letters_by_id(account_id, ids=letter_ids(order, decided)),
        ),
        prospect=prospect,
        quote=quotes.get(prospect.clause),
        cancelling=cancelling,
        cancelling_quote=quotes.get(cancelling.clause),
        claims=decisions.claims_of(account_id, order_id=order.id),
    )


def cancelling_barred(account_id: int, *, activation_id: int, now: datetime) -> bool:
    """Tell whether the button that cancels an order would be refused (RP-X4).

    Withdrawing as the law allows it is another thing. Refuses: NoSuchActivation.
    """
    row = numbers.activation(account_id, activation_id=activation_id)
    order = orders.order(account_id, order_id=row.order_id)
    facts = one_time_facts(
        order=order,
        activation=row,
        customer=accounts.account(account_id),
        balance=wallets.balance(account_id).total,
        earlier=[],
        known=what_is_known(order, row, now=now),
        now=now,
        cancelled_at=now,
    )
    return decide(facts_from_json(facts), None).clause == "RP-X4"


def _deciding(row: ActivationRow, decided: Sequence[Decision]) -> Decision | None:
    """Return the decision by which an order stands: the credit, else the last word on it.

    A question and a repeated answer decide nothing, and while an order waits for its code no
    refusal does: the policy is asked.
    """
    credits_ = [each for each in decided if each.credited_micro]
    if credits_:
        return credits_[-1]
    words = [each for each in decided if each.decision not in _NO_LAST_WORDS]
    return words[-1] if words and not row.open else None


def _told(row: Decision) -> Told:
    currency = row.currency
    return Told(
        id=row.id,
        clause=row.clauses[0],
        credited=Money(row.credited_micro, currency),
        paid_out=Money(row.amount_micro if row.decision == Verdict.PAYOUT else 0, currency),
        of_claim=row.claim_id is not None,
        decided_at=row.decided_at,
        notified_at=row.notified_at,
    )


def _quotes(order: OrderRow, *, language: str) -> dict[str, Quote]:
    """Return every clause of the policy that was in force at the order."""
    versions = [text["version"] for text in order.documents if text["document"] == REFUND_POLICY]
    if not versions:
        return {}
    words = quoting.words_in(REFUND_POLICY, version=versions[0], language=language)
    return {
        clause: Quote(clause, said, REFUND_POLICY, versions[0], language)
        for clause, said in words.items()
    }
