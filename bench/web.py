"""Our web processes as in production, on a port of loopback."""

from __future__ import annotations

import http.client
import subprocess
import sys
from dataclasses import dataclass
from typing import Final

from bench.child import end, spawn, until
from bench.cluster import Cluster
from nummer.config.processes import free_port

_READY_S_MAX: Final = 60.0


def environment(cluster: Cluster, *, port: int = 0) -> dict[str, str]:
    """Return the environment of one of our processes in production."""
    return {
        "PATH": "/usr/bin:/bin",
        "NUMMER_HOME": str(cluster.home),
        "NUMMER_DATABASE_URL": cluster.url,
        "NUMMER_MODE": "production",
        "NUMMER_PORT": str(port or free_port()),
        "NUMMER_PUBLIC_URL": "http://127.0.0.1",
        "DJANGO_SETTINGS_MODULE": "nummer.config.settings",
        "PROMETHEUS_MULTIPROC_DIR": str(cluster.home / "run" / "metrics"),
    }


@dataclass(slots=True)
class Web:
    """What `nummer run` starts as web."""

    cluster: Cluster
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Return the number of its first process."""
        assert self.process is not None, "it was started"
        return self.process.pid

    def start(self) -> None:
        """Start it and wait until it answers. Raises RuntimeError."""
        self.port = free_port()
        (self.cluster.home / "run" / "metrics").mkdir(parents=True, exist_ok=True)
        log = self.cluster.home / "web.log"
        self.process = spawn(
            [sys.executable, "-m", "nummer.config.child", "web"],
            log=log,
            env=environment(self.cluster, port=self.port),
        )
        until("our web server", self._answers, log=log, seconds=_READY_S_MAX)

    def stop(self) -> None:
        """Stop it in order."""
        end(self.process)

    def _answers(self) -> bool:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            link.request("GET", "/healthz")
            return link.getresponse().status in (200, 503)
        except (OSError, http.client.HTTPException):
            return False
        finally:
            link.close()
