"""The folder in which the operator's bank, or a program of his, lays statements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from nummer.apps.banking import jobs, ports
from nummer.apps.banking.models import Entry
from nummer.apps.banking.ports import Inbox, install_inbox
from nummer.apps.ledger import queries as wallets
from tests.apps.banking.conftest import NOW, wish
from tests.apps.banking.paper import Paper, statement

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    before = list(ports._installed)
    install_inbox(Inbox(tmp_path))
    yield tmp_path
    ports._installed[:] = before


def test_a_statement_of_the_folder_is_taken_and_deleted(account_id: int, folder: Path) -> None:
    _, word = wish(account_id)
    file = folder / "a.XML"
    file.write_bytes(statement(Paper("20.00", word)))

    assert jobs.read_inbox(now=NOW) == 1

    assert wallets.balance(account_id).total.decimal_text() == "20.00"
    assert not file.exists()


def test_a_refused_file_is_set_aside_and_the_others_are_taken(
    account_id: int, folder: Path
) -> None:
    _, word = wish(account_id)
    (folder / "1.xml").write_bytes(b"<!DOCTYPE a []><a/>")
    (folder / "2.xml").write_bytes(statement(Paper("20.00", word)))

    assert jobs.read_inbox(now=NOW) == 1

    assert sorted(path.name for path in folder.iterdir()) == ["1.xml.refused"]
    assert Entry.objects.count() == 1


def test_two_gigabytes_in_the_folder_are_set_aside_unread(folder: Path, db: None) -> None:
    with (folder / "huge.xml").open("wb") as file:
        file.truncate(2 * 1024**3)  # holes only: it takes no room

    assert jobs.read_inbox(now=NOW) == 0

    assert sorted(path.name for path in folder.iterdir()) == ["huge.xml.refused"]


def test_links_and_other_files_are_left_alone(folder: Path, tmp_path_factory: object) -> None:
    (folder / "link.xml").symlink_to("/etc/passwd")
    (folder / "half.xml.part").write_bytes(b"<")
    (folder / "notes.txt").write_bytes(b"hello")

    assert jobs.read_inbox(now=NOW) == 0

    assert len(list(folder.iterdir())) == 3


def test_it_is_looked_into_now_and_then_and_only_when_something_lies_there(folder: Path) -> None:
    assert jobs.INBOX.find(NOW, 10) == []

    (folder / "a.xml").write_bytes(b"<a/>")
    (row,) = jobs.INBOX.find(NOW, 10)
    jobs.INBOX.fire(row, NOW)

    assert jobs.INBOX.find(NOW, 10) == []
    assert len(jobs.INBOX.find(NOW + timedelta(minutes=1), 10)) == 1


def test_without_a_folder_nothing_is_looked_for(db: None) -> None:
    before = list(ports._installed)
    try:
        install_inbox(Inbox(None))
        assert jobs.INBOX.find(NOW, 10) == []
        install_inbox(Inbox(Path("/nowhere/at/all")))
        assert jobs.INBOX.find(NOW, 10) == []
    finally:
        ports._installed[:] = before
