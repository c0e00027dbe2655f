"""Ten thousand events of a payment provider, each doubled, in no order: every proof holds."""

from __future__ import annotations

import click
import pytest

from tests import builders
from tests.apps.payments.conftest import Provider, provider
from tests.apps.payments.many_events import (
    happen,
    require_all_is_right,
    tell_doubled_and_shuffled,
)

__all__ = ["provider"]

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]
PAYMENTS = 1890


def test_ten_thousand_events_doubled_and_shuffled(
    provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    builders.shop()
    happen(provider, PAYMENTS)

    events, answers = tell_doubled_and_shuffled(provider)

    with capsys.disabled():
        click.echo(f"\n{events} events told twice: {dict(answers)}")
    assert events >= 10_000
    require_all_is_right(PAYMENTS)
