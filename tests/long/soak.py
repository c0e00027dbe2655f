"""An hour of ordinary load, watched: does memory stay flat, does any queue grow?

`python -m tests.long.soak --minutes 60 --rate 5000` prints a line a minute and writes
`bench/results/soak/soak.json` and `soak.md`. SMS come in at a steady rate, most of them for
numbers that customers hold; customers buy, poll, cancel and finish beside it; windows end; twice
the installation's clock is moved by 31 days, so that the deletion of expired messages has to work
off what came before, beside the load. Docs: docs/develop/crash-laboratory.md.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any, Final

import click
import psutil

from tests.installation import CHECKOUT, Installation
from tests.long import customers as customers_at_work
from tests.long.carrier import CODE, Carrier, Sms
from tests.long.customers import Customer, Purchase, Worker
from tests.long.inside import Inside

RESULTS: Final = CHECKOUT / "bench" / "results"
OUT: Final = RESULTS / "soak"
RATE_WITHOUT_BENCH: Final = 2_000
SAMPLE_EVERY_S: Final = 10.0
FEED_EVERY_S: Final = 0.01
AGE_DAYS: Final = 31
WARM_UP_SHARE: Final = 0.25
NUMBERS_A_MINUTE: Final = 130  # each is sold once for each of ten services; 650 are bought
JUDGED_FROM_MINUTES: Final = 10.0  # a shorter run says nothing about slopes
FLAT_SHARE, FLAT_BYTES = 0.05, 16_000_000  # growth allowed over the judged time
QUEUE_SLACK: Final = 1.5
QUEUES: Final[Mapping[str, float]] = {  # what may stand there without being called growth
    "behind_s": 1.0,
    "jobs_waiting": 20,
    "jobs_rows": 200,
    "texts_waiting": 20,
    "parts": 100,
    "connections": 5,
    "wal_bytes": 64_000_000,
    "rows_late": 50,
}
DRAIN_S_MAX: Final = 180.0
WINDOW_S: Final = 1_150.0  # a little less than a window: the last seconds are nobody's


@dataclass(slots=True)
class Plan:
    """What to do for how long."""

    minutes: float
    rate: float
    held: float  # the share of SMS for numbers that somebody holds
    pool: int  # how many activations are kept open at least
    buyers: int
    ages: Sequence[float]  # at which minutes the clock jumps

    @property
    def seconds(self) -> float:
        """Return the length of the load."""
        return self.minutes * 60

    @property
    def numbers(self) -> int:
        """Return how many numbers are needed so that the customers can buy to the end."""
        return max(2_000, round(NUMBERS_A_MINUTE * self.minutes))


@dataclass(slots=True)
class Pool:
    """Activations that are open now, as their buyers know."""

    size: int
    _open: deque[tuple[float, Purchase]] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, purchase: Purchase, pick: random.Random) -> None:
        """Note a new one."""
        del pick
        with self._lock:
            self._open.append((time.monotonic() + WINDOW_S, purchase))

    def next(self) -> Purchase | None:
        """Return one of them, each in its turn."""
        at = time.monotonic()
        with self._lock:
            while self._open:
                until, purchase = self._open.popleft()
                if at < until and not purchase.ended:
                    self._open.append((until, purchase))
                    return purchase
            return None

    def clear(self) -> None:
        """Forget all: the clock jumped past their windows."""
        with self._lock:
            self._open.clear()

    def __len__(self) -> int:
        """Return how many there are, ended ones included."""
        return len(self._open)


class Feeder:
    """Gives the carrier as many messages as are due by the plan; on a thread of its own."""

    def __init__(self, carrier: Carrier, plan: Plan, pool: Pool) -> None:
        self._carrier, self._plan, self._pool = carrier, plan, pool
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._feed, name="feeder", daemon=True)
        self._began = time.monotonic()
        self.queued = self.held = 0
        self.due = 0

    def start(self) -> None:
        """Begin."""
        self._began = time.monotonic()
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join(10)

    @property
    def behind_s(self) -> float:
        """Return by how many seconds of traffic the acknowledged ones are behind the plan."""
        return max(0.0, (self.due - self._carrier.counts.acknowledged) / self._plan.rate)

    def _feed(self) -> None:
        pick = random.Random(1)
        while not self._stop.is_set():
            self.due = int((time.monotonic() - self._began) * self._plan.rate)
            room = 1_000 - len(self._carrier.waiting)
            wanted = min(self.due - self.queued, room)
            if wanted > 0:
                self._carrier.send(*[self._sms(pick) for _ in range(wanted)])
            time.sleep(FEED_EVERY_S)

    def _sms(self, pick: random.Random) -> Sms:
        self.queued += 1
        purchase = self._pool.next() if pick.random() < self._plan.held else None
        if purchase is None:
            number = f"+4794{pick.randrange(10**6):06d}"  # nobody of ours
        else:
            self.held += 1
            number = purchase.number
        return Sms(number, f"Your code is {self.queued % 10**8:08d}", self.queued)


class Filler:
    """Buys at once whatever the pool lacks: at the start, and after the clock has jumped."""

    def __init__(self, customer: Customer, pool: Pool) -> None:
        self._customer, self._pool = customer, pool
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._fill, name="filler", daemon=True)
        self.failure: BaseException | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End. Raises what went wrong."""
        self._stop.set()
        self._thread.join(150)
        if self.failure is not None:
            raise self.failure

    def _fill(self) -> None:
        pick = random.Random(2)
        try:
            while not self._stop.is_set():
                bought = self._customer.buy(pick) if len(self._pool) < self._pool.size else None
                if bought is None:
                    self._stop.wait(0.2)
                else:
                    self._pool.add(bought, pick)
        except BaseException as failure:  # noqa: BLE001 -- the thread's edge: `stop` raises it
            self.failure = failure


