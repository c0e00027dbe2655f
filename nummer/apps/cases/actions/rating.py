"""The verb of the survey: a customer says how his case went, if he likes."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from nummer.apps.cases.actions.store import locked
from nummer.apps.cases.errors import NoSuchCase
from nummer.apps.cases.models import Case, Rating
from nummer.apps.cases.threads import case_of_survey
from nummer.policy.clause import clause


@clause(
    "LD-D4",
    quote="Answering a survey or completing a profile is voluntary.",
)
def rate_case(token: str, *, rating: Rating, now: datetime) -> None:
    """Keep what the reader of a closing mail chose; he may choose again.

    Refuses: NoSuchCase, also where the link is too old. Locks: the case's row.
    """
    found = case_of_survey(token, now=now)
    if found is None:
        raise NoSuchCase
    account_id, case_id = found
    with transaction.atomic():
        locked(account_id, case_id)
        Case.objects.filter(account_id=account_id, id=case_id).update(rating=rating, rated_at=now)
