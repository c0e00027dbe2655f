"""Calls: what talk costs to the second, whom nobody calls, and which events count."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nummer.policy.calls import (
    Barred,
    CallEvent,
    CallState,
    Charge,
    Destination,
    Terms,
    affordable_s,
    charge,
    destination_of,
    next_state,
)
from nummer.policy.calls.destinations import CLOSED

MINUTE = Terms(setup_micro=0, minute_micro=60_000)
TERMS = st.builds(
    Terms,
    setup_micro=st.integers(0, 5_000_000),
    minute_micro=st.integers(0, 50_000_000),
    minimum_s=st.integers(1, 120),
    step_s=st.integers(1, 120),
    free_s=st.integers(0, 60),
)
TAX = st.integers(0, 3_000)
TALK = st.integers(0, 20_000)


@pytest.mark.parametrize(
    ("steps", "talk_s", "billed_s"),
    [
        ((1, 1, 0), 0, 0),
        ((1, 1, 0), 1, 1),
        ((60, 60, 0), 1, 60),
        ((60, 60, 0), 60, 60),
        ((60, 60, 0), 61, 120),
        ((30, 6, 0), 29, 30),
        ((30, 6, 0), 31, 36),
        ((30, 6, 0), 37, 42),
        ((1, 1, 10), 10, 0),
        ((1, 1, 10), 11, 1),
        ((60, 60, 10), 11, 60),
    ],
)
@pytest.mark.clause("LD-S2", "LD-H5")
def test_steps_minimum_and_free_seconds(
    steps: tuple[int, int, int], talk_s: int, billed_s: int
) -> None:
    minimum, step, free = steps
    terms = Terms(0, 1, minimum_s=minimum, step_s=step, free_s=free)
    assert terms.billed_s(talk_s) == billed_s


@pytest.mark.parametrize(
    ("terms", "talk_s", "kept", "expected"),
    [
        (MINUTE, 0, (2_500, 0), Charge(0, 0, 0, 0)),
        (MINUTE, 90, (2_500, 0), Charge(90, 0, 90_000, 22_500)),
        (Terms(100, 1), 1, (0, 0), Charge(1, 0, 101, 0)),  # a sixtieth is rounded up, once
        (Terms(50_000, 60_000), 0, (0, 0), Charge(0, 0, 50_000, 0)),  # answered is set up
        (Terms(50_000, 60_000), 90, (0, 60), Charge(90, 60, 30_000, 0)),
        (Terms(50_000, 60_000), 60, (2_500, 600), Charge(60, 60, 0, 0)),
    ],
)
@pytest.mark.clause("LD-S2")
def test_charge_by_hand(terms: Terms, talk_s: int, kept: tuple[int, int], expected: Charge) -> None:
    tax_bp, package_s = kept
    assert charge(terms, talk_s=talk_s, tax_bp=tax_bp, package_s=package_s) == expected


@given(terms=TERMS, talk_s=TALK, tax_bp=TAX, package_s=TALK)
def test_charge_is_what_exact_reckoning_says(
    terms: Terms, talk_s: int, tax_bp: int, package_s: int
) -> None:
    billed = 0
    if talk_s > terms.free_s:
        billed = terms.minimum_s
        while billed < talk_s - terms.free_s:
            billed += terms.step_s
    covered = min(billed, package_s)
    exact = Fraction(terms.minute_micro, 60) * (billed - covered)
    net = ceil(exact + (0 if package_s else terms.setup_micro))
    tax = ceil(Fraction(net * tax_bp, 10_000))

    found = charge(terms, talk_s=talk_s, tax_bp=tax_bp, package_s=package_s)

    assert found == Charge(billed, covered, net, tax)


@given(terms=TERMS, tax_bp=TAX, micro=st.integers(0, 10**9), package_s=TALK)
def test_nobody_may_talk_for_more_than_is_there_or_for_less(
    terms: Terms, tax_bp: int, micro: int, package_s: int
) -> None:
    most = 7_200

    talk = affordable_s(terms, micro=micro, tax_bp=tax_bp, package_s=package_s, most_s=most)

    def cost(talk_s: int) -> int:
        return charge(terms, talk_s=talk_s, tax_bp=tax_bp, package_s=package_s).total_micro

    if talk == 0:
        assert cost(1) > micro
    else:
        assert cost(talk) <= micro
        assert talk == most or cost(talk + 1) > micro


@given(terms=TERMS, tax_bp=TAX, talk_s=TALK, package_s=TALK)
def test_a_second_more_never_costs_less(
    terms: Terms, tax_bp: int, talk_s: int, package_s: int
) -> None:
    now = charge(terms, talk_s=talk_s, tax_bp=tax_bp, package_s=package_s)
    then = charge(terms, talk_s=talk_s + 1, tax_bp=tax_bp, package_s=package_s)
    assert then.billed_s >= now.billed_s
    assert then.total_micro >= now.total_micro


@pytest.mark.parametrize(
    ("dialled", "region", "expected"),
    [
        ("+4722222222", "DE", ("4722222222", Destination.FIXED)),
        ("004722222222", "DE", ("4722222222", Destination.FIXED)),
        ("22222222", "NO", ("4722222222", Destination.FIXED)),
        ("+4791234567", "NO", ("4791234567", Destination.MOBILE)),
        ("+4782012345", "NO", ("4782012345", Destination.PREMIUM)),
        ("+8816123456789", "NO", ("8816123456789", Destination.SATELLITE)),
        ("+870773111111", "NO", ("870773111111", Destination.SATELLITE)),
        ("+88213300000", "NO", ("88213300000", Destination.NETWORK)),
        ("+979123456789", "NO", ("979123456789", Destination.PREMIUM)),
        ("+4490912345678", "GB", Barred.NO_NUMBER),
        ("112", "NO", Barred.EMERGENCY),
        ("110", "NO", Barred.EMERGENCY),
        ("911", "US", Barred.EMERGENCY),
        ("+1911", "US", Barred.EMERGENCY),
        ("00", "NO", Barred.NO_NUMBER),
        ("anonymous", "NO", Barred.NO_NUMBER),
        ("", "NO", Barred.NO_NUMBER),
    ],
)
@pytest.mark.clause("LD-H1")
def test_what_was_dialled(dialled: str, region: str, expected: object) -> None:
    assert destination_of(dialled, region=region) == expected


def test_dear_kinds_are_closed_and_ordinary_ones_are_not() -> None:
    assert not CLOSED & {Destination.FIXED, Destination.MOBILE, Destination.FREE}
    assert {Destination.PREMIUM, Destination.SATELLITE} <= CLOSED


@pytest.mark.parametrize("events", [("answered", "over"), ("over", "answered"), ("over", "over")])
def test_events_in_any_order_end_a_call_once(events: tuple[str, ...]) -> None:
    state, ends = CallState.ALLOWED, 0
    for event in events:
        after = next_state(state, CallEvent(event))
        ends += after is CallState.ENDED
        state = after or state
    assert (state, ends) == (CallState.ENDED, 1)


@pytest.mark.parametrize("event", CallEvent)
@pytest.mark.parametrize("state", [CallState.ENDED, CallState.FAILED])
def test_what_is_over_stays_so(state: CallState, event: CallEvent) -> None:
    assert next_state(state, event) is None
