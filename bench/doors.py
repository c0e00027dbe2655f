"""Whether the time of an answer tells a stranger who has an account (hostile 37).

`python -m bench.doors COUNT`, in the environment of an installation, makes customers who confirmed
their addresses; none of them has signed in.
"""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from statistics import median
from typing import Any, Final
from urllib.parse import urlencode

from bench.cluster import Cluster, durable_cluster, machine
from bench.harness import Bar, CountError, Measure, Report, Workload, in_turns, progress
from bench.visitors import PASSWORD, signed_up
from bench.web import Web, environment
from nummer.config.env import use_settings

SECONDS: Final = 20  # of each door in a round
WARM: Final = 4
MANY: Final = 50
DIFFERENCE_MAX: Final = 10.0  # percent, hostile 37
Form = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Door:
    """A form that a stranger may send with any address."""

    page: str
    form: Callable[[str, int], Form]
    status: int = HTTPStatus.FOUND  # of its usual answer
    pair_s: float = 0.25  # about what two tries take: with a password to hash much longer

    def pairs(self, seconds: int) -> int:
        """Return how often it is tried with both kinds of addresses in a round."""
        return max(WARM, int(seconds / self.pair_s))


DOORS: Final[Mapping[str, Door]] = {
    "a wrong password": Door(
        "/accounts/login/",
        lambda email, _: {"login": email, "password": "not the right one"},
        HTTPStatus.OK,
        pair_s=2,
    ),
    "a code": Door("/accounts/login/code/", lambda email, _: {"email": email}),
    "a new password": Door("/accounts/password/reset/", lambda email, _: {"email": email}),
    "sign-up": Door(
        "/accounts/signup/",
        lambda email, n: {
            "email": email,
            "phone": f"+479{n:07d}",
            "password1": PASSWORD,
            "kind": "person",
            "country": "NO",
            "currency": "EUR",
            "accept": "on",
            "notice": "on",
        },
        pair_s=2,
    ),
}
KNOWN: Final = "{}, has an account"
UNKNOWN: Final = "{}, has none"
APART: Final = "{}, apart"
YARDSTICK: Final = "a published document"
BARS: Final = tuple(
    Bar(APART.format(door), None, must=DIFFERENCE_MAX, aim=5, smaller=True) for door in DOORS
)
HOW: Final = (
    "A stranger sends each form of the sign-in pages with addresses that have an account and with "
    "some that have none, in turns, one after the other, each address once and each time as from "
    "another place, to our web processes as in production with a durable database. The time is "
    "from the request to the last byte of its answer; of each round and door the medians are "
    "compared. Apart is by how many percent of the larger one they differ, whichever it is: it "
    "must stay below ten. No jobs run beside it. The yardstick is a published document, which "
    "needs none of this."
)
_FIELD: Final = re.compile(r'name="(csrfmiddlewaretoken|text)" value="([^"]+)"')


def run(*, rounds: int, seconds: int) -> Report:
    """Run all of it. Raises CountError where an answer was not the usual one."""
    pairs = {name: door.pairs(seconds) for name, door in DOORS.items()}
    with ExitStack() as stack:
        cluster = stack.enter_context(durable_cluster())
        _settle(cluster, customers=sum(each * rounds + WARM for each in pairs.values()))
        web = Web(cluster)
        stack.callback(web.stop)
        web.start()
        facts = machine(cluster)
        stranger = Stranger(web)
        for door in DOORS.values():
            stranger.ask_in_turns(door, pairs=WARM)
        medians: dict[str, list[float]] = {}
        workloads: dict[str, Workload] = {
            APART.format(name): _turn(stranger, name, pairs=pairs[name], medians=medians)
            for name in DOORS
        }
        workloads[YARDSTICK] = lambda _: median(stranger.read() for _ in range(MANY))
        reached = in_turns(workloads, rounds=rounds)
    percent = {name: Measure("%", reached[name]) for name in reached if name != YARDSTICK}
    return Report(
        name="doors",
        title="Who has an account",
        measures={
            **percent,
            **{name: Measure("ms", tuple(values)) for name, values in medians.items()},
            YARDSTICK: Measure("ms", reached[YARDSTICK]),
        },
        yardstick=YARDSTICK,
        bars=BARS,
        machine=facts | {"rounds": rounds, "seconds_each": seconds},
        how=HOW,
    )


