"""A rented number goes to another provider: a case, a code, a day, and an end."""

from __future__ import annotations

import json
from datetime import date, timedelta
from uuid import UUID

import pytest

from nummer.apps.audit.models import Line
from nummer.apps.cases import queries as cases
from nummer.apps.leases import actions, portouts, queries
from nummer.apps.leases.actions import replace_offer
from nummer.apps.leases.errors import (
    EndingNotExplained,
    HandoverNotPossible,
    LeaseNotLikeThat,
    NoSuchPortOut,
    NumberTaken,
    PortOutNotComplete,
    PortOutOpen,
    PortOutOver,
    PortOutTooEarly,
)
from nummer.apps.leases.leaving import PortRefusal
from nummer.apps.leases.models import PortOut, Rentable
from nummer.apps.leases.portouts import PortOutRow
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import queries as ledger
from nummer.apps.notify import contents
from nummer.apps.notify.models import Letter
from nummer.apps.numbers.queries import is_ours
from nummer.apps.refunds.actions import (
    ask_port_out,
    cancel_lease,
    mark_ported,
    refuse_port_out,
    withdraw_port_out,
)
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber
from tests.builders import NOW, customer, rental_wish, rented
from tests.invariants.proofs import breaches

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]
NUMBER = "+4759441001"
CODE = "PAC-7731"
DAY = date(2026, 12, 1)
ON_THE_DAY = NOW + timedelta(days=9)
STAFF = "staff:1"


@pytest.fixture
def lease(rentals: None) -> LeaseRow:
    return rented(customer(balance="18.75"), NUMBER)


def asked(lease: LeaseRow, *, key: UUID | None = None) -> PortOutRow:
    return ask_port_out(
        lease.account_id, lease_id=lease.id, text="To Other AS.", key=key or new_id(), now=NOW
    )


def set_(row: PortOutRow, *, code: str = CODE, on: date = DAY) -> None:
    actions.set_port_out(row.account_id, port_out_id=row.id, code=code, on=on, actor=STAFF, now=NOW)


def test_asking_opens_one_case_with_the_staff(lease: LeaseRow) -> None:
    first = asked(lease)
    assert asked(lease) == first

    case = cases.case_by_number(first.case_number)
    assert (case.head.kind, case.head.order_id, case.head.account_id) == (
        "port-out",
        lease.id,
        lease.account_id,
    )
    assert [row.id for row in portouts.waiting()] == [first.id]
    assert queries.lease(lease.account_id, lease_id=lease.id).state == "active"


def test_the_code_is_the_holders_alone_and_in_no_mail_and_no_record(lease: LeaseRow) -> None:
    row = asked(lease)
    set_(row)

    assert portouts.code_of(lease.account_id, port_out_id=row.id) == CODE
    assert portouts.code_of(customer(), port_out_id=row.id) == ""
    assert CODE.encode() not in bytes(PortOut.objects.get().code or b"")
    for letter in Letter.objects.filter(account_id=lease.account_id):
        assert CODE not in json.dumps(dict(contents.opened(letter)))
    assert CODE not in repr(portouts.waiting())
    assert CODE not in str(list(Line.objects.values()))
    assert Letter.objects.filter(letter="port-out").count() == 1


@pytest.mark.parametrize(("code", "on"), [("  ", DAY), ("x" * 65, DAY), (CODE, date(2026, 11, 21))])
def test_a_code_or_day_that_cannot_be_is_refused(lease: LeaseRow, code: str, on: date) -> None:
    row = asked(lease)
    with pytest.raises(PortOutNotComplete):
        set_(row, code=code, on=on)
    assert portouts.port_out(lease.account_id, port_out_id=row.id).state == "asked"


def test_on_its_day_the_number_leaves_for_good_and_the_rest_is_judged(lease: LeaseRow) -> None:
    row = asked(lease)
    with pytest.raises(PortOutTooEarly):
        mark_ported(lease.account_id, port_out_id=row.id, actor=STAFF, now=ON_THE_DAY)
    set_(row)
    with pytest.raises(PortOutTooEarly):
        mark_ported(
            lease.account_id, port_out_id=row.id, actor=STAFF, now=ON_THE_DAY - timedelta(days=1)
        )

    decided = mark_ported(lease.account_id, port_out_id=row.id, actor=STAFF, now=ON_THE_DAY)
    again = mark_ported(lease.account_id, port_out_id=row.id, actor=STAFF, now=ON_THE_DAY)

    ended = queries.lease(lease.account_id, lease_id=lease.id)
    assert (ended.state, ended.end_reason, ended.ended_at) == ("released", "ported", ON_THE_DAY)
    assert (decided.clause, again) == ("LAW-14", decided)
    assert ledger.balance(lease.account_id).total == decided.amount
    assert cases.case_by_number(row.case_number).head.state == "closed"
    assert portouts.code_of(lease.account_id, port_out_id=row.id) == ""
    assert not is_ours(PhoneNumber(NUMBER))
    assert breaches() == []


