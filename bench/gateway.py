"""Our own SMPP gateway as it runs in production, bound to the benchmark's carrier."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.cluster import Cluster
from nummer.config.processes import dies_with_parent, free_port

_READY_S_MAX: Final = 60.0
_STOP_S_MAX: Final = 30.0


@dataclass(slots=True)
class Gateway:
    """The process that `nummer run` starts as gateway-smpp."""

    cluster: Cluster
    carrier_port: int
    process: subprocess.Popen[bytes] | None = None

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
        """Start it and wait until it says that it is ready. Raises RuntimeError."""
        home = self.cluster.home
        run = home / "run"
        (run / "metrics").mkdir(parents=True, exist_ok=True)
        (home / "carriers.toml").write_text(_CARRIERS.format(port=self.carrier_port))
        ready = run / "gateway-smpp.json"
        ready.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "nummer.config.child", "gateway-smpp"],
                env=_environment(self.cluster),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGKILL),  # noqa: PLW1509 -- one thread starts it
            )
        give_up_at = time.monotonic() + _READY_S_MAX
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError(f"our gateway did not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it in order."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(_STOP_S_MAX)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """Pull its plug."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(_STOP_S_MAX)


_CARRIERS: Final = """\
[[carrier]]
code = "bench"
host = "127.0.0.1"
port = {port}
system_id = "bench"
password = "bench"
tls = false
"""


def _environment(cluster: Cluster) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "NUMMER_HOME": str(cluster.home),
        "NUMMER_DATABASE_URL": cluster.url,
        "NUMMER_MODE": "production",
        "NUMMER_SMPP_ADDRESS": "127.0.0.1",
        "NUMMER_SMPP_PORT": str(free_port()),
        "DJANGO_SETTINGS_MODULE": "nummer.config.settings",
        "PROMETHEUS_MULTIPROC_DIR": str(cluster.home / "run" / "metrics"),
    }
