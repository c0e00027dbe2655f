"""The desk of the staff: clocks of working days, owners, notes, merged cases, the survey."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from nummer.apps.accounts.models import Login
from nummer.apps.audit.models import Line
from nummer.apps.cases import actions, desk, queries
from nummer.apps.cases.actions.store import KEPT
from nummer.apps.cases.desk import Wanted, Which
from nummer.apps.cases.errors import (
    CasesNotOfOne,
    NoSuchCase,
    NoSuchColleague,
    NothingWritten,
    PlaceholdersDiffer,
    UnknownPlaceholder,
)
from nummer.apps.cases.kinds import answer_on, latest_to_answer_by
from nummer.apps.cases.models import Kind, Note, Rating, StandardAnswer, State
from nummer.apps.cases.standard import current, fillable, latest, placeholders, versions, written
from nummer.kernel.ids import new_id
from tests.apps.cases import test_cases
from tests.apps.cases.test_cases import (
    CARD,
    HOUR,
    NOW,
    STAFF,
    address,
    answered,
    case_of,
    mail,
    opened,
    sent,
    swept,
)
from tests.builders import customer

pytestmark = pytest.mark.usefixtures("shop")
FRIDAY = datetime(2026, 11, 20, 22, 59, tzinfo=UTC)  # 23:59 in Oslo


@pytest.mark.parametrize(
    ("waits_since", "due_on", "expected"),
    [
        (FRIDAY, None, date(2026, 11, 24)),
        (FRIDAY + timedelta(minutes=1), None, date(2026, 11, 24)),  # Saturday
        (datetime(2026, 3, 31, 9, tzinfo=UTC), None, date(2026, 4, 7)),  # over Easter
        (FRIDAY, date(2026, 11, 23), date(2026, 11, 23)),  # the rule is stricter
        (None, date(2026, 11, 23), None),
    ],
)
def test_day_of_an_answer_counts_working_days(
    waits_since: datetime | None, due_on: date | None, expected: date | None
) -> None:
    assert answer_on(waits_since=waits_since, due_on=due_on) == expected


def test_list_of_the_late_agrees_with_the_day_of_each_case() -> None:
    for day in range(40):
        last = date(2026, 3, 20) + timedelta(days=day)
        edge = latest_to_answer_by(last)
        before = answer_on(waits_since=edge - timedelta(seconds=1), due_on=None)
        behind = answer_on(waits_since=edge, due_on=None)
        assert before is not None
        assert behind is not None
        assert before <= last < behind


def staff_login(role: str) -> int:
    return Login.objects.create(email=f"{role}@example.com", staff_role=role).pk


def numbers(which: Which, *, now: datetime, actor: str = STAFF) -> list[int]:
    rows = desk.waiting(Wanted(which), actor=actor, now=now, limit=50, skip=0)
    assert len(rows) == desk.counts(actor=actor, now=now)[which]
    return [row.number for row in rows]


def test_case_is_warned_of_before_and_after_its_day_and_ends_with_the_answer() -> None:
    row = opened(customer())  # on Sunday, 2026-11-22: due on Tuesday
    number = row.head.number
    assert queries.case_by_number(number).head.answer_on == date(2026, 11, 24)
    assert numbers(Which.SOON, now=NOW) == []
    monday, tuesday, wednesday = (NOW + timedelta(days=days) for days in (1, 2, 3))
    assert (numbers(Which.SOON, now=monday), numbers(Which.LATE, now=monday)) == ([number], [])
    assert (numbers(Which.SOON, now=tuesday), numbers(Which.LATE, now=tuesday)) == ([number], [])
    assert numbers(Which.LATE, now=wednesday) == [number]

    answered(row, at=wednesday)

    assert numbers(Which.LATE, now=wednesday) == []
    assert queries.case_by_number(number).head.answer_on is None
    test_cases.written(row, "Not yet.", at=wednesday + HOUR)
    test_cases.written(row, "Hello?", at=wednesday + 30 * HOUR)  # waits since the first of the two
    assert queries.case_by_number(number).head.waits_since == wednesday + HOUR


def test_case_is_owned_given_on_and_given_back() -> None:
    mine, hers = staff_login("support"), staff_login("finance")
    row = opened(customer())
    given = {"account_id": row.head.account_id, "case_id": row.head.id, "now": NOW}

    actions.give_case(**given, to=mine, actor=f"staff:{mine}")
    assert numbers(Which.MINE, now=NOW, actor=f"staff:{mine}") == [row.head.number]
    actions.give_case(**given, to=hers, actor=f"staff:{mine}")
    assert numbers(Which.MINE, now=NOW, actor=f"staff:{mine}") == []
    with pytest.raises(NoSuchColleague):
        actions.give_case(**given, to=hers + 1_000, actor=f"staff:{mine}")
    assert queries.case_by_number(row.head.number).head.assignee == f"staff:{hers}"
    actions.give_case(**given, to=None, actor=f"staff:{hers}")

    assert numbers(Which.NOBODYS, now=NOW) == [row.head.number]
    assert Line.objects.filter(verb="give_case").count() == 3


def test_note_is_sealed_redacted_kept_once_and_never_a_message() -> None:
    row, key = opened(customer()), new_id()
    for _ in range(2):
        actions.write_note(
            row.head.account_id,
            case_id=row.head.id,
            key=key,
            text=f"He read out {CARD}.",
            actor=STAFF,
            now=NOW,
        )

    (note,) = desk.notes(row.head.account_id, case_id=row.head.id)

    assert (note.text, note.actor) == ("He read out [card •••• 1111].", STAFF)
    assert b"read" not in bytes(Note.objects.get().content)
    said = queries.messages(row.head.account_id, case_id=row.head.id)
    assert [message.text for message in said] == ["Where is my code?"]
    with pytest.raises(NothingWritten):
        actions.write_note(
            row.head.account_id, case_id=row.head.id, key=new_id(), text=" ", actor=STAFF, now=NOW
        )


def test_notes_move_with_a_strangers_case_and_go_with_it() -> None:
    account_id, row = customer(), case_of(mail())
    actions.write_note(0, case_id=row.head.id, key=new_id(), text="A note", actor=STAFF, now=NOW)

    actions.assign_case(row.head.id, to_account_id=account_id, actor=STAFF, now=NOW)

    (note,) = desk.notes(account_id, case_id=row.head.id)
    assert note.text == "A note"
    assert desk.notes(0, case_id=row.head.id) == []
    swept(NOW + KEPT)
    assert not Note.objects.exists()


def test_two_cases_become_the_one_of_the_earlier_contact() -> None:
    account_id = customer()
    first = opened(account_id, text="Where is my code?")
    later = case_of(mail(address(account_id), "Please refund it.", at=NOW + HOUR))
    token = sent()[-1].extra_headers["Reply-To"]
    answered(first, at=NOW + 2 * HOUR)

    kept = actions.merge_cases(
        account_id,
        case_id=later.head.id,
        other_id=first.head.id,
        actor=STAFF,
        now=NOW + 3 * HOUR,
    )

    assert kept == first.head.number
    head = queries.case_by_number(later.head.number).head
    assert head.number == first.head.number
    assert (head.state, head.received_at, head.waits_since) == (State.OPEN, NOW, NOW + HOUR)
    assert (head.due_rule, head.answered_at) == ("RP-T3", None)
    assert head.to_be_confirmed  # the mail was never confirmed, so neither is what it is part of
    said = queries.messages(account_id, case_id=first.head.id)
    assert [message.text for message in said] == [
        "Where is my code?",
        "Please refund it.",
        "We looked.",
    ]
    assert [row.head.number for row in queries.cases_of(account_id)] == [kept]
    mail(address(account_id), "And now?", to=token, at=NOW + 4 * HOUR)
    assert len(queries.messages(account_id, case_id=first.head.id)) == 4
    assert [count for _, count, _ in queries.audit_lines()] == [0, 0, 0]


def test_cases_of_two_customers_are_never_merged() -> None:
    one, other = opened(customer()), opened(customer())
    strangers = [case_of(mail(f"{name}@example.org")).head for name in ("a", "b")]

    with pytest.raises(NoSuchCase):
        actions.merge_cases(
            one.head.account_id,
            case_id=one.head.id,
            other_id=other.head.id,
            actor=STAFF,
            now=NOW,
        )
    for pair in (strangers, (strangers[0], strangers[0])):
        with pytest.raises(CasesNotOfOne):
            actions.merge_cases(0, case_id=pair[0].id, other_id=pair[1].id, actor=STAFF, now=NOW)

    assert [row.merged_into for row in desk.latest(Wanted(), before=None, limit=9)] == [None] * 4


@pytest.mark.clause("LD-D4")
def test_closing_mail_asks_how_it_went_and_an_answer_is_kept() -> None:
    row = opened(customer())
    answered(row, closes=False)
    assert "how-it-went" not in sent()[-1].body
    answered(row, closes=True, at=NOW + 2 * HOUR)
    found = re.search(r"/how-it-went/([a-z2-7]+)/", sent()[-1].body)
    assert found is not None

    for rating in (Rating.POOR, Rating.GOOD):
        actions.rate_case(found[1], rating=rating, now=NOW + 3 * HOUR)

    assert queries.case_by_number(row.head.number).head.rating == "good"
    assert desk.ratings(now=NOW + 4 * HOUR) == {"good": 1, "fair": 0, "poor": 0}
    for token, now in (
        (found[1], NOW + timedelta(days=70)),
        (found[1][:-1] + ("a" if found[1][-1] != "a" else "b"), NOW),
    ):
        with pytest.raises(NoSuchCase):
            actions.rate_case(token, rating=Rating.POOR, now=now)
    assert queries.case_by_number(row.head.number).head.rating == "good"


def test_every_standard_answer_is_whole_in_three_languages() -> None:
    can_be_filled = fillable(now=NOW)
    brought = current()

    assert len(brought) >= 9
    for one in brought:
        names = [placeholders(text) for text in one.texts.values()]
        assert names[0] <= can_be_filled, one.code
        assert names == [names[0]] * 3, one.code
        assert len(set(one.texts.values())) == 3, one.code
        for language in one.texts:
            filled = written(one, language=language, number=100_001, now=NOW)
            assert not placeholders(filled) - {"operator_email"}, one.code


@pytest.mark.clause("RP-N2a")
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "the one-time number has done its work and its price is not returned"),
        ("nb", "RP-N2a"),
        ("de", "RP-N2a"),
    ],
)
def test_answer_to_a_banned_account_quotes_its_clause(language: str, words: str) -> None:
    text = written(latest("account-banned"), language=language, number=100_001, now=NOW)

    assert words in text
    assert "RP-N2a" in text


def set_answer(code: str = "greeting", **changes: str) -> int:
    texts = {"en": "Hello {case}", "nb": "Hei {case}", "de": "Guten Tag {case}"} | changes
    return actions.set_standard_answer(
        code,
        kind=Kind.QUESTION,
        title="Greeting",
        texts=texts,
        retired=False,
        actor=STAFF,
        now=NOW,
    )


def test_standard_answers_have_versions_and_nothing_is_overwritten() -> None:
    assert [set_answer(), set_answer(de="Moin {case}"), set_answer("account-banned")] == [1, 2, 1]

    assert latest("greeting").texts["de"] == "Moin {case}"
    assert written(latest("greeting"), language="de", number=7, now=NOW) == "Moin 7"
    assert latest("account-banned").texts["en"] == "Hello {case}"
    assert [version for version, _, _ in versions("greeting")] == [2, 1]
    assert StandardAnswer.objects.filter(code="greeting", version=1).get().de == "Guten Tag {case}"


def test_placeholder_that_nothing_fills_is_refused() -> None:
    with pytest.raises(UnknownPlaceholder):
        set_answer(en="{password}", nb="{password}", de="{password}")
    with pytest.raises(PlaceholdersDiffer):
        set_answer(de="Moin")
    assert not StandardAnswer.objects.exists()