def test_after_the_first_fortnight_leaving_returns_nothing(lease: LeaseRow) -> None:
    row = asked(lease)
    set_(row)
    decided = mark_ported(
        lease.account_id, port_out_id=row.id, actor=STAFF, now=NOW + timedelta(days=20)
    )
    assert (decided.clause, decided.amount.micro) == ("RP-N1", 0)


def test_a_ported_number_is_never_offered_again(lease: LeaseRow) -> None:
    row = asked(lease)
    set_(row)
    mark_ported(lease.account_id, port_out_id=row.id, actor=STAFF, now=ON_THE_DAY)

    replace_offer([NUMBER], supplier="sandbox", country="NO", kind="local")

    stock = Rentable.objects.get(e164=NUMBER)
    assert (stock.withdrawn, stock.ported_at) == (True, ON_THE_DAY)
    with pytest.raises(NumberTaken):
        actions.rent(customer(), wish=rental_wish(NUMBER), now=ON_THE_DAY + timedelta(days=3650))


def test_a_refusal_says_why_and_the_number_stays(lease: LeaseRow) -> None:
    row = asked(lease)
    with pytest.raises(EndingNotExplained):
        refuse_port_out(
            lease.account_id,
            port_out_id=row.id,
            refusal=PortRefusal.OTHER,
            words="",
            actor=STAFF,
            now=NOW,
        )
    for _ in range(2):
        refuse_port_out(
            lease.account_id,
            port_out_id=row.id,
            refusal=PortRefusal.DETAILS,
            words="The name differs.",
            actor=STAFF,
            now=NOW,
        )

    seen = portouts.port_out(lease.account_id, port_out_id=row.id)
    assert (seen.state, seen.refusal, seen.words) == (
        "refused",
        PortRefusal.DETAILS,
        "The name differs.",
    )
    with pytest.raises(PortOutOver):
        set_(row)
    assert queries.lease(lease.account_id, lease_id=lease.id).state == "active"
    assert asked(lease).id != row.id


def test_the_holder_may_stay_and_nobody_else_can_say_so(lease: LeaseRow) -> None:
    row = asked(lease)
    set_(row)
    with pytest.raises(NoSuchPortOut):
        withdraw_port_out(customer(), port_out_id=row.id, now=NOW)
    for _ in range(2):
        withdraw_port_out(lease.account_id, port_out_id=row.id, now=NOW)

    assert portouts.code_of(lease.account_id, port_out_id=row.id) == ""
    with pytest.raises(PortOutOver):
        mark_ported(lease.account_id, port_out_id=row.id, actor=STAFF, now=ON_THE_DAY)


def test_a_number_goes_one_way_at_a_time(lease: LeaseRow) -> None:
    row = asked(lease)
    with pytest.raises(HandoverNotPossible):
        actions.offer(
            lease.account_id, lease_id=lease.id, email="a@example.com", key=new_id(), now=NOW
        )
    withdraw_port_out(lease.account_id, port_out_id=row.id, now=NOW)
    actions.offer(lease.account_id, lease_id=lease.id, email="a@example.com", key=new_id(), now=NOW)
    with pytest.raises(PortOutOpen):
        asked(lease)
    cancel_lease(lease.account_id, lease_id=lease.id, surface="test", now=NOW)
    with pytest.raises(LeaseNotLikeThat):
        asked(lease)
    assert breaches() == []


def test_a_lease_that_ends_otherwise_ends_its_port_out(lease: LeaseRow) -> None:
    row = asked(lease)
    set_(row)
    cancel_lease(lease.account_id, lease_id=lease.id, surface="test", now=NOW)

    assert portouts.port_out(lease.account_id, port_out_id=row.id).state == "withdrawn"
    assert portouts.code_of(lease.account_id, port_out_id=row.id) == ""
