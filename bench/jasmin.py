"""Jasmin with a RabbitMQ and a Redis of its own, all on loopback, logging warnings only.

The thrower of callbacks is a process of its own, as its documentation recommends.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Final

from bench import child
from nummer.config.processes import free_port, port_is_taken

VERSION: Final = "Jasmin 0.11.1"
_RABBITMQ: Final = "/usr/lib/rabbitmq/bin/rabbitmq-server"
_EPMD: Final = "epmd"
_WELCOME: Final = (b"Session ref: ",)  # its first prompt comes only with the first answer
_PROMPTS: Final = (b"jcli : ", b"> ")
_LOGGED: Final = (
    "amqp-broker", "redis-client", "jcli", "http-api", "service-smppclient", "smpp-server",
    "smpp-server-pb", "router", "deliversm-thrower", "dlr-thrower", "client-management",
    "sm-listener", "dlr",
)  # fmt: skip


def cache() -> Path:
    """Return the folder where bench/peers.sh puts Jasmin."""
    told = os.environ.get("XDG_CACHE_HOME")  # noqa: TID251 -- no setting of the platform
    return (Path(told) if told else Path.home() / ".cache") / "nummer-bench"


@dataclass(slots=True)
class Jasmin:
    """Its five processes; `jasmind` speaks SMPP, `deliversmd` calls back."""

    folder: Path
    carrier_port: int
    sink_port: int
    sending: bool = False  # its SMPP server takes texts, too
    ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, Popen[bytes]] = field(default_factory=dict)

    @property
    def pids(self) -> list[int]:
        """Return the processes whose time counts: its own, the broker's and Redis'."""
        return [process.pid for process in self.processes.values()]

    def start(self) -> None:
        """Start everything and tell it of the carrier and the sink. Raises RuntimeError."""
        if not (cache() / f"jasmin-{VERSION.split()[1]}.ready").exists():
            raise RuntimeError("Jasmin is not installed; bench/peers.sh does that")
        self.folder.mkdir(exist_ok=True)
        names = ("amqp", "dist", "epmd", "redis", "jcli", "http", "smpp", "smpp-pb", "router", "cm")
        self.ports = {name: free_port() for name in names}
        (self.folder / "jasmin.cfg").write_text("\n".join(self._configuration()))
        self._unlock()  # what a killed run of before left
        self.start_stores()
        self.start_gateway()
        self._teach([*self._lessons(), *(_SENDING if self.sending else ())])

    def stop(self) -> None:
        """Stop everything, the stores last."""
        for name in ("deliversmd", "jasmind", "redis", "rabbitmq", "epmd"):
            child.end(self.processes.pop(name, None))

    def kill(self) -> None:
        """Pull the plug of Jasmin's own processes, and remove the locks they leave."""
        for name in ("jasmind", "deliversmd"):
            child.kill(self.processes.pop(name, None))
        self._unlock()

    def _unlock(self) -> None:
        """Remove the two locks, each of which is one file under two names."""
        folder = Path("/tmp")  # noqa: S108 -- where Jasmin has them
        locks = [folder / "jasmind.lock", folder / f"deliversmd-{self.name}.lock"]
        held = {lock.stat().st_ino for lock in locks if lock.exists()}
        for file in folder.iterdir():
            with suppress(FileNotFoundError):
                if file.is_file() and file.stat().st_ino in held:
                    file.unlink()

    def revive(self) -> None:
        """Start them again; they know the carrier and the sink from what was persisted."""
        self.start_gateway()
        self._teach([["smppccm -1 bench"]])

    @property
    def name(self) -> str:
        """What its locks are called."""
        return f"bench{self.ports['jcli']}"

    # -- the parts -----------------------------------------------------------------------------

    def start_stores(self) -> None:
        """Start RabbitMQ and Redis."""
        log = self.folder / "stores.log"
        env = self._rabbitmq_environment()
        self.processes["epmd"] = child.spawn(
            [_EPMD, "-address", "127.0.0.1", "-port", str(self.ports["epmd"])], log=log, env=env
        )
        child.until("epmd", lambda: port_is_taken(self.ports["epmd"]), log=log)
        self.processes["rabbitmq"] = child.spawn([_RABBITMQ], log=log, env=env)
        self.processes["redis"] = child.spawn(
            [
                "redis-server",
                *("--bind", "127.0.0.1"),
                *("--port", str(self.ports["redis"])),
                *("--dir", str(self.folder)),
            ],
            log=log,
            env={"PATH": "/usr/bin:/bin"},
        )
        child.until("RabbitMQ", lambda: _takes_amqp(self.ports["amqp"]), log=log)
        child.until("Redis", lambda: port_is_taken(self.ports["redis"]), log=log)

    def start_gateway(self) -> None:
        """Start Jasmin's own processes."""
        log = self.folder / "jasmin.out"
        python = str(cache() / "jasmin" / "bin" / "python")
        scripts = cache() / "jasmin" / "bin"
        environment = self._environment()
        config = ["-c", str(self.folder / "jasmin.cfg")]
        for name, words in {
            "jasmind": [
                str(scripts / "jasmind.py"),
                *config,
                *("-u", "admin"),
                *("-p", "bench"),
                "--enable-dlr-lookup",
                "--enable-dlr-thrower",
            ],
            "deliversmd": [str(scripts / "deliversmd.py"), *config, "-i", self.name],
        }.items():
            self.processes[name] = child.spawn(
                [python, *words], log=log, env=environment, cwd=self.folder
            )
            if name == "jasmind":
                child.until("jasmind", lambda: port_is_taken(self.ports["jcli"]), log=log)

    def _rabbitmq_environment(self) -> Mapping[str, str]:
        folder = self.folder / "rabbitmq"
        folder.mkdir(exist_ok=True)
        (folder / "rabbitmq.conf").write_text("log.console.level = warning\n")
        return {
            "PATH": "/usr/sbin:/usr/bin:/bin",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "RABBITMQ_NODENAME": f"bench{self.ports['amqp']}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.ports["amqp"]),
            "RABBITMQ_DIST_PORT": str(self.ports["dist"]),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ("-kernel inet_dist_use_interface {127,0,0,1}"),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self.ports["epmd"]),
        }

    def _environment(self) -> Mapping[str, str]:
        log, store = self.folder / "log", self.folder / "store"
        log.mkdir(exist_ok=True)
        store.mkdir(exist_ok=True)
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "ROOT_PATH": str(self.folder),
            "CONFIG_PATH": str(cache()),
            "RESOURCE_PATH": str(cache() / "resource"),
            "STORE_PATH": str(store),
            "LOG_PATH": str(log),
        }

    def _configuration(self) -> Iterator[str]:
        ports = self.ports
        own: dict[str, dict[str, object]] = {
            "amqp-broker": {"port": ports["amqp"], "spec": cache() / "resource/amqp0-9-1.xml"},
            "redis-client": {"port": ports["redis"]},
            "jcli": {"port": ports["jcli"], "authentication": "no"},
            "http-api": {"bind": "127.0.0.1", "port": ports["http"]},
            "smpp-server": {"bind": "127.0.0.1", "port": ports["smpp"]},
            "smpp-server-pb": {"bind": "127.0.0.1", "port": ports["smpp-pb"]},
            "smpp-server-pb-client": {"port": ports["smpp-pb"]},
            # by default it waits 30 s before it calls again; the rounds are shorter
            "deliversm-thrower": {"retry_delay": 1},
            "router": {"bind": "127.0.0.1", "port": ports["router"]},
            "client-management": {"bind": "127.0.0.1", "port": ports["cm"]},
        }
        for section in dict.fromkeys((*own, *_LOGGED)):
            yield f"[{section}]"
            if section in _LOGGED:
                yield "log_level = WARNING"
                yield f"log_file = {self.folder}/log/{section}.log"
            yield from (f"{name} = {value}" for name, value in own.get(section, {}).items())

    def _teach(self, lessons: list[list[str]]) -> None:
        """Say in its console who the carrier is and where messages go."""
        with socket.create_connection(("127.0.0.1", self.ports["jcli"]), timeout=20) as link:
            _hear(link, _WELCOME)
            for lines in lessons:
                for line in lines:
                    link.sendall(line.encode() + b"\r\n")
                    _hear(link, _PROMPTS)

    def _lessons(self) -> list[list[str]]:
        return [
            [
                "smppccm -a", "cid bench", "host 127.0.0.1", f"port {self.carrier_port}",
                "username bench", "password bench", "bind transceiver", "submit_throughput 0",
                "con_fail_delay 1", "con_loss_delay 1", "ok",
            ],
            [
                "httpccm -a", "cid sink", f"url http://127.0.0.1:{self.sink_port}/jasmin",
                "method POST", "ok",
            ],
            ["morouter -a", "type DefaultRoute", "connector http(sink)", "ok"],
            ["smppccm -1 bench"],
            ["persist"],
        ]  # fmt: skip


