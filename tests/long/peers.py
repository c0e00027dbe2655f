"""Kannel and Jasmin beside our gateway: each as its makers ship it, on loopback, in its own folder.

Kannel is a customer's gateway. Jasmin is both at once: a customer's gateway that binds to us, and a
carrier whose SMPP server we bind to, with an SMSC of others behind it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import Popen
from typing import Any, Final

from bench import child, sender
from bench.cluster import Cluster
from bench.jasmin import Jasmin
from nummer.config.processes import free_port, port_is_taken
from tests.installation import CHECKOUT

SHORT_NAME, SHORT_PASSWORD = 15, 8  # what SMPP 3.4 gives system_id and password
INSTALL_S_MAX: Final = 900.0


def install() -> None:
    """Install what the benchmarks compare us with, which takes a second where it is there.

    Raises CalledProcessError: a peer that is missing is no reason to call a test done.
    """
    script = CHECKOUT / "bench" / "peers.sh"
    subprocess.run(["sh", str(script)], check=True, timeout=INSTALL_S_MAX)


# -- where their callbacks end ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """One callback: its path and what it says, from the address or from the form in its body."""

    path: str
    said: Mapping[str, str]


class Callbacks:
    """Listens for callbacks; Jasmin wants to hear a word of its own, Kannel would text it back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[Call] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._came))
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def of(self, path: str) -> list[Call]:
        """Return what came to a path, in its order."""
        with self._lock:
            return [call for call in self._calls if call.path == path]

    def stop(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()

    def _came(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)


def _handler(came: Callable[[Call], None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._take(b"")

        def do_POST(self) -> None:
            self._take(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        def _take(self, body: bytes) -> None:
            way = urllib.parse.urlsplit(self.path)
            said = urllib.parse.parse_qsl(way.query, keep_blank_values=True, encoding="latin-1")
            said += urllib.parse.parse_qsl(body.decode("latin-1"), keep_blank_values=True)
            came(Call(way.path, dict(said)))
            answer = b"ACK/Jasmin" if way.path.startswith("/jasmin") else b""
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 -- http.server's name
            pass

    return Handler


@contextmanager
def callbacks() -> Iterator[Callbacks]:
    """Listen until the block ends."""
    sink = Callbacks()
    try:
        yield sink
    finally:
        sink.stop()


# -- our side --------------------------------------------------------------------------------------


def settle_in(cluster: Cluster) -> str:
    """Make the customer, who holds a number, and return a key of his. Raises RuntimeError."""
    sender.settle_in(cluster)
    asked = {"account": sender.ACCOUNT, "ours": f"+{sender.OURS_DIGITS}"}
    with cluster.connect() as link:
        for statement in _STATEMENTS:
            link.execute(statement, asked)
    environment = {
        "PATH": os.defpath,
        "NUMMER_HOME": str(cluster.home),
        "NUMMER_DATABASE_URL": cluster.url,
        "NUMMER_MODE": "production",
    }
    made = subprocess.run(
        [sys.executable, "-m", "tests.long.peers"],
        env=environment,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise RuntimeError(made.stderr[-2000:])
    return str(json.loads(made.stdout)["key"])


_STATEMENTS: Final = (
    """
INSERT INTO leases_holding (account_id, id, lease_id, number_id, e164, from_at)
SELECT account_id, id, id, number_id, e164, activated_at FROM leases_lease
 WHERE account_id = %(account)s AND e164 = %(ours)s""",
    # Germany lies behind the other carrier.
    """
INSERT INTO catalogue_smsrate (id, currency, local, prefix, net_micro, from_at, reason)
SELECT md5('49' || id::text)::uuid, currency, local, '49', net_micro, from_at, reason
  FROM catalogue_smsrate WHERE prefix = '47' AND %(account)s > 0""",
    """
INSERT INTO catalogue_smscost (id, carrier, prefix, destination, currency, cost_micro, from_at,
       reason)
SELECT md5('49' || id::text)::uuid, 'jasmin', '49', 'Germany', currency, cost_micro, from_at, reason
  FROM catalogue_smscost WHERE prefix = '47' AND %(account)s > 0""",
    """
INSERT INTO catalogue_smsroute (id, carrier, supplier, prefix, enabled, priority, throughput_per_s)
SELECT md5('49' || id::text)::uuid, 'jasmin', 'jasmin', '49', enabled, priority, throughput_per_s
  FROM catalogue_smsroute WHERE prefix = '47' AND %(account)s > 0""",
)
NPM_CARRIER: Final = """\
[[carrier]]
code = "bench"
host = "127.0.0.1"
port = {port}
system_id = "nummer"
password = "secret"
window = 10
tls = false
"""


def jasmin_carrier(port: int) -> str:
    """Return what carriers.toml says of Jasmin's SMPP server."""
    return NPM_CARRIER.format(port=port).replace('"bench"', '"jasmin"')


# -- Kannel ----------------------------------------------------------------------------------------

_KANNEL: Final = """\
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = peer
smsbox-port = {box}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
log-file = {folder}/bearerbox.log
log-level = 0
store-type = file
store-location = {folder}/store
store-dump-freq = 1

{binds}
group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {send}
sendsms-interface = 127.0.0.1
log-file = {folder}/smsbox.log
log-level = 0

group = sms-service
keyword = default
get-url = "http://127.0.0.1:{sink}/kannel?from=%p&to=%P&coding=%c&octets=%b&charset=%C"
max-messages = 0
omit-empty = true
catch-all = true

group = sendsms-user
username = peer
password = peer
max-messages = 10
concatenation = true
"""
_BIND: Final = """\
group = smsc
smsc = smpp
smsc-id = nummer
host = 127.0.0.1
{way}
smsc-username = {name}
smsc-password = {password}
system-type = VMA
reconnect-delay = 1

"""
_KANNEL_ENV: Final = {"PATH": "/usr/sbin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


@dataclass(slots=True)
class Kannel:
    """A customer's Kannel: texts go in at its HTTP door and come out at our SMPP server.

    With `apart` it binds twice, to send and to receive.
    """

    folder: Path
    smpp_port: int
    sink_port: int
    name: str
    password: str = field(repr=False)
    apart: bool = False
    send_port: int = 0
    processes: list[Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Start bearerbox and smsbox. Raises RuntimeError."""
        self.folder.mkdir(exist_ok=True)
        box = free_port()
        self.send_port = free_port()
        port = self.smpp_port
        ways = [f"port = {port}", f"receive-port = {port}"]
        if not self.apart:
            ways = [f"port = {port}\ntransceiver-mode = true"]
        conf = self.folder / "kannel.conf"
        conf.write_text(
            _KANNEL.format(
                admin=free_port(),
                box=box,
                send=self.send_port,
                folder=self.folder,
                binds="".join(self._bind(way) for way in ways),
                sink=self.sink_port,
            )
        )
        log = self.folder / "start.log"
        for program, ready in (("bearerbox", box), ("smsbox", self.send_port)):
            words = [f"/usr/sbin/{program}", "-v", "0", str(conf)]
            self.processes.append(child.spawn(words, log=log, env=_KANNEL_ENV, cwd=self.folder))
            child.until(program, partial(port_is_taken, ready), log=log)
            time.sleep(0.2)  # it takes its boxes a moment after it listens

    def _bind(self, way: str) -> str:
        name, password = self.name[:SHORT_NAME], self.password[:SHORT_PASSWORD]
        return _BIND.format(way=way, name=name, password=password)

    def stop(self) -> None:
        """Stop both in order."""
        while self.processes:
            child.end(self.processes.pop())

    def send(self, text: str, *, to: str, serial: str, wide: bool = False) -> None:
        """Hand a text in; what becomes of it is called back to /kannel-receipt.

        Raises HTTPError where it does not take it.
        """
        told = f"http://127.0.0.1:{self.sink_port}/kannel-receipt?serial={serial}&kind=%d"
        asked = {
            "username": "peer",
            "password": "peer",
            "from": sender.OURS_DIGITS,
            "to": to,
            "text": text,
            "charset": "utf-8",
            "coding": "2" if wide else "0",
            "dlr-mask": "3",  # delivered, or not
            "dlr-url": told,
        }
        _get(self.send_port, "/cgi-bin/sendsms", asked)


def kannel_text(call: Call) -> str:
    """Return the text of an SMS that Kannel calls back."""
    octets = call.said["octets"].encode("latin-1")
    return octets.decode("utf-16-be" if call.said["coding"] == "2" else "utf-8")


# -- Jasmin ----------------------------------------------------------------------------------------


# After these answers it tries again; by default half a minute to three minutes later.
_AGAIN: Final = {
    status: {"count": 20, "delay": 1}
    for status in ("ESME_RSYSERR", "ESME_RTHROTTLED", "ESME_RMSGQFUL")
}


_THROWN_AWAY: Final = re.compile(r"Rejecting SubmitSmPDU\[([0-9a-f-]{36})\]")
_RECEIPT_ID: Final = re.compile(r"unknown message id: ([0-9a-f]{32}) ")


@dataclass(slots=True)
class Neighbour(Jasmin):
    """Jasmin as a customer's gateway towards us and as our carrier, with an SMSC behind it.

    Here `carrier_port` is that SMSC's; `our_port` is where customers bind to us.
    """

    our_port: int = 0
    name_at_ours: str = ""
    password_at_ours: str = field(default="", repr=False)
    smpp_port: int = 0  # where we bind to it
    named: dict[str, str] = field(default_factory=dict)  # its ids of what it took, with our serials

    def start(self) -> None:
        """Start everything, its SMPP server on the port that was given. Raises RuntimeError."""
        wanted = self.smpp_port
        Jasmin.start(self)  # a class with slots has no `super`
        assert self.ports["smpp"] == wanted, "it listens where our gateway was told"

    def send(self, text: str, *, to: str, serial: str, wide: bool = False) -> str:
        """Hand a text in at its HTTP door and return its answer; receipts go to /jasmin-receipt."""
        octets = text.encode("utf-16-be" if wide else "ascii")
        asked = {
            "username": "program",
            "password": "program",
            "from": sender.OURS_DIGITS,
            "to": to,
            "hex-content": octets.hex(),
            "coding": "8" if wide else "0",
            "dlr": "yes",
            "dlr-level": "2",
            "dlr-method": "GET",
            "dlr-url": f"http://127.0.0.1:{self.sink_port}/jasmin-receipt/{serial}",
        }
        said = _get(self.ports["http"], "/send", asked)
        if said.startswith("Success"):
            self.named[said.split('"')[1]] = serial
        return said

    def thrown_away(self) -> set[str]:
        """Return the serials of texts that it lost by itself, as its log says.

        0.11.1 drops what it has under way when a bind ends: it cancels it, and then rejects it "for
        an unknown error" (onPDURequest_unbind, submit_sm_callback).
        """
        said = (self.folder / "log" / "sm-listener.log").read_text()
        return {self.named[key] for key in _THROWN_AWAY.findall(said) if key in self.named}

    def _configuration(self) -> Iterator[str]:
        self.ports["smpp"] = self.smpp_port
        for line in Jasmin._configuration(self):
            yield line
            if line == "[http-api]":
                yield "long_content_split = sar"  # Kannel does it by user data header
            if line == "[sm-listener]":
                yield f"submit_error_retrial = {_AGAIN!r}"

    def _lessons(self) -> list[list[str]]:
        patient = ["submit_throughput 0", "con_fail_delay 1", "con_loss_delay 1", "requeue_delay 1"]
        return [
            [
                "smppccm -a", "cid ours", "host 127.0.0.1", f"port {self.our_port}",
                f"username {self.name_at_ours[:SHORT_NAME]}",
                f"password {self.password_at_ours[:SHORT_PASSWORD]}", "bind transceiver",
                *patient, "ok",
            ],
            [
                "smppccm -a", "cid behind", "host 127.0.0.1", f"port {self.carrier_port}",
                "username jasmin", "password secret", "bind transceiver", *patient, "ok",
            ],
            [
                "httpccm -a", "cid sink", f"url http://127.0.0.1:{self.sink_port}/jasmin",
                "method POST", "ok",
            ],
            ["group -a", "gid all", "ok"],
            ["user -a", "username program", "password program", "gid all", "uid program", "ok"],
            ["user -a", "username nummer", "password secret", "gid all", "uid nummer", "ok"],
            ["filter -a", "type UserFilter", "uid program", "fid program", "ok"],
            ["filter -a", "type ConnectorFilter", "cid ours", "fid fromours", "ok"],
            ["mtrouter -a", "type DefaultRoute", "connector smppc(behind)", "rate 0.0", "ok"],
            [
                "mtrouter -a", "order 10", "type StaticMTRoute", "filters program",
                "connector smppc(ours)", "rate 0.0", "ok",
            ],
            ["morouter -a", "type DefaultRoute", "connector smpps(nummer)", "ok"],
            [
                "morouter -a", "order 10", "type StaticMORoute", "filters fromours",
                "connector http(sink)", "ok",
            ],
            ["smppccm -1 behind"],
            ["smppccm -1 ours"],
            ["persist"],
        ]  # fmt: skip

    def told_of(self) -> set[str]:
        """Return the ids in the receipts that it got as a customer's gateway, as it read them."""
        return set(_RECEIPT_ID.findall((self.folder / "log" / "dlr.log").read_text()))


def jasmin_text(call: Call) -> str:
    """Return the text of an SMS that Jasmin calls back."""
    octets = bytes.fromhex(call.said["binary"])
    wide = call.said["coding"] in ("8", "\x08")
    return octets.decode("utf-16-be" if wide else "ascii")


def _get(port: int, path: str, asked: Mapping[str, Any]) -> str:
    address = f"http://127.0.0.1:{port}{path}?{urllib.parse.urlencode(asked)}"
    with urllib.request.urlopen(address, timeout=30) as answer:
        return str(answer.read().decode())


def main() -> None:
    """Make a key for the customer: of its secret, SMPP's field holds the first 8 characters."""
    from nummer.config.env import use_settings

    use_settings()
    import django

    django.setup()
    from nummer.apps.accounts import actions as accounts
    from nummer.kernel import clock

    key = accounts.add_key(sender.ACCOUNT, label="peer", now=clock.now())
    json.dump({"key": key.secret}, sys.stdout)


if __name__ == "__main__":
    main()