@dataclass(slots=True)
class Watch:
    """Takes samples of memory and queues."""

    installation: Installation
    inside: Inside
    carrier: Carrier
    feeder: Feeder
    samples: list[dict[str, float]] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)

    def sample(self, at_s: float) -> dict[str, float]:
        """Take one and return it."""
        taken: dict[str, float] = {"at_s": round(at_s, 1)}
        for name, octets in memory(self.installation):
            taken[f"memory.{name}"] = taken.get(f"memory.{name}", 0) + octets
        taken |= {name: float(value) for name, value in self.inside.ask("sizes").items()}
        taken["rows_late"] = float(sum(self.inside.ask("late").values()))
        taken["wal_bytes"] = float(wal_bytes(self.installation))
        taken["behind_s"] = round(self.feeder.behind_s, 2)
        taken["acknowledged"] = float(self.carrier.counts.acknowledged)
        taken["throttled"] = float(self.carrier.counts.throttled)
        taken["sessions"] = float(self.carrier.counts.sessions)
        self.samples.append(taken)
        return taken


def memory(installation: Installation) -> Iterator[tuple[str, int]]:
    """Yield what each process alone holds in memory, by the name of its part."""
    state = json.loads((installation.home / "run" / "state.json").read_text())
    yield "supervisor", _own_memory(psutil.Process(state["pid"]))
    for name, pid in state["pids"].items():
        process = psutil.Process(pid)
        yield name, _own_memory(process)
        for child in process.children(recursive=True):
            part = name if name == "database" else f"{name}-workers"
            yield part, _own_memory(child)


def _own_memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().uss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0


def database_root(installation: Installation) -> Path:
    """Return where its embedded database lives."""
    pointer = installation.home / "database_place"
    if pointer.exists():
        return Path(pointer.read_text().strip())
    return installation.home / "postgresql"


