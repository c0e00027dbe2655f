"""Events on their way to a customer's server."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from nummer.apps.leases import queries as leases
from nummer.apps.messaging import queries as messaging
from nummer.apps.outbound import queries as outbound
from nummer.apps.webhooks import queries
from nummer.apps.webhooks.actions import (
    News,
    announce,
    announce_many,
    announce_to,
    change_endpoint,
    create_endpoint,
    purge,
    remove_endpoint,
    replay,
    replay_failed,
    rotate_secret,
    send_test,
    set_lease_hook,
    switch,
)
from nummer.apps.webhooks.actions.endpoints import Fresh
from nummer.apps.webhooks.errors import (
    AddressRefused,
    EndpointOff,
    NoSuchDelivery,
    NoSuchEndpoint,
    TooManyEndpoints,
    UnknownKind,
)
from nummer.apps.webhooks.kinds import DeliveryState
from nummer.apps.webhooks.models import Attempt, Delivery, Endpoint, Event
from nummer.apps.webhooks.schedule import TRIES_MAX, WAITS
from nummer.kernel.ids import new_id
from tests import builders
from tests.builders import NOW
from tests.hooks import Receiver, Reply, failing, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]


def customer() -> int:
    """Return a customer who rents a number, to which an SMS came."""
    account_id = builders.customer(balance="50.00")
    lease = builders.rented(account_id)
    builders.deliver(lease.number, "Hello", sender="Somebody")
    return account_id


def lease_of(account_id: int) -> UUID:
    [lease] = leases.leases_of(account_id)
    return lease.id


def sms_of(account_id: int) -> UUID:
    [sms] = messaging.sms_of(account_id)
    return sms.id


def opened(account_id: int, receiver: Receiver, *kinds: str, path: str = "/hook") -> Fresh:
    return create_endpoint(
        account_id, url=receiver.url(path), kinds=kinds, actor=f"customer:{account_id}", now=NOW
    )


def happened(account_id: int, kind: str = "lease.ended", *, at: timedelta = timedelta()) -> None:
    lease_id = lease_of(account_id)
    announce(account_id, kind=kind, subject_id=lease_id, lease_id=lease_id, now=NOW + at)


def states(account_id: int) -> list[str]:
    return list(
        Delivery.objects.filter(account_id=account_id)
        .order_by("event_id")
        .values_list("state", flat=True)
    )


def test_nothing_is_written_where_nobody_listens() -> None:
    account_id = customer()
    lease_id = lease_of(account_id)

    with CaptureQueriesContext(connection) as asked:
        announce(account_id, kind="lease.ended", subject_id=lease_id, lease_id=lease_id, now=NOW)

    assert len(asked) == 1
    assert (Event.objects.count(), Delivery.objects.count()) == (0, 0)


def test_an_event_is_told_once_and_the_reference_library_accepts_its_signature(
    receiver: Receiver,
) -> None:
    account_id = customer()
    fresh = opened(account_id, receiver)
    happened(account_id)

    assert work(NOW) == 1
    assert work(NOW) == 0

    [told] = receiver.told
    checked = Webhook(fresh.secret).verify(told.body, told.headers)
    assert checked["type"] == "lease.ended"
    assert checked["timestamp"] == NOW.isoformat()
    assert checked["data"]["id"] == str(lease_of(account_id))
    assert states(account_id) == ["done"]
    [row] = queries.deliveries(account_id, endpoint_id=fresh.endpoint_id)
    [attempt] = queries.attempts(account_id, endpoint_id=fresh.endpoint_id, event_id=row.event_id)
    assert (row.attempts, row.last_status, attempt.status, attempt.error) == (1, 204, 204, "")
    [passage] = outbound.passages(account_id, limit=1)
    assert (passage.recipient, passage.purpose) == ("customer-server", "event")


@pytest.mark.parametrize(
    ("what", "header", "value"),
    [
        ("an id that was exchanged", "webhook-id", "msg_other"),
        ("a time that is long ago", "webhook-timestamp", "1700000000"),
        ("a signature that is not ours", "webhook-signature", "v1,AAAA"),
    ],
)
def test_the_reference_library_refuses_a_call_that_was_changed(
    receiver: Receiver, *, what: str, header: str, value: str
) -> None:
    account_id = customer()
    fresh = opened(account_id, receiver)
    happened(account_id)
    work(NOW)
    [told] = receiver.told

    with pytest.raises(WebhookVerificationError):
        Webhook(fresh.secret).verify(told.body, {**told.headers, header: value})
    with pytest.raises(WebhookVerificationError):
        Webhook(fresh.secret).verify(told.body + b" ", told.headers)


def test_a_call_that_comes_again_has_the_same_id(receiver: Receiver) -> None:
    account_id = customer()
    fresh = opened(account_id, receiver)
    happened(account_id)
    work(NOW)
    [row] = queries.deliveries(account_id, endpoint_id=fresh.endpoint_id)

    replay(account_id, endpoint_id=fresh.endpoint_id, event_id=row.event_id, now=NOW)
    work(NOW)

    first, second = receiver.told
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    found = queries.attempts(account_id, endpoint_id=fresh.endpoint_id, event_id=row.event_id)
    assert [attempt.place for attempt in found] == [1, 2]


def test_after_a_rotation_both_secrets_are_right_for_a_day(receiver: Receiver) -> None:
    account_id = customer()
    old = opened(account_id, receiver)
    new = rotate_secret(
        account_id, endpoint_id=old.endpoint_id, actor=f"customer:{account_id}", now=NOW
    )
    happened(account_id)
    work(NOW + timedelta(hours=23))
    happened(account_id)
    work(NOW + timedelta(hours=25))

    both, only_new = receiver.told
    for secret in (old.secret, new.secret):
        Webhook(secret).verify(both.body, both.headers)
    Webhook(new.secret).verify(only_new.body, only_new.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old.secret).verify(only_new.body, only_new.headers)


def test_an_endpoint_hears_the_kinds_it_named_and_nobody_elses(receiver: Receiver) -> None:
    mine, other, third = customer(), customer(), customer()
    opened(mine, receiver, "lease.ended", path="/ended")
    opened(mine, receiver, path="/all")
    opened(other, receiver, path="/other")
    announce_many(
        [
            News(mine, "lease.ended", lease_of(mine)),
            News(mine, "message.received", sms_of(mine)),
            News(third, "lease.ended", lease_of(third)),
        ],
        now=NOW,
    )
    work(NOW)

    paths = sorted((told.path, json.loads(told.body)["type"]) for told in receiver.told)
    assert paths == [
        ("/all", "lease.ended"),
        ("/all", "message.received"),
        ("/ended", "lease.ended"),
    ]
    assert Event.objects.count() == 2


def test_a_call_that_fails_is_made_again_by_the_schedule_and_then_never(
    receiver: Receiver,
) -> None:
    account_id = customer()
    fresh = opened(account_id, receiver)
    happened(account_id)
    receiver.reply = failing(503)
    now = NOW
    waits = []
    for _ in range(TRIES_MAX):
        assert work(now) == 1
        [row] = queries.deliveries(account_id, endpoint_id=fresh.endpoint_id)
        if row.next_at is not None:
            waits.append(row.next_at - now)
            assert work(row.next_at - timedelta(seconds=1)) == 0
            now = row.next_at + timedelta(minutes=15)  # the endpoint rests a little, too

    assert [wait >= least for wait, least in zip(waits, WAITS, strict=True)] == [True] * 9
    assert all(wait <= least * 1.1 for wait, least in zip(waits, WAITS, strict=True))
    assert states(account_id) == ["failed"]
    assert work(now + timedelta(days=1)) == 0
    assert Attempt.objects.filter(account_id=account_id, status=503).count() == TRIES_MAX


def test_a_server_that_asks_for_time_gets_it(receiver: Receiver) -> None:
    account_id = customer()
    fresh = opened(account_id, receiver)
    happened(account_id)
    receiver.reply = lambda told: Reply(429, {"Retry-After": "600"})
    work(NOW)

    [row] = queries.deliveries(account_id, endpoint_id=fresh.endpoint_id)
    assert row.next_at == NOW + timedelta(seconds=600)


def test_redirects_are_not_followed(receiver: Receiver) -> None:
    account_id = customer()
    fresh = opened(account_id, receiver)
    happened(account_id)
    receiver.reply = lambda told: Reply(302, {"Location": receiver.url("/inside")})
    work(NOW)

    assert [told.path for told in receiver.told] == ["/hook"]
    [row] = queries.deliveries(account_id, endpoint_id=fresh.endpoint_id)
    assert (row.state, row.last_status) == ("waiting", 302)


def test_an_endpoint_that_takes_nothing_for_days_is_switched_off_and_its_owner_told(
    receiver: Receiver,
) -> None:
    from nummer.apps.notify.models import Letter

    account_id = customer()
    fresh = opened(account_id, receiver)
    receiver.reply = failing()
    for hours in range(0, 6 * 24, 6):
        happened(account_id, at=timedelta(hours=hours))
        work(NOW + timedelta(hours=hours))

    assert queries.endpoint(account_id, endpoint_id=fresh.endpoint_id).state == "failed"
    assert Letter.objects.filter(account_id=account_id, letter="webhook-off").count() == 1
    assert set(states(account_id)) == {"missed", "failed"}
    with pytest.raises(EndpointOff):
        send_test(account_id, endpoint_id=fresh.endpoint_id, now=NOW)

    later = NOW + timedelta(days=6)
    receiver.reply = lambda told: Reply()
    receiver.told.clear()
    switch(
        account_id,
        endpoint_id=fresh.endpoint_id,
        on=True,
        actor=f"customer:{account_id}",
        now=later,
    )
    count = replay_failed(account_id, endpoint_id=fresh.endpoint_id, since=NOW, now=later)
    assert work(later) == count == 24
    assert set(states(account_id)) == {"done"}


def test_a_server_that_is_gone_by_its_own_word_is_called_no_more(receiver: Receiver) -> None:
    account_id = customer()
    fresh = opened(account_id, receiver)
    receiver.reply = failing(410)
    happened(account_id)
    work(NOW)

    assert queries.endpoint(account_id, endpoint_id=fresh.endpoint_id).state == "failed"


def test_what_happens_while_an_endpoint_is_off_can_be_replayed(receiver: Receiver) -> None:
    account_id = customer()
    fresh = opened(account_id, receiver)
    me = f"customer:{account_id}"
    switch(account_id, endpoint_id=fresh.endpoint_id, on=False, actor=me, now=NOW)
    happened(account_id)
    assert work(NOW) == 0
    assert states(account_id) == ["missed"]

    switch(account_id, endpoint_id=fresh.endpoint_id, on=True, actor=me, now=NOW)
    assert work(NOW) == 0
    assert replay_failed(account_id, endpoint_id=fresh.endpoint_id, since=NOW, now=NOW) == 1
    assert work(NOW) == 1


def test_a_test_event_is_told_to_one_endpoint_only(receiver: Receiver) -> None:
    account_id = customer()
    fresh = opened(account_id, receiver, path="/one")
    opened(account_id, receiver, path="/two")
    send_test(account_id, endpoint_id=fresh.endpoint_id, now=NOW)
    work(NOW)

    [told] = receiver.told
    assert told.path == "/one"
    assert Webhook(fresh.secret).verify(told.body, told.headers)["type"] == "test"


def test_a_hook_of_a_lease_hears_its_lease_and_purpose_only(receiver: Receiver) -> None:
    account_id = customer()
    lease_id = lease_of(account_id)

    def hook(purpose: str, url: str) -> None:
        set_lease_hook(
            account_id,
            lease_id=lease_id,
            dialect="standard",
            purpose=purpose,
            url=url,
            method="POST",
            fallback_url="",
            now=NOW,
        )

    hook("sms", receiver.url("/sms"))
    hook("status", receiver.url("/old"))
    hook("status", receiver.url("/status"))
    sms_id = sms_of(account_id)
    for kind, lease in (
        ("message.received", lease_id),
        ("message.updated", lease_id),
        ("message.received", new_id()),
        ("lease.ended", lease_id),
    ):
        announce(account_id, kind=kind, subject_id=sms_id, lease_id=lease, now=NOW)
    work(NOW)

    assert sorted(told.path for told in receiver.told) == ["/sms", "/status"]
    hook("sms", "")
    assert [hook.purpose for hook in queries.lease_hooks(account_id, lease_id=lease_id)] == [
        "status"
    ]


def test_the_second_address_of_a_hook_is_called_where_the_first_fails(receiver: Receiver) -> None:
    account_id = customer()
    lease_id = lease_of(account_id)
    set_lease_hook(
        account_id,
        lease_id=lease_id,
        dialect="standard",
        purpose="sms",
        url=receiver.url("/first"),
        method="POST",
        fallback_url=receiver.url("/second"),
        now=NOW,
    )
    receiver.reply = lambda told: Reply(500 if told.path == "/first" else 200)
    announce(
        account_id,
        kind="message.received",
        subject_id=sms_of(account_id),
        lease_id=lease_id,
        now=NOW,
    )
    work(NOW)

    assert [told.path for told in receiver.told] == ["/first", "/second"]
    assert states(account_id) == ["done"]


def test_an_address_of_one_message_is_one_endpoint_however_often_it_is_named(
    receiver: Receiver,
) -> None:
    account_id = customer()
    for word in ("sent", "delivered"):
        announce_to(
            account_id,
            url=receiver.url("/status"),
            dialect="standard",
            kind="message.updated",
            subject_id=sms_of(account_id),
            now=NOW,
            word=word,
        )
    work(NOW)

    assert [told.path for told in receiver.told] == ["/status", "/status"]
    assert Endpoint.objects.count() == 1
    assert queries.endpoints(account_id) == []

    purge(now=NOW + timedelta(days=31))
    assert [model.objects.count() for model in (Endpoint, Event, Delivery, Attempt)] == [0] * 4


def test_what_is_old_goes_and_what_is_not_stays(receiver: Receiver) -> None:
    account_id = customer()
    opened(account_id, receiver)
    happened(account_id)
    happened(account_id, at=timedelta(days=2))
    work(NOW + timedelta(days=2))

    work(NOW + timedelta(days=30, hours=2))

    assert [model.objects.count() for model in (Endpoint, Event, Delivery, Attempt)] == [1] * 4


def test_an_endpoint_that_is_removed_takes_everything_with_it(receiver: Receiver) -> None:
    account_id = customer()
    fresh = opened(account_id, receiver)
    opened(account_id, receiver)
    happened(account_id)
    work(NOW)
    me = f"customer:{account_id}"

    remove_endpoint(account_id, endpoint_id=fresh.endpoint_id, actor=me, now=NOW)

    assert [model.objects.count() for model in (Endpoint, Event, Delivery, Attempt)] == [1] * 4
    with pytest.raises(NoSuchEndpoint):
        remove_endpoint(account_id, endpoint_id=fresh.endpoint_id, actor=me, now=NOW)


def test_another_customers_endpoint_does_not_exist(receiver: Receiver) -> None:
    mine, other = customer(), customer()
    fresh = opened(other, receiver)
    happened(other)
    [event] = Event.objects.all()
    me = f"customer:{mine}"
    verbs = (
        lambda: change_endpoint(mine, endpoint_id=fresh.endpoint_id, kinds=[], actor=me, now=NOW),
        lambda: switch(mine, endpoint_id=fresh.endpoint_id, on=False, actor=me, now=NOW),
        lambda: rotate_secret(mine, endpoint_id=fresh.endpoint_id, actor=me, now=NOW),
        lambda: remove_endpoint(mine, endpoint_id=fresh.endpoint_id, actor=me, now=NOW),
        lambda: send_test(mine, endpoint_id=fresh.endpoint_id, now=NOW),
        lambda: replay(mine, endpoint_id=fresh.endpoint_id, event_id=event.id, now=NOW),
        lambda: replay_failed(mine, endpoint_id=fresh.endpoint_id, since=NOW, now=NOW),
        lambda: queries.deliveries(mine, endpoint_id=fresh.endpoint_id),
    )
    for verb in verbs:
        with pytest.raises(NoSuchEndpoint):
            verb()
    opened(mine, receiver)
    [own] = queries.endpoints(mine)
    with pytest.raises(NoSuchDelivery):
        replay(mine, endpoint_id=own.id, event_id=event.id, now=NOW)
    assert states(other) == ["waiting"]


def test_an_account_has_ten_endpoints_at_most(receiver: Receiver) -> None:
    account_id = customer()
    for _ in range(10):
        opened(account_id, receiver)

    with pytest.raises(TooManyEndpoints):
        opened(account_id, receiver)
    with pytest.raises(UnknownKind):
        opened(account_id, receiver, "lease.exploded")


def test_an_address_that_leads_inside_is_refused() -> None:
    account_id = customer()
    for url in ("https://10.0.0.1/", "https://169.254.169.254/latest/meta-data/"):
        with pytest.raises(AddressRefused):
            create_endpoint(account_id, url=url, kinds=[], actor=f"customer:{account_id}", now=NOW)
    assert Endpoint.objects.count() == 0


def test_a_server_that_is_away_delays_no_other(receiver: Receiver) -> None:
    away, well = customer(), customer()
    with Receiver() as gone:
        opened(away, gone)
    opened(well, receiver)
    for _ in range(40):
        happened(away)
    happened(well)

    work(NOW)

    assert len(receiver.told) == 1
    assert states(well) == ["done"]
    assert Attempt.objects.filter(account_id=away).count() == 16
    assert set(Attempt.objects.filter(account_id=away).values_list("error", flat=True)) == {
        "not_connected"
    }
    assert DeliveryState.WAITING in states(away)
