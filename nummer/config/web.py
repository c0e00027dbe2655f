"""The web process: granian with our application on the one HTTP port."""

from __future__ import annotations

import os
from typing import Final

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from nummer.config.env import environment

WORKERS_MAX: Final = 4
BACKLOG: Final = 1024
OPEN_REQUESTS_MAX: Final = 2048  # per worker; most of them are open streams of events
HEADER_LIMIT_MS: Final = 15_000
STOP_LIMIT_S: Final = 10
LOGGING: Final = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "nummer.config.logs.LibraryLines"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "lines",
            "stream": "ext://sys.stderr",
        },
    },
    "root": {"level": "WARNING", "handlers": ["console"]},
    "loggers": {"_granian": {"level": "ERROR"}, "granian.access": {"level": "ERROR"}},
}


def serve() -> None:
    """Serve until SIGTERM; workers that die are started again."""
    env = environment()
    Server(
        "nummer.config.asgi:application",
        address=env.address,
        port=env.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,  # a proxy in front speaks HTTP/1.1 to us
        websockets=False,
        workers=env.web_workers or min(os.cpu_count() or 1, WORKERS_MAX),
        backlog=BACKLOG,
        backpressure=OPEN_REQUESTS_MAX,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_LIMIT_MS),
        log_level=LogLevels.error,
        log_dictconfig=LOGGING,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=STOP_LIMIT_S,
    ).serve()
