"""An order is judged by the version that was in force when it was placed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from nummer.apps.agreements import actions as agreements
from nummer.apps.agreements import queries as texts
from nummer.apps.agreements.errors import TermsNotAccepted
from nummer.apps.ledger import queries as ledger
from nummer.apps.orders import queries as orders
from nummer.apps.refunds.actions import cancel_activation
from nummer.apps.refunds.models import Decision
from nummer.apps.refunds.timeline import timeline
from tests.builders import NOW, customer, order, publish

pytestmark = pytest.mark.usefixtures("shop")
WORDS = "Something else is promised from here on."


@pytest.mark.clause("PP-5.1b", "RP-P1")
def test_an_order_is_judged_by_the_version_of_its_day_across_a_change(tmp_path: Path) -> None:
    account_id = customer()
    before = texts.in_force("refund-policy", language="en", now=NOW)
    publish("refund-policy", version="2027-01-01", words=WORDS, folder=tmp_path, now=NOW)
    change = NOW + timedelta(days=14)
    old = order(account_id, now=change - timedelta(minutes=5))
    after = texts.in_force("refund-policy", language="en", now=change)

    with pytest.raises(TermsNotAccepted):
        order(account_id, now=change)
    agreements.accept(account_id, accepted=[after.as_accepted()], surface="site", now=change)
    new = order(account_id, now=change)
    for placed in (old, new):
        cancel_activation(
            account_id,
            activation_id=placed.activation_id,
            surface="test",
            now=change + timedelta(minutes=1),
        )

    judged = {row.order_id: row.policy_version for row in Decision.objects.order_by("id")}
    assert judged == {old.order_id: before.version, new.order_id: after.version}
    for placed, text in ((old, before), (new, after)):
        named = orders.order(account_id, order_id=placed.order_id).documents
        assert {each["document"]: each["sha256"] for each in named}["refund-policy"] == text.sha256
        found = timeline(
            account_id, activation_id=placed.activation_id, language="de", now=change
        ).quote
        assert found is not None
        assert (found.clause, found.version) == ("RP-B4", text.version)
    assert ledger.balance(account_id).total.decimal_text() == "20.00"
