"""Cases of abuse: one person suspects, another decides, the customer may appeal (RP-X3)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.audit import actions as audit
from nummer.apps.cases.actions import Channel, Proof, open_case
from nummer.apps.cases.actions import Kind as CaseKind
from nummer.apps.cases.queries import CaseRow
from nummer.apps.incidents.actions.facts import Kind, Source, Subject, SubjectKind, Told, record
from nummer.apps.incidents.errors import (
    AbuseCaseDecided,
    NoSuchAccount,
    ReferenceMissing,
    SecondPersonNeeded,
)
from nummer.apps.incidents.locks import lock_account
from nummer.apps.incidents.queries import AbuseCase, abuse_case
from nummer.apps.notify import actions as notify
from nummer.apps.numbers import queries as numbers
from nummer.apps.standing import actions as standing
from nummer.kernel.ids import id_of
from nummer.kernel.redact import redact

__all__ = ["RENTED_SERVICES", "Verdict", "appeal", "decide", "object_to", "suspect"]

CLAUSE: Final = "RP-X3"
SUSPECTED: Final = "suspected_misuse"  # the reason of a suspension that waits for a decision
RENTED_SERVICES: Final = standing.RENTED


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
    stops: str = "",
    actor: str,
    now: datetime,
) -> AbuseCase:
    """Open a case about one order, or about the whole account; payouts wait, nothing is refused.

    `stops` is what the customer may not order any more until it is decided: a service, or
    RENTED_SERVICES for sending: from the number that it is about, else from all, and renting. His
    balance stays his to spend on all else.
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
        if stops:
            standing.suspend(
                account_id,
                reason=SUSPECTED,
                actor=actor,
                service=stops,
                lease_id=subject.id if stops == RENTED_SERVICES else None,
                key=_stop_key(step.id),
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
    told_customer: str = "",
    now: datetime,
) -> AbuseCase:
    """Confirm or reject a suspicion, also after an appeal; another person than the one before.

    The customer gets a letter with the clause: of a confirmed case, and of one that he objected
    to. `told_customer` is the reason in words for him; '' where the law forbids telling it.

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
        if verdict is Verdict.REJECTED:
            standing.lift_suspension(account_id, key=_stop_key(case_id), actor=actor, now=now)
        if verdict is Verdict.CONFIRMED or last.word == "appealed":
            _tell(case, verdict, reason=told_customer, now=now)
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


def object_to(
    account_id: int, *, case_id: UUID, words: str, channel: Channel, actor: str, now: datetime
) -> CaseRow:
    """Take the customer's objection to a confirmed case: it opens a case that a person answers.

    Who decided does not decide anew. A confirmation is objected to once; the same again returns
    that case. Refuses: NoSuchAbuseCase, AbuseCaseDecided, NothingWritten, MessageTooLong,
    TooManyCases. Locks: the account's cases.
    """
    with transaction.atomic():
        case = _locked(account_id, case_id)
        decided = [step for step in case.steps if step.word != "appealed"][-1]
        if decided.word != "confirmed":
            raise AbuseCaseDecided
        opened = open_case(
            account_id,
            key=id_of("misuse-objection", account_id, decided.id),
            kind=CaseKind.COMPLAINT,
            channel=channel,
            text=words,
            subject=f"{CLAUSE} {decided.reference}",
            order_id=case.order_id,
            proof=Proof.SIGNED_IN,
            actor=actor,
            received_at=now,
            now=now,
        )
        if case.steps[-1].word == "confirmed":
            _step(case, word="appealed", actor=actor, reason=redact(words), reference="", now=now)
            _record("appeal_abuse", account_id, case_id, actor=actor, now=now)
    return opened


def _tell(case: AbuseCase, verdict: Verdict, *, reason: str, now: datetime) -> None:
    notify.send_letter(
        case.account_id,
        letter="misuse-decided",
        context={
            "confirmed": verdict is Verdict.CONFIRMED,
            "clause": CLAUSE,
            "reason": redact(reason.strip()),
            "decided_at": now.isoformat(),
        },
        now=now,
        key=id_of("misuse-decided", case.id, len(case.steps)),
    )


def _stop_key(case_id: UUID) -> UUID:
    return id_of("misuse-stop", case_id)


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
