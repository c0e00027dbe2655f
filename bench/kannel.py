"""Kannel as Debian builds it: one SMSC connection in, one HTTP callback for each message out."""

from __future__ import annotations

import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Final

from bench import child
from nummer.config.processes import free_port, port_is_taken

_BEARERBOX, _SMSBOX = "/usr/sbin/bearerbox", "/usr/sbin/smsbox"
_ENV: Final = {"PATH": "/usr/sbin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}

# `store-type = file` keeps what waits across an orderly restart; nothing is synced to the disk.
_CONF: Final = """\
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = bench
smsbox-port = {box}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
log-file = {folder}/bearerbox.log
log-level = 2
store-type = file
store-location = {folder}/store
store-dump-freq = 10

group = smsc
smsc = smpp
smsc-id = bench
host = 127.0.0.1
port = {carrier}
transceiver-mode = true
smsc-username = bench
smsc-password = bench
system-type = VMA
max-pending-submits = 100
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {send}
sendsms-interface = 127.0.0.1
log-file = {folder}/smsbox.log
log-level = 2
max-pending-requests = 512

group = sms-service
keyword = default
get-url = "http://127.0.0.1:{sink}/kannel?to=%P&text=%a"
max-messages = 0
omit-empty = true
catch-all = true
"""
_SENDING: Final = """
group = sendsms-user
username = bench
password = bench
"""


@dataclass(slots=True)
class Kannel:
    """Its two processes: bearerbox speaks SMPP and keeps the messages, smsbox calls back."""

    folder: Path
    carrier_port: int
    sink_port: int
    sending: bool = False  # its HTTP door takes texts, too
    send_port: int = 0
    bearerbox: Popen[bytes] | None = None
    smsbox: Popen[bytes] | None = None

    @property
    def pids(self) -> list[int]:
        """Return the processes whose time counts."""
        return [one.pid for one in (self.bearerbox, self.smsbox) if one is not None]

    def start(self) -> None:
        """Start both; the carrier is told by the bind. Raises RuntimeError."""
        if not Path(_BEARERBOX).exists():
            raise RuntimeError("Kannel is not installed; bench/peers.sh does that")
        self.folder.mkdir(exist_ok=True)
        admin, box = free_port(), free_port()
        send = self.send_port = free_port()
        conf = self.folder / "kannel.conf"
        conf.write_text(
            _CONF.format(
                admin=admin,
                box=box,
                send=send,
                folder=self.folder,
                carrier=self.carrier_port,
                sink=self.sink_port,
            )
            + (_SENDING if self.sending else "")
        )
        log = self.folder / "start.log"
        words = ["-v", "2", str(conf)]
        self.bearerbox = child.spawn([_BEARERBOX, *words], log=log, env=_ENV, cwd=self.folder)
        child.until("bearerbox", lambda: port_is_taken(box), log=log)
        time.sleep(0.2)  # it takes its boxes a moment after it listens
        self.smsbox = child.spawn([_SMSBOX, *words], log=log, env=_ENV, cwd=self.folder)
        child.until("smsbox", lambda: port_is_taken(send), log=log)

    def stop(self) -> None:
        """Stop both in order."""
        child.end(self.smsbox)
        child.end(self.bearerbox)

    def kill(self) -> None:
        """Pull the plug of both."""
        child.kill(self.bearerbox)
        child.kill(self.smsbox)

    def revive(self) -> None:
        """Start both again, with what the store holds."""
        self.start()


def version() -> str:
    """Return what it calls itself."""
    words = [_BEARERBOX, "--version"]
    told = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    found = re.search(r"version `([\d.]+)'", told.stdout + told.stderr)
    return f"Kannel {found[1] if found else 'of unknown version'}"
