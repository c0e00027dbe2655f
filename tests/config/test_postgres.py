"""The embedded server, as the operator of one machine meets it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from nummer.config.place import POINTER, database_place, database_runner
from nummer.config.postgres import EmbeddedServer
from nummer.config.processes import Trouble

QUICK = {"fsync": "off"}  # where the test is not about what is on disk
as_root_only = pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user owns his folders")


@pytest.fixture
def home() -> Iterator[Path]:
    """Return a folder that the database's user can enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="nummer-home-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    """Return a server that runs, with every setting as an operator has it."""
    folder = Path(tempfile.mkdtemp(prefix="nummer-home-", dir="/tmp"))
    folder.chmod(0o755)
    embedded = EmbeddedServer(home=folder)
    embedded.start()
    yield embedded
    embedded.stop()
    shutil.rmtree(folder)


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as link:
        row = link.execute(question).fetchone()
    assert row is not None
    return row[0]


def processes_in(folder: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink().is_relative_to(folder):
                found.append(int(entry.name))
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
    return found


def test_owner_of_the_tables_is_no_superuser(server: EmbeddedServer) -> None:
    assert ask(server.url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


def test_scandinavian_and_german_letters_fold_on_any_machine(server: EmbeddedServer) -> None:
    assert ask(server.url, "SELECT lower('ÆØÅÄÖÜ')") == "æøåäöü"


def test_every_write_is_on_disk_before_it_is_confirmed(server: EmbeddedServer) -> None:
    assert ask(server.url, "SHOW fsync") == "on"
    assert ask(server.url, "SHOW synchronous_commit") == "on"


def test_nobody_comes_in_without_the_password(server: EmbeddedServer) -> None:
    without = f"postgresql://nummer@127.0.0.1:{server.port}/nummer"
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(without)


def test_secrets_and_sockets_are_closed_to_other_users(server: EmbeddedServer) -> None:
    secrets = server.home / "secrets"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in secrets.iterdir()} == {0o600}
    assert stat.S_IMODE(server.place().sockets.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.place().data.stat().st_mode) == 0o700


@as_root_only
def test_the_server_never_runs_as_root(server: EmbeddedServer) -> None:
    assert server._process is not None
    status = Path(f"/proc/{server._process.pid}/status").read_text()
    uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
    assert set(uids) == {str(database_runner().uid)}
    assert "0" not in uids


def test_refused_statements_leave_no_values_in_the_log(server: EmbeddedServer) -> None:
    with psycopg.connect(server.url, autocommit=True) as link:
        link.execute("CREATE TEMP TABLE t (word text UNIQUE)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            link.execute("INSERT INTO t VALUES ('rosebud'), ('rosebud')")
    assert "rosebud" not in server.place().log.read_text()


def test_stop_leaves_no_process_and_start_finds_everything_again(home: Path) -> None:
    server = EmbeddedServer(home=home, settings=QUICK)
    server.start()
    with psycopg.connect(server.url) as link:
        link.execute("CREATE TABLE kept AS SELECT 7 AS n")
    server.stop()
    assert processes_in(server.place().data) == []
    again = EmbeddedServer(home=home, settings=QUICK)
    again.start()
    try:
        assert ask(again.url, "SELECT n FROM kept") == 7
    finally:
        again.stop()


def test_confirmed_rows_survive_a_kill(home: Path) -> None:
    server = EmbeddedServer(home=home)
    server.start()
    with psycopg.connect(server.url, autocommit=True) as link:
        link.execute("CREATE TABLE kept (n int)")
        for n in range(200):
            link.execute("INSERT INTO kept VALUES (%s)", [n])
        assert server._process is not None
        server._process.kill()
        server._process.wait(10)
    start_again_until_it_holds(server)
    try:
        assert ask(server.url, "SELECT count(*) FROM kept") == 200
    finally:
        server.stop()


def test_lock_file_that_names_a_stranger_does_not_keep_the_server_from_starting(
    home: Path,
) -> None:
    server = EmbeddedServer(home=home, settings=QUICK)
    server.start()
    server.stop()
    lock = server.place().data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{server.place().data}\n0\n1\n\n127.0.0.1\n")
    server.start()
    server.stop()


def test_server_whose_starter_was_killed_is_gone_soon(home: Path) -> None:
    script = (
        "import sys, time, pathlib\n"
        "from nummer.config.postgres import EmbeddedServer\n"
        "EmbeddedServer(home=pathlib.Path(sys.argv[1]), settings={'fsync': 'off'}).start()\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    starter = subprocess.Popen([sys.executable, "-c", script, str(home)], stdout=subprocess.PIPE)
    assert starter.stdout is not None
    assert starter.stdout.readline() == b"ready\n"
    data = database_place(home).data
    assert processes_in(data)
    starter.kill()
    starter.wait(10)
    starter.stdout.close()
    give_up_at = time.monotonic() + 20
    while processes_in(data):
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def test_data_of_another_major_version_are_refused_untouched(home: Path) -> None:
    server = EmbeddedServer(home=home, settings=QUICK)
    data = server.place().data
    (data / "PG_VERSION").write_text("16\n")
    with pytest.raises(Trouble, match=r"PostgreSQL 16.*pg_dump.*NUMMER_DATABASE_URL"):
        server.start()
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


@as_root_only
def test_home_in_a_closed_folder_keeps_its_data_elsewhere(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = closed / "home"
    server = EmbeddedServer(home=home, settings=QUICK)
    root = server.place().root
    try:
        assert root.parent == Path("/var/lib/nummer")
        assert (home / POINTER).read_text().strip() == str(root)
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        server.start()
        assert ask(server.url, "SELECT 1") == 1
        assert EmbeddedServer(home=home).place().root == root
    finally:
        server.stop()
        shutil.rmtree(root)


@as_root_only
def test_pointer_to_a_folder_that_is_gone_is_refused(tmp_path: Path) -> None:
    (tmp_path / POINTER).write_text("/var/lib/nummer/gone\n")
    with pytest.raises(Trouble, match="Put it back"):
        database_place(tmp_path)


def start_again_until_it_holds(server: EmbeddedServer) -> None:
    """Start as the supervisor does: the killed server's children take a moment to go."""
    give_up_at = time.monotonic() + 30
    while True:
        try:
            server.start()
        except Trouble:
            assert time.monotonic() < give_up_at
            time.sleep(0.2)
        else:
            return
