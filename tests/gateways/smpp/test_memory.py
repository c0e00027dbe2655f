"""Which messages may be repeats."""

from __future__ import annotations

from nummer.gateways.smpp.memory import BREAK_S, KEYS_MAX, START_S, RepeatMemory

LATER = START_S + 1


def warm() -> RepeatMemory:
    memory = RepeatMemory()
    memory.session_began(now=0.0)
    return memory


def test_within_one_session_nothing_is_a_repeat() -> None:
    memory = warm()
    for _ in range(3):
        assert not memory.arrived(1, now=LATER)
        memory.answered(1, taken=True)


def test_an_answer_without_proof_is_doubted_once() -> None:
    memory = warm()
    memory.arrived(1, now=LATER)
    memory.answered(1, taken=True)
    memory.session_broke(now=LATER)
    memory.session_began(now=LATER)
    assert memory.arrived(1, now=LATER)
    assert not memory.arrived(1, now=LATER)


def test_a_proven_answer_is_not_doubted() -> None:
    memory = warm()
    for key in (1, 2):
        memory.arrived(key, now=LATER)
        memory.answered(key, taken=True)
    memory.proven(1)
    memory.session_broke(now=LATER)
    assert not memory.arrived(1, now=LATER)
    assert memory.arrived(2, now=LATER)


def test_a_refused_message_is_no_repeat_when_it_comes_again() -> None:
    memory = warm()
    memory.arrived(1, now=LATER)
    memory.answered(1, taken=False)
    memory.session_broke(now=LATER)
    assert not memory.arrived(1, now=LATER)


def test_a_message_that_the_database_may_have_kept_is_doubted_in_the_same_session() -> None:
    memory = warm()
    memory.arrived(1, now=LATER)
    memory.perhaps_stored(1, now=LATER)
    assert memory.arrived(1, now=LATER)
    assert not memory.arrived(1, now=LATER)


def test_a_doubt_survives_a_second_break() -> None:
    memory = warm()
    memory.arrived(1, now=LATER)
    memory.session_broke(now=LATER)
    memory.session_broke(now=LATER)
    assert memory.arrived(1, now=LATER)


def test_a_repeat_that_breaks_again_is_doubted_again() -> None:
    memory = warm()
    memory.arrived(1, now=LATER)
    memory.session_broke(now=LATER)
    assert memory.arrived(1, now=LATER)
    memory.session_broke(now=LATER)
    assert memory.arrived(1, now=LATER)


def test_doubts_end() -> None:
    memory = warm()
    memory.arrived(1, now=LATER)
    memory.session_broke(now=LATER)
    assert not memory.arrived(1, now=LATER + BREAK_S)


def test_a_doubt_lasts_however_often_its_message_is_refused() -> None:
    memory = warm()
    for key in (1, 2):
        memory.arrived(key, now=LATER)
        memory.perhaps_stored(key, now=LATER)
    for _ in range(KEYS_MAX + 1):
        memory.arrived(1, now=LATER)
        memory.perhaps_stored(1, now=LATER)
    assert memory.arrived(1, now=LATER)
    assert memory.arrived(2, now=LATER)
    assert not memory.arrived(1, now=LATER)


def test_a_settled_doubt_does_not_end_a_later_one() -> None:
    memory = warm()
    memory.arrived(1, now=LATER)
    memory.perhaps_stored(1, now=LATER)
    assert memory.arrived(1, now=LATER)
    memory.answered(1, taken=True)
    memory.session_broke(now=LATER + BREAK_S - 1)
    assert memory.arrived(1, now=LATER + BREAK_S + 1)


def test_of_too_many_doubts_the_oldest_go() -> None:
    memory = warm()
    for key in range(KEYS_MAX + 1):
        memory.arrived(key, now=LATER)
    memory.session_broke(now=LATER)
    assert not memory.arrived(0, now=LATER)
    assert memory.arrived(1, now=LATER)
    assert memory.arrived(KEYS_MAX, now=LATER)


def test_after_our_start_only_the_first_of_equal_messages_is_doubted() -> None:
    memory = warm()
    assert memory.arrived(1, now=1.0)
    assert not memory.arrived(1, now=2.0)
    assert memory.arrived(2, now=START_S - 1)
    assert not memory.arrived(3, now=START_S)


def test_answers_of_receipts_count_in_the_order_of_proof() -> None:
    memory = warm()
    memory.answered(None, taken=False)
    memory.arrived(1, now=LATER)
    memory.answered(1, taken=True)
    memory.proven(2)
    memory.session_broke(now=LATER)
    assert not memory.arrived(1, now=LATER)
