"""What a customer tells of himself: each field by his own will, gone when he empties it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.marketing.models import Profile
from nummer.apps.marketing.segments import INTERESTS
from nummer.apps.vault.actions import Sealed, seal_text, unseal_many, unseal_text
from nummer.apps.vault.keys import KeyClass
from nummer.policy.clause import clause

AGE_GROUPS: Final = ("under-30", "30-49", "50-64", "65-up")
USAGES: Final = ("private", "work", "shop", "testing")


@dataclass(frozen=True, slots=True)
class Told:
    """What was told; empty is not told."""

    interest: str = ""
    age_group: str = field(default="", repr=False)
    usage: str = field(default="", repr=False)
    satisfaction: int | None = field(default=None, repr=False)


def profile(account_id: int) -> Told:
    """Return what a customer told of himself."""
    row = Profile.objects.filter(account_id=account_id).first()
    if row is None:
        return Told()
    return Told(
        row.interest,
        _opened(account_id, "age_group", row.age_group),
        _opened(account_id, "usage", row.usage),
        row.satisfaction,
    )


def latest(limit: int) -> list[Told]:
    """Return what those told who changed it last, to be counted; of nobody in particular."""
    rows = list(Profile.objects.order_by("-changed_at", "account_id")[:limit])
    sealed = [
        Sealed(
            bytes(value),
            row.account_id,
            KeyClass.IDENTITY,
            f"marketing_profile.{column}",
            row.account_id,
        )
        for row in rows
        for column, value in (("age_group", row.age_group), ("usage", row.usage))
        if value is not None
    ]
    opened = iter(unseal_many(sealed))
    return [
        Told(
            row.interest,
            "" if row.age_group is None else next(opened).decode(),
            "" if row.usage is None else next(opened).decode(),
            row.satisfaction,
        )
        for row in rows
    ]


@clause("LD-D4", quote="Answering a survey or completing a profile is voluntary.")
def set_profile(account_id: int, *, told: Told, now: datetime) -> None:
    """Keep what a customer tells, and forget what he told no more."""
    assert told.interest in ("", *INTERESTS), "faces offer these"
    assert told.age_group in ("", *AGE_GROUPS), "faces offer these"
    assert told.usage in ("", *USAGES), "faces offer these"
    with transaction.atomic():
        if told == Told():
            Profile.objects.filter(account_id=account_id).delete()
        else:
            Profile.objects.update_or_create(
                account_id=account_id,
                defaults={
                    "interest": told.interest,
                    "age_group": _sealed(account_id, "age_group", told.age_group),
                    "usage": _sealed(account_id, "usage", told.usage),
                    "satisfaction": told.satisfaction,
                    "changed_at": now,
                },
            )
        audit.record(
            actor=f"customer:{account_id}",
            verb="set_profile",
            place="marketing_profile",
            row=str(account_id),
            account_id=account_id,
            now=now,
        )


def _sealed(account_id: int, column: str, text: str) -> bytes | None:
    if not text:
        return None
    return seal_text(
        text,
        account_id=account_id,
        klass=KeyClass.IDENTITY,
        place=f"marketing_profile.{column}",
        row=account_id,
    )


def _opened(account_id: int, column: str, sealed: bytes | None) -> str:
    if sealed is None:
        return ""
    return unseal_text(
        bytes(sealed),
        account_id=account_id,
        klass=KeyClass.IDENTITY,
        place=f"marketing_profile.{column}",
        row=account_id,
    )
