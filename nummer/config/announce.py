"""How a process says that it is ready, and on which ports."""

from __future__ import annotations

import os

from nummer.config.env import environment
from nummer.config.processes import write_json


def announce(name: str, **ports: int) -> None:
    """Write NUMMER_HOME/run/NAME.json; the supervisor waits for it and others find the ports."""
    write_json(environment().run / f"{name}.json", {"pid": os.getpid(), **ports})
