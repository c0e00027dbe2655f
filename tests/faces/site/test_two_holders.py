"""One number, one holder after the other, under load and with SMS that come late: nothing leaks."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from random import Random

import pytest
from django.test import Client

from nummer.apps.accounts.models import Login
from nummer.apps.leases import actions as rentals_of
from nummer.apps.leases import handovers
from nummer.apps.leases import queries as leases
from nummer.apps.leases.jobs import DUE_SOURCES as OF_LEASES
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.messaging import actions, queries
from nummer.apps.messaging.actions import Prepared, preparing, run, storing
from nummer.apps.messaging.jobs import DUE_SOURCES
from nummer.apps.messaging.models import Message
from nummer.apps.notify.models import Letter
from nummer.apps.refunds.actions import cancel_lease
from nummer.apps.vault.actions import unseal_text
from nummer.apps.vault.keys import KeyClass
from nummer.apps.webhooks.actions import create_endpoint
from nummer.apps.webhooks.models import Event
from nummer.config.sweeper import sweep_until
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber
from tests.apps.leases.conftest import rentals, supplier
from tests.builders import NOW, customer, email_of, rented, sms, top_up

__all__ = ["rentals", "supplier"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]
NUMBER = "+4759441001"
BACKEND = "django.contrib.auth.backends.ModelBackend"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MARK = re.compile(r"canary-\d+")


class World:
    """What was sent when, whose it is by the history of the number, and what each customer sees."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.now = NOW
        self.accounts = [customer(balance="20.00") for _ in range(3)]
        for account_id in self.accounts:
            create_endpoint(
                account_id,
                url=f"http://127.0.0.1:34567/{account_id}",
                kinds=["message.received"],
                actor=f"customer:{account_id}",
                now=NOW,
            )
        self.lease: LeaseRow | None = None
        self.free_from = NOW
        self.handed_over = 0
        self.sent: dict[str, datetime] = {}
        self.waiting: list[Prepared] = []

    def step(self) -> None:
        """Do one thing that may happen; no two happen at the same moment."""
        self.now += timedelta(seconds=1)
        choices = [self.arrive, self.arrive, self.prepare, self.store, self.wait, self.renew]
        choices += [self.end, self.hand_over] if self.lease else [self.rent]
        self.random.choice(choices)()

    def rent(self) -> None:
        """Let somebody have the number, once its rest is over."""
        self.now = max(self.now, self.free_from)
        account_id = self.random.choice(self.accounts)
        top_up(account_id, "20.00", now=self.now)
        self.lease = rented(account_id, NUMBER, now=self.now)
        actions.set_inbox(account_id, lease_id=self.lease.id, mailed=True, reply=None, now=self.now)

    def end(self) -> None:
        """Let the holder end it, at this very moment."""
        assert self.lease is not None
        cancel_lease(self.lease.account_id, lease_id=self.lease.id, surface="test", now=self.now)
        self._ended()

    def hand_over(self) -> None:
        """Let the holder hand it over to another one, if the lease is one that can be."""
        assert self.lease is not None
        giver, lease_id = self.lease.account_id, self.lease.id
        to = self.random.choice([each for each in self.accounts if each != giver])
        try:
            offered = rentals_of.offer(
                giver, lease_id=lease_id, email=email_of(to), key=new_id(), now=self.now
            )
            assert sweep_until(self.now, sources=OF_LEASES).failed == 0
            agreed = rentals_of.Agreed(texts=(), terms=True, monthly_max=None)
            rentals_of.accept(to, handover_id=offered.id, agreed=agreed, key=new_id(), now=self.now)
            rentals_of.hand_over(giver, handover_id=offered.id, now=self.now)
        except Refusal:
            return
        shown = handovers.offered(to, handover_id=offered.id)
        assert shown.lease_id is not None
        self.handed_over += 1
        self.lease = leases.lease(to, lease_id=shown.lease_id)
        actions.set_inbox(to, lease_id=self.lease.id, mailed=True, reply=None, now=self.now)

    def _ended(self) -> None:
        self.lease = None
        self.free_from = self.now + timedelta(days=90)

    def wait(self) -> None:
        """Let a while go by: minutes mostly, at times a month, in which a fee may be unpaid."""
        self.now += self.random.choice([MINUTE, MINUTE, DAY, 31 * DAY])
        self.sweep()

    def renew(self) -> None:
        """Let money come in."""
        if self.lease is not None:
            top_up(self.lease.account_id, "20.00", now=self.now)
            self.sweep()

    def sweep(self) -> None:
        """Let everything happen that is due."""
        assert sweep_until(self.now, sources=OF_LEASES).failed == 0
        assert sweep_until(self.now, sources=DUE_SOURCES[:-1]).failed == 0  # but deletion
        if self.lease is not None:
            row = leases.lease(self.lease.account_id, lease_id=self.lease.id)
            if row.ended_at is not None:
                self.lease, self.free_from = None, row.ended_at + timedelta(days=90)

    def batch(self) -> Prepared:
        """Return SMS on their way, of now and of earlier: carriers bring some late."""
        texts = []
        for _ in range(self.random.randint(1, 4)):
            name = f"canary-{len(self.sent):04d}"
            late = self.random.choice([timedelta(), timedelta(), MINUTE, DAY, 100 * DAY])
            self.sent[name] = max(NOW - DAY, self.now - late)
            texts.append(sms(NUMBER, name, sender=name, at=self.sent[name]))
        return run(preparing(texts, now=self.now))

    def arrive(self) -> None:
        """Let a batch be found and stored at once."""
        run(storing([self.batch()], now=self.now))

    def prepare(self) -> None:
        """Let a batch be found, and stay on its way while other things happen."""
        self.waiting.append(self.batch())

    def store(self) -> None:
        """Let all that is on its way be stored."""
        waiting, self.waiting = self.waiting, []
        if waiting:
            run(storing(waiting, now=self.now))

    def owner(self, name: str) -> int:
        """Return whose an SMS is, by the history of the number; 0 is the operator."""
        holder = leases.holder(PhoneNumber(NUMBER), at=self.sent[name])
        return 0 if holder is None else holder.account_id