_SENDING: Final = (
    ["group -a", "gid bench", "ok"],
    ["user -a", "username bench", "password bench", "gid bench", "uid bench", "ok"],
    ["mtrouter -a", "type DefaultRoute", "connector smppc(bench)", "rate 0.0", "ok"],
    ["persist"],
)


def store_versions() -> list[str]:
    """Return what its stores call themselves."""
    redis = _told(["redis-server", "--version"], r"v=([\d.]+)")
    rabbit = Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*")
    numbers = [folder.name.partition("-")[2] for folder in rabbit]
    return [f"RabbitMQ {', '.join(numbers)}", f"Redis {redis}"]


def _told(words: list[str], form: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    found = re.search(form, done.stdout)
    return found[1] if found else "unknown"


def _hear(link: socket.socket, awaited: tuple[bytes, ...]) -> None:
    """Read until the console has said one of these."""
    heard = b""
    while not any(words in heard for words in awaited):
        more = link.recv(4096)
        if not more:
            raise RuntimeError("Jasmin's console hung up")
        heard += more


def _takes_amqp(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as link:
            link.settimeout(2)
            link.sendall(b"AMQP\x00\x00\x09\x01")
            return bool(link.recv(8))
    except OSError:
        return False


if __name__ == "__main__":
    sys.stdout.write(f"{cache()}\n")
