"""A provider's memory: one SQLite file, which every process of the sandbox may open."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

FOLDER: Final = "payments"
FILE: Final = "provider.sqlite"
BUSY_S: Final = 10.0

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS object (
  place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
  owner TEXT NOT NULL, body TEXT NOT NULL, hidden TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS object_of_owner ON object (kind, owner);
CREATE TABLE IF NOT EXISTS answer (
  key TEXT PRIMARY KEY, digest TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS event (
  place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, created INTEGER NOT NULL,
  type TEXT NOT NULL, about TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS delivery (
  place INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, about TEXT NOT NULL,
  due REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, held INTEGER NOT NULL DEFAULT 0,
  done INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (done, held, due);
"""


class Desk:
    """Opens the memory; everything that changes it happens in one `change`."""

    def __init__(self, folder: Path, *, file: str = FILE) -> None:
        self._path = folder / FOLDER / file
        self._keys: tuple[str, str] | None = None
        self._made: dict[str, str] = {}

    @contextmanager
    def change(self) -> Iterator[Memory]:
        """Have the memory alone; what was done stays when the block ends without an error."""
        with closing(self._open()) as link:
            link.execute("BEGIN IMMEDIATE")
            try:
                yield Memory(link)
            except BaseException:
                link.execute("ROLLBACK")
                raise
            link.execute("COMMIT")

    def setting(self, name: str) -> str:
        """Return what was set, '' where nothing was."""
        with self.change() as memory:
            return memory.setting(name)

    def keys(self) -> tuple[str, str]:
        """Return the key to the API and the secret of signatures, made at first use, for good."""
        if self._keys is None:
            with self.change() as memory:
                for name, start in (("key", "sk_test_"), ("secret", "whsec_")):
                    if not memory.setting(name):
                        memory.set(name, start + secrets.token_hex(24))
                self._keys = memory.setting("key"), memory.setting("secret")
        return self._keys

    def made(self, name: str, *, start: str) -> str:
        """Return a word that is made at first use, for good, such as a key."""
        if name not in self._made:
            with self.change() as memory:
                if not memory.setting(name):
                    memory.set(name, start + secrets.token_hex(24))
                found = memory.setting(name)
            self._made[name] = found  # once it is kept
        return self._made[name]

    def configure(self, *, callback_url: str, page_url: str) -> None:
        """Say where events go and where pages are; `page_url` has the placeholder {reference}."""
        with self.change() as memory:
            memory.set("callback_url", callback_url)
            memory.set("page_url", page_url)

    def _open(self) -> sqlite3.Connection:
        new = not self._path.exists()
        if new:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        link = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)
        if new:
            self._path.chmod(0o600)
            link.execute("PRAGMA journal_mode = WAL")
            link.executescript(_TABLES)
        link.execute("PRAGMA synchronous = NORMAL")
        return link


