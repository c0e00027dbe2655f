"""Cases of abuse: one person suspects, another decides, the customer may appeal (RP-X3)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.audit import actions as audit
from nummer.apps.incidents.actions.facts import Kind, Source, Subject, SubjectKind, Told, record
from nummer.apps.incidents.errors import (
    AbuseCaseDecided,
    NoSuchAccount,
    ReferenceMissing,
    SecondPersonNeeded,
)
from nummer.apps.incidents.locks import lock_account
from nummer.apps.incidents.queries import AbuseCase, abuse_case
from nummer.apps.numbers import queries as numbers

__all__ = ["Verdict", "appeal", "decide", "suspect"]


class Verdict(StrEnum):
    """How a case is decided."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"


def suspect(
    account_id: int,
    *,
    subject: Subject,
    reason: str,
    reference: str = "",
    actor: str,
    now: datetime,
) -> AbuseCase:
    """Open a case about one order, or about the whole account; payouts wait, nothing is refused.

    `reason` is what was complained about and what proves it; it is sealed.
    Refuses: NoSuchActivation, NoSuchAccount.
    """
    if not accounts.known(account_id):
        raise NoSuchAccount
    if subject.kind is SubjectKind.ONE_TIME and subject.id is not None:
        numbers.activation_of_order(account_id, order_id=subject.id)
    with transaction.atomic():
        step = record(
            account_id,
            subject=subject,
            kind=Kind.ABUSE,
            word="suspected",
            told=Told(Source.STAFF, actor, now, evidence=reason, reference=reference),
            now=now,
        )
        _record("suspect_abuse", account_id, step.id, actor=actor, now=now)
    return abuse_case(account_id, case_id=step.id)


def decide(
    account_id: int,
    *,
    case_id: UUID,
    verdict: Verdict,
    reason: str,
    reference: str,
    actor: str,
    now: datetime,
) -> AbuseCase:
    """Confirm or reject a suspicion, also after an appeal; another person than the one before.

    Refuses: NoSuchAbuseCase, AbuseCaseDecided, SecondPersonNeeded, ReferenceMissing.
    Locks: the account's cases.
    """
    with transaction.atomic():
        case = _locked(account_id, case_id)
        last = case.steps[-1]
        if last.word not in ("suspected", "appealed"):
            raise AbuseCaseDecided
        before = [step for step in case.steps if step.word != "appealed"][-1]
        if before.actor == actor:
            raise SecondPersonNeeded
        if verdict is Verdict.CONFIRMED and not reference.strip():
            raise ReferenceMissing
        _step(
            case,
            word=verdict.value,
            actor=actor,
            with_actor=before.actor,
            reason=reason,
            reference=reference,
            now=now,
        )
        _record(f"{verdict.value}_abuse", account_id, case_id, actor=actor, now=now)
    return abuse_case(account_id, case_id=case_id)


def appeal(account_id: int, *, case_id: UUID, reason: str, actor: str, now: datetime) -> AbuseCase:
    """Note that the customer objects to a confirmed case; it is to be decided anew.

    Refuses: NoSuchAbuseCase, AbuseCaseDecided. Locks: the account's cases.
    """
    with transaction.atomic():
        case = _locked(account_id, case_id)
        if case.steps[-1].word != "confirmed":
            raise AbuseCaseDecided
        _step(case, word="appealed", actor=actor, reason=reason, reference="", now=now)
        _record("appeal_abuse", account_id, case_id, actor=actor, now=now)
    return abuse_case(account_id, case_id=case_id)


def _step(
    case: AbuseCase,
    *,
    word: str,
    actor: str,
    with_actor: str = "",
    reason: str,
    reference: str,
    now: datetime,
) -> None:
    first = case.steps[0]
    record(
        case.account_id,
        subject=Subject(SubjectKind(first.subject_kind), first.subject_id),
        kind=Kind.ABUSE,
        word=word,
        about=case.id,
        with_actor=with_actor,
        told=Told(Source.STAFF, actor, now, evidence=reason, reference=reference.strip()),
        now=now,
    )


def _locked(account_id: int, case_id: UUID) -> AbuseCase:
    lock_account(account_id)
    return abuse_case(account_id, case_id=case_id)


def _record(verb: str, account_id: int, case_id: UUID, *, actor: str, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        place="incidents_fact",
        row=str(case_id),
        account_id=account_id,
        now=now,
    )
