"""The embedded PostgreSQL server: made once, started, asked whether it is ready, stopped."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from nummer.config.place import Place, database_place
from nummer.config.processes import Trouble, dies_with_parent, free_port
from nummer.config.secrets import secret_bytes

MAJOR: Final = "18"
START_LIMIT_S: Final = 60.0  # 0.04 s is usual, 4.7 s were seen on a busy disk
STOP_LIMIT_S: Final = 60.0
OWNER: Final = "nummer"
DATABASE: Final = "nummer"
SOCKET_PATH_BYTES_MAX: Final = 107  # sockaddr_un.sun_path
LOG_BYTES_MAX: Final = 5_000_000

SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": "127.0.0.1",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A refused statement or its values may hold personal data: the server's log names neither.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


@dataclass(slots=True)
class EmbeddedServer:
    """One server of our own in one home. `settings` add to ours (tests switch fsync off)."""

    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    _place: Place | None = None
    _process: subprocess.Popen[bytes] | None = None

    @property
    def secrets(self) -> Path:
        """The folder of the passwords and the URL."""
        return self.home / "secrets"

    @property
    def url(self) -> str:
        """The owner's way in."""
        return self._url(user=OWNER, password=self._password("owner"), database=DATABASE)

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the server and return its process at once; it may still be recovering.

        Makes the data folder at the first call, ends what an earlier, killed start left behind
        and chooses a free port. Raises Trouble.
        """
        place = self.place()
        check_version(place.data)
        _end_orphan(place.data)
        if not (place.data / "PG_VERSION").exists():
            self._make_cluster(place)
        self.port = free_port(preferred=self.port or self._last_port())
        if place.log.exists() and place.log.stat().st_size > LOG_BYTES_MAX:
            place.log.replace(place.log.with_suffix(".log.old"))
        with place.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- our own words and paths
                [str(place.programs / "postgres"), "-D", str(place.data), *self._options(place)],
                cwd="/",
                env={"LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGINT),  # noqa: PLW1509 -- the starter has one thread
                **place.runner.popen(),
            )
        return self._process

    def is_ready(self) -> bool:
        """Tell whether the server takes our owner's connection; writes the URL when it does."""
        try:
            with psycopg.connect(self._superuser_url(), connect_timeout=5, autocommit=True) as link:
                self._make_owner(link)
            self._write_url()
        except (psycopg.Error, OSError):  # it recovers, or the disk is full: asked again soon
            return False
        return True

    def start(self) -> None:
        """Start and wait until it is ready, 60 seconds at most. Raises Trouble."""
        process = self.launch()
        give_up_at = time.monotonic() + START_LIMIT_S
        while not self.is_ready():
            if process.poll() is not None:
                raise Trouble(f"PostgreSQL did not start; {self.place().log} says why.")
            if time.monotonic() > give_up_at:
                self.stop()
                raise Trouble(f"PostgreSQL was not ready within {START_LIMIT_S:.0f} seconds.")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it cleanly: open transactions are rolled back, everything is written."""
        if self._process is not None:
            stop_server(self._process)
            self._process = None

    def place(self) -> Place:
        """Return where it lives, made at the first call. Raises Trouble."""
        if self._place is None:
            self._place = database_place(self.home)
        return self._place

    def _options(self, place: Place) -> list[str]:
        named = {**SETTINGS, "port": str(self.port), **self.settings}
        longest = len(os.fsencode(place.sockets)) + len(f"/.s.PGSQL.{self.port}.lock")
        fits = longest <= SOCKET_PATH_BYTES_MAX
        named["unix_socket_directories"] = str(place.sockets) if fits else ""
        return [word for name, value in named.items() for word in ("-c", f"{name}={value}")]

    def _make_cluster(self, place: Place) -> None:
        """Run initdb in a folder of its own, renamed when whole: a half-made one is never used."""
        draft = place.root / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        place.runner.own(draft)
        password = place.root / "password"
        password.touch(mode=0o600)
        password.write_text(self._password("superuser"))
        place.runner.own(password)
        try:
            made = subprocess.run(  # noqa: S603 -- our own words and paths
                [
                    str(place.programs / "initdb"),
                    f"--pgdata={draft}",
                    "--username=postgres",
                    f"--pwfile={password}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    *(["--no-sync"] if self.settings.get("fsync") == "off" else []),
                ],
                cwd="/",
                env={"LC_ALL": "C", "TZ": "UTC"},
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
                **place.runner.popen(),
            )
        finally:
            password.unlink()
        if made.returncode != 0:
            raise Trouble(f"PostgreSQL's data folder could not be made: {made.stderr.strip()}")
        place.data.rmdir()
        draft.rename(place.data)

    def _make_owner(self, link: psycopg.Connection) -> None:
        """Make the owner of our tables: no superuser, but free to make roles and databases."""
        owner, database = sql.Identifier(OWNER), sql.Identifier(DATABASE)
        password = sql.Literal(self._password("owner"))
        if not link.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone():
            link.execute(
                sql.SQL("CREATE ROLE {} LOGIN CREATEROLE CREATEDB PASSWORD {}").format(
                    owner, password
                )
            )
        known = link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if not known.fetchone():
            link.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))

    def _password(self, role: str) -> str:
        made = secret_bytes(
            self.secrets, f"postgres_{role}", lambda: secrets.token_urlsafe(32).encode()
        )
        return made.decode()

    def _superuser_url(self) -> str:
        return self._url(user="postgres", password=self._password("superuser"), database="postgres")

    def _url(self, *, user: str, password: str, database: str) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def _write_url(self) -> None:
        path = self.secrets / "database_url"
        if path.exists() and path.read_text().strip() == self.url:
            return
        draft = self.secrets / f".database_url.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(f"{self.url}\n")
        draft.replace(path)

    def _last_port(self) -> int | None:
        path = self.secrets / "database_url"
        return urlsplit(path.read_text().strip()).port if path.exists() else None


def check_version(data: Path) -> None:
    """Refuse a data folder that another major version of PostgreSQL wrote. Raises Trouble."""
    marker = data / "PG_VERSION"
    written = marker.read_text().strip() if marker.exists() else MAJOR
    if written != MAJOR:
        raise Trouble(
            f"The data in {data} were written by PostgreSQL {written}, and this release of Nummer "
            f"brings PostgreSQL {MAJOR}, which cannot read them. Nothing was changed. Start the "
            f"release of Nummer that wrote them and dump the database with pg_dump, move this "
            f"folder away, start this release once and restore the dump; docs/operate/database.md "
            f"shows each step. Or point NUMMER_DATABASE_URL at a server of version {written}."
        )


def stop_server(process: subprocess.Popen[bytes]) -> None:
    """End a server: fast shutdown, after a minute immediate shutdown, then by force."""
    for signal_number, limit_s in (
        (signal.SIGINT, STOP_LIMIT_S),
        (signal.SIGQUIT, 10.0),
        (signal.SIGKILL, 10.0),
    ):
        if process.poll() is not None:
            return
        process.send_signal(signal_number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(limit_s)
            return


def _end_orphan(data: Path) -> None:
    """End a server whose starter was killed, and remove a lock file that no server holds.

    PostgreSQL itself only looks whether *some* process has the number in its lock file; after a
    crash that number may belong to anybody. The caller holds the home's lock, so a server that
    still works in this folder has no starter any more.
    """
    lock_file = data / "postmaster.pid"
    give_up_at = time.monotonic() + STOP_LIMIT_S
    told = False
    while (orphan := _server_of(lock_file, data)) is not None:
        if not told:
            os.kill(orphan, signal.SIGINT)
            told = True
        if time.monotonic() > give_up_at:
            raise Trouble(f"An earlier PostgreSQL (process {orphan}) does not stop; end it first.")
        time.sleep(0.1)
    lock_file.unlink(missing_ok=True)


def _server_of(lock_file: Path, data: Path) -> int | None:
    try:
        pid = int(lock_file.read_text().split("\n", 1)[0])
        works_in = Path(f"/proc/{pid}/cwd").readlink()
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError, ValueError, PermissionError):
        return None
    return pid if works_in == data.resolve() and state != "Z" else None