class Memory:
    """What the provider knows, within one change."""

    def __init__(self, link: sqlite3.Connection) -> None:
        self._link = link

    def setting(self, name: str) -> str:
        """Return what was set, '' where nothing was."""
        row = self._row("SELECT value FROM setting WHERE name = ?", name)
        return "" if row is None else str(row[0])

    def set(self, name: str, value: str) -> None:
        """Set something."""
        self._link.execute(
            "INSERT INTO setting VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (name, value),
        )

    def keep(
        self, body: Mapping[str, Any], *, owner: str = "", hidden: Mapping[str, Any] | None = None
    ) -> None:
        """Keep an object under its id; `owner` is what lists of it are asked by."""
        self._link.execute(
            "INSERT INTO object (id, kind, owner, body, hidden) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (body["id"], body["object"], owner, json.dumps(body), json.dumps(hidden or {})),
        )

    def remove(self, name: str) -> None:
        """Forget an object."""
        self._link.execute("DELETE FROM object WHERE id = ?", (name,))

    def find(self, name: str, kind: str) -> dict[str, Any] | None:
        """Return an object of a kind, None where there is none of that id."""
        row = self._row("SELECT body FROM object WHERE id = ? AND kind = ?", name, kind)
        return None if row is None else json.loads(row[0])

    def hidden(self, name: str) -> dict[str, Any]:
        """Return what is kept about an object and not told."""
        row = self._row("SELECT hidden FROM object WHERE id = ?", name)
        return {} if row is None else json.loads(row[0])

    def hide(self, name: str, hidden: Mapping[str, Any]) -> None:
        """Keep something about an object that is not told."""
        self._link.execute("UPDATE object SET hidden = ? WHERE id = ?", (json.dumps(hidden), name))

    def all_of(self, kind: str, owner: str | None = None) -> list[dict[str, Any]]:
        """Return the objects of a kind, newest first; of one owner, or of all."""
        rows = self._link.execute(
            "SELECT body FROM object WHERE kind = ? AND (? IS NULL OR owner = ?)"
            " ORDER BY place DESC",
            (kind, owner, owner),
        )
        return [json.loads(body) for (body,) in rows]

    def answered(self, key: str) -> tuple[str, int, str] | None:
        """Return digest, status and body of what was answered to an idempotency key."""
        row = self._row("SELECT digest, status, body FROM answer WHERE key = ?", key)
        return None if row is None else (row[0], row[1], row[2])

    def answer(self, key: str, *, digest: str, status: int, body: str) -> None:
        """Keep what was answered to an idempotency key."""
        self._link.execute("INSERT INTO answer VALUES (?, ?, ?, ?)", (key, digest, status, body))

    def add_event(
        self, name: str, *, created: int, kind: str, about: str, body: Mapping[str, Any]
    ) -> None:
        """Keep an event; `about` is what its page is of: a session, an order, an invoice."""
        self._link.execute(
            "INSERT INTO event (id, created, type, about, body) VALUES (?, ?, ?, ?, ?)",
            (name, created, kind, about, json.dumps(body)),
        )

    def events(self, types: list[str], *, since: int, after: str, limit: int) -> list[str]:
        """Return the bodies of events, newest first, from the one after `after` on."""
        rows = self._link.execute(
            "SELECT body FROM event WHERE created >= ?"
            " AND (? = 0 OR type IN (SELECT value FROM json_each(?)))"
            " AND place < COALESCE((SELECT place FROM event WHERE id = ?), 1 << 62)"
            " ORDER BY place DESC LIMIT ?",
            (since, len(types), json.dumps(types), after, limit),
        )
        return [body for (body,) in rows]

    def event(self, name: str) -> str | None:
        """Return the body of one event."""
        row = self._row("SELECT body FROM event WHERE id = ?", name)
        return None if row is None else str(row[0])

    def plan(self, event: str, *, about: str, due: float, held: bool) -> None:
        """Plan that an event is delivered once more."""
        self._link.execute(
            "INSERT INTO delivery (event, about, due, held) VALUES (?, ?, ?, ?)",
            (event, about, due, held),
        )

    def due_deliveries(
        self, *, until: float, about: str | None, limit: int
    ) -> list[tuple[int, str, int]]:
        """Return (place, event, attempts) of what is to be delivered now."""
        rows = self._link.execute(
            "SELECT place, event, attempts FROM delivery WHERE done = 0 AND held = 0 AND due <= ?"
            " AND (? IS NULL OR about = ?) ORDER BY due LIMIT ?",
            (until, about, about, limit),
        )
        return list(rows)

    def postpone(self, place: int, *, due: float) -> None:
        """Note another attempt of a delivery, and when the next would be."""
        self._link.execute(
            "UPDATE delivery SET attempts = attempts + 1, due = ? WHERE place = ?", (due, place)
        )

    def finish(self, place: int) -> None:
        """Note that a delivery is over."""
        self._link.execute("UPDATE delivery SET done = 1 WHERE place = ?", (place,))

    def release(self, about: str, *, now: float) -> None:
        """Let what was held back about something be delivered now."""
        self._link.execute(
            "UPDATE delivery SET held = 0, due = ? WHERE about = ? AND held = 1", (now, about)
        )

    def untold(self, about: str) -> bool:
        """Tell whether an event about something has not been taken even once."""
        row = self._row(
            "SELECT 1 FROM event e WHERE about = ? AND NOT EXISTS"
            " (SELECT 1 FROM delivery d WHERE d.event = e.id AND d.done = 1)",
            about,
        )
        return row is not None

    def _row(self, question: str, *values: object) -> Any:
        return self._link.execute(question, values).fetchone()
