"""Telling that something happened, inside the transaction in which it happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from nummer.apps.vault.actions import keyed_digest
from nummer.apps.webhooks.actions.adding import hosts_of, tell_owner
from nummer.apps.webhooks.actions.addresses import require_callable, sealed_url
from nummer.apps.webhooks.kinds import ADDRESSED, KINDS, PURPOSES, DeliveryState, Sort
from nummer.apps.webhooks.models import Endpoint, Follow
from nummer.apps.webhooks.ports import dialects
from nummer.kernel.ids import new_id

# One statement, however many events and endpoints (migrations/0002_announce.sql). What nobody
# listens to is not written; an endpoint that is off keeps what it missed, to be replayed.
_ANNOUNCE: Final = """
    SELECT webhooks_announce(%s::bigint[], %s::uuid[], %s::text[], %s::text[], %s::uuid[],
                             %s::uuid[], %s::text[], %s)
"""
_TO_ONE: Final = f"""
    WITH told AS (
        INSERT INTO webhooks_event (account_id, id, kind, subject_id, lease_id, word, at)
        VALUES (%s, %s, %s, %s, NULL, %s, %s) ON CONFLICT DO NOTHING
    )
    INSERT INTO webhooks_delivery
           (account_id, endpoint_id, event_id, state, tries, attempts, next_at)
    VALUES (%s, %s, %s, '{DeliveryState.WAITING}', 0, 0, %s)
    ON CONFLICT DO NOTHING
"""  # noqa: S608 -- words of our own


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened; `word` is the subject's state then, where there are several."""

    account_id: int
    kind: str
    subject_id: UUID
    lease_id: UUID | None = None
    word: str = ""
    id: UUID = field(default_factory=new_id)


def announce(
    account_id: int,
    *,
    kind: str,
    subject_id: UUID,
    lease_id: UUID | None,
    now: datetime,
    word: str = "",
) -> None:
    """Tell an account's endpoints and its lease's hooks; one statement, in the caller's.

    `kind` is one of KINDS. Nothing is written where nobody listens.
    """
    announce_many([News(account_id, kind, subject_id, lease_id, word)], now=now)


def announce_many(news: Sequence[News], *, now: datetime) -> None:
    """Do what `announce` does for a batch, of several accounts, too; one statement."""
    if not news:
        return
    assert all(one.kind in KINDS for one in news), "an event's kind is one of KINDS"
    with connection.cursor() as cursor:
        cursor.execute(
            _ANNOUNCE,
            [
                [one.account_id for one in news],
                [one.id for one in news],
                [one.kind for one in news],
                [PURPOSES.get(one.kind, "") for one in news],
                [one.subject_id for one in news],
                [one.lease_id for one in news],
                [one.word for one in news],
                now,
            ],
        )


def announce_to(
    account_id: int,
    *,
    url: str,
    dialect: str,
    kind: str,
    subject_id: UUID,
    now: datetime,
    method: str = "POST",
    word: str = "",
    event_id: UUID | None = None,
) -> None:
    """Tell one address, as the status callback of one message. Refuses: AddressRefused.

    The same address again is the same endpoint, so that its calls wait for one another. With an
    `event_id` of the caller's, saying it twice tells it once. The owner gets a mail about a host
    that is new.
    """
    assert kind in (*KINDS, *ADDRESSED), "an event's kind is known"
    endpoint_id = once_id(dialect, method=method, url=url)
    event_id = event_id or new_id()
    with transaction.atomic():
        if not Endpoint.objects.filter(account_id=account_id, id=endpoint_id).exists():
            _open_once(account_id, endpoint_id, url=url, dialect=dialect, method=method, now=now)
        with connection.cursor() as cursor:
            cursor.execute(
                _TO_ONE,
                [
                    *(account_id, event_id, kind, subject_id, word, now),
                    *(account_id, endpoint_id, event_id, now),
                ],
            )


def follow(
    account_id: int,
    *,
    subject_id: UUID,
    url: str,
    dialect: str,
    now: datetime,
    method: str = "POST",
) -> None:
    """Tell an address of every change of one subject from now on; twice is once.

    The same address again is the same endpoint. The owner gets a mail about a host that is new.
    Refuses: AddressRefused.
    """
    endpoint_id = once_id(dialect, method=method, url=url)
    with transaction.atomic():
        if not Endpoint.objects.filter(account_id=account_id, id=endpoint_id).exists():
            _open_once(account_id, endpoint_id, url=url, dialect=dialect, method=method, now=now)
        Follow.objects.bulk_create(
            [Follow(account_id=account_id, subject_id=subject_id, endpoint_id=endpoint_id, at=now)],
            ignore_conflicts=True,
        )


def once_id(dialect: str, *, method: str, url: str) -> UUID:
    """Return the id of the endpoint that stands for an address; it does not tell the address."""
    return UUID(bytes=keyed_digest("webhook-address", f"{dialect} {method} {url}"))


def _open_once(
    account_id: int, endpoint_id: UUID, *, url: str, dialect: str, method: str, now: datetime
) -> None:
    assert dialect in dialects(), "config installs every dialect"
    require_callable(url)
    tell_owner(account_id, url=url, now=now)
    Endpoint.objects.bulk_create(
        [
            Endpoint(
                account_id=account_id,
                id=endpoint_id,
                sort=Sort.MESSAGE,
                dialect=dialect,
                method=method,
                kinds=[],
                url=sealed_url(account_id, endpoint_id, url=url),
                hosts=hosts_of(account_id, url),
                created_at=now,
            )
        ],
        ignore_conflicts=True,
    )
