"""Customers who agree, and the words of a campaign."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest
from django.core import mail

from nummer.apps.agreements.offers import Channel, Purpose
from nummer.apps.marketing import actions
from nummer.apps.marketing.actions.campaigns import Text
from nummer.apps.marketing.models import Recipient
from nummer.apps.notify import actions as notify
from nummer.config import messages
from tests import builders

NOW = builders.NOW
TEXT = Text(
    {"en": "Cheaper numbers", "nb": "Billigere numre", "de": "Günstigere Nummern"},
    {"en": "They cost less.", "nb": "De koster mindre.", "de": "Sie kosten weniger."},
)


@pytest.fixture(autouse=True, scope="session")
def _compiled() -> None:
    messages.compile_all()


def token_in(body: str, path: str) -> str:
    """Return the token of the link in a mail."""
    line = next(line for line in body.splitlines() if f"/{path}/" in line)
    return line.partition(f"/{path}/")[2].split("/")[0]


def ask(account_id: int, purpose: Purpose = Purpose.OFFERS, *, now: datetime = NOW) -> str:
    """Let a customer tick the box, and return the token of the mail that he gets."""
    actions.ask(
        account_id, purpose=purpose, channel=Channel.MAIL, language="en", surface="site", now=now
    )
    deliver(account_id, now=now)
    return token_in(mail.outbox[-1].body, "consents/confirm")


def agree(account_id: int, purpose: Purpose = Purpose.OFFERS, *, now: datetime = NOW) -> None:
    """Let a customer agree to mails, by both steps."""
    actions.confirm(ask(account_id, purpose, now=now), language="en", now=now)


def deliver(account_id: int, *, now: datetime = NOW) -> None:
    """Send what waits for a customer."""
    from nummer.apps.notify.models import Letter

    for letter_id in Letter.objects.filter(account_id=account_id, state="waiting").values_list(
        "id", flat=True
    ):
        notify.deliver(account_id, letter_id=letter_id, now=now)


def released(rules: dict[str, object] | None = None, *, now: datetime = NOW) -> UUID:
    """Return a campaign that was written by one person and released by another."""
    segment = actions.save_segment(name="All", rules=rules or {}, actor="staff:1", now=now)
    campaign = actions.draft(
        name="Autumn",
        segment_id=segment,
        purpose=Purpose.OFFERS,
        text=TEXT,
        actor="staff:1",
        now=now,
    )
    actions.release(campaign, actor="staff:2", now=now)
    return campaign


def written_to(campaign: UUID) -> list[int]:
    """Return whom a campaign wrote to."""
    rows = Recipient.objects.filter(campaign_id=campaign).order_by("account_id")
    return list(rows.values_list("account_id", flat=True))
