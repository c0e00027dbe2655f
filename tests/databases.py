"""Database servers that live as long as a run of the tests: our own, or the distribution's."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import psycopg

from nummer.config.place import Runner, database_runner
from nummer.config.postgres import EmbeddedServer, stop_server
from nummer.config.processes import free_port

QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
DEBIAN = Path("/usr/lib/postgresql")
NEWEST = 18

Kind = Literal["embedded", "debian"]


@contextmanager
def temporary_postgres(kind: Kind) -> Iterator[str]:
    """Start a server and yield the URL of a user who may make databases and roles.

    It is gone afterwards with all it held, and forgets everything in a power cut.
    """
    folder = Path(tempfile.mkdtemp(prefix="nummer-database-", dir="/tmp"))
    folder.chmod(0o755)  # its user must be able to enter it
    try:
        with _embedded(folder) if kind == "embedded" else _debian(folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def debian_programs() -> Path:
    """Return the folder of the distribution's server programs, 15 where there are several."""
    found = sorted(
        (int(path.parent.name), path)
        for path in DEBIAN.glob("*/bin")
        if path.parent.name.isdigit() and (path / "initdb").exists()
    )
    suitable = [path for major, path in found if 15 <= major <= NEWEST]
    assert suitable, "no PostgreSQL of the distribution: run .ci/packages test"
    return suitable[0]


@contextmanager
def _embedded(folder: Path) -> Iterator[str]:
    server = EmbeddedServer(home=folder, settings=QUICK)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def _debian(folder: Path) -> Iterator[str]:
    programs, runner = debian_programs(), database_runner()
    data = folder / "data"
    data.mkdir(mode=0o700)
    runner.own(data)
    _run([str(programs / "initdb"), f"--pgdata={data}", *_INITDB], runner)
    port = free_port()
    options = {"listen_addresses": "127.0.0.1", "port": str(port), **QUICK}
    options["unix_socket_directories"] = ""
    options["max_connections"] = "200"
    words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [str(programs / "postgres"), "-D", str(data), *words],
            cwd="/",
            env={"LC_ALL": "C", "TZ": "UTC"},
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            **runner.popen(),
        )
    try:
        _make_owner(port)
        yield f"postgresql://nummer@127.0.0.1:{port}/nummer"
    finally:
        stop_server(process)


_INITDB = (
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
    "--no-sync",
)


def _make_owner(port: int) -> None:
    give_up_at = time.monotonic() + 60
    while True:
        try:
            link = psycopg.connect(
                f"postgresql://postgres@127.0.0.1:{port}/postgres", autocommit=True
            )
            break
        except psycopg.OperationalError:
            assert time.monotonic() < give_up_at
            time.sleep(0.05)
    with link:
        link.execute("CREATE ROLE nummer LOGIN CREATEROLE CREATEDB")
        link.execute("CREATE DATABASE nummer OWNER nummer")


def _run(command: list[str], runner: Runner) -> None:
    done = subprocess.run(
        command,
        cwd="/",
        env={"LC_ALL": "C", "TZ": "UTC"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **runner.popen(),
    )
    assert done.returncode == 0, done.stderr
