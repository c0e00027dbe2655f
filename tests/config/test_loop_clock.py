"""The sandbox's clock of an event loop, beside a database that does not answer it."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from nummer.config import loop_clock
from nummer.config.loop_clock import LoopClock

pytestmark = pytest.mark.django_db


def test_a_session_that_cannot_tell_the_shift_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[psycopg.Connection[Any]] = []
    connect, parameters = psycopg.connect, loop_clock.session_parameters()

    def noted(**given: Any) -> psycopg.Connection[Any]:
        opened.append(connect(**given))
        return opened[-1]

    monkeypatch.setattr(loop_clock.psycopg, "connect", noted)
    elsewhere = {**parameters, "dbname": "postgres"}  # where no table of ours is
    monkeypatch.setattr(loop_clock, "session_parameters", lambda: elsewhere)
    monkeypatch.setattr(loop_clock, "AGAIN_AFTER_S", 0.0)
    clock = LoopClock()

    assert clock.now() <= clock.now()
    assert [link.closed for link in opened] == [True, True]
