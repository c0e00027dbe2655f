"""Texts are published once and accepted by version and hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, ProgrammingError, connection, transaction

from nummer.apps.accounts import actions as accounts
from nummer.apps.accounts import queries as customers
from nummer.apps.accounts.errors import (
    EmailTaken,
    NoSuchKey,
    NotConfirmed,
    PhoneTaken,
    TooManyKeys,
)
from nummer.apps.accounts.models import Account, ApiKey
from nummer.apps.agreements.actions import (
    accept,
    create_key,
    install_documents,
    install_first_documents,
    sign_up,
)
from nummer.apps.agreements.errors import AcceptanceMissing, BadDocument, TextsChanged
from nummer.apps.agreements.models import Acceptance, Published
from nummer.apps.agreements.queries import (
    acceptances,
    announced,
    audit_lines,
    current_for_key,
    in_force,
    outstanding,
    require_accepted,
    versions,
)
from nummer.apps.agreements.texts import DOCUMENTS, KEY_DOCUMENTS, SIGN_UP_DOCUMENTS
from nummer.apps.notify import actions as notify_actions
from nummer.apps.notify.jobs import JOBS
from nummer.apps.notify.models import Letter
from nummer.apps.notify.rendering import write as write_letter
from nummer.apps.vault.actions import unseal_text
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.ids import new_id
from nummer.kernel.jobs import TELL_TEXTS_PUBLISHED
from nummer.kernel.phone import PhoneNumber
from tests.apps.agreements.world import NOW, OPERATOR, PHONE, named, texts

pytestmark = pytest.mark.django_db


def test_the_first_installation_is_in_force_at_once_in_three_languages(installed: Path) -> None:
    for language in ("en", "nb", "de"):
        text = in_force("terms", language=language, now=NOW)
        assert text.title == f"terms ({language})"
        assert text.text == f"# terms ({language})\n\nFjord Numbers AS: Promised.\n"
        assert text.effective_at == NOW


def test_installing_again_publishes_nothing(installed: Path) -> None:
    again = install_documents(now=NOW + timedelta(days=1), folder=installed, operator=OPERATOR)

    assert again.published == ()
    assert again.operator_changed == ()


def test_a_later_version_of_the_terms_is_in_force_after_its_notice(
    installed: Path, write: Callable[..., Path]
) -> None:
    write("terms", "2026-12-01", "Promised more.")
    later = NOW + timedelta(days=3)

    install_documents(now=later, folder=installed, operator=OPERATOR)

    almost = later + timedelta(days=14, microseconds=-1)
    assert in_force("terms", language="en", now=almost).version == "2026-11-01"
    assert in_force("terms", language="en", now=later + timedelta(days=14)).version == "2026-12-01"
    assert [text.version for text in versions("terms")] == ["2026-12-01", "2026-11-01"]


def test_a_published_text_that_was_edited_is_refused(installed: Path) -> None:
    (installed / "terms" / "2026-11-01" / "de.md").write_text("# terms (de)\n\nOther.\n")

    with pytest.raises(BadDocument):
        install_documents(now=NOW, folder=installed, operator=OPERATOR)


def test_a_version_without_one_language_is_refused_whole(
    installed: Path, write: Callable[..., Path]
) -> None:
    write("terms", "2026-12-01")
    (installed / "terms" / "2026-12-01" / "nb.md").unlink()

    with pytest.raises(BadDocument):
        install_documents(now=NOW, folder=installed, operator=OPERATOR)
    assert len(versions("terms")) == 1


def test_an_unknown_blank_in_a_text_is_refused(folder: Path, write: Callable[..., Path]) -> None:
    write("terms", "2026-12-01", "Call {operator_fax}.")

    with pytest.raises(BadDocument, match="operator_fax"):
        install_documents(now=NOW, folder=folder, operator=OPERATOR)


def test_an_operator_who_moved_keeps_the_published_text(installed: Path) -> None:
    report = install_documents(now=NOW, folder=installed, operator=named("Sund AS"))

    assert "terms 2026-11-01" in report.operator_changed
    assert "Fjord Numbers AS" in in_force("terms", language="en", now=NOW).text


@pytest.mark.parametrize(
    "change", ["UPDATE agreements_published SET text = ''", "DELETE FROM agreements_published"]
)
def test_a_published_text_cannot_be_changed_even_by_the_owner(installed: Path, change: str) -> None:
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        connection.cursor().execute(change)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE agreements_acceptance SET version = 'x'",
        "DELETE FROM agreements_acceptance",
        "UPDATE audit_line SET verb = 'x'",
        "DELETE FROM audit_line",
        "DELETE FROM outbound_passage",
    ],
)
def test_what_only_grows_cannot_be_changed_by_the_application(account_id: int, change: str) -> None:
    cursor = connection.cursor()
    cursor.execute("SET LOCAL ROLE nummer_app")
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        cursor.execute(change)
    cursor.execute("RESET ROLE")


def test_sign_up_records_who_accepted_which_text(account_id: int) -> None:
    found = acceptances(account_id)

    assert {row.text.document for row in found} == set(SIGN_UP_DOCUMENTS)
    assert {row.text.sha256 for row in found} == {
        in_force(document, language="nb", now=NOW).sha256 for document in SIGN_UP_DOCUMENTS
    }
    assert {(row.surface, row.accepted_at) for row in found} == {("site", NOW)}
    assert outstanding(account_id, now=NOW) == []


def _sign_up(**changed: object) -> None:
    wish: dict[str, object] = {
        "email": "kari@example.no",
        "password": "correct horse battery",
        "phone": PhoneNumber("+12125550124"),
        "kind": "person",
        "country": "NO",
        "currency": "NOK",
        "locale": "nb",
        "accepted": texts(SIGN_UP_DOCUMENTS),
        "surface": "site",
        "now": NOW,
    }
    sign_up(**{**wish, **changed})


@pytest.mark.parametrize("missing", SIGN_UP_DOCUMENTS)
def test_nobody_signs_up_without_accepting_every_document(installed: Path, missing: str) -> None:
    some = tuple(document for document in SIGN_UP_DOCUMENTS if document != missing)

    with pytest.raises(AcceptanceMissing):
        _sign_up(accepted=texts(some))
    assert not Account.objects.exists()


def test_a_text_with_another_hash_is_not_what_is_in_force(installed: Path) -> None:
    first, *rest = texts(SIGN_UP_DOCUMENTS)

    with pytest.raises(TextsChanged):
        _sign_up(accepted=[replace(first, sha256="0" * 64), *rest])
    assert not Account.objects.exists()


def test_the_same_address_in_other_letters_is_the_same_person(account_id: int) -> None:
    with pytest.raises(EmailTaken) as refused:
        _sign_up(email=" OLA@example.NO ")
    assert "ola" not in str(refused.value).lower()
    assert Account.objects.count() == 1


def test_a_confirmed_phone_of_somebody_else_is_refused(account_id: int) -> None:
    with pytest.raises(PhoneTaken):
        _sign_up(phone=PHONE)


def test_a_key_is_made_with_its_acceptance(account_id: int) -> None:
    key = create_key(
        account_id=account_id, label="shop", accepted=texts(KEY_DOCUMENTS), surface="site", now=NOW
    )

    assert [text.document for text in current_for_key(key.id, now=NOW)] == list(KEY_DOCUMENTS)
    assert customers.key_holder(key.secret).account_id == account_id
    with connection.cursor() as cursor:
        cursor.execute("SELECT args->>'account_id', args->>'key_id' FROM procrastinate_jobs")
        assert cursor.fetchall() == [(str(account_id), str(key.id))]
    assert [row.text for row in acceptances(account_id, key_id=key.id)][::-1] == texts(
        KEY_DOCUMENTS
    )


@pytest.mark.parametrize("missing", KEY_DOCUMENTS)
def test_no_key_without_acceptance(account_id: int, missing: str) -> None:
    some = tuple(document for document in KEY_DOCUMENTS if document != missing)

    with pytest.raises(AcceptanceMissing):
        create_key(account_id=account_id, label="", accepted=texts(some), surface="site", now=NOW)
    assert not ApiKey.objects.exists()


def test_no_key_for_whoever_is_not_confirmed(installed: Path) -> None:
    _sign_up()
    account_id = Account.objects.get().id

    with pytest.raises(NotConfirmed):
        create_key(
            account_id=account_id,
            label="",
            accepted=texts(KEY_DOCUMENTS),
            surface="site",
            now=NOW,
        )


def test_a_new_text_stops_a_key_until_it_is_accepted(
    account_id: int, installed: Path, write: Callable[..., Path]
) -> None:
    key = create_key(
        account_id=account_id, label="", accepted=texts(KEY_DOCUMENTS), surface="site", now=NOW
    )
    write("one-time-restrictions", "2026-12-01", "More restrictions.")
    install_documents(now=NOW, folder=installed, operator=OPERATOR)
    later = NOW + timedelta(days=14)

    assert current_for_key(key.id, now=later - timedelta(microseconds=1))
    with pytest.raises(TextsChanged):
        current_for_key(key.id, now=later)
    accept(account_id, accepted=texts(KEY_DOCUMENTS, later), surface="site", now=later)
    with pytest.raises(TextsChanged):
        current_for_key(key.id, now=later)
    accept(
        account_id, accepted=texts(KEY_DOCUMENTS, later), surface="site", key_id=key.id, now=later
    )

    assert current_for_key(key.id, now=later)[1].version == "2026-12-01"
    assert Acceptance.objects.filter(key_id=key.id).count() == 4


def test_a_key_of_somebody_else_cannot_be_accepted_for(account_id: int) -> None:
    with pytest.raises(NoSuchKey):
        accept(account_id, accepted=texts(KEY_DOCUMENTS), surface="site", key_id=new_id(), now=NOW)


def test_a_key_that_nobody_accepted_for_is_refused(account_id: int) -> None:
    key = accounts.add_key(account_id, label="bare", now=NOW)

    with pytest.raises(AcceptanceMissing):
        current_for_key(key.id, now=NOW)
    assert [line[1] for line in audit_lines()] == [1, 0]


def test_the_number_of_keys_is_bounded(account_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "KEYS_MAX", 2)
    for _ in range(2):
        accounts.add_key(account_id, label="k", now=NOW)

    with pytest.raises(TooManyKeys):
        accounts.add_key(account_id, label="one more", now=NOW)


def test_old_terms_are_outstanding_once_new_ones_are_in_force(
    account_id: int, installed: Path, write: Callable[..., Path]
) -> None:
    write("terms", "2026-12-01")
    install_documents(now=NOW, folder=installed, operator=OPERATOR)
    later = NOW + timedelta(days=14)

    assert outstanding(account_id, now=NOW) == []
    assert outstanding(account_id, now=later) == ["terms"]
    accept(account_id, accepted=texts(SIGN_UP_DOCUMENTS, later), surface="site", now=later)
    assert outstanding(account_id, now=later) == []


def test_what_is_announced_may_be_accepted_before(
    account_id: int, installed: Path, write: Callable[..., Path]
) -> None:
    key = create_key(
        account_id=account_id, label="", accepted=texts(KEY_DOCUMENTS), surface="site", now=NOW
    )
    for document in ("terms", "one-time-restrictions"):
        write(document, "2026-12-01")
    install_documents(now=NOW, folder=installed, operator=OPERATOR)
    coming = {text.document: text.as_accepted() for text in announced("de", now=NOW)}
    in_force_then = NOW + timedelta(days=14)

    accept(account_id, accepted=[coming["terms"]], surface="site", now=NOW)
    accept(
        account_id,
        accepted=[coming["one-time-restrictions"]],
        surface="site",
        key_id=key.id,
        now=NOW,
    )

    for moment in (NOW, in_force_then):
        assert outstanding(account_id, now=moment) == []
        require_accepted(account_id, now=moment)
        assert len(current_for_key(key.id, now=moment)) == 2
    assert current_for_key(key.id, now=in_force_then)[1] == coming["one-time-restrictions"]


def test_nobody_signs_up_with_what_is_only_announced(
    installed: Path, write: Callable[..., Path]
) -> None:
    write("terms", "2026-12-01")
    install_documents(now=NOW, folder=installed, operator=OPERATOR)
    coming = [text.as_accepted() for text in announced("nb", now=NOW)]

    with pytest.raises(TextsChanged):
        _sign_up(accepted=[*coming, *texts(SIGN_UP_DOCUMENTS)[1:]])
    assert not Account.objects.exists()


@pytest.mark.clause("PP-5.1a")
def test_an_acceptance_keeps_time_language_version_and_hash(account_id: int) -> None:
    row = Acceptance.objects.filter(document="terms").get()
    shown = in_force("terms", language="nb", now=NOW)

    assert (row.accepted_at, row.language, row.version, row.sha256) == (
        NOW,
        "nb",
        "2026-11-01",
        shown.sha256,
    )
    assert hashlib.sha256(shown.text.encode()).hexdigest() == row.sha256


@pytest.mark.parametrize("days", [1, 30])
@pytest.mark.django_db
def test_the_notice_is_a_setting(
    folder: Path, write: Callable[..., Path], settings: LazySettings, days: int
) -> None:
    settings.NOTICE = timedelta(days=days)
    install_documents(now=NOW, folder=folder, operator=OPERATOR)
    write("terms", "2026-12-01")
    install_documents(now=NOW, folder=folder, operator=OPERATOR)

    assert announced("en", now=NOW)[0].effective_at == NOW + timedelta(days=days)


@pytest.mark.clause("PP-5.1b")
def test_a_shorter_notice_waits_for_the_terms_that_promise_it(
    installed: Path, write: Callable[..., Path], settings: LazySettings
) -> None:
    settings.NOTICE = timedelta(days=2)
    write("terms", "2026-12-01", "We announce changes {notice_days} days before.")
    install_documents(now=NOW, folder=installed, operator=OPERATOR)
    write("terms", "2027-01-01")
    later = NOW + timedelta(days=14)
    install_documents(now=later, folder=installed, operator=OPERATOR)

    assert "2 days before" in in_force("terms", language="en", now=later).text
    assert announced("en", now=later)[0].effective_at == later + timedelta(days=2)


@pytest.mark.clause("PP-L", "PP-5.1b")
@pytest.mark.parametrize(
    ("languages", "effective", "said"),
    [
        (("en", "nb"), 14, "every language at once"),
        (("en", "nb", "de", "fr"), 14, "every language at once"),
        (("en", "nb", "de"), 0, "published before it is in force"),
    ],
)
def test_the_database_itself_refuses_half_a_version_and_one_without_notice(
    installed: Path, languages: tuple[str, ...], effective: int, said: str
) -> None:
    later = NOW + timedelta(days=1)
    rows = [
        Published(
            id=new_id(),
            document="terms",
            version="2026-12-01",
            language=language,
            title="Terms",
            text="# Terms",
            sha256="0" * 64,
            source_sha256="0" * 64,
            published_at=later,
            effective_at=later + timedelta(days=effective),
        )
        for language in languages
    ]
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match=said), transaction.atomic():
        Published.objects.bulk_create(rows)
    assert len(versions("terms")) == 1


@pytest.mark.clause("PP-5.1b")
def test_a_start_publishes_first_versions_only(
    folder: Path, write: Callable[..., Path], settings: LazySettings, db: None
) -> None:
    settings.DOCUMENTS = folder
    first = install_first_documents(now=NOW)
    write("terms", "2026-12-01")

    again = install_first_documents(now=NOW)

    assert (len(first.published), again.published) == (len(DOCUMENTS), ())
    assert again.waiting == ("terms 2026-12-01",)
    assert announced("en", now=NOW) == []


def letters_after(job: str) -> list[dict[str, object]]:
    """Do the jobs of a name that wait, and return what each was given."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, args::text FROM procrastinate_jobs"
            " WHERE task_name = %s AND status = 'todo'",
            [job],
        )
        found = [(row, json.loads(args)) for row, args in cursor.fetchall()]
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = ANY(%s)",
            [[row[0] for row in found]],
        )
    for _, args in found:
        JOBS[job](**args)
    return [args for _, args in found]


