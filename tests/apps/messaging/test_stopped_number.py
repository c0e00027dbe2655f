"""A complaint about one rented number stops that number alone, until it is rejected (PP-5.2b)."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from nummer.apps.cases.actions import Channel
from nummer.apps.incidents.actions import abuse
from nummer.apps.incidents.actions.facts import Subject, SubjectKind
from nummer.apps.incidents.queries import AbuseCase
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.messaging.actions.sending import send_sms
from nummer.apps.messaging.errors import NumberSuspended
from nummer.apps.messaging.models import Outgoing
from nummer.apps.messaging.queries import SmsState
from nummer.apps.standing import actions as standing
from nummer.apps.standing import queries as suspensions
from nummer.apps.standing.errors import AccountSuspended
from nummer.kernel.ids import new_id
from tests import builders
from tests.builders import NOW, sms_wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(rented: LeaseRow) -> LeaseRow:
    """Rent a second number to the same customer."""
    return builders.rented(rented.account_id, "+4759441002", keep_fee=False)


def complained(lease: LeaseRow) -> AbuseCase:
    return abuse.suspect(
        lease.account_id,
        subject=Subject(SubjectKind.RENTAL, lease.id),
        reason="spam",
        reference="X-17",
        stops=abuse.RENTED_SERVICES,
        actor="staff:1",
        now=NOW,
    )


def decided(case: AbuseCase, verdict: abuse.Verdict, *, actor: str) -> None:
    abuse.decide(
        case.account_id,
        case_id=case.id,
        verdict=verdict,
        reason="looked at",
        reference="X-17",
        actor=actor,
        now=NOW,
    )


def sends(lease: LeaseRow) -> bool:
    try:
        sms = send_sms(lease.account_id, wish=sms_wish(lease), now=NOW)
    except NumberSuspended:
        return False
    return sms.state is SmsState.QUEUED


def test_only_the_number_complained_about_stops(rented: LeaseRow, other: LeaseRow) -> None:
    send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)  # it is remembered as fit to send

    complained(rented)

    assert (sends(rented), sends(other)) == (False, True)
    assert Outgoing.objects.filter(lease_id=rented.id).count() == 1
    assert not suspensions.renting_stopped(rented.account_id)
    standing.check_order(rented.account_id, service="tg", now=NOW)  # the balance is his to spend


def test_an_objection_that_is_right_lifts_exactly_that(rented: LeaseRow, other: LeaseRow) -> None:
    case, kept = complained(rented), complained(other)
    decided(case, abuse.Verdict.CONFIRMED, actor="staff:2")
    assert (sends(rented), sends(other)) == (False, False)
    abuse.object_to(
        rented.account_id,
        case_id=case.id,
        words="That was not me.",
        channel=Channel.PAGE,
        actor=f"customer:{rented.account_id}",
        now=NOW,
    )

    decided(case, abuse.Verdict.REJECTED, actor="staff:3")

    assert (sends(rented), sends(other)) == (True, False)
    decided(kept, abuse.Verdict.REJECTED, actor="staff:2")
    assert sends(other)


def test_a_service_that_is_stopped_stops_no_sending(rented: LeaseRow) -> None:
    standing.suspend(rented.account_id, reason="abuse", service="tg", actor="staff:1", now=NOW)

    assert sends(rented)
    assert not suspensions.number_stopped(rented.account_id, lease_id=rented.id)


def test_stopped_renting_stops_every_number(rented: LeaseRow, other: LeaseRow) -> None:
    standing.suspend(
        rented.account_id, reason="abuse", service=standing.RENTED, actor="staff:1", now=NOW
    )

    for lease in (rented, other):
        with pytest.raises(AccountSuspended):
            send_sms(lease.account_id, wish=sms_wish(lease), now=NOW)


def test_another_accounts_stopped_number_is_none_of_his(rented: LeaseRow) -> None:
    stranger = builders.customer()
    standing.suspend(
        stranger,
        reason="abuse",
        service=standing.RENTED,
        lease_id=rented.id,
        actor="staff:1",
        now=NOW,
    )

    assert sends(rented)


def test_a_number_stops_no_orders_also_for_whoever_writes_to_the_table(rented: LeaseRow) -> None:
    refused = pytest.raises(IntegrityError, match="suspension_of_a_number_stops_no_orders")
    with refused, transaction.atomic():
        standing.suspend(
            rented.account_id,
            reason="abuse",
            service="tg",
            lease_id=new_id(),
            actor="staff:1",
            now=NOW,
        )
