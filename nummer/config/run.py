"""`nummer run`: everything that one installation consists of, started in order."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import click
import structlog

from nummer.config import child as entries
from nummer.config import logs, metrics
from nummer.config.env import Environment, child_environment
from nummer.config.health import STATE
from nummer.config.identity import operator_file, read_operator
from nummer.config.postgres import START_LIMIT_S, STOP_LIMIT_S, EmbeddedServer
from nummer.config.processes import (
    Trouble,
    dies_with_parent,
    lock,
    port_is_taken,
    read_json,
)
from nummer.config.supervisor import Child, Supervisor

LOCK_FILE: Final = "lock"
# Their database is going down with them, so there is nothing left that they could finish.
LEFTOVERS_S: Final = 5.0
GATEWAYS: Final = (
    "gateway-smpp",
    "gateway-mail",
)  # after jobs and the sandbox, whose port it needs

_log = structlog.get_logger(__name__)


def run(env: Environment) -> None:
    """Run the installation until SIGTERM or SIGINT; no process is left behind. Raises Trouble."""
    logs.configure({})
    logs.bind_process("supervisor")
    _check_settings(env)
    with _alone(env):
        _check_ports(env)
        _forget_last_run(env.run)
        supervisor = Supervisor(state=env.run / STATE)
        with supervisor.listening_to_signals():
            _start(env, supervisor)
            _say_ready(env)
            supervisor.watch()


def migrate(env: Environment) -> None:
    """Bring the tables to this release and stop again. Raises Trouble."""
    logs.configure({})
    logs.bind_process("supervisor")
    if wrong := _wrong_with_operator(env):
        raise Trouble(f"{wrong[0]}.")
    with _alone(env):
        supervisor = Supervisor(state=env.run / STATE)
        with supervisor.listening_to_signals():
            if env.database_url is None:
                supervisor.start([_database(env)])
            supervisor.finish("tables", _launch(env, "setup-tables", {"NUMMER_AS_OWNER": "1"}))


def run_database(env: Environment) -> None:
    """Run the embedded database alone until SIGTERM or SIGINT, to restore it. Raises Trouble."""
    logs.configure({})
    logs.bind_process("supervisor")
    if env.database_url is not None:
        raise Trouble("NUMMER_DATABASE_URL names a server of your own; there is none to run here.")
    with _alone(env):
        supervisor = Supervisor(state=env.run / STATE)
        with supervisor.listening_to_signals():
            supervisor.start([_database(env)])
            click.echo(f"The database runs; {env.secrets / 'database_url'} is the way in.")
            supervisor.watch()


@contextlib.contextmanager
def _alone(env: Environment) -> Iterator[None]:
    """Hold the home's lock, and end what a killed supervisor left in it. Raises Trouble."""
    env.home.mkdir(parents=True, exist_ok=True)
    held = lock(env.home / LOCK_FILE)
    if held is None:
        raise Trouble(
            f"Nummer runs already with the home {env.home}. Stop it first, or choose another "
            f"home and other ports: NUMMER_HOME, NUMMER_PORT, NUMMER_SMPP_PORT, NUMMER_MAIL_PORT."
        )
    with held:
        _end_leftovers(env.run)
        yield


def _start(env: Environment, supervisor: Supervisor) -> None:
    if env.database_url is None:
        supervisor.start([_database(env)])
    supervisor.finish("tables", _launch(env, "setup-tables", {"NUMMER_AS_OWNER": "1"}))
    supervisor.finish("content", _launch(env, "setup-content"))
    outside = ["sandbox"] if env.mode == "sandbox" else []
    supervisor.start([_ordinary(env, name) for name in (*outside, "metrics", "jobs")])
    gateways = [name for name in GATEWAYS if entries.is_built(name) and _is_wanted(env, name)]
    supervisor.start([*(_ordinary(env, name) for name in gateways), _web(env)])


def _is_wanted(env: Environment, name: str) -> bool:
    return name != "gateway-mail" or env.takes_mail