def seen_by(account_id: int, lease_ids: set[str]) -> set[str]:
    """Return every mark that a customer can see anywhere, whatever he asks for."""
    browser = Client()
    browser.force_login(Login.objects.get(account_id=account_id), backend=BACKEND)
    words = []
    for path in ("/inbox/", *(f"/inbox/?number={each}" for each in lease_ids)):
        words.append(browser.get(path).text)
    words.append(browser.get("/inbox/?q=canary").text)
    for each in queries.sms_of(account_id, limit=1000):
        words += [each.body or "", each.theirs]
        row = queries.conversation_id(account_id, theirs=each.theirs)
        answer = browser.get(f"/inbox/{each.lease_id}/{row}/sms.csv")
        words.append(answer.getvalue().decode())
    for event in Event.objects.filter(account_id=account_id):  # what his server is told
        told = queries.sms(account_id, sms_id=event.subject_id)
        words += [told.body or "", told.theirs]
    for letter in Letter.objects.filter(account_id=account_id, letter="sms-forwarded"):
        words.append(
            unseal_text(
                bytes(letter.content or b""),
                account_id=account_id,
                klass=KeyClass.COMMUNICATION,
                place="notify_letter.content",
                row=letter.id,
            )
        )
    return set(MARK.findall("\n".join(words)))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_each_sees_what_came_in_his_own_time(seed: int) -> None:
    world = World(seed)
    for _ in range(60):
        world.step()
    world.store()

    names = set(world.sent)
    assert Message.objects.count() == len(names), "nothing is lost and nothing is doubled"
    lease_ids = {
        str(row.id) for account_id in world.accounts for row in leases.leases_of(account_id)
    }
    for account_id in world.accounts:
        his = {name for name in names if world.owner(name) == account_id}
        seen = seen_by(account_id, lease_ids)
        assert seen - his == set(), "nobody sees what came in another's time, or in nobody's"
        kept = queries.kept(account_id)
        shown = {each.body for each in queries.sms_of(account_id, limit=1000)}
        assert len(his) == len(shown) + kept, "he has all that came in his"
        events = Event.objects.filter(account_id=account_id).count()
        assert events == Message.objects.filter(account_id=account_id, outcome="rented").count()
        others = {name for name in names if world.owner(name) not in (account_id, 0)}
        for name in sorted(others)[:3]:
            assert queries.conversations(account_id, search=name) == []


def test_the_world_of_the_test_has_several_holders_and_nobody() -> None:
    world = World(1)
    for _ in range(60):
        world.step()
    owners = {world.owner(name) for name in world.sent}

    assert 0 in owners
    assert len(owners) > 2
    assert world.handed_over > 0
