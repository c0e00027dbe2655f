"""Runs `nummer` for a test's installation in forks of one process that has imported everything.

A command needs a tenth of a second instead of two: Python and Django begin once. What a command
reads of its installation it reads anew each time, but for the settings; tests that kill or move
the database start commands of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any, TextIO

CHECKOUT = Path(__file__).resolve().parents[1]
COMMANDS = "nummer.config.commands"
IMPORTED = (
    *("audit", "check", "sandbox", "sandbox_bank", "sandbox_carrier", "sandbox_clock"),
    *("sandbox_customers", "sandbox_staff"),
)


class Forks:
    """The process that forks, as the test sees it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._turn = Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forks"],
            cwd=CHECKOUT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None, "a pipe"
        assert self._process.stdout is not None, "a pipe"
        self._asked, self._answers = self._process.stdin, self._process.stdout

    def run(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run one command and return its exit status and what it printed."""
        with self._turn:
            self._asked.write(json.dumps(list(words)) + "\n")
            self._asked.flush()
            said = self._answers.readline()
        assert said, "the process that forks has ended"
        status, out, err = json.loads(said)
        return subprocess.CompletedProcess(list(words), status, out, err)

    def stop(self) -> None:
        """End it."""
        self._asked.close()
        self._process.wait(10)
        self._answers.close()


def main() -> None:
    """Answer each line, the words of a command, by a line: its status, output and errors."""
    from nummer.config.env import use_settings

    use_settings()
    django: Any = import_module("django")
    django.setup()
    for name in IMPORTED:
        import_module(f"{COMMANDS}.{name}")
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_forked(json.loads(line))) + "\n")
        sys.stdout.flush()


def _forked(words: list[str]) -> tuple[int, str, str]:
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = os.fork()
        if not child:
            _become(words, out, err)
        _, status = os.waitpid(child, 0)
        out.seek(0)
        err.seek(0)
        return os.waitstatus_to_exitcode(status), out.read(), err.read()


def _become(words: list[str], out: TextIO, err: TextIO) -> None:
    """Be the command until it ends, with its own streams."""
    status: object = 0
    with open(os.devnull) as nothing:
        for stream, number in ((nothing, 0), (out, 1), (err, 2)):
            os.dup2(stream.fileno(), number)
    sys.argv = ["nummer", *words]
    try:
        import_module("nummer.config.cli").main()
    except SystemExit as ended:
        status = ended.code
    except BaseException:  # noqa: BLE001 -- as Python does with what nobody catches
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status if isinstance(status, int) else 0 if status is None else 1)


if __name__ == "__main__":
    main()