def wal_bytes(installation: Installation) -> int:
    """Return the size of the write-ahead log."""
    total = 0
    for segment in (database_root(installation) / "data" / "pg_wal").iterdir():
        try:
            total += segment.stat().st_size
        except FileNotFoundError:  # just recycled
            continue
    return total


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the median of the slopes between all pairs (Theil and Sen): outliers do not count."""
    step = max(1, len(points) // 200)
    chosen = points[::step]
    slopes = [
        (after[1] - before[1]) / (after[0] - before[0])
        for place, before in enumerate(chosen)
        for after in chosen[place + 1 :]
        if after[0] > before[0]
    ]
    return statistics.median(slopes) if slopes else 0.0


def judge_memory(samples: Sequence[Mapping[str, float]]) -> dict[str, dict[str, Any]]:
    """Return for each process whether its memory was flat after the warm-up."""
    judged = _after_warm_up(samples)
    names = sorted({name for sample in judged for name in sample if name.startswith("memory.")})
    found = {}
    for name in names:
        points = [(sample["at_s"], sample[name]) for sample in judged if name in sample]
        span = points[-1][0] - points[0][0]
        middle = statistics.median(value for _, value in points)
        growth = slope(points) * span
        found[name.removeprefix("memory.")] = {
            "median_mb": round(middle / 1e6, 1),
            "first_mb": round(points[0][1] / 1e6, 1),
            "last_mb": round(points[-1][1] / 1e6, 1),
            "growth_mb": round(growth / 1e6, 2),
            "growth_mb_per_hour": round(slope(points) * 3600 / 1e6, 2),
            "flat": growth <= max(FLAT_SHARE * middle, FLAT_BYTES),
        }
    return found


def judge_queues(samples: Sequence[Mapping[str, float]]) -> dict[str, dict[str, Any]]:
    """Compare each queue's last quarter with the first after the warm-up."""
    judged = _after_warm_up(samples)
    quarter = max(1, len(judged) // 4)
    found = {}
    for name, slack in QUEUES.items():
        early = statistics.median(sample[name] for sample in judged[:quarter])
        late = statistics.median(sample[name] for sample in judged[-quarter:])
        found[name] = {
            "early": round(early, 2),
            "late": round(late, 2),
            "max": round(max(sample[name] for sample in judged), 2),
            "grows": late > max(QUEUE_SLACK * early, early + slack),
        }
    return found


def _after_warm_up(samples: Sequence[Mapping[str, float]]) -> list[Mapping[str, float]]:
    begin = samples[-1]["at_s"] * WARM_UP_SHARE
    return [sample for sample in samples if sample["at_s"] >= begin]


class Soak:
    """One run from an empty home to the verdict."""

    def __init__(self, plan: Plan, home: Path) -> None:
        self.plan = plan
        self.pool = Pool(plan.pool)
        self.latencies: list[float] = []
        self.carrier = Carrier(on_acknowledged=self._note)
        self.installation = Installation(home)
        self.stopping = threading.Event()
        self.minutes_done = 0.0

    def run(self) -> dict[str, Any]:
        """Run it and return the result."""
        self.carrier.start()
        self.carrier.write_settings(self.installation.home, enquire_s=30.0)
        self.installation.start()
        try:
            return self._loaded()
        finally:
            self._stop()

    def _stop(self) -> None:
        """Stop everything; a slow stop takes no result away."""
        try:
            self.installation.stop()
        except subprocess.TimeoutExpired:
            say("the installation does not stop in time")
            self.installation.kill()
        self.installation.remove_database()
        self.carrier.stop()

    def _note(self, sms: Sms) -> None:
        if sms.reference % 50 == 0:
            self.latencies.append(sms.acknowledged_at - sms.sent_at)

    def _loaded(self) -> dict[str, Any]:
        inside = Inside(self.installation)
        say(f"numbers added: {inside.ask('stock', first=0, count=self.plan.numbers)}")
        customers_at_work.COUNTRIES = (("NO", 174),)
        made = [
            Customer(self.installation, name=f"soak{n}", balance="500000.00")
            for n in range(self.plan.buyers + 1)
        ]
        filler = Filler(made[-1], self.pool)
        workers = [
            Worker(customer, seed=n, on_bought=self.pool.add, pause_s=0.1)
            for n, customer in enumerate(made[:-1])
        ]
        filler.start()
        while len(self.pool) < self.pool.size and filler.failure is None:
            time.sleep(0.5)
        say(f"activations open: {len(self.pool)}; the load begins")
        feeder = Feeder(self.carrier, self.plan, self.pool)
        watch = Watch(self.installation, inside, self.carrier, feeder)
        feeder.start()
        for worker in workers:
            worker.start()
        minutes = self._watch(watch, made)
        feeder.stop()
        filler.stop()
        for worker in workers:
            worker.stop()
        return self._verdict(watch, made, minutes)

    def _watch(self, watch: Watch, made: Sequence[Customer]) -> list[dict[str, Any]]:
        began = time.monotonic()
        minutes: list[dict[str, Any]] = []
        ages = deque(sorted(self.plan.ages))
        before: dict[str, float] = {"acknowledged": 0.0}
        next_minute = 60.0
        while not self.stopping.is_set():
            self.stopping.wait(SAMPLE_EVERY_S)
            at_s = time.monotonic() - began
            now = watch.sample(at_s)
            if ages and at_s >= ages[0] * 60:
                ages.popleft()
                watch.inside.ask("step", seconds=AGE_DAYS * 86_400)
                self.pool.clear()
                say(f"the clock jumped by {AGE_DAYS} days")
            if at_s >= next_minute or at_s >= self.plan.seconds:
                minutes.append(self._minute(now, before, made))
                before, next_minute = now, next_minute + 60
            if at_s >= self.plan.seconds:
                break
        self.minutes_done = (time.monotonic() - began) / 60
        return minutes

    def _minute(
        self,
        now: Mapping[str, float],
        before: Mapping[str, float],
        made: Sequence[Customer],
    ) -> dict[str, Any]:
        latencies, self.latencies = sorted(self.latencies), []
        at_s = now["at_s"]
        span = at_s - before.get("at_s", 0.0)
        calls: list[float] = []
        for customer in made:
            taken, customer.answer_times_s = customer.answer_times_s, []
            calls += taken
        minute = {
            "minute": round(at_s / 60, 1),
            "sms_per_s": round((now["acknowledged"] - before["acknowledged"]) / span),
            "p50_ms": quantile_ms(latencies, 0.5),
            "p99_ms": quantile_ms(latencies, 0.99),
            "calls_per_s": round(len(calls) / span, 1),
            "call_p99_ms": quantile_ms(sorted(calls), 0.99),
            "bought": sum(len(customer.purchases) for customer in made),
            "open": int(now["activations_open"]),
            "behind_s": now["behind_s"],
            "rows_late": int(now["rows_late"]),
            "jobs": int(now["jobs_waiting"]),
            "messages": int(now["messages_live"]),
            "deleted": int(now["messages_deleted"]),
            "database_mb": round(now["database_bytes"] / 1e6),
            "wal_mb": round(now["wal_bytes"] / 1e6),
            "connections": int(now["connections"]),
            "gateway_mb": round(now.get("memory.gateway-smpp", 0) / 1e6, 1),
            "web_mb": round(now.get("memory.web-workers", 0) / 1e6, 1),
            "jobs_mb": round(now.get("memory.jobs", 0) / 1e6, 1),
        }
        say(" ".join(f"{name}={value}" for name, value in minute.items()))
        return minute

    def _verdict(
        self, watch: Watch, made: Sequence[Customer], minutes: list[dict[str, Any]]
    ) -> dict[str, Any]:
        drained_s = self._drain(watch)
        audit = self.installation.command("audit", "--json", check=False)
        breaches = (
            [line["name"] for line in json.loads(audit.stdout) if line["breaches"]]
            if (audit.stdout.startswith("["))
            else [audit.stderr.strip() or audit.stdout.strip()]
        )
        stored, deleted = watch.inside.ask("stored", carrier=CODE), watch.inside.ask("purged")
        accounts = {str(customer.account_id): _account(watch.inside, customer) for customer in made}
        counts = self.carrier.counts
        memory_found, queues = judge_memory(watch.samples), judge_queues(watch.samples)
        long_enough = self.minutes_done >= JUDGED_FROM_MINUTES
        result = {
            "name": "soak",
            "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": {
                "cpus": os.cpu_count(),
                "memory_gb": round(psutil.virtual_memory().total / 1e9),
            },
            "minutes": round(self.minutes_done, 1),
            "rate": self.plan.rate,
            "acknowledged": counts.acknowledged,
            "stored": stored,
            "deleted": deleted,
            "throttled": counts.throttled,
            "refused": counts.refused,
            "sessions": counts.sessions,
            "bought": sum(len(customer.purchases) for customer in made),
            "calls_unanswered": sum(customer.unanswered for customer in made),
            "drained_s": round(drained_s, 1),
            "rows_late_at_end": watch.inside.ask("late"),
            "jobs_failed": int(watch.samples[-1]["jobs_failed"]),
            "audit_breaches": breaches,
            "accounts": accounts,
            "memory": memory_found,
            "queues": queues,
            "each_minute": minutes,
        }
        result["verdict"] = {
            "every acknowledged SMS was stored once": stored + deleted == counts.acknowledged,
            "audit clean": not breaches,
            "balances agree": all(one["agrees"] for one in accounts.values()),
            "queues drained": drained_s < DRAIN_S_MAX,
            "no queue grows": not any(q["grows"] for q in queues.values()) if long_enough else None,
            "memory flat": all(m["flat"] for m in memory_found.values()) if long_enough else None,
            "no job failed": result["jobs_failed"] == 0,
            "customers bought to the end": _bought_to_the_end(minutes),
        }
        watch.inside.stop()
        for customer in made:
            customer.programs.close()
        return result

    def _drain(self, watch: Watch) -> float:
        began = time.monotonic()
        while time.monotonic() - began < DRAIN_S_MAX:
            late = sum(watch.inside.ask("late").values())
            jobs = watch.inside.ask("sizes")["jobs_waiting"]
            if self.carrier.unanswered == 0 and late == 0 and jobs == 0:
                break
            time.sleep(1)
        return time.monotonic() - began


def _bought_to_the_end(minutes: Sequence[Mapping[str, Any]]) -> bool | None:
    """Tell whether something was bought in each minute; None without two minutes to compare."""
    bought = [minute["bought"] for minute in minutes]
    return all(later > earlier for earlier, later in pairwise(bought)) if bought[1:] else None


def _account(inside: Inside, customer: Customer) -> dict[str, Any]:
    """Compare the balance a customer sees with what he paid and what was given back."""
    paid = sum((p.total for p in customer.purchases.values()), Decimal())
    credited = Decimal(inside.ask("credited", account_id=customer.account_id))
    seen = customer.balance()
    expected = customer.paid_in - paid + credited
    return {"expected": str(expected), "seen": str(seen), "agrees": expected == seen}


def quantile_ms(ordered: Sequence[float], share: float) -> float:
    """Return a quantile of seconds that are in order, as milliseconds."""
    return round(ordered[int(share * (len(ordered) - 1))] * 1e3, 1) if ordered else 0.0


def summary(result: Mapping[str, Any]) -> str:
    """Return the result as a page."""
    lines = [
        "# Soak",
        "",
        _headline(result),
        "",
        "| asked | answer |",
        "|---|---|",
    ]
    words = {True: "yes", False: "**no**", None: "too short to say"}
    lines += [f"| {name} | {words[met]} |" for name, met in result["verdict"].items()]
    lines += [
        "",
        "| process | MB, median | first | last | growth MB/h | flat |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {m['median_mb']} | {m['first_mb']} | {m['last_mb']} "
        f"| {m['growth_mb_per_hour']} | {words[m['flat']]} |"
        for name, m in result["memory"].items()
    ]
    lines += ["", "| queue | early | late | most | grows |", "|---|---|---|---|---|"]
    lines += [
        f"| {name} | {q['early']:,} | {q['late']:,} | {q['max']:,} "
        f"| {'**yes**' if q['grows'] else 'no'} |"
        for name, q in result["queues"].items()
    ]
    columns = ("minute", "sms_per_s", "p50_ms", "p99_ms", "calls_per_s", "call_p99_ms", "open",
               "behind_s", "rows_late", "messages", "deleted", "database_mb")  # fmt: skip
    lines += ["", f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    lines += [f"| {' | '.join(str(one[c]) for c in columns)} |" for one in result["each_minute"]]
    return "\n".join(lines) + "\n"


def _headline(result: Mapping[str, Any]) -> str:
    return (
        f"{result['minutes']} minutes at {result['rate']:g} SMS/s asked, "
        f"{result['acknowledged']:,} acknowledged, {result['stored']:,} stored and "
        f"{result['deleted']:,} deleted when their time was over, "
        f"{result['bought']:,} numbers bought; {result['machine']['cpus']} CPUs, "
        f"generator and customers on the same machine. Made by `python -m tests.long.soak`."
    )


def asked_rate() -> float:
    """Return SOAK_RATE, or half of what the benchmark of incoming SMS measured."""
    given = os.environ.get("SOAK_RATE")
    if given:
        return float(given)
    try:
        measured = json.loads((RESULTS / "sms_in.json").read_text())
        ours = [one["median"] for one in measured["ours"].values() if one["unit"].endswith("/s")]
        return float(max(ours)) / 2
    except (OSError, ValueError, KeyError):
        say(f"no measurement of sms_in yet: {RATE_WITHOUT_BENCH} SMS/s")
        return float(RATE_WITHOUT_BENCH)


def say(text: str) -> None:
    """Print a line with the time."""
    click.echo(f"{datetime.now(UTC):%H:%M:%S} {text}")


def soak(plan: Plan, *, out: Path, keep: bool = False) -> dict[str, Any]:
    """Run a plan, write its result to `out` and return it."""
    home = Path(tempfile.mkdtemp(prefix="nummer-soak-"))
    home.chmod(0o755)
    running = Soak(plan, home)

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        running.stopping.set()

    caught = {n: signal.signal(n, ask_to_stop) for n in (signal.SIGTERM, signal.SIGINT)}
    try:
        result = running.run()
    finally:
        for number, handler in caught.items():
            signal.signal(number, handler)
        if not keep:
            shutil.rmtree(home, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    (out / "soak.json").write_text(json.dumps(result, indent=1) + "\n")
    (out / "soak.md").write_text(summary(result))
    return result


def default_plan(minutes: float, rate: float) -> Plan:
    """Return the mix that the house's soak has."""
    return Plan(
        minutes=minutes,
        rate=rate,
        held=0.8,
        pool=1_000,
        buyers=3,
        ages=(minutes * 0.1, minutes * 0.5),
    )


@click.command()
@click.option("--minutes", type=float, default=float(os.environ.get("SOAK_MINUTES", "60")))
@click.option("--rate", type=float, default=None, help="SMS a second.")
@click.option("--out", type=click.Path(path_type=Path), default=OUT)
@click.option("--keep", is_flag=True, help="Leave the installation's home where it is.")
def main(minutes: float, rate: float | None, out: Path, *, keep: bool) -> None:
    """Load an installation of its own for so many minutes and judge it."""
    plan = default_plan(minutes, rate or asked_rate())
    result = soak(plan, out=out, keep=keep)
    for name, met in result["verdict"].items():
        say(f"{'yes' if met else 'NO ' if met is False else '-- '} {name}")
    sys.exit(1 if False in result["verdict"].values() else 0)


if __name__ == "__main__":
    main()
