"""A whole installation of its own, driven only through the doors that outside checks use."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.forks import Forks

READY_S = 120
STOP_S = 40
CHECKOUT = Path(__file__).resolve().parents[1]
NUMMER = str(Path(sys.executable).with_name("nummer"))


def free_port() -> int:
    """Return a port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Installation:
    """One `nummer run` with its own home and ports."""

    home: Path
    port: int = field(default_factory=free_port)
    smpp_port: int = field(default_factory=free_port)
    mail_port: int = field(default_factory=free_port)
    database_url: str | None = None
    extra: dict[str, str] = field(default_factory=dict)  # more words of the environment
    _process: subprocess.Popen[bytes] | None = None
    _forks: Forks | None = None

    @property
    def url(self) -> str:
        """Return the address of its one HTTP port."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """Return the file that holds what the supervisor printed."""
        return self.home / "supervisor.log"

    def environment(self) -> dict[str, str]:
        """Return the environment of every command for this installation."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("NUMMER_")}
        ours = {
            "NUMMER_HOME": str(self.home),
            "NUMMER_PORT": str(self.port),
            "NUMMER_SMPP_PORT": str(self.smpp_port),
            "NUMMER_MAIL_PORT": str(self.mail_port),
        }
        if self.database_url is not None:
            ours["NUMMER_DATABASE_URL"] = self.database_url
        return kept | ours | self.extra

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        self.home.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [NUMMER, "run"],
                cwd=CHECKOUT,
                env=self.environment(),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            self.wait_ready()
        except AssertionError:
            self.kill()
            raise

    def hasten(self) -> None:
        """Run commands in forks of one process from now on, until it stops."""
        self._forks = Forks(self.environment())

    def wait_ready(self, timeout_s: float = READY_S) -> None:
        """Wait until `/healthz` answers 200."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                raise AssertionError(f"the supervisor ended: {self.tail()}")
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (OSError, http.client.HTTPException):
                pass  # nobody listens, or somebody else took the port
            time.sleep(0.1)
        raise AssertionError(f"not ready after {timeout_s} s: {self.tail()}")

    def stop(self) -> int:
        """Stop it as an operator would and return its exit status."""
        assert self._process is not None, "it was started"
        if self._forks is not None:
            self._forks.stop()
            self._forks = None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_S)

    def kill(self) -> None:
        """Pull the plug: the supervisor dies at once."""
        assert self._process is not None, "it was started"
        self._process.kill()
        self._process.wait(STOP_S)

    def remove_database(self) -> None:
        """Remove a database that lies outside the home: under /var/lib where the home is closed.

        To be called once it has stopped; one that still runs is left.
        """
        pointer = self.home / "database_place"
        if not pointer.exists():
            return
        root = Path(pointer.read_text().strip())
        if not (root / "data" / "postmaster.pid").exists():
            shutil.rmtree(root)

    def command(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `nummer WORDS` for this installation."""
        if self._forks is not None:
            done = self._forks.run(words)
        else:
            done = subprocess.run(
                [NUMMER, *words],
                cwd=CHECKOUT,
                env=self.environment(),
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
        assert not check or done.returncode == 0, f"{words}: {done.stdout} {done.stderr}"
        return done

    def json(self, *words: str) -> Any:
        """Run `nummer WORDS --json` and return what it printed."""
        return json.loads(self.command(*words, "--json").stdout)

    def activate(self, key: str, action: str, **parameters: object) -> str:
        """Make one call of the sms-activate protocol and return the answer's text."""
        query = urllib.parse.urlencode({"api_key": key, "action": action, **parameters})
        address = f"{self.url}/stubs/handler_api.php?{query}"
        with urllib.request.urlopen(address, timeout=30) as answer:
            return str(answer.read().decode())

    def tail(self) -> str:
        """Return the last lines that the supervisor printed."""
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""