def _settle(cluster: Cluster, *, customers: int) -> None:
    progress(f"{customers} customers")
    make = [sys.executable, "-m", "bench.doors", str(customers)]
    gather = [sys.executable, "-m", "django", "collectstatic", "--noinput", "--verbosity=0"]
    for command in (make, gather):
        subprocess.run(command, env=environment(cluster), check=True)  # noqa: S603 -- our own words


def _turn(
    stranger: Stranger, name: str, *, pairs: int, medians: dict[str, list[float]]
) -> Workload:
    def turn(_: int) -> float:
        known, unknown = stranger.ask_in_turns(DOORS[name], pairs=pairs)
        medians.setdefault(KNOWN.format(name), []).append(known)
        medians.setdefault(UNKNOWN.format(name), []).append(unknown)
        return 100 * abs(known - unknown) / max(known, unknown)

    return turn


@dataclass(slots=True)
class Stranger:
    """Somebody who asks for addresses, never twice for one, and looks at the clock."""

    web: Web
    _numbers: Iterator[int] = field(default_factory=count)
    _link: http.client.HTTPConnection | None = None
    _token: str = ""

    def ask_in_turns(self, door: Door, *, pairs: int) -> tuple[float, float]:
        """Return the median milliseconds for addresses with an account and without one."""
        waits: tuple[list[float], list[float]] = ([], [])
        for _ in range(pairs):
            place = next(self._numbers)
            asked = [(0, f"visitor{place}@example.com"), (1, f"nobody{place}@example.com")]
            for kind, email in asked if place % 2 else reversed(asked):
                waits[kind].append(self._ask(door, email, 2 * place + kind))
        return median(waits[0]), median(waits[1])

    def read(self) -> float:
        """Return how many milliseconds a published document takes."""
        _, _, ms = self._call("GET", "/documents/refund-policy/", n=0)
        return ms

    def _ask(self, door: Door, email: str, n: int) -> float:
        status, page, _ = self._call("GET", door.page, n=n)
        found = _FIELD.findall(page)
        form = {**door.form(email, n), "csrfmiddlewaretoken": found[0][1]}
        form["text"] = [value for name, value in found if name == "text"]
        status, page, ms = self._call("POST", door.page, n=n, form=form)
        if status != door.status:
            raise CountError(f"{door.page} answered {status}: {page[-3000:]}")
        return ms

    def _call(
        self, method: str, path: str, *, n: int, form: Form | None = None
    ) -> tuple[int, str, float]:
        link = self._link or http.client.HTTPConnection("127.0.0.1", self.web.port, timeout=30)
        self._link = link
        headers = {
            "Host": "127.0.0.1",
            "Accept-Language": "en",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": f"198.18.{n // 250 % 250}.{n % 250 + 1}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        if form is not None:
            token = self._token
            headers |= {"Cookie": f"csrftoken={token}", "Origin": "https://127.0.0.1"}
        began = time.perf_counter()
        link.request(method, path, urlencode(form or {}, doseq=True) or None, headers)
        answer = link.getresponse()
        page = answer.read()
        ms = 1_000 * (time.perf_counter() - began)
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            if cookie.startswith("csrftoken=") and form is None:
                self._token = cookie.partition("=")[2].partition(";")[0]
        return answer.status, page.decode(errors="replace"), ms


def main(customers: int) -> None:
    """Make customers by sign-up; one password is hashed for all of them, which takes the time."""
    use_settings()
    import django  # noqa: PLC0415 -- settings come first

    django.setup()
    from django.contrib.auth.hashers import make_password  # noqa: PLC0415 -- after setup

    from nummer.apps.accounts import actions as accounts  # noqa: PLC0415 -- after setup
    from nummer.apps.accounts.models import Login  # noqa: PLC0415 -- after setup
    from nummer.apps.agreements import actions as agreements  # noqa: PLC0415 -- after setup
    from nummer.apps.catalogue import actions as catalogue  # noqa: PLC0415 -- after setup
    from nummer.kernel import clock  # noqa: PLC0415 -- after setup

    now = clock.now()
    catalogue.install_services(now=now)
    agreements.install_documents(now=now)
    for place in range(customers):
        person = signed_up(place, now, password=None)
        assert person.account is not None, "a customer has an account"
        accounts.confirm_email(person.account.id, now=now)
    Login.objects.update(password=make_password(PASSWORD))


if __name__ == "__main__":
    main(int(sys.argv[1]))
