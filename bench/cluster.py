"""A durable PostgreSQL of its own for one run, and pgbench as the generator for both sides."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psycopg

from bench.cpu import family
from nummer.config.database import APPLICATION_ROLE
from nummer.config.identity import EXAMPLE, FILE
from nummer.config.postgres import EmbeddedServer

# Everything stays in memory, and no checkpoint falls on one side by chance. Durability is
# PostgreSQL's default, which the run shows by asking the server.
SETTINGS: Final = {"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "30min"}
_SHOWN: Final = ("server_version", "fsync", "synchronous_commit", "full_page_writes", *SETTINGS)
_PROCESSED: Final = re.compile(r"number of transactions actually processed: (\d+)")
_FAILED: Final = re.compile(r"number of failed transactions: (\d+)")
_RATE: Final = re.compile(r"^tps = ([\d.]+) \(without initial connection time\)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server with our tables; `folder` is gone with it."""

    url: str
    programs: Path
    folder: Path
    server: EmbeddedServer

    @property
    def pid(self) -> int:
        """The postmaster's number."""
        return int((self.server.place().data / "postmaster.pid").read_text().split("\n", 1)[0])

    def kill(self) -> None:
        """Pull the plug of the server and all its processes, and wait until it is gone.

        A server that is still dying holds the lock of its socket against the next one.
        """
        first = self.pid
        for pid in (first, *(family(first) - {first})):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.server.stop()

    def revive(self) -> None:
        """Start it again on its port and wait until it has recovered. Raises Trouble."""
        self.server.start()

    @property
    def home(self) -> Path:
        """NUMMER_HOME for processes of ours that use this server."""
        return self.folder / "home"

    def connect(self) -> psycopg.Connection[Any]:
        """Return a session of the tables' owner."""
        return psycopg.connect(self.url, autocommit=True)

    def count(self, table: str) -> int:
        """Return how many rows a table has now."""
        with self.connect() as link:
            found = link.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 -- our own name
        assert found is not None, "a count has a row"
        return int(found[0])

    def pgbench(self, words: Sequence[str], *, as_application: bool = False) -> str:
        """Run pgbench to its end and return what it printed."""
        way = urlsplit(self.url)
        environment = {
            "LC_ALL": "C",
            "PGHOST": way.hostname or "",
            "PGPORT": str(way.port),
            "PGUSER": way.username or "",
            "PGPASSWORD": way.password or "",
            "PGDATABASE": way.path.lstrip("/"),
        }
        if as_application:
            environment["PGOPTIONS"] = f"-c role={APPLICATION_ROLE}"
        return _run([str(self.programs / "pgbench"), *words], environment)


@dataclass(frozen=True, slots=True)
class Load:
    """What pgbench did in one go."""

    transactions: int
    per_s: float


def load_of(output: str) -> Load:
    """Read pgbench's summary. Raises RuntimeError where a transaction failed or it says nothing."""
    processed, rate = _PROCESSED.search(output), _RATE.search(output)
    failed = _FAILED.search(output)
    if processed is None or rate is None:
        raise RuntimeError(f"pgbench gave no figures: {output}")
    if failed is not None and int(failed[1]):
        raise RuntimeError(f"pgbench saw {failed[1]} transactions fail")
    return Load(transactions=int(processed[1]), per_s=float(rate[1]))


@contextmanager
def durable_cluster() -> Iterator[Cluster]:
    """Start a fresh embedded server with fsync on and our tables in it. Raises Trouble."""
    folder = Path(tempfile.mkdtemp(prefix="nummer-bench-"))
    folder.chmod(0o755)  # its user must be able to enter it
    server = EmbeddedServer(home=folder, settings=SETTINGS)
    try:
        server.start()
        _make_tables(server.url, home=folder / "home")
        place = server.place()
        yield Cluster(url=server.url, programs=place.programs, folder=folder, server=server)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def machine(cluster: Cluster) -> dict[str, Any]:
    """Return what a reader must know to place the figures; call it before the load."""
    with cluster.connect() as link:
        shown = {name: link.execute(f"SHOW {name}").fetchone() for name in _SHOWN}
    server = {name: row[0] for name, row in shown.items() if row is not None}
    return hardware() | {"postgresql": server}


def hardware() -> dict[str, Any]:
    """Return the same of the machine alone, for what needs no database."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "cpu": _cpu_model(Path("/proc/cpuinfo").read_text()),
        "memory_gib": round(memory / 2**30, 1),
        "load_before": round(os.getloadavg()[0], 2),
        "measured_at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
    }


def _cpu_model(cpuinfo: str) -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return found[1] if found else "unknown"


def _make_tables(url: str, *, home: Path) -> None:
    home.mkdir(exist_ok=True)
    # What runs as in production has an operator, but not the example's accounts at banks.
    (home / FILE).write_text(EXAMPLE.read_text().split("[[bank]]")[0])
    variables = {"NUMMER_HOME": str(home), "NUMMER_DATABASE_URL": url, "PATH": os.defpath}
    _run([sys.executable, "-m", "nummer.config", "migrate"], variables)


def _run(command: Sequence[str], environment: Mapping[str, str]) -> str:
    done = subprocess.run(  # noqa: S603 -- our own words and paths
        command,
        env=environment,
        capture_output=True,
        text=True,
        timeout=3600,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{Path(command[0]).name} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout
