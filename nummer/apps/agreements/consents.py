"""What customers may refuse, and take back at any time: each yes and each no is written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from nummer.apps.agreements.models import Consent
from nummer.kernel.ids import new_id

COOKIES: Final = "cookies"
CONSENTS_SHOWN_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class Decision:
    """One word of a customer: yes or no, to which version of a text, when."""

    given: bool
    version: str
    decided_at: datetime


def decide(
    account_id: int,
    *,
    purpose: str,
    decision: Decision,
    language: str,
    words: str,
    surface: str,
) -> None:
    """Write down what a customer decided, with the words that he read. Repeating adds nothing."""
    Consent.objects.bulk_create(
        [
            Consent(
                account_id=account_id,
                id=new_id(),
                purpose=purpose,
                given=decision.given,
                version=decision.version,
                language=language,
                words=words,
                surface=surface,
                decided_at=decision.decided_at,
            )
        ],
        ignore_conflicts=True,
    )


def decisions(account_id: int, *, purpose: str) -> list[Decision]:
    """Return what a customer decided about a purpose, newest first."""
    rows = Consent.objects.filter(account_id=account_id, purpose=purpose)
    found = rows.order_by("-decided_at", "-id").values_list("given", "version", "decided_at")
    return [Decision(*row) for row in found[:CONSENTS_SHOWN_MAX]]