@pytest.mark.clause("PP-5.1b", "PP-2.2")
def test_every_customer_is_written_to_before_new_texts_count(
    account_id: int,
    installed: Path,
    write: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notify_actions, "TOLD_AT_ONCE", 1)
    _sign_up(locale="de")
    write("terms", "2026-12-01")
    write("privacy-notice", "2026-12-01")
    install_documents(now=NOW, folder=installed, operator=OPERATOR)

    rounds = [len(letters_after(TELL_TEXTS_PUBLISHED)) for _ in range(4)]

    assert rounds == [1, 1, 1, 0]
    rows = {row.locale: row for row in Letter.objects.order_by("account_id")}
    assert {row.letter for row in rows.values()} == {"texts-published"}
    assert set(rows) == {"nb", "de"}
    assert len({row.id for row in rows.values()}) == 2
    content = json.loads(
        unseal_text(
            bytes(rows["nb"].content or b""),
            account_id=account_id,
            klass=KeyClass.COMMUNICATION,
            place="notify_letter.content",
            row=rows["nb"].id,
        )
    )
    assert [(text["document"], text["version"], text["before"]) for text in content["texts"]] == [
        ("privacy-notice", "2026-12-01", "2026-11-01"),
        ("terms", "2026-12-01", "2026-11-01"),
    ]
    written = write_letter("texts-published", content=content, language="nb").text
    assert "/documents/terms/2026-11-01/2026-12-01/" in written
    assert "6. des. 2026" in written


def test_the_first_installation_writes_to_nobody(installed: Path) -> None:
    assert letters_after(TELL_TEXTS_PUBLISHED) == []
