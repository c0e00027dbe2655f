"""Sessions that somebody signed in to: begun, seen, listed, ended from elsewhere (LD-D3, ADR 402).

A cookie lives by the clock of the machine, so whether a session is open is asked of that clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction

from nummer.apps.accounts.errors import NoSuchSession
from nummer.apps.accounts.models import Login, OpenSession
from nummer.apps.vault.actions import Sealed, seal_text, unseal_many
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID, KeyClass
from nummer.kernel.clock import SystemClock
from nummer.kernel.ids import new_id

SHOWN_MAX: Final = 50
AGENT_LENGTH_MAX: Final = 300
SEEN_EVERY: Final = timedelta(minutes=10)  # the last use is told no more exactly than this
OVER_AFTER: Final = timedelta(days=15)  # a cookie lives for 14 days after it was last renewed
_PLACE: Final = "accounts_opensession."


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose sessions they are; the staff have no account."""

    login_id: int
    account_id: int | None

    @property
    def place(self) -> int:
        """The account under which the rows stand."""
        return OPERATOR_ACCOUNT_ID if self.account_id is None else self.account_id


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a request comes from."""

    key: str = field(repr=False)
    ip: str
    agent: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    """An open session as its owner sees it."""

    id: UUID
    mark: bytes = field(repr=False)
    key: str = field(repr=False)
    ip: str
    agent: str
    method: str
    begun_at: datetime
    seen_at: datetime


def begin(owner: Owner, *, visit: Visit, method: str, now: datetime) -> UUID:
    """Note that somebody signed in; return the session's id. What is over is forgotten."""
    session_id = new_id()
    with transaction.atomic():
        forget_over(owner)
        OpenSession.objects.create(
            account_id=owner.place,
            id=session_id,
            login_id=owner.login_id,
            method=method[:20],
            begun_at=now,
            seen_at=now,
            **_sealed(visit, owner=owner, session_id=session_id),
        )
    return session_id


def see(owner: Owner, *, session_id: UUID, visit: Visit, now: datetime) -> None:
    """Note that a session is used, from where, and by which key: a new password changes it."""
    rows = OpenSession.objects.filter(
        account_id=owner.place, id=session_id, login_id=owner.login_id
    )
    rows.update(seen_at=now, **_sealed(visit, owner=owner, session_id=session_id))


def sessions(owner: Owner, *, limit: int = SHOWN_MAX) -> list[SessionRow]:
    """Return the sessions that are open, the last used first."""
    rows = _rows(owner)
    alive = _alive(rows)
    return [row for row in rows if row.key in alive][:limit]


def end(owner: Owner, *, session_id: UUID) -> None:
    """End a session, so that its browser is signed out. Refuses: NoSuchSession."""
    found = [row for row in _rows(owner) if row.id == session_id]
    if not found:
        raise NoSuchSession
    _end(owner, found)


def end_others(owner: Owner, *, key: str) -> int:
    """End every session but the one of `key`; return how many were open."""
    others = [row for row in _rows(owner) if row.key != key]
    alive = _alive(others)
    _end(owner, others)
    return sum(row.key in alive for row in others)


def end_all(owner: Owner) -> None:
    """End every session of a login, of whatever password, as of a member who leaves."""
    _end(owner, _rows(owner, of_any_password=True))


def forget(owner: Owner, *, session_id: UUID) -> None:
    """Forget a session whose owner signs out himself."""
    OpenSession.objects.filter(account_id=owner.place, id=session_id).delete()


def forget_over(owner: Owner) -> None:
    """Forget the sessions of a login that are over, and everybody's cookies that are."""
    Session.objects.filter(expire_date__lte=SystemClock().now()).delete()
    rows = _rows(owner, of_any_password=True)
    alive, mark = _alive(rows), _mark(owner)
    _end(owner, [row for row in rows if row.key not in alive or row.mark != mark])


def oldest_seen(*, until: datetime) -> tuple[datetime, UUID] | None:
    """Return when the session that was unused longest is surely over, if that is by `until`."""
    rows = OpenSession.objects.filter(seen_at__lte=until - OVER_AFTER).order_by("seen_at", "id")
    found = rows.values_list("seen_at", "id").first()
    return None if found is None else (found[0] + OVER_AFTER, found[1])


def purge(*, now: datetime) -> None:
    """Forget what was unused for longer than a cookie lives."""
    OpenSession.objects.filter(seen_at__lte=now - OVER_AFTER).delete()


def _end(owner: Owner, rows: Sequence[SessionRow]) -> None:
    with transaction.atomic():
        Session.objects.filter(session_key__in=[row.key for row in rows]).delete()
        OpenSession.objects.filter(account_id=owner.place, id__in=[row.id for row in rows]).delete()


def _alive(rows: Sequence[SessionRow]) -> set[str]:
    """Return the keys of those whose cookies still open something."""
    keys = [row.key for row in rows]
    found = Session.objects.filter(session_key__in=keys, expire_date__gt=SystemClock().now())
    return set(found.order_by("session_key").values_list("session_key", flat=True))


def _mark(owner: Owner) -> bytes:
    """Return what tells a password from the next one, as Django's own sessions do."""
    hashed = Login.objects.get(id=owner.login_id).get_session_auth_hash()
    return sha256(hashed.encode()).digest()


def _rows(owner: Owner, *, of_any_password: bool = False) -> list[SessionRow]:
    mine = OpenSession.objects.filter(account_id=owner.place, login_id=owner.login_id)
    if not of_any_password:
        mine = mine.filter(mark=_mark(owner))
    rows = list(mine.order_by("-seen_at", "-id"))
    opened = unseal_many(
        [
            Sealed(
                bytes(getattr(row, column)), owner.place, KeyClass.IDENTITY, _PLACE + column, row.id
            )
            for row in rows
            for column in ("key", "ip", "agent")
        ]
    )
    texts = iter(text.decode() for text in opened)
    return [
        SessionRow(
            id=row.id,
            mark=bytes(row.mark),
            key=next(texts),
            ip=next(texts),
            agent=next(texts),
            method=row.method,
            begun_at=row.begun_at,
            seen_at=row.seen_at,
        )
        for row in rows
    ]


def _sealed(visit: Visit, *, owner: Owner, session_id: UUID) -> dict[str, bytes]:
    texts = {"key": visit.key, "ip": visit.ip, "agent": visit.agent[:AGENT_LENGTH_MAX]}
    sealed = {
        column: seal_text(
            text,
            account_id=owner.place,
            klass=KeyClass.IDENTITY,
            place=_PLACE + column,
            row=session_id,
        )
        for column, text in texts.items()
    }
    return {**sealed, "mark": _mark(owner)}
