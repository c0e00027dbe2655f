"""Cases are opened, continued, answered, confirmed, and go when their time is over."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.core import mail as outbox
from django.db import connection

from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.models import Login
from nummer.apps.audit.models import Line
from nummer.apps.cases import actions, desk, queries
from nummer.apps.cases.actions.staff import MOVED_AT_ONCE
from nummer.apps.cases.errors import (
    CaseAssigned,
    CaseHasNoAddress,
    MailLoops,
    MessageTooLong,
    NoSuchCase,
    NoSuchCustomer,
    NothingWritten,
    TooManyCases,
)
from nummer.apps.cases.jobs import DUE_SOURCES
from nummer.apps.cases.kinds import due, kind_of
from nummer.apps.cases.models import (
    AnswerCount,
    Case,
    CaseNumber,
    Channel,
    Kind,
    Message,
    Proof,
    State,
)
from nummer.apps.cases.queries import CaseRow
from nummer.apps.cases.threads import is_ours, reply_address
from nummer.apps.notify import queries as letters
from nummer.apps.notify.jobs import JOBS
from nummer.apps.vault.actions import destroy_keys
from nummer.config.sweeper import sweep_until
from nummer.kernel.ids import new_id
from nummer.protocols.mail.evidence import Dkim
from nummer.protocols.mail.reading import read_mail
from tests.builders import NOW, customer

pytestmark = pytest.mark.usefixtures("shop")
MAILBOX = "hello@nummer.example"
CARD = "4111 1111 1111 1111"
STAFF = "staff:7"
HOUR = timedelta(hours=1)


def address(account_id: int) -> str:
    found = accounts.email(account_id)
    assert found is not None
    return found


def mail(
    sender: str = "stranger@example.org",
    text: str = "Hello, the number does not work.",
    *,
    subject: str = "Number",
    to: str = MAILBOX,
    at: datetime = NOW,
    dkim: Dkim = Dkim.NONE,
    head: str = "",
    message_id: str | None = None,
) -> actions.Received:
    raw = (
        f"From: <{sender}>\r\nTo: {to}\r\nSubject: {subject}\r\n"
        f"Message-ID: <{message_id or new_id().hex}@example.org>\r\n{head}\r\n{text}\r\n"
    )
    return actions.receive_mail(read_mail(raw.encode()), dkim=dkim, recipients=[to], received_at=at)


def opened(account_id: int, *, text: str = "Where is my code?", key: UUID | None = None) -> CaseRow:
    return actions.open_case(
        account_id,
        key=key or new_id(),
        kind=Kind.QUESTION,
        channel=Channel.PAGE,
        text=text,
        subject="A question",
        proof=Proof.SIGNED_IN,
        actor=f"customer:{account_id}",
        received_at=NOW,
        now=NOW,
    )


def written(row: CaseRow, text: str, *, at: datetime) -> None:
    actions.write_message(
        row.head.account_id,
        case_id=row.head.id,
        key=new_id(),
        channel=Channel.PAGE,
        text=text,
        proof=Proof.SIGNED_IN,
        actor=f"customer:{row.head.account_id}",
        now=at,
    )


def waiting() -> list[queries.CaseHead]:
    return desk.waiting(desk.Wanted(), actor=STAFF, now=NOW, limit=50, skip=0)


def case_of(received: actions.Received) -> CaseRow:
    return queries.case_by_number(received.number)


def answered(
    row: CaseRow, text: str = "We looked.", *, closes: bool = False, at: datetime = NOW + HOUR
) -> None:
    actions.answer(
        row.head.account_id,
        case_id=row.head.id,
        key=new_id(),
        text=text,
        closes=closes,
        actor=STAFF,
        now=at,
    )


def sent() -> list[outbox.EmailMessage]:
    """Send every letter that waits, in the order of its job, and return what left."""
    outbox.outbox.clear()
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, args FROM procrastinate_jobs ORDER BY id")
        jobs = cursor.fetchall()
    for task, args in jobs:
        given = args if isinstance(args, dict) else json.loads(args)
        JOBS[task](**{name: value for name, value in given.items() if name != "request_id"})
    return list(outbox.outbox)


def swept(until: datetime) -> None:
    """Fire what is due in cases; other apps have work for every hour of three years."""
    sweep_until(until, sources=DUE_SOURCES)


def test_mail_of_a_stranger_opens_a_case_of_nobody() -> None:
    row = case_of(mail())

    assert (row.head.account_id, row.head.proof, row.sender) == (0, "none", "stranger@example.org")
    assert (row.head.kind, row.head.received_at, row.subject) == (Kind.OUTAGE, NOW, "Number")
    (message,) = queries.messages(0, case_id=row.head.id)
    assert (message.text, message.at) == ("Hello, the number does not work.", NOW)


@pytest.mark.parametrize(
    ("dkim", "proof"),
    [
        (Dkim.ALIGNED, "aligned"),
        (Dkim.FOREIGN, "claimed"),
        (Dkim.BROKEN, "claimed"),
        (Dkim.NONE, "claimed"),
        (Dkim.UNAVAILABLE, "claimed"),
    ],
)
def test_signature_is_evidence_and_confirms_nothing(dkim: Dkim, proof: str) -> None:
    account_id = customer()

    row = case_of(mail(address(account_id), dkim=dkim))

    assert (row.head.account_id, row.head.proof) == (account_id, proof)
    assert row.head.to_be_confirmed
    (message,) = queries.messages(account_id, case_id=row.head.id)
    assert message.dkim == dkim


def test_address_is_known_however_it_is_written() -> None:
    account_id = customer()

    assert case_of(mail(address(account_id).upper())).head.account_id == account_id


def test_address_that_only_looks_alike_is_a_stranger() -> None:
    account_id = customer()
    alike = address(account_id).replace("e", "\u0435")

    assert case_of(mail(alike)).head.account_id == 0


def test_second_subject_makes_a_signed_mail_unproven() -> None:
    account_id = customer()

    row = case_of(mail(address(account_id), dkim=Dkim.ALIGNED, head="Subject: Other\r\n"))

    assert row.head.proof == "claimed"


@pytest.mark.clause("PP-2.3b")
def test_what_was_written_is_sealed_and_bears_no_card_number() -> None:
    account_id = customer()

    row = case_of(mail(address(account_id), f"My card is {CARD}", subject=f"Card {CARD}"))

    stored = Message.objects.get()
    assert b"card" not in bytes(stored.content) + bytes(stored.raw)
    assert row.subject == "Card [card •••• 1111]"
    (message,) = queries.messages(account_id, case_id=row.head.id)
    assert (message.text, message.redacted) == ("My card is [card •••• 1111]", True)
    raw = queries.raw_mail(account_id, message_id=message.id)
    assert raw is not None
    assert b"1111 1111" not in raw


def test_mail_that_a_server_brings_twice_is_stored_once() -> None:
    first = mail(message_id="same")
    second = mail(message_id="same", at=NOW + HOUR)

    assert (second.number, second.opened, second.repeated) == (first.number, False, True)
    assert Message.objects.count() == 1
    assert case_of(first).head.received_at == NOW


def test_receipt_says_number_and_time_in_the_language_of_the_sender() -> None:
    number = mail("kari@example.no", "Hei, jeg fikk ikke noen kode. Hilsen Kari").number

    (letter,) = sent()
    assert letter.to == ["kari@example.no"]
    assert str(number) in letter.subject
    assert "22. nov. 2026" in letter.body
    assert letter.extra_headers["Auto-Submitted"] == "auto-replied"
    assert is_ours(letter.extra_headers["Reply-To"])


def test_receipt_to_a_customer_is_in_his_language_and_asks_him_to_confirm() -> None:
    account_id = customer(locale="de")
    number = mail(address(account_id), "Hello, the number does not work").number

    (letter,) = sent()
    assert letter.to == [address(account_id)]
    assert f"/cases/{number}/" in letter.body
    assert "bestätigen" in letter.body


def test_case_gets_one_receipt_however_many_mails_come() -> None:
    row = case_of(mail())
    reply_to = reply_address(row.head.number, case_id=row.head.id, received_at=NOW)

    mail(to=reply_to, text="One more thing")
    mail(to=reply_to, text="And another")

    assert len(sent()) == 1
    assert len(queries.messages(0, case_id=row.head.id)) == 3


def test_address_gets_a_few_receipts_a_day() -> None:
    for _ in range(9):
        mail("robot@example.org")
    mail("person@example.org")

    assert [letter.to for letter in sent()] == [["robot@example.org"]] * 5 + [
        ["person@example.org"]
    ]
    mail("robot@example.org", at=NOW + timedelta(days=1))
    assert len(sent()) == 1


@pytest.mark.parametrize(
    "head", ["Auto-Submitted: auto-replied\r\n", "Precedence: bulk\r\n", "List-Id: <a.b>\r\n"]
)
def test_machine_is_stored_and_not_answered(head: str) -> None:
    row = case_of(mail(head=head))

    assert sent() == []
    assert queries.messages(0, case_id=row.head.id)[0].automatic


@pytest.mark.parametrize(
    ("sender", "message_id", "head"),
    [
        (MAILBOX, None, ""),
        ("no-reply@nummer.example", None, ""),
        ("a@example.org", None, "Received: from a by b\r\n" * 31),
    ],
)
def test_mail_that_runs_in_circles_is_refused(
    sender: str, message_id: str | None, head: str
) -> None:
    with pytest.raises(MailLoops):
        mail(sender, head=head, message_id=message_id)
    assert not Case.objects.exists()


def test_our_own_letter_that_comes_back_is_refused() -> None:
    raw = f"From: a@example.org\r\nMessage-ID: <{new_id()}@nummer.example>\r\n\r\nHello"
    with pytest.raises(MailLoops):
        actions.receive_mail(
            read_mail(raw.encode()), dkim=Dkim.NONE, recipients=[MAILBOX], received_at=NOW
        )


def test_answer_to_our_mail_continues_its_case() -> None:
    account_id = customer()
    row = case_of(mail(address(account_id)))
    answered(row, closes=True)
    assert queries.case(account_id, case_id=row.head.id).head.state is State.CLOSED
    reply_to = sent()[-1].extra_headers["Reply-To"]

    again = mail(address(account_id), "Thank you", to=reply_to.upper(), at=NOW + 2 * HOUR)

    after = case_of(again).head
    assert (again.number, again.opened) == (row.head.number, False)
    assert (after.state, after.received_at, after.last_at) == (State.OPEN, NOW, NOW + 2 * HOUR)


def test_token_of_another_persons_case_opens_a_new_one() -> None:
    row = case_of(mail("ola@example.no"))
    token = reply_address(row.head.number, case_id=row.head.id, received_at=NOW)

    other = mail("eve@example.com", to=token)
    of_a_customer = mail(address(customer()), to=token)

    assert len({row.head.number, other.number, of_a_customer.number}) == 3
    assert len(queries.messages(0, case_id=row.head.id)) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1] + ("a" if token[-1] != "a" else "b"),
        lambda token: "a" * len(token),
        lambda token: token[:-1],
        lambda token: "",
        lambda token: token[:3] + "!" + token[4:],
        lambda token: "\u00e6" * len(token),
    ],
)
def test_guessed_token_opens_a_new_case(spoil: object) -> None:
    row = case_of(mail("ola@example.no"))
    whole = reply_address(row.head.number, case_id=row.head.id, received_at=NOW)
    token = whole.partition("+")[2].partition("@")[0]

    assert mail("ola@example.no", to=f"hello+{spoil(token)}@nummer.example").opened  # type: ignore[operator]


def test_guessed_reference_to_a_mail_opens_a_new_case() -> None:
    row = case_of(mail("ola@example.no", message_id="known"))

    assert mail("ola@example.no", head="In-Reply-To: <known@example.org>\r\n").opened
    assert len(queries.messages(0, case_id=row.head.id)) == 1


def test_token_is_over_after_a_year() -> None:
    row = case_of(mail("ola@example.no"))
    token = reply_address(row.head.number, case_id=row.head.id, received_at=NOW)

    assert not mail("ola@example.no", to=token, at=NOW + timedelta(days=365)).opened
    assert mail("ola@example.no", to=token, at=NOW + timedelta(days=366)).opened


def test_customer_writes_on_the_page_and_gets_a_receipt() -> None:
    account_id = customer(locale="nb")
    key = new_id()

    row = opened(account_id, text=f"Kortet er {CARD}", key=key)
    same = opened(account_id, text="something else", key=key)

    assert same == row
    assert (row.head.proof, row.head.confirmed_at, row.head.state) == ("signed-in", NOW, "open")
    assert [one.text for one in queries.messages(account_id, case_id=row.head.id)] == [
        "Kortet er [card •••• 1111]"
    ]
    assert [letter.to for letter in sent()] == [[address(account_id)]]


def test_customer_adds_to_his_case_once_for_each_key() -> None:
    account_id, key = customer(), new_id()
    row = opened(account_id)
    for _ in range(2):
        actions.write_message(
            account_id,
            case_id=row.head.id,
            key=key,
            channel=Channel.PAGE,
            text="More",
            proof=Proof.SIGNED_IN,
            actor=f"customer:{account_id}",
            now=NOW + HOUR,
        )

    texts = [one.text for one in queries.messages(account_id, case_id=row.head.id)]
    assert texts == ["Where is my code?", "More"]


def test_empty_and_endless_messages_are_refused() -> None:
    account_id = customer()
    with pytest.raises(NothingWritten):
        opened(account_id, text=" \n ")
    with pytest.raises(MessageTooLong):
        opened(account_id, text="x" * 20_001)
    assert not Case.objects.exists()


def test_who_opens_cases_without_end_is_refused_but_never_his_mails() -> None:
    account_id = customer()
    for _ in range(20):
        opened(account_id)
    with pytest.raises(TooManyCases):
        opened(account_id)

    assert mail(address(account_id)).opened


def test_another_customers_case_does_not_exist() -> None:
    row = opened(customer())
    other = customer()

    with pytest.raises(NoSuchCase):
        queries.case(other, case_id=row.head.id)
    with pytest.raises(NoSuchCase):
        queries.case_of_customer(other, number=row.head.number)
    with pytest.raises(NoSuchCase):
        actions.confirm_case(other, case_id=row.head.id, now=NOW)
    assert queries.messages(other, case_id=row.head.id) == []


def test_confirming_in_the_account_keeps_the_first_contact() -> None:
    account_id = customer()
    row = case_of(mail(address(account_id)))

    for later in (HOUR, 2 * HOUR):
        actions.confirm_case(account_id, case_id=row.head.id, now=NOW + later)

    head = queries.case(account_id, case_id=row.head.id).head
    assert (head.confirmed_at, head.received_at) == (NOW + HOUR, NOW)


def test_answer_goes_to_the_account_and_never_to_another_address() -> None:
    account_id = customer()
    forged = case_of(mail(address(account_id), head="Reply-To: eve@example.com\r\n"))

    answered(forged, f"We looked, {CARD}.")

    letter = sent()[-1]
    assert letter.to == [address(account_id)]
    assert "We looked, [card •••• 1111]." in letter.body
    assert "Auto-Submitted" not in letter.extra_headers
    assert "@example.org> " in letter.extra_headers["References"]
    head = queries.case(account_id, case_id=forged.head.id).head
    assert (head.state, head.answered_at) == (State.ANSWERED, NOW + HOUR)
    assert Line.objects.get(verb="answer_case").actor == STAFF


def test_stranger_is_answered_at_his_own_address() -> None:
    answered(case_of(mail("ola@example.no")))

    assert sent()[-1].to == ["ola@example.no"]


def test_mail_without_a_sender_is_kept_and_cannot_be_answered() -> None:
    raw = b"From: a@b.no, c@d.no\r\n\r\nHello"
    received = actions.receive_mail(
        read_mail(raw), dkim=Dkim.NONE, recipients=[MAILBOX], received_at=NOW
    )

    with pytest.raises(CaseHasNoAddress):
        answered(case_of(received))
    assert sent() == []


@pytest.mark.parametrize(
    ("label", "received_at", "kind", "day", "rule"),
    [
        (
            "RP-T3: two working days after a Sunday",
            datetime(2026, 11, 22, 12, tzinfo=UTC),
            Kind.REFUND,
            date(2026, 11, 24),
            "RP-T3",
        ),
        (
            "RP-T3: Oslo's date counts, not London's",
            datetime(2026, 11, 22, 23, 30, tzinfo=UTC),
            Kind.PAYOUT,
            date(2026, 11, 25),
            "RP-T3",
        ),
        (
            "RP-T3: a second before midnight is still Sunday",
            datetime(2026, 11, 22, 22, 59, 59, tzinfo=UTC),
            Kind.WITHDRAWAL,
            date(2026, 11, 24),
            "RP-T3",
        ),
        (
            "RP-T3: over Easter",
            datetime(2027, 3, 24, 12, tzinfo=UTC),
            Kind.REFUND,
            date(2027, 3, 31),
            "RP-T3",
        ),
        (
            "PP-7.2: thirty days, whatever they are",
            datetime(2026, 12, 1, 12, tzinfo=UTC),
            Kind.COPY,
            date(2026, 12, 31),
            "PP-7.2",
        ),
        ("a question has no day", NOW, Kind.QUESTION, None, ""),
    ],
)
def test_day_of_an_answer_follows_from_the_receipt(
    label: str, *, received_at: datetime, kind: Kind, day: date | None, rule: str
) -> None:
    term = due(kind, received_at=received_at)
    assert (term.on, term.rule) == (day, rule)


def test_kind_that_the_staff_set_moves_the_day_and_not_the_receipt() -> None:
    row = case_of(mail(text="Good day"))
    assert row.head.due_on is None

    actions.set_kind(0, case_id=row.head.id, kind=Kind.REFUND, actor=STAFF, now=NOW + 5 * HOUR)

    head = queries.case(0, case_id=row.head.id).head
    assert (head.kind, head.due_on, head.received_at) == (Kind.REFUND, date(2026, 11, 24), NOW)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.REFUND, "Please refund my order"),
        (Kind.REFUND, "Jeg vil ha pengene tilbake"),
        (Kind.REFUND, "Ich bitte um Rückerstattung"),
        (Kind.PAYOUT, "utbetaling til kortet"),
        (Kind.WITHDRAWAL, "Hiermit erkläre ich den Widerruf"),
        (Kind.ERASURE, "Please delete my account"),
        (Kind.COPY, "I want a copy of my data"),
        (Kind.OUTAGE, "Nummeret virker ikke"),
        (Kind.COMPLAINT, "Dies ist eine Beschwerde"),
        (Kind.QUESTION, "Which countries do you have?"),
    ],
)
def test_kind_is_suggested_by_the_words(kind: Kind, text: str) -> None:
    assert kind_of(text) is kind


def test_case_of_a_stranger_is_given_to_an_account_and_waits_for_his_word() -> None:
    account_id = customer()
    row = case_of(mail("private@example.org"))
    sent()

    actions.assign_case(row.head.id, to_account_id=account_id, actor=STAFF, now=NOW + HOUR)

    moved = queries.case_by_number(row.head.number)
    assert (moved.head.account_id, moved.head.received_at) == (account_id, NOW)
    assert (moved.subject, moved.sender) == ("Number", "private@example.org")
    assert moved.head.to_be_confirmed
    assert queries.messages(account_id, case_id=row.head.id)[0].text.startswith("Hello")
    assert queries.messages(0, case_id=row.head.id) == []
    assert sent()[-1].to == [address(account_id)]
    with pytest.raises(CaseAssigned):
        actions.assign_case(row.head.id, to_account_id=account_id, actor=STAFF, now=NOW)


def test_every_message_of_a_long_case_moves_with_it() -> None:
    account_id = customer()
    row = case_of(mail("private@example.org"))
    token = reply_address(row.head.number, case_id=row.head.id, received_at=NOW)
    for number in range(2 * MOVED_AT_ONCE):
        mail("private@example.org", f"more {number}", to=token)

    actions.assign_case(row.head.id, to_account_id=account_id, actor=STAFF, now=NOW + HOUR)

    moved = queries.messages(account_id, case_id=row.head.id)
    assert len(moved) == 2 * MOVED_AT_ONCE + 1
    assert all(queries.raw_mail(account_id, message_id=one.id) for one in moved)
    assert not [line for line in queries.audit_lines() if line[1]]


def test_case_is_given_to_no_account_that_does_not_exist() -> None:
    row = case_of(mail())
    for nobody in (0, 999_999_999):
        with pytest.raises(NoSuchCustomer):
            actions.assign_case(row.head.id, to_account_id=nobody, actor=STAFF, now=NOW)


def test_staff_close_what_needs_no_word_and_a_message_opens_it_again() -> None:
    row = case_of(mail("ola@example.no"))
    actions.close_case(0, case_id=row.head.id, actor=STAFF, now=NOW)
    assert waiting() == []
    token = reply_address(row.head.number, case_id=row.head.id, received_at=NOW)

    mail("ola@example.no", to=token)

    assert [head.number for head in waiting()] == [row.head.number]


def test_lists_page() -> None:
    account_id = customer()
    rows = [opened(account_id) for _ in range(3)]
    latest = case_of(mail(address(account_id), "refund please")).head
    numbers = [row.head.number for row in rows]

    assert [row.head.number for row in queries.cases_of(account_id, before=numbers[2])] == [
        numbers[1],
        numbers[0],
    ]
    assert [head.number for head in desk.latest(desk.Wanted(), before=None, limit=1)] == [
        latest.number
    ]


def test_last_messages_of_a_long_case_are_the_first_to_be_read() -> None:
    account_id = customer()
    row = opened(account_id, text="m0")
    for number in range(1, 5):
        written(row, f"m{number}", at=NOW + number * HOUR)

    def read(**page: int) -> list[str]:
        return [one.text for one in queries.messages(account_id, case_id=row.head.id, **page)]

    assert read(limit=2) == ["m3", "m4"]
    assert read(limit=2, skip=2) == ["m1", "m2"]
    assert read(limit=2, skip=4) == ["m0"]


def test_octets_go_after_a_year_and_a_strangers_case_too() -> None:
    mail("ola@example.no")
    account_id = customer()
    mine = case_of(mail(address(account_id))).head

    swept(NOW + timedelta(days=365) - HOUR)
    assert Message.objects.filter(raw__isnull=False).count() == 2
    swept(NOW + timedelta(days=365))

    (left,) = Message.objects.all()
    assert (left.account_id, left.raw) == (account_id, None)
    assert queries.messages(account_id, case_id=mine.id)[0].text
    assert not AnswerCount.objects.exists()


def test_case_of_a_customer_goes_three_years_after_its_last_message() -> None:
    account_id = customer()
    row = case_of(mail(address(account_id)))
    answered(row)

    swept(NOW + timedelta(days=3 * 365))
    assert Case.objects.count() == 1
    swept(NOW + timedelta(days=3 * 365) + HOUR)

    assert not Case.objects.exists()
    assert not Message.objects.exists()
    assert not CaseNumber.objects.exists()


def test_mail_into_the_case_of_an_erased_customer_is_kept_as_a_strangers() -> None:
    account_id = customer()
    sender = address(account_id)
    row = case_of(mail(sender))
    token = reply_address(row.head.number, case_id=row.head.id, received_at=NOW)
    destroy_keys(account_id, now=NOW)
    Login.objects.filter(account_id=account_id).update(email=None)

    again = mail(sender, to=token)

    assert case_of(again).head.account_id == 0


def test_audit_finds_nothing_after_all_verbs_and_a_message_that_lost_its_case() -> None:
    row = case_of(mail("ola@example.no"))
    account_id = customer()
    opened(account_id)
    answered(row)
    actions.assign_case(row.head.id, to_account_id=account_id, actor=STAFF, now=NOW)
    assert [breaches for _, breaches, _ in queries.audit_lines()] == [0, 0, 0]

    Case.objects.filter(id=row.head.id).delete()
    assert [breaches for _, breaches, _ in queries.audit_lines()] == [0, 2, 1]


def test_letters_of_cases_leave_nothing_behind() -> None:
    account_id = customer()
    answered(case_of(mail(address(account_id))))
    sent()

    assert {row.letter for row in letters.letters(account_id)} == {"case-receipt", "case-answer"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM notify_letter WHERE content IS NOT NULL")
        assert cursor.fetchone() == (0,)
