"""Three hundred events, doubled and shuffled: each is taken once (ten thousand in tests/long)."""

from __future__ import annotations

import pytest

from tests import builders
from tests.apps.payments.conftest import Provider
from tests.apps.payments.many_events import (
    happen,
    require_all_is_right,
    tell_doubled_and_shuffled,
)

pytestmark = pytest.mark.django_db(transaction=True)
PAYMENTS = 54


def test_three_hundred_events_doubled_and_shuffled_leave_every_proof_whole(
    provider: Provider,
) -> None:
    builders.shop()
    happen(provider, PAYMENTS)

    events, answers = tell_doubled_and_shuffled(provider)

    assert events >= 300
    assert sum(answers.values()) == 2 * events
    assert not answers.keys() & {"callback_refused", "callback_unreadable", "callback_not_genuine"}
    require_all_is_right(PAYMENTS)
