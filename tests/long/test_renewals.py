"""A night in which many leases renew themselves, and the job is killed again and again.

The short form renews 400 leases, the full form (FULL=1) 100,000.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import click
import pytest
from django.db import connection

from nummer.apps.leases.actions.renting import period_id
from nummer.apps.leases.models import Holding, Lease, Period, Rentable
from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.actions import Book, Leg, Posting, TransferKind
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.policy.lease import LeaseState, period_of
from tests import builders
from tests.builders import NOW
from tests.installation import CHECKOUT
from tests.invariants.proofs import breaches

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]
FULL = os.environ.get("FULL") == "1"
LEASES = 100_000 if FULL else 400
OF_ONE_ACCOUNT = 100
KILLS = 10 if FULL else 3
BATCH = 2_000
NIGHT = timedelta(hours=8)
SLOWEST_S = 3 * 3600.0
NET, TAX = Money.parse("10.00", "EUR"), Money.parse("2.50", "EUR")
ZONE = "Europe/Oslo"


def test_each_lease_is_charged_once_though_the_job_is_killed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    builders.shop()
    accounts = [_customer() for _ in range(LEASES // OF_ONE_ACCOUNT)]
    poor = builders.customer(balance="12.50")
    night = _rent_all([*accounts, poor])

    began = time.monotonic()
    killed_at = _sweep_and_kill(night)
    elapsed_s = time.monotonic() - began

    with capsys.disabled():
        click.echo(f"\n{LEASES} renewals in {elapsed_s:.0f} s, killed at {killed_at}")
    assert _renewed() == LEASES
    for account_id in accounts:
        assert wallets.balance(account_id).total == Money.parse("50.00", "EUR")
        assert set(_states(account_id)) == {(LeaseState.ACTIVE, 2)}
    assert set(_states(poor)) == {(LeaseState.GRACE, 1)}, "its money was for the first month"
    assert breaches() == []


def _customer() -> int:
    """Return a customer who can pay each of his numbers twice, and has fifty left."""
    return builders.customer(balance=f"{OF_ONE_ACCOUNT * 25 + 50}.00")


def _rent_all(accounts: Sequence[int]) -> datetime:
    """Write down leases whose first month ends in one night; return when that night ends."""
    wanted = [account_id for account_id in accounts[:-1] for _ in range(OF_ONE_ACCOUNT)]
    wanted.append(accounts[-1])
    builders.rentals([f"+475{place:08d}" for place in range(len(wanted) + 1)])
    like = Lease.objects.get(id=builders.rented(builders.customer(), keep_fee=False).id)
    free = Rentable.objects.filter(lease_id=None).order_by("e164")
    step = NIGHT / len(wanted)
    rows = [
        _lease(like, account_id, number, NOW + place * step)
        for place, (account_id, number) in enumerate(zip(wanted, free, strict=True))
    ]
    Lease.objects.bulk_create(rows, batch_size=BATCH)
    Holding.objects.bulk_create(map(_holding, rows), batch_size=BATCH)
    Period.objects.bulk_create(map(_first_period, rows), batch_size=BATCH)
    for first in range(0, len(rows), BATCH):
        answers = ledger.post_many([_charge(row) for row in rows[first : first + BATCH]], now=NOW)
        assert all(isinstance(answer, wallets.Balance) for answer in answers)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE leases_rentable r SET account_id = l.account_id, lease_id = l.id,"
            " held_since = l.activated_at FROM leases_lease l WHERE l.number_id = r.number_id"
        )
    ends = [row.paid_until for row in rows if row.paid_until is not None]
    return max(ends)


def _lease(like: Lease, account_id: int, number: Rentable, at: datetime) -> Lease:
    """Return another lease like that one; all its reminders were sent."""
    month = period_of(at, index=0, timezone=ZONE)
    copied = {field.attname: getattr(like, field.attname) for field in Lease._meta.concrete_fields}
    own = {
        "account_id": account_id,
        "id": new_id(),
        "key": new_id(),
        "number_id": number.number_id,
        "e164": number.e164,
        "timezone": ZONE,
        "activated_at": at,
        "anchor_at": at,
        "paid_until": month.ends_at,
        "next_due_at": month.ends_at,
        "reminded": 3,
    }
    return Lease(**(copied | own))


def _holding(row: Lease) -> Holding:
    assert row.activated_at is not None, "it serves"
    return Holding(
        account_id=row.account_id,
        id=new_id(),
        lease_id=row.id,
        number_id=row.number_id,
        e164=row.e164,
        from_at=row.activated_at,
    )


def _first_period(row: Lease) -> Period:
    return Period(
        account_id=row.account_id,
        id=period_id(row.id, place=0),
        lease_id=row.id,
        place=0,
        starts_at=row.anchor_at,
        ends_at=row.paid_until,
        monthly_net_micro=NET.micro,
        monthly_tax_micro=TAX.micro,
        setup_net_micro=0,
        setup_tax_micro=0,
        tax_rate_bp=2500,
        currency=NET.currency,
        agreed_at=row.placed_at,
        charged_at=row.activated_at,
    )


def _charge(row: Lease) -> Posting:
    place = period_id(row.id, place=0)
    return Posting(
        account_id=row.account_id,
        id=place,
        kind=TransferKind.ORDER,
        legs=[Leg(Book.REVENUE, -NET), Leg(Book.TAX, -TAX)],
        reference=place,
    )


def _sweep_and_kill(until: datetime) -> list[int]:
    """Let another process renew them; kill it some times on its way. Return how far it was."""
    marks = [LEASES * (nth + 1) // (KILLS + 1) for nth in range(KILLS)]
    killed_at = []
    for mark in marks:
        sweep = _sweep(until)
        _await(mark, sweep)
        sweep.send_signal(signal.SIGKILL)
        sweep.wait()
        killed_at.append(_renewed())
    last = _sweep(until)
    assert last.wait(timeout=SLOWEST_S) == 0
    return killed_at


def _sweep(until: datetime) -> subprocess.Popen[bytes]:
    from nummer.config.env import environment

    return subprocess.Popen(
        [sys.executable, "-m", "tests.long.sweep", until.isoformat()],
        cwd=CHECKOUT,
        env={
            **os.environ,
            "NUMMER_HOME": str(environment().home),
            "DJANGO_SETTINGS_MODULE": "nummer.config.settings",
            "TEST_DATABASE": connection.settings_dict["NAME"],
        },
    )


def _await(mark: int, sweep: subprocess.Popen[bytes]) -> None:
    give_up_at = time.monotonic() + SLOWEST_S
    while _renewed() < mark:
        assert sweep.poll() is None, "it has work to do"
        assert time.monotonic() < give_up_at, "it gets on"
        time.sleep(0.02)


def _renewed() -> int:
    return Period.objects.filter(place=1).count()


def _states(account_id: int) -> Iterator[tuple[str, int]]:
    rows = Lease.objects.filter(account_id=account_id).order_by("id")
    yield from rows.values_list("state", "periods")