def _database(env: Environment) -> Child:
    server = EmbeddedServer(home=env.home)
    return Child(
        name="database",
        launch=server.launch,
        is_ready=server.is_ready,
        stop_signal=signal.SIGINT,
        start_limit_s=START_LIMIT_S,
        stop_limit_s=STOP_LIMIT_S,
    )


def _ordinary(env: Environment, name: str) -> Child:
    announced = env.run / f"{name}.json"
    launch = _launch(env, name)

    def launch_anew() -> subprocess.Popen[bytes]:
        announced.unlink(missing_ok=True)
        return launch()

    return Child(name=name, launch=launch_anew, is_ready=announced.exists)


def _web(env: Environment) -> Child:
    return Child(name="web", launch=_launch(env, "web"), is_ready=lambda: _answers(env.port))


def _answers(port: int) -> bool:
    """Tell whether our page of health answers at all; it says 503 until everything is ready."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        link.request("GET", "/healthz")
        return link.getresponse().status in (200, 503)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()


def _launch(
    env: Environment, name: str, extra: Mapping[str, str] | None = None
) -> Callable[[], subprocess.Popen[bytes]]:
    def launch() -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 -- our own interpreter and words
            [sys.executable, "-m", entries.__name__, name],
            env=child_environment(
                {
                    "DJANGO_SETTINGS_MODULE": "nummer.config.settings",
                    "PROMETHEUS_MULTIPROC_DIR": str(env.run / "metrics"),
                    **(extra or {}),
                }
            ),
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509 -- we have one thread
        )

    return launch


def _end_leftovers(run_folder: Path) -> None:
    """End what a killed supervisor left: the kernel has told them to stop, some may still do so.

    We hold the home's lock, so these processes have no supervisor any more.
    """
    left = [pid for pid in read_json(run_folder / STATE).get("pids", {}).values() if _is_ours(pid)]
    for number, limit_s in ((signal.SIGTERM, LEFTOVERS_S), (signal.SIGKILL, 5.0)):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        give_up_at = time.monotonic() + limit_s
        while any(_is_ours(pid) for pid in left) and time.monotonic() < give_up_at:
            time.sleep(0.05)


def _is_ours(pid: int) -> bool:
    """Tell whether a number still names one of our processes, and not a stranger's since."""
    try:
        return entries.__name__.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _check_settings(env: Environment) -> None:
    if not __debug__:
        raise Trouble("Start Nummer without -O and PYTHONOPTIMIZE: its assertions are its guards.")
    missing = [name for name, value in env.needed_in_production().items() if not value]
    wrong = _wrong_with_operator(env)
    if env.mode == "production" and missing:
        wrong.insert(0, f"NUMMER_MODE=production needs {' and '.join(missing)}")
    if wrong:
        raise Trouble(f"{'. '.join(wrong)}.")


def _wrong_with_operator(env: Environment) -> list[str]:
    try:
        read_operator(operator_file(env))
    except ValueError as reason:
        return [str(reason)]
    return []


def _check_ports(env: Environment) -> None:
    for variable, port in (
        ("NUMMER_PORT", env.port),
        ("NUMMER_SMPP_PORT", env.smpp_port),
        ("NUMMER_MAIL_PORT", env.mail_port),
        ("NUMMER_LMTP_PORT", env.lmtp_port),
    ):
        if port is not None and port_is_taken(port):
            raise Trouble(
                f"Another program listens on port {port}. End it, or choose another port "
                f"with {variable}."
            )


def _forget_last_run(run_folder: Path) -> None:
    run_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in run_folder.glob("*.json"):
        left.unlink()
    metrics.forget(run_folder / "metrics")


def _say_ready(env: Environment) -> None:
    _log.info("ready", port=env.port)
    click.echo(f"Nummer is ready: {env.public_url}/")
    if env.mode == "sandbox":
        click.echo(f"Codes, mails and the simulated carrier: {env.public_url}/sandbox/")
    click.echo("Ctrl-C stops it; everything is kept.")


def announced(run_folder: Path, name: str) -> dict[str, object]:
    """Return what a process of the running installation announced, such as its ports."""
    return read_json(run_folder / f"{name}.json")
