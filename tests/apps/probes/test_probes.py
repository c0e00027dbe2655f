"""A probe: sent within limits, found where it arrived, judged once, never a customer's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from nummer.apps.catalogue import sms_rates
from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions.drafts import drop_draft, publish_draft
from nummer.apps.incidents.actions.maintenance import plan_maintenance
from nummer.apps.ledger import queries as ledger
from nummer.apps.messaging.actions import Fate, Kind, report, take_outgoing
from nummer.apps.messaging.actions.quality import measure_quality
from nummer.apps.messaging.models import Message, Outgoing
from nummer.apps.messaging.queries.margins import margins
from nummer.apps.notify.models import Letter
from nummer.apps.numbers.errors import NumberOfOtherUse
from nummer.apps.numbers.models import Number, Slot
from nummer.apps.probes import actions, jobs, queries
from nummer.apps.probes.actions.purging import KEPT, purge
from nummer.apps.probes.errors import (
    NoSuchProbePlan,
    ProbeLimitReached,
    ProbeNotPossible,
    ProbePlanTaken,
    ProbeRouteMissing,
    ProbeUnderWay,
)
from nummer.apps.probes.models import Plan, Probe, Spell
from nummer.apps.probes.rules import NEW, rules
from nummer.kernel import clock
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from tests import builders
from tests.apps.probes.world import (
    MINUTE,
    PROBED,
    SECOND,
    STAFF,
    accept,
    arrived,
    kept,
    last,
    lost,
    planned,
    receipt,
    start,
)
from tests.builders import NOW
from tests.faces.conftest import StandingClock

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _shop(shop: None) -> None:
    """Nothing is probed without a country."""


def test_every_moment_of_a_probe_is_noted_and_its_cost_is_the_operators() -> None:
    plan_id = planned()
    customer = builders.customer(balance="20.00")
    probe_id = start(plan_id)
    (text,) = accept(at=NOW + SECOND)
    receipt(at=NOW + 3 * SECOND)
    builders.deliver(PROBED, text, sender="Nummer", at=NOW + 5 * SECOND)

    assert actions.look(probe_id, late=False, now=NOW + 15 * SECOND) == "arrived"

    row = last(plan_id)
    assert (row.taken_at, row.accepted_at) == (NOW + SECOND, NOW + 2 * SECOND)
    assert (row.receipt, row.receipt_at) == ("delivered", NOW + 3 * SECOND)
    assert (row.arrived_at, row.arrived_over) == (NOW + 5 * SECOND, "sandbox")
    assert row.delay == 4 * SECOND
    assert row.cost == Money.parse("0.02", "EUR")
    assert queries.spent(since=NOW - HOUR) == [Money.parse("0.02", "EUR")]
    assert margins(since=NOW.date(), until=NOW.date()) == []
    assert ledger.balance(customer).total == Money.parse("20.00", "EUR")
    assert [breaches for _, breaches, _ in queries.audit_lines()] == [0, 0]
    (stored,) = Message.objects.all()
    assert (stored.account_id, stored.outcome, stored.lease_id) == (0, "nobody", None)


def test_a_look_before_the_end_comes_again_twice_as_far_from_the_start() -> None:
    plan_id = planned()
    probe_id = start(plan_id)
    moments = []
    at = NOW + 15 * SECOND
    while actions.look(probe_id, late=False, now=at) == "":
        (found,) = queries.due_looks(until=NOW + HOUR, limit=5)
        at = found[0]
        moments.append((at - NOW).total_seconds())
    assert moments == [30, 60, 120, 240, 480, 600]
    assert last(plan_id).outcome == "not_taken"
    assert queries.due_looks(until=NOW + HOUR, limit=5) == []
    assert take_outgoing(rooms={"sandbox": 5}, now=at) == []


def test_looking_again_changes_nothing() -> None:
    plan_id = planned()
    arrived(plan_id, at=NOW)
    before = last(plan_id)
    assert actions.look(before.id, late=False, now=NOW + HOUR) == "arrived"
    assert actions.look(new_id(), late=False, now=NOW) == ""
    assert last(plan_id) == before


@pytest.mark.parametrize(
    ("spoken", "said"),
    [("another text", "Probe AAAAAAAAAAAA"), ("a code of a service", "Telegram code 12345")],
)
def test_only_its_own_text_is_an_arrival(spoken: str, said: str) -> None:
    plan_id = planned()
    probe_id = start(plan_id)
    accept(at=NOW)
    builders.deliver(PROBED, said, at=NOW + SECOND)
    assert actions.look(probe_id, late=False, now=NOW + 10 * MINUTE) == "lost", spoken


def test_what_arrives_after_the_wait_is_lost() -> None:
    plan_id = planned()
    probe_id = start(plan_id)
    (text,) = accept(at=NOW)
    builders.deliver(PROBED, text, at=NOW + 10 * MINUTE + SECOND)
    assert actions.look(probe_id, late=False, now=NOW + 11 * MINUTE) == "lost"


def test_a_refusal_of_the_carrier_fails_at_once_and_costs_nothing() -> None:
    plan_id = planned()
    probe_id = start(plan_id)
    (text,) = take_outgoing(rooms={"sandbox": 5}, now=NOW)
    report([Fate(0, text.id, Kind.FAILED, carrier="sandbox", status=11, reason="x")], now=NOW)
    assert actions.look(probe_id, late=False, now=NOW + 15 * SECOND) == "refused"
    assert queries.spent(since=NOW - HOUR) == []
    assert Probe.objects.get().reserved_euro_micro == 0


def test_what_nobody_could_see_is_held_against_no_route() -> None:
    plan_id = planned()
    probe_id = start(plan_id)
    accept(at=NOW)
    assert actions.look(probe_id, late=True, now=NOW + HOUR) == "unjudged"
    row = queries.plan(plan_id, now=NOW + HOUR)
    assert (row.failed_in_row, row.week.counted) == (0, 0)


def test_what_arrived_counts_also_when_it_is_looked_at_late() -> None:
    plan_id = planned()
    probe_id = start(plan_id)
    (text,) = accept(at=NOW)
    builders.deliver(PROBED, text, at=NOW + 5 * SECOND)
    assert actions.look(probe_id, late=True, now=NOW + HOUR) == "arrived"


# -- when, how often, for how much ----------------------------------------------------------------


def test_nothing_is_probed_before_the_staff_says_so() -> None:
    builders.sms_rates({"47": "0.05"})
    kept()
    assert queries.due_plans(until=NOW + timedelta(days=365), limit=5) == []


def test_the_first_probe_is_due_at_once_and_the_next_after_the_interval() -> None:
    plan_id = planned()
    assert queries.due_plans(until=NOW, limit=5) == [(NOW, plan_id)]
    first = actions.run_due(plan_id, due_at=NOW, now=NOW + SECOND)
    assert first is not None
    assert queries.due_plans(until=NOW + HOUR, limit=5) == [(NOW + HOUR, plan_id)]
    assert actions.run_due(plan_id, due_at=NOW, now=NOW + SECOND) is None
    assert Probe.objects.count() == Outgoing.objects.count() == 1


def test_what_was_due_while_the_program_was_away_is_not_made_up_for() -> None:
    plan_id = planned()
    assert actions.run_due(plan_id, due_at=NOW, now=NOW + 25 * HOUR + MINUTE) is None
    assert queries.due_plans(until=NOW + 30 * HOUR, limit=5) == [(NOW + 26 * HOUR, plan_id)]
    assert not Probe.objects.exists()


def test_one_probe_of_a_route_is_under_way() -> None:
    plan_id = planned()
    start(plan_id)
    with pytest.raises(ProbeUnderWay):
        start(plan_id)
    assert actions.run_due(plan_id, due_at=NOW, now=NOW) is None
    assert Probe.objects.count() == 1


@pytest.mark.parametrize(
    ("spoken", "changed"),
    [
        ("count", {"per_day_max": 2}),
        ("cost", {"cost_per_day_max": Money.parse("0.05", "EUR")}),
    ],
)
def test_no_more_start_in_24_hours_than_the_limits_allow(
    spoken: str, changed: dict[str, object]
) -> None:
    actions.set_rules(replace(NEW, **changed), actor=STAFF, now=NOW)  # type: ignore[arg-type]
    plan_id = planned()
    for n in range(2):
        arrived(plan_id, at=NOW + n * HOUR)
    with pytest.raises(ProbeLimitReached):
        start(plan_id, at=NOW + 2 * HOUR)
    assert actions.run_due(plan_id, due_at=NOW, now=NOW + 30 * MINUTE) is None, spoken
    assert queries.plan(plan_id, now=NOW).skipped_at == NOW + 30 * MINUTE
    start(plan_id, at=NOW + 24 * HOUR)
    assert Probe.objects.count() == 3


def test_a_route_that_leads_nowhere_is_not_tried() -> None:
    builders.sms_rates({"47": "0.05"})
    kept()
    plan_id = actions.add_plan(carrier="other", number=PROBED, actor=STAFF, now=NOW)
    with pytest.raises(ProbeRouteMissing):
        start(plan_id)
    assert actions.run_due(plan_id, due_at=NOW, now=NOW) is None
    assert not Outgoing.objects.exists()


def test_where_the_operator_keeps_no_routes_the_cost_is_not_known() -> None:
    kept()
    plan_id = actions.add_plan(carrier="sandbox", number=PROBED, actor=STAFF, now=NOW)
    arrived(plan_id, at=NOW)
    assert last(plan_id).cost is None


def test_a_paused_route_is_probed_by_hand_alone_until_it_goes_on() -> None:
    plan_id = planned()
    for _ in range(2):
        actions.pause_plan(plan_id, actor=STAFF, now=NOW)
    assert queries.due_plans(until=NOW + HOUR, limit=5) == []
    assert actions.run_due(plan_id, due_at=NOW, now=NOW) is None
    start(plan_id)
    for _ in range(2):
        actions.resume_plan(plan_id, actor=STAFF, now=NOW + MINUTE)
    assert queries.due_plans(until=NOW + HOUR, limit=5) == [(NOW + MINUTE, plan_id)]


def test_what_is_not_possible_is_refused_and_changes_nothing() -> None:
    plan_id = planned()
    with pytest.raises(ProbePlanTaken):
        actions.add_plan(carrier="sandbox", number=PROBED, actor=STAFF, now=NOW)
    with pytest.raises(ProbeNotPossible):
        actions.add_plan(carrier="sandbox", number=PhoneNumber("+4759440001"), actor=STAFF, now=NOW)
    with pytest.raises(NumberOfOtherUse):
        kept(PhoneNumber("+4759440001"))
    for wrong in (
        {"every": timedelta(minutes=4)},
        {"wait": timedelta(minutes=60)},
        {"wait": timedelta()},
        {"failures_in_row": 0},
        {"per_day_max": -1},
    ):
        with pytest.raises(ProbeNotPossible):
            actions.set_rules(replace(NEW, **wrong), actor=STAFF, now=NOW)  # type: ignore[arg-type]
    for verb in (actions.pause_plan, actions.resume_plan, actions.run_now):
        with pytest.raises(NoSuchProbePlan):
            verb(new_id(), actor=STAFF, now=NOW)
    assert rules() == NEW
    assert Plan.objects.get().id == plan_id


def test_a_number_that_is_kept_for_probes_is_never_sold() -> None:
    kept()
    builders.numbers([], services=("tg", "wa"))
    assert Number.objects.get(e164=PROBED.e164).use == "probe"
    assert not Slot.objects.filter(e164=PROBED.e164).exists()


# -- spells, drafts, incidents --------------------------------------------------------------------


def test_a_route_that_fails_again_and_again_asks_the_staff_and_declares_nothing() -> None:
    plan_id = planned()
    for n in range(2):
        lost(plan_id, at=NOW + n * HOUR)
    assert incidents.drafts() == []
    for n in (2, 3):
        lost(plan_id, at=NOW + n * HOUR)

    (draft,) = incidents.drafts()
    assert list(Letter.objects.values_list("account_id", "letter")) == [(0, "route-fails")]
    assert (draft.carrier, draft.country, draft.reason) == ("sandbox", "NO", "probes")
    assert draft.began_at == NOW
    assert incidents.incidents() == []
    row = queries.plan(plan_id, now=NOW + 4 * HOUR)
    assert (row.failed_in_row, row.spell_since) == (4, NOW)


def test_one_probe_that_arrives_begins_the_count_anew() -> None:
    plan_id = planned()
    for n in range(2):
        lost(plan_id, at=NOW + n * HOUR)
    arrived(plan_id, at=NOW + 2 * HOUR)
    for n in (3, 4):
        lost(plan_id, at=NOW + n * HOUR)
    assert incidents.drafts() == []
    assert not Spell.objects.exists()


def test_a_draft_tells_when_the_route_works_again_and_is_published_with_its_end() -> None:
    plan_id = planned()
    for n in range(3):
        lost(plan_id, at=NOW + n * HOUR)
    arrived(plan_id, at=NOW + 3 * HOUR)

    works_at = NOW + 3 * HOUR + 4 * SECOND
    (draft,) = incidents.drafts()
    assert draft.over_at == works_at
    for _ in range(2):
        made = publish_draft(draft.id, words="A cable.", actor=STAFF, now=NOW + 4 * HOUR)
    assert (made.carrier, made.country, made.words) == ("sandbox", "NO", "A cable.")
    assert (made.began_at, made.ended_at) == (NOW, works_at)
    assert incidents.drafts() == []
    assert len(incidents.incidents()) == 1


def test_a_dropped_draft_is_no_incident_and_the_next_spell_asks_anew() -> None:
    plan_id = planned()
    for n in range(3):
        lost(plan_id, at=NOW + n * HOUR)
    (draft,) = incidents.drafts()
    for _ in range(2):
        drop_draft(draft.id, actor=STAFF, now=NOW + 3 * HOUR)
    arrived(plan_id, at=NOW + 4 * HOUR)
    for n in (5, 6, 7):
        lost(plan_id, at=NOW + n * HOUR)
    (again,) = incidents.drafts()
    assert again.id != draft.id
    assert again.began_at == NOW + 5 * HOUR
    assert incidents.incidents() == []


def test_where_the_rules_say_so_an_outage_is_declared_and_ended_without_a_person() -> None:
    actions.set_rules(replace(NEW, declares=True, failures_in_row=2), actor=STAFF, now=NOW)
    plan_id = planned()
    for n in range(2):
        lost(plan_id, at=NOW + n * HOUR)
    (incident,) = incidents.incidents()
    assert (incident.carrier, incident.country, incident.ended_at) == ("sandbox", "NO", None)
    assert incidents.drafts() == []

    arrived(plan_id, at=NOW + 3 * HOUR)
    assert incidents.incident(incident.id).ended_at == NOW + 3 * HOUR + 4 * SECOND


def test_a_pause_ends_what_nobody_looks_at_any_more() -> None:
    plan_id = planned()
    for n in range(3):
        lost(plan_id, at=NOW + n * HOUR)
    actions.pause_plan(plan_id, actor=STAFF, now=NOW + 3 * HOUR)
    assert Spell.objects.get().ended_at == NOW + 3 * HOUR
    assert queries.plan(plan_id, now=NOW).failed_in_row == 0


def test_what_fails_while_work_is_planned_is_held_against_no_route() -> None:
    plan_id = planned()
    plan_maintenance(
        words="Power.",
        carrier="sandbox",
        country="NO",
        begins_at=NOW,
        ends_at=NOW + 5 * HOUR,
        actor=STAFF,
        now=NOW,
    )
    for n in range(4):
        lost(plan_id, at=NOW + n * HOUR)
    assert incidents.drafts() == []
    assert queries.plan(plan_id, now=NOW + 4 * HOUR).week.counted == 0
    assert not last(plan_id).counted


# -- what routes are chosen by, ages, due rows ----------------------------------------------------


def test_a_route_that_says_delivered_and_delivers_nothing_is_measured_by_what_arrived() -> None:
    plan_id = planned()
    arrived(plan_id, at=NOW)
    probe_id = start(plan_id, at=NOW + HOUR)
    accept(at=NOW + HOUR, message_id="liar")
    receipt(at=NOW + HOUR + 2 * SECOND, message_id="liar")
    assert actions.look(probe_id, late=False, now=NOW + HOUR + 10 * MINUTE) == "lost"
    assert last(plan_id).receipt == "delivered"

    measure_quality(now=NOW + 2 * HOUR)

    (route,) = sms_rates.routes_to(to=PROBED, now=NOW + 2 * HOUR)
    assert route.quality is not None
    assert (route.quality.sent, route.quality.delivered) == (2, 1)
    assert route.quality.delay == 3 * SECOND


def test_delays_of_a_week_have_a_median_and_a_95th() -> None:
    plan_id = planned()
    for n in range(3):
        arrived(plan_id, at=NOW + n * HOUR)
    lost(plan_id, at=NOW + 3 * HOUR)
    week = queries.plan(plan_id, now=NOW + 4 * HOUR).week
    assert (week.counted, week.arrived) == (4, 3)
    assert week.p50 == week.p95 == 4 * SECOND
    assert queries.plan(plan_id, now=NOW + timedelta(days=8)).week.p50 is None


def test_history_pages() -> None:
    plan_id = planned()
    for n in range(5):
        arrived(plan_id, at=NOW + n * HOUR)
    first = queries.history(plan_id, limit=2)
    second = queries.history(plan_id, before=first[-1].id, limit=10)
    assert [row.started_at for row in (*first, *second)] == [
        NOW + n * HOUR for n in (4, 3, 2, 1, 0)
    ]


def test_probes_and_spells_go_with_their_age() -> None:
    plan_id = planned()
    for n in range(3):
        lost(plan_id, at=NOW + n * HOUR)
    arrived(plan_id, at=NOW + 3 * HOUR)
    ((due_at, _),) = queries.old(until=NOW + timedelta(days=200), limit=5)
    assert due_at == NOW + KEPT
    assert queries.old(until=due_at - SECOND, limit=5) == []
    assert purge(now=due_at) == 1
    assert purge(now=due_at + 4 * HOUR) == 4
    assert queries.old(until=NOW + timedelta(days=500), limit=5) == []


def test_due_rows_do_the_work_of_the_present_moment() -> None:
    plan_id = planned()
    standing, before = StandingClock(), clock._installed
    clock.install(standing)
    try:
        send, look, _ = jobs.DUE_SOURCES
        (row,) = send.find(NOW, 10)
        for _ in range(2):  # a fire that is repeated sends one probe
            send.fire(row, NOW)
        assert send.find(NOW, 10) == []
        (text,) = accept(at=NOW)
        builders.deliver(PROBED, text, at=NOW + SECOND)
        receipt(at=NOW + SECOND)
        (row,) = look.find(NOW + MINUTE, 10)
        standing.at = row.due_at
        look.fire(row, row.due_at)
        assert last(plan_id).outcome == "arrived"

        (row,) = send.find(NOW + 2 * HOUR, 10)
        standing.at = row.due_at
        send.fire(row, row.due_at)
        standing.at = NOW + 30 * HOUR  # the clock was moved: nobody looked in between
        (row,) = look.find(standing.at, 10)
        look.fire(row, row.due_at)
        assert last(plan_id).outcome == "unjudged"
        assert look.find(standing.at, 10) == []
    finally:
        clock.install(before)
    assert Probe.objects.count() == 2
