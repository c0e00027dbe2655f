"""The database: its version, what our sessions may do, its tables, and how old its copy is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from nummer.config.checks.finding import Finding, error, good, warning
from nummer.config.database import APPLICATION_ROLE, database_url
from nummer.config.env import Environment

ABOUT: Final = "database"
BACKUP: Final = "last-backup"  # a file in NUMMER_HOME that whoever makes copies touches
COPIED_WITHIN: Final = timedelta(hours=26)
COPIED_AT_LEAST: Final = timedelta(days=7)
_OLDEST, _NEWEST = 15, 18
_LOCAL: Final = ("127.0.0.1", "::1", "localhost", "")


def database(env: Environment) -> list[Finding]:
    """Look at the server that our sessions reach."""
    return [*_server(env), *_role(), *_tables()] or [good(ABOUT, "Version, rights and tables fit.")]


def backup(env: Environment, *, now: datetime) -> list[Finding]:
    """Look when the database was last copied; whoever copies it touches NUMMER_HOME/last-backup."""
    made_at = _touched(env.home / BACKUP, now)
    todo = "Copy it every day and touch NUMMER_HOME/last-backup (docs/operate/database.md)."
    if env.mode == "sandbox":
        return []
    if made_at is None:
        return [warning("backup", "Nobody has noted a copy of the database.", todo=todo)]
    age = now - made_at
    said = f"The last copy is {age.total_seconds() / 3600:.0f} hours old."
    if age > COPIED_AT_LEAST:
        return [error("backup", said, todo=todo)]
    if age > COPIED_WITHIN:
        return [warning("backup", said, todo=todo)]
    return [good("backup", said)]


def _server(env: Environment) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int / 10000, current_setting('fsync'),"
            " current_setting('server_encoding'),"
            " coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)"
        )
        version, fsync, encoding, sealed = cursor.fetchone()
    if not _OLDEST <= version <= _NEWEST:
        yield error(
            ABOUT,
            f"PostgreSQL {version} is none that Nummer was tried with.",
            todo=f"Take a version from {_OLDEST} to {_NEWEST}.",
        )
    if env.mode == "production" and fsync != "on":
        yield error(
            ABOUT,
            "The server confirms before it has written (fsync is off).",
            todo="Set fsync = on in postgresql.conf and restart the server.",
        )
    if encoding != "UTF8":
        yield error(
            ABOUT,
            f"The encoding is {encoding}.",
            todo="Make a database with ENCODING 'UTF8' and restore into it.",
        )
    far = (urlsplit(database_url(env)).hostname or "") not in _LOCAL
    if far and not sealed:
        yield error(
            ABOUT,
            "Everything goes to the database over the network in clear.",
            todo="Switch ssl on at the server, and let pg_hba.conf take hostssl only.",
        )


def _role() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls"
            "  FROM pg_roles WHERE rolname = current_user"
        )
        name, mighty = cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace"
            " WHERE n.nspname = 'ledger' AND t.relkind IN ('r', 'p')"
            "   AND has_table_privilege(current_user, t.oid, 'INSERT, UPDATE, DELETE')"
        )
        (writable,) = cursor.fetchone()
    if name != APPLICATION_ROLE or mighty:
        yield error(
            ABOUT,
            "Everyday sessions have more rights than they need.",
            todo="Connect straight to the server, without a pooler; unset NUMMER_AS_OWNER.",
        )
    elif writable:
        yield error(
            ABOUT,
            "Everyday sessions may write the tables of the ledger.",
            todo="nummer migrate; then revoke what was granted by hand on the schema ledger.",
        )


def _tables() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield error(
            ABOUT,
            "The tables are those of another release.",
            todo="Stop Nummer, make a copy, then nummer migrate.",
        )


def _touched(path: Path, now: datetime) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, tz=now.tzinfo)
    except FileNotFoundError:
        return None
