"""The staff's pages that prove stored decisions: begun once, with progress and differences."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest

from nummer.apps.audit.models import Line
from nummer.apps.refunds import replay
from nummer.apps.refunds.actions import cancel_activation
from nummer.apps.refunds.models import Decision, ReplayDifference
from nummer.kernel.ids import new_id
from tests import builders
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import StandingClock

REPLAYS = "/staff/replays/"


def decided() -> Decision:
    account_id = builders.customer()
    placed = builders.order(account_id)
    soon = builders.NOW + timedelta(minutes=1)
    cancel_activation(account_id, activation_id=placed.activation_id, surface="test", now=soon)
    return Decision.objects.get(account_id=account_id)


@pytest.mark.parametrize("role", ["finance", "compliance"])
def test_proof_is_begun_and_shows_how_far_it_is(shop: StandingClock, role: str) -> None:
    for _ in range(2):
        decided()
    shop.at = builders.NOW + timedelta(hours=1)
    browser = at_work(role)
    assert "none yet" in browser.get(REPLAYS).text

    started = browser.post(REPLAYS)
    assert browser.post(REPLAYS)["Location"] == started["Location"]
    waiting = browser.get(started["Location"], headers={"hx-request": "true"}).text
    assert "0 of 2 decisions recomputed, 0 differ" in waiting
    assert 'hx-trigger="every 1s"' in waiting

    (run,) = replay.replay_runs()
    replay.continue_replay(run.id, now=shop.at)
    done = browser.get(started["Location"]).text
    assert "2 of 2 decisions recomputed, 0 differ" in done
    assert "every 1s" not in done
    assert str(run.id) in browser.get(REPLAYS).text


def test_differences_are_listed_page_by_page(shop: StandingClock) -> None:
    browser = at_work("compliance")
    run_id = replay.start_replay(actor="staff:1", now=shop.at)
    ReplayDifference.objects.bulk_create(
        ReplayDifference(run_id=run_id, account_id=7, decision_id=new_id(), parts=["credit_by"])
        for _ in range(replay.DIFFERENCES_PAGE + 1)
    )
    listed = replay.found_differences(run_id)

    first = browser.get(f"{REPLAYS}{run_id}/").text
    assert str(listed[-1].decision_id) in first
    assert first.count("credit_by") == replay.DIFFERENCES_PAGE
    (more,) = re.findall(r'href="([^"]+after=[^"]+)"', first)
    second = browser.get(more).text
    assert second.count("credit_by") == 1
    assert not re.search(r'href="[^"]+after=', second)
    assert Line.objects.filter(verb="list_differences", row=str(run_id)).count() == 2


@pytest.mark.parametrize("after", ["", "x", "1:x", "-1:", f"{1 << 80}:{UUID(int=7)}", "٣:٤"])
def test_any_place_to_go_on_from_is_answered(shop: StandingClock, after: str) -> None:
    run_id = replay.start_replay(actor="staff:1", now=shop.at)
    assert (
        at_work("finance").get(f"{REPLAYS}{run_id}/", query_params={"after": after}).status_code
        == 200
    )


def test_unknown_proof_is_not_found(shop: StandingClock) -> None:
    assert at_work("finance").get(f"{REPLAYS}{new_id()}/").status_code == 404


@pytest.mark.parametrize("role", ["support", "operations", "identity"])
def test_proof_is_not_for_everybody(shop: StandingClock, role: str) -> None:
    assert at_work(role).post(REPLAYS).status_code == 403
