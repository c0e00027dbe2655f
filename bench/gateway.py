"""Our own SMPP gateway as it runs in production, bound to the benchmark's carrier."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import child
from bench.cluster import Cluster
from nummer.config.processes import free_port

CARRIERS: Final = """\
[[carrier]]
code = "bench"
host = "127.0.0.1"
port = {port}
system_id = "bench"
password = "bench"
window = 100
tls = false
"""


@dataclass(slots=True)
class Gateway:
    """The process that `nummer run` starts as gateway-smpp."""

    cluster: Cluster
    carrier_port: int
    carriers: str = CARRIERS  # carriers.toml, with a place for `carrier_port`
    process: subprocess.Popen[bytes] | None = None
    jobs: subprocess.Popen[bytes] | None = None
    smpp_port: int = 0

    @property
    def pid(self) -> int:
        """Return the number of its process."""
        assert self.process is not None, "it was started"
        return self.process.pid

    @property
    def log(self) -> Path:
        """Return the file with what it says."""
        return self.cluster.home / "gateway.log"

    def start(self) -> None:
        """Start it, again on its port, and wait until it says that it is ready.

        Raises RuntimeError.
        """
        home = self.cluster.home
        (home / "run" / "metrics").mkdir(parents=True, exist_ok=True)
        (home / "carriers.toml").write_text(self.carriers.format(port=self.carrier_port))
        self.smpp_port = self.smpp_port or free_port()
        self.process = self._start("gateway-smpp")

    def start_jobs(self) -> None:
        """Start the process that does what is due, such as deleting old messages."""
        self.jobs = self._start("jobs")

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        ready = self.cluster.home / "run" / f"{name}.json"
        ready.unlink(missing_ok=True)
        words = [sys.executable, "-m", "nummer.config.child", name]
        process = child.spawn(
            words, log=self.log, env=_environment(self.cluster, smpp_port=self.smpp_port)
        )
        child.until(name, lambda: ready.exists() or process.poll() is not None, log=self.log)
        if process.poll() is not None:
            raise RuntimeError(f"{name} did not start: {self.log.read_text()[-2000:]}")
        return process

    def stop(self) -> None:
        """Stop in order."""
        child.end(self.jobs)
        child.end(self.process)

    def kill(self) -> None:
        """Pull the gateway's plug."""
        child.kill(self.process)


def _environment(cluster: Cluster, *, smpp_port: int) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "NUMMER_HOME": str(cluster.home),
        "NUMMER_DATABASE_URL": cluster.url,
        "NUMMER_MODE": "production",
        "NUMMER_SMPP_ADDRESS": "127.0.0.1",
        "NUMMER_SMPP_PORT": str(smpp_port),
        "NUMMER_SMPP_TEXTS_PER_S": "1000000",
        "DJANGO_SETTINGS_MODULE": "nummer.config.settings",
        "PROMETHEUS_MULTIPROC_DIR": str(cluster.home / "run" / "metrics"),
    }
