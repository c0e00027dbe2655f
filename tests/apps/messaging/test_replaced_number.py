"""Messages of a contract whose number was replaced: the old ones stay, late ones are nobody's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nummer.apps.messaging import queries
from nummer.apps.messaging.models import Message
from nummer.apps.refunds.actions import accept_other, number_blocked
from nummer.kernel.phone import PhoneNumber
from tests.builders import NOW, customer, deliver, rented
from tests.invariants.proofs import breaches

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]
NUMBER, OTHER = "+4759441001", "+4759441002"
MINUTE = timedelta(minutes=1)


def test_conversation_goes_on_and_what_still_comes_to_the_old_number_is_nobodys() -> None:
    account_id = customer(balance="60.00")
    lease = rented(account_id, NUMBER)
    deliver(NUMBER, "before", sender="Ada", at=NOW + MINUTE)
    number_blocked(PhoneNumber(NUMBER), reason="unrelated", now=NOW + 2 * MINUTE)
    accept_other(
        account_id,
        lease_id=lease.id,
        number=PhoneNumber(OTHER),
        actor=f"customer:{account_id}",
        now=NOW + 3 * MINUTE,
    )

    deliver(NUMBER, "late", sender="Ada", at=NOW + 4 * MINUTE)
    deliver(OTHER, "after", sender="Ada", at=NOW + 5 * MINUTE)

    key = queries.conversation_id(account_id, theirs="Ada")
    thread = queries.thread(account_id, lease_id=lease.id, conversation_id=key)
    assert [(each.body, each.ours.e164) for each in thread] == [
        ("after", OTHER),
        ("before", NUMBER),
    ]
    late = Message.objects.exclude(lease_id=lease.id)
    assert [row.e164 for row in late] == [NUMBER]
    assert all(row.account_id != account_id for row in late)
    assert breaches() == []
