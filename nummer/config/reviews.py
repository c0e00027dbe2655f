"""The case of each handing in of papers: opened with it, ended with the judgement (ADR 311)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext

from nummer.apps.accounts import queries as accounts
from nummer.apps.cases import actions as cases
from nummer.apps.cases.actions import Channel, Kind, Proof
from nummer.apps.cases.errors import NoSuchCase

SYSTEM = "system:identity"


def open_review(account_id: int, papers_id: UUID, now: datetime) -> None:
    """Open the case of papers, under their own id, in the customer's language; once."""
    with translation.override(accounts.account(account_id).locale):
        subject = gettext("Papers handed in")
        text = gettext("Papers were handed in for a number. We look at them and write to you.")
    cases.open_case(
        account_id,
        key=papers_id,
        kind=Kind.PAPERS,
        channel=Channel.PAGE,
        text=text,
        subject=subject,
        proof=Proof.SIGNED_IN,
        actor=SYSTEM,
        received_at=now,
        now=now,
        counted=False,
    )


def end_review(account_id: int, papers_id: UUID, actor: str, now: datetime) -> None:
    """End the case of papers that were judged; those of before there were cases have none."""
    try:
        cases.close_case(account_id, case_id=papers_id, actor=actor, now=now)
    except NoSuchCase:
        return
