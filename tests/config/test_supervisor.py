"""What happens to the processes of an installation: start, death, stop."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nummer.config.processes import Trouble, lock, read_json
from nummer.config.supervisor import BACK_OFF_MAX_S, Child, Supervisor

# A child that says it is ready, starts a child of its own and notes when it is asked to stop.
SCRIPT = """
import pathlib, signal, subprocess, sys, time
folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]
own = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
def stop(*_):
    with (folder / "order").open("a") as file: file.write("stopped " + name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
with (folder / "order").open("a") as file: file.write("started " + name + "\\n")
(folder / name).write_text(str(own.pid))
time.sleep(60)
"""


def child(folder: Path, name: str) -> Child:
    def launch() -> subprocess.Popen[bytes]:
        (folder / name).unlink(missing_ok=True)
        return subprocess.Popen(
            [sys.executable, "-S", "-c", SCRIPT, str(folder), name], start_new_session=True
        )

    return Child(name=name, launch=launch, is_ready=(folder / name).exists)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """Return a supervisor that leaves nothing behind."""
    made = Supervisor(state=tmp_path / "state.json")
    yield made
    made.stop()


def until(true: Callable[[], bool], supervisor: Supervisor) -> None:
    give_up_at = time.monotonic() + 20
    while not true():
        assert time.monotonic() < give_up_at
        supervisor._tick()
        time.sleep(0.02)


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for what the kernel does in its own time, such as ending a killed process."""
    give_up_at = time.monotonic() + 10
    while not true():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return True
    return state == "Z"


def test_children_start_in_order_and_stop_in_reverse(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start([child(tmp_path, "first")])
    supervisor.start([child(tmp_path, "second")])
    supervisor.stop()
    assert (tmp_path / "order").read_text().split("\n")[:-1] == [
        "started first",
        "started second",
        "stopped second",
        "stopped first",
    ]


def test_stop_leaves_no_process_not_even_a_childs_child(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    one = child(tmp_path, "one")
    supervisor.start([one])
    assert one.process is not None
    pids = [one.process.pid, int((tmp_path / "one").read_text())]
    supervisor.stop()
    wait_until(lambda: all(is_gone(pid) for pid in pids))


def test_child_that_does_not_follow_is_ended_by_force(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    stubborn = child(tmp_path, "stubborn")
    stubborn.stop_signal, stubborn.stop_limit_s = signal.SIGCONT, 0.2
    supervisor.start([stubborn])
    assert stubborn.process is not None
    pid = stubborn.process.pid
    supervisor.stop()
    assert is_gone(pid)


def test_child_that_died_is_started_again_with_its_own_children_gone(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    one = child(tmp_path, "one")
    supervisor.start([one])
    assert one.process is not None
    pid, own = one.process.pid, int((tmp_path / "one").read_text())
    os.kill(pid, signal.SIGKILL)
    until(lambda: not one.ready, supervisor)
    wait_until(lambda: is_gone(own))
    until(lambda: one.ready, supervisor)
    assert one.process is not None
    assert one.process.pid != pid


def test_state_says_ready_only_while_every_child_is(supervisor: Supervisor, tmp_path: Path) -> None:
    one = child(tmp_path, "one")
    supervisor.start([one])
    supervisor._all_started = True
    supervisor._tick()
    assert read_json(supervisor.state)["ready"] is True
    assert one.process is not None
    os.kill(one.process.pid, signal.SIGKILL)
    until(lambda: one.process is None, supervisor)
    assert read_json(supervisor.state) == {
        "children": {"one": False},
        "pid": os.getpid(),
        "pids": {},
        "ready": False,
    }


def test_child_that_cannot_be_started_for_hours_is_started_when_it_can(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    one = child(tmp_path, "one")
    supervisor.start([one])
    launch = one.launch

    def no_space() -> subprocess.Popen[bytes]:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    one.launch = no_space
    assert one.process is not None
    os.kill(one.process.pid, signal.SIGKILL)
    until(lambda: one.failed_starts > 1, supervisor)
    one.failed_starts = 5_000  # as after two days
    one.start_again_at = 0.0
    supervisor._tick()
    assert 0 < one.start_again_at - time.monotonic() <= BACK_OFF_MAX_S
    one.launch, one.start_again_at = launch, 0.0
    until(lambda: one.ready, supervisor)


def test_state_that_cannot_be_written_stops_nothing(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = child(tmp_path, "one")

    def no_space(path: Path, content: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr("nummer.config.supervisor.write_json", no_space)
        supervisor.start([one])
    supervisor._tick()
    assert read_json(supervisor.state)["children"] == {"one": True}


def test_child_that_never_comes_up_ends_the_start(supervisor: Supervisor) -> None:
    def launch() -> subprocess.Popen[bytes]:
        return subprocess.Popen(["/bin/false"], start_new_session=True)

    with pytest.raises(Trouble, match="'broken' does not start"):
        supervisor.start([Child(name="broken", launch=launch, is_ready=lambda: False)])


def test_step_that_fails_ends_the_start(supervisor: Supervisor) -> None:
    def launch() -> subprocess.Popen[bytes]:
        return subprocess.Popen(["/bin/false"], start_new_session=True)

    with pytest.raises(Trouble, match="'tables' failed"):
        supervisor.finish("tables", launch)


def test_signal_during_the_start_stops_what_has_started(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    one = child(tmp_path, "one")
    pids = []

    def never() -> bool:
        if (tmp_path / "one").exists():
            assert one.process is not None
            pids.append(one.process.pid)
            os.kill(os.getpid(), signal.SIGTERM)
        return False

    waiting = child(tmp_path, "two")
    waiting.is_ready = never
    with supervisor.listening_to_signals():
        supervisor.start([one, waiting])
        raise AssertionError("the start went on")
    assert all(is_gone(pid) for pid in pids)
    assert not supervisor.state.exists()


def test_nothing_survives_the_kill_of_the_supervisor(tmp_path: Path) -> None:
    script = f"""
    import pathlib, signal, subprocess, sys
    from nummer.config.processes import dies_with_parent
    from nummer.config.supervisor import BACK_OFF_MAX_S, Child, Supervisor
    folder = pathlib.Path({str(tmp_path)!r})
    def launch():
        return subprocess.Popen(
            [sys.executable, "-S", "-c", {SCRIPT!r}, str(folder), "one"],
            start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGTERM),
        )
    supervisor = Supervisor(state=folder / "state.json")
    one = Child(name="one", launch=launch, is_ready=(folder / "one").exists)
    supervisor.start([one])
    print("pid", one.process.pid, flush=True)
    supervisor.watch()
    """
    killed = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert killed.stdout is not None
    pid = next(int(line.split()[1]) for line in killed.stdout if line.startswith(b"pid "))
    killed.kill()
    killed.wait(10)
    killed.stdout.close()
    wait_until(lambda: is_gone(pid))
    os.kill(int((tmp_path / "one").read_text()), signal.SIGKILL)  # no child of ours does this


def test_home_is_locked_for_one_and_free_when_it_dies(tmp_path: Path) -> None:
    held = lock(tmp_path / "lock")
    assert held is not None
    assert lock(tmp_path / "lock") is None
    held.close()
    again = lock(tmp_path / "lock")
    assert again is not None
    again.close()
