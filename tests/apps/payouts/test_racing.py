"""Many requests at once: one payment, one payout, whoever comes first."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from nummer.apps.ledger import queries as wallets
from nummer.apps.payouts import queries
from nummer.apps.payouts.queries import PayoutRow
from tests import builders
from tests.apps.payments.conftest import Provider
from tests.apps.payments.test_racing import at_once, paid
from tests.apps.payouts.test_payouts import ask
from tests.invariants.proofs import breaches

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account_id() -> int:
    builders.shop()
    return builders.customer(balance="0.00")


def test_of_parallel_requests_for_one_payment_one_is_taken_and_the_others_are_told_so(
    provider: Provider, account_id: int
) -> None:
    started, _ = paid(provider, account_id)

    answers = at_once(8, [partial(ask, account_id, started.id) for _ in range(8)])

    told = Counter(
        "taken" if isinstance(answer, PayoutRow) else getattr(answer, "code", answer)
        for answer in answers
    )
    assert told == {"taken": 1, "payout_open": 7}
    assert len(queries.payouts(account_id)) == 1
    assert wallets.balance(account_id).spendable.micro == 0
    assert breaches() == []


def test_of_parallel_small_payouts_as_much_leaves_alone_as_one_may(
    provider: Provider, account_id: int
) -> None:
    top_ups = [paid(provider, account_id)[0].id for _ in range(4)]  # of 20 euros; 50 leave alone

    answers = at_once(4, [partial(ask, account_id, top_up_id) for top_up_id in top_ups])

    states = Counter(row.state for row in answers if isinstance(row, PayoutRow))
    assert states == {"paying": 2, "release": 2}
    assert breaches() == []
