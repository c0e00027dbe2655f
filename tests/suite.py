"""Runs the tests: all of them on our own server, the ones near the tables again on Debian's.

`python -m tests.suite` is `make test`; with `--long` it is `make test-long`, in full (FULL=1) with
the soak at its end. Further words go to pytest. In these runs a test that failed is run once more,
and what passed only then is listed at the end (ADR 434); pytest called by hand gives no second try.
"""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from nummer.config.messages import compile_all
from tests.databases import debian_programs, temporary_postgres

LONG = "tests/long"
JOURNEYS = "tests/journeys"
NEAR_THE_TABLES = ("tests/apps", "tests/invariants")
WORKERS_MAX = 4


def main(words: list[str]) -> int:
    """Return pytest's exit code, of the first part that fails."""
    # Every process of every installation reads all of it, and may be forbidden to keep it compiled.
    compileall.compile_dir("nummer", quiet=1)
    if words[:1] == ["--long"]:
        return run_long(words[1:])
    compile_all()
    apart = ["--ignore", LONG, "--ignore", JOURNEYS]
    failed = run("all tests, embedded PostgreSQL", [*apart, *words])
    if failed or words:
        return failed
    # A browser's driver keeps an event loop in its thread, so it has a process of its own.
    failed = run("journeys in a browser", [JOURNEYS], workers=0)
    if failed:
        return failed
    with temporary_postgres("debian") as url:
        major = debian_programs().parent.name
        near = [folder for folder in NEAR_THE_TABLES if Path(folder).exists()]
        return run(f"tables again, Debian's PostgreSQL {major}", near, url=url)


def run_long(words: list[str]) -> int:
    """Return the exit code of the long tests, and of the soak where all was asked for."""
    failed = run("long tests", [LONG, *words], workers=0)
    if failed or words or os.environ.get("FULL") != "1":
        return failed
    click.echo("-- soak")
    return subprocess.run([sys.executable, "-m", "tests.long.soak"], check=False).returncode


def run(title: str, words: list[str], *, workers: int | None = None, url: str = "") -> int:
    """Run pytest in a process of its own; `url` names a server, else the run starts one."""
    parallel = min(os.cpu_count() or 1, WORKERS_MAX) if workers is None else workers
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NUMMER_")}
    home = Path(tempfile.mkdtemp(prefix="nummer-test-"))  # before pytest: settings read it early
    (home / "static").mkdir()
    environment["NUMMER_HOME"] = str(home)
    if url:
        environment["NUMMER_DATABASE_URL"] = url
    click.echo(f"-- {title}")
    command = [sys.executable, "-m", "pytest", "-q", f"--numprocesses={parallel}"]
    command += ["--reruns=1", "-rfER", *words]
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
