"""Deciding on a request by the policy, holding the money, releasing it, refusing it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements import queries as agreements
from nummer.apps.agreements.quoting import words_in
from nummer.apps.agreements.texts import REFUND_POLICY
from nummer.apps.ledger.errors import InsufficientBalance
from nummer.apps.notify import actions as notify
from nummer.apps.payments import actions as payments
from nummer.apps.payments.errors import TopUpDisputed
from nummer.apps.payouts.actions import rows
from nummer.apps.payouts.actions.dates import keep_dates
from nummer.apps.payouts.actions.sharing import (
    Wanted,
    leaving,
    share_out,
    wanted_by_funding,
    wanted_of,
)
from nummer.apps.payouts.errors import PayoutClosed, SecondPersonNeeded
from nummer.apps.payouts.facts import facts_of, funding_of, payable
from nummer.apps.payouts.models import (
    UNDECIDED_STATES,
    Channel,
    Payout,
    PayoutState,
    Share,
    Subject,
    Way,
)
from nummer.apps.payouts.ports import release_rule
from nummer.apps.refunds import queries as decisions
from nummer.apps.refunds.facts import contract_place
from nummer.kernel.ids import id_of
from nummer.kernel.locale import DRAFTING_LANGUAGE
from nummer.kernel.money import MICRO, Money, minor_digits
from nummer.policy.refund import (
    Decision,
    Verdict,
    decide,
    facts_from_json,
    request_from_json,
)
from nummer.policy.refund.deadlines import decide_by
from nummer.policy.refund.form import REQUEST_FIELDS

LOOKED_AGAIN: Final = timedelta(hours=1)  # a request that waits is judged again so often
COUNTED_FOR: Final = timedelta(hours=24)  # what left lately counts against the sum left alone
MOST_MISSING: Final = ("service_name",)


def judge(payout: Payout, *, now: datetime) -> None:
    """Decide on a request that is locked, as things stand at `now`, and follow the decision.

    The policy is asked; nobody pays out beside it (RP-C0). What two persons released is the sum
    that they read, and does not grow. Locks: the top-ups of the balance, then the wallet.
    """
    payments.lock_lots(payout.account_id)
    rows.let_go(payout, now=now)
    _follow_policy(payout, now=now)
    keep_dates(payout, now=now)


def _follow_policy(payout: Payout, *, now: datetime) -> None:
    if payout.decision_id is not None:
        _pay_decided(payout, now)
        return
    if payout.subject_id is None:
        _ask_for(payout, MOST_MISSING, now)
        return
    facts = facts_of(payout, now=now)
    request = _request(payout)
    decision = decide(facts_from_json(facts), request_from_json(request))
    _keep(payout, decision, facts=facts, request=request, now=now)
    amount = _whole_coins(_released_at_most(payout, leaving(decision)))
    if decision.credited.units:  # the credit is booked by refunds first; then it is payable
        _wait(payout, PayoutState.REVIEW, now)
        return
    match decision.decision:
        case Verdict.PAYOUT if amount.micro:
            wanted = wanted_of(decision, facts=facts)
            _grant_or_wait(payout, wanted=wanted, amount=amount, now=now)
        case Verdict.NEED_INFO:
            _hold_meanwhile(payout, _as_if_complete(facts, request).amount, now)
            _ask_for(payout, decision.missing, now)
        case Verdict.HOLD:
            _hold_meanwhile(payout, amount, now)
            _wait(payout, PayoutState.HELD, now)
        case Verdict.REVIEW | Verdict.ALTERNATIVE:
            _wait(payout, PayoutState.REVIEW, now)
        case _:
            _close_refused(payout, now)


def take_up(account_id: int, *, decision_id: UUID, now: datetime) -> UUID | None:
    """Begin to pay what refunds decided to pay out; None where that decision pays nothing.

    What the balance does not hold any more is not paid (RULE-CAP). Repeating it changes nothing.
    Locks: the wallet.
    """
    decided = decisions.granted_payout(account_id, decision_id=decision_id)
    if decided is None:
        return None
    payout_id = id_of("payout-decided", decision_id)
    with transaction.atomic():
        payout, new = Payout.objects.get_or_create(
            account_id=account_id,
            id=payout_id,
            defaults={
                "subject": Subject.ORDER,
                "subject_id": decided.order_id,
                "decision_id": decision_id,
                "currency": decided.amount.currency,
                "asked_micro": decided.amount.micro,
                "channel": Channel.PAGE,
                "actor": decided.actor,
                "received_at": decided.decided_at,
                "decision": Verdict.PAYOUT,
                "clauses": list(decided.clauses),
                "decided_at": decided.decided_at,
                "policy_version": decided.policy_version,
                "settle_by": decided.settle_by,
            },
        )
        if new:
            judge(payout, now=now)
    return payout_id


def _pay_decided(payout: Payout, now: datetime) -> None:
    """Pay what refunds decided, as far as the balance holds it; its record stands there."""
    assert payout.asked_micro is not None, "a decision has a sum"
    assert payout.subject_id is not None, "a decision is about an order"
    funding = funding_of(payout.account_id, order_id=payout.subject_id)
    facts = {"now": now.isoformat(), "currency": payout.currency, "funding": funding}
    wanted = wanted_by_funding(facts_from_json(facts).funding, currency=payout.currency)
    there = Money(min(payout.asked_micro, payable(payout.account_id).micro), payout.currency)
    amount = _whole_coins(_released_at_most(payout, there))
    if amount.micro:
        _grant_or_wait(payout, wanted=wanted, amount=amount, now=now)
    else:
        payout.clauses = ["RULE-CAP"]
        _close_refused(payout, now)


def look_again(account_id: int, *, payout_id: UUID, now: datetime) -> None:
    """Judge a request anew that waited for something; others are left alone.

    Refuses: NoSuchPayout. Locks: the request, then the wallet.
    """
    with transaction.atomic():
        payout = rows.locked(account_id, payout_id)
        if payout.state in (PayoutState.HELD, PayoutState.REVIEW):
            judge(payout, now=now)


def release(account_id: int, *, payout_id: UUID, actor: str, now: datetime) -> PayoutState:
    """Say as one of two persons that a granted payout may leave; the second one sends it.

    Who wrote the request down is neither of them. It is judged once more before it leaves.
    Refuses: NoSuchPayout, PayoutClosed, SecondPersonNeeded. Locks: the request, then the wallet.
    """
    with transaction.atomic():
        payout = rows.locked(account_id, payout_id)
        if payout.state != PayoutState.RELEASE:
            raise PayoutClosed
        if actor in (payout.actor, payout.first_release):
            raise SecondPersonNeeded
        rows.record(payout, verb="release", actor=actor, now=now)
        if not payout.first_release:
            payout.first_release = actor
            payout.save(update_fields=["first_release"])
            return PayoutState.RELEASE
        payout.second_release = actor
        payout.save(update_fields=["second_release"])
        judge(payout, now=now)
        return PayoutState(payout.state)


def refuse(account_id: int, *, payout_id: UUID, actor: str, now: datetime) -> None:
    """Refuse a request that no rule fits, or that was never completed; the balance stays.

    Refuses: NoSuchPayout, PayoutClosed. Locks: the request, then the wallet.
    """
    with transaction.atomic():
        payout = rows.locked(account_id, payout_id)
        if payout.state not in (PayoutState.REVIEW, PayoutState.MISSING):
            raise PayoutClosed
        rows.let_go(payout, now=now)
        payout.clauses = payout.clauses or ["RP-C0"]
        rows.record(payout, verb="refuse", actor=actor, now=now)
        _close_refused(payout, now)
        keep_dates(payout, now=now)


def _request(payout: Payout) -> dict[str, Any]:
    given = {
        "service_name": payout.subject_id is not None,
        "amount": payout.asked_micro is not None,
        "reason": bool(payout.reason),
        "details": bool(payout.details) or payout.subject == Subject.TOP_UP,
    }
    return {
        "ask": "payout",
        "received_at": payout.received_at.isoformat(),
        **({"reason": payout.reason} if payout.reason else {}),
        "fields": {
            name: "1" if name == "amount" else "given" for name in REQUEST_FIELDS if given[name]
        },
    }


def _as_if_complete(facts: dict[str, Any], request: dict[str, Any]) -> Decision:
    """Return what would be decided once nothing is missing: so much is kept meanwhile."""
    whole = {name: "1" if name == "amount" else "given" for name in REQUEST_FIELDS}
    return decide(facts_from_json(facts), request_from_json({**request, "fields": whole}))


def _keep(
    payout: Payout,
    decision: Decision,
    *,
    facts: dict[str, Any],
    request: dict[str, Any],
    now: datetime,
) -> None:
    """Keep what the decision rests on, so that it can be computed again."""
    payout.decision = decision.decision.value
    payout.clauses = list(decision.payout_denied_by or decision.clauses)
    payout.missing = list(decision.missing)
    payout.decide_by = decision.decide_by
    payout.settle_by = decision.settle_by
    payout.facts, payout.request = facts, request
    payout.facts_sha256 = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    payout.policy_version = agreements.in_force(
        REFUND_POLICY, language=DRAFTING_LANGUAGE, now=payout.received_at
    ).version
    payout.calendar_version = decision.calendar_version
    payout.decided_at = now
    payout.save()


def _asked_at_most(payout: Payout, amount: Money) -> Money:
    """Return the sum decided on, or the smaller one that the customer asks for."""
    if payout.asked_micro is None:
        return amount
    return min(amount, Money(payout.asked_micro, payout.currency))


def _released_at_most(payout: Payout, amount: Money) -> Money:
    """Return the sum asked for, or the smaller one that two persons released."""
    asked = _asked_at_most(payout, amount)
    if not payout.second_release:
        return asked
    return min(asked, Money(payout.granted_micro, payout.currency))


def _whole_coins(amount: Money) -> Money:
    """Return the sum without parts of the smallest coin: no provider sends those."""
    return amount - Money(
        amount.micro % (MICRO // 10 ** minor_digits(amount.currency)), amount.currency
    )


def _grant_or_wait(
    payout: Payout, *, wanted: Sequence[Wanted], amount: Money, now: datetime
) -> None:
    """Grant it; where somebody spent in this very moment, look again a little later.

    A dispute that came since the decision lets it wait for the bank's word (RULE-CB).
    """
    try:
        with transaction.atomic():
            _grant(payout, wanted=wanted, amount=amount, now=now)
    except InsufficientBalance:
        payout.refresh_from_db()
        _wait(payout, PayoutState.REVIEW, now)
    except TopUpDisputed:
        payout.refresh_from_db()
        _hold_meanwhile(payout, amount, now)
        _wait(payout, PayoutState.HELD, now)


def _grant(payout: Payout, *, wanted: Sequence[Wanted], amount: Money, now: datetime) -> None:
    payout.granted_micro = amount.micro
    if not payout.second_release and release_rule().needs_two(amount + _lately(payout, now)):
        rows.hold(payout, amount=amount, now=now)
        payout.state = PayoutState.RELEASE
        payout.look_at = None
        payout.save(update_fields=["granted_micro", "state", "look_at"])
        return
    payout.state, payout.granted_at = PayoutState.PAYING, now
    payout.look_at = None
    payout.save(update_fields=["granted_micro", "state", "granted_at", "look_at"])
    to_choose = share_out(payout, wanted=wanted, amount=amount, now=now)
    if to_choose or not _told(payout, amount):
        _tell_granted(payout, amount, to_choose=to_choose, now=now)


def _lately(payout: Payout, now: datetime) -> Money:
    """Return what left the account within 24 hours without two persons, or is on its way.

    Many small payouts in a row are one large one. What stayed on the balance after all did not
    leave. The lots of the balance are locked by now, so requests of one account count in turn.
    """
    alone = Payout.objects.filter(
        account_id=payout.account_id,
        currency=payout.currency,
        state__in=(PayoutState.PAYING, PayoutState.DONE),
        second_release="",
        granted_at__gt=now - COUNTED_FOR,
    ).exclude(id=payout.id)
    micro = alone.aggregate(micro=Sum("granted_micro"))["micro"] or 0
    stayed = Share.objects.filter(
        account_id=payout.account_id, payout_id__in=alone.values("id"), way=Way.BALANCE
    ).aggregate(micro=Sum("amount_micro"))["micro"]
    return Money(int(micro) - int(stayed or 0), payout.currency)


def _told(payout: Payout, amount: Money) -> bool:
    """Tell whether the answer to a claim named this sum already: one letter is enough."""
    granted = rows.granted_by_refunds(payout)
    if granted is None or granted.claim_id is None:
        return False
    return _whole_coins(granted.amount) == amount


def _tell_granted(payout: Payout, amount: Money, *, to_choose: bool, now: datetime) -> None:
    notify.send_letter(
        payout.account_id,
        letter="payout-granted",
        context={
            "amount": amount.decimal_text(),
            "currency": amount.currency,
            "settle_by": "" if payout.settle_by is None else payout.settle_by.isoformat(),
            "choose": to_choose,
            "clause": payout.clauses[0],
            "payout": str(payout.id),
        },
        now=now,
        key=id_of("payout-granted", payout.id),
    )


def _ask_for(payout: Payout, missing: tuple[str, ...], now: datetime) -> None:
    """Ask for what is missing, once (RP-T4)."""
    payout.state = PayoutState.MISSING
    payout.missing = list(missing)
    payout.look_at = None
    if payout.decide_by is None:
        payout.decide_by = _answer_by(payout, now)
    first, payout.asked_at = payout.asked_at is None, payout.asked_at or now
    payout.save()
    if first:
        notify.send_letter(
            payout.account_id,
            letter="payout-missing",
            context={"missing": list(missing), "payout": str(payout.id)},
            now=now,
            key=id_of("payout-missing", payout.id),
        )


def _answer_by(payout: Payout, now: datetime) -> date:
    timezone, calendar = contract_place(accounts.account(payout.account_id).country)
    bare = {
        "now": now.isoformat(),
        "currency": payout.currency,
        "timezone": timezone,
        "operator_calendar": calendar,
    }
    return decide_by(facts_from_json(bare), received_at=payout.received_at)


def _hold_meanwhile(payout: Payout, amount: Money, now: datetime) -> None:
    """Keep the sum from being spent while a request waits; what is not there is not kept."""
    amount = _whole_coins(_asked_at_most(payout, amount))
    if not amount.micro:
        return
    try:
        with transaction.atomic():
            rows.hold(payout, amount=amount, now=now)
    except InsufficientBalance:
        payout.refresh_from_db()


def _wait(payout: Payout, state: PayoutState, now: datetime) -> None:
    payout.state = state
    payout.look_at = now + LOOKED_AGAIN
    payout.save(update_fields=["state", "look_at"])


def _close_refused(payout: Payout, now: datetime) -> None:
    """Say no, with the clause; the balance is untouched (RP-X0)."""
    assert payout.state in UNDECIDED_STATES or payout.state == PayoutState.RELEASE, "not paid yet"
    payout.state = PayoutState.REFUSED
    payout.granted_micro = 0
    payout.look_at, payout.closed_at, payout.decided_at = None, now, now
    payout.save()
    rows.ended(payout, paid=False, now=now)
    notify.send_letter(
        payout.account_id,
        letter="payout-refused",
        context={
            "clause": payout.clauses[0],
            "words": _words(payout),
            "decided_at": now.isoformat(),
        },
        now=now,
        key=id_of("payout-refused", payout.id),
    )


def _words(payout: Payout) -> str:
    """Return what the deciding clause says, in the customer's language; '' where it is our rule."""
    language = accounts.account(payout.account_id).locale
    version = (
        payout.policy_version
        or agreements.in_force(REFUND_POLICY, language=language, now=payout.received_at).version
    )
    said = words_in(REFUND_POLICY, version=version, language=language)
    return said.get(payout.clauses[0], "")
