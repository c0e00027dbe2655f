"""The customer's inbox: what came to rented numbers, and nothing of anybody else."""

from __future__ import annotations

import asyncio
import csv
import html
import io
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation

from nummer.apps.leases.jobs import DUE_SOURCES
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.messaging import queries
from nummer.apps.messaging.actions import habits
from nummer.config.sweeper import sweep_until
from nummer.faces.site import live
from nummer.faces.site.templatetags.nummer import money
from nummer.kernel.ids import new_id
from tests import builders
from tests.apps.leases.conftest import rentals, supplier
from tests.builders import NOW, customer, deliver, rented
from tests.faces.conftest import LANGUAGES, Enter, StandingClock

__all__ = ["rentals", "supplier"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]
NUMBER = "+4759441001"


def address(account_id: int, lease: LeaseRow, theirs: str) -> str:
    key = queries.conversation_id(account_id, theirs=theirs)
    return f"/inbox/{lease.id}/{key}/"


def at_hand(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_came_is_listed_read_and_no_longer_new(enter: Enter, language: str) -> None:
    account_id = customer()
    lease = rented(account_id, NUMBER)
    browser = enter(account_id, language=language)
    empty = at_hand(browser, "/inbox/")
    deliver(NUMBER, "Your parcel is here.", sender="PostNord", at=NOW)

    listed = at_hand(browser, "/inbox/")
    thread = at_hand(browser, address(account_id, lease, "PostNord"))

    assert "PostNord" not in empty
    assert "PostNord" in listed
    assert "Your parcel is here." in listed
    assert 'class="badge badge-info' in listed
    assert "Your parcel is here." in thread
    assert 'class="badge badge-info' not in at_hand(browser, "/inbox/")


def test_without_a_number_the_inbox_says_so(enter: Enter) -> None:
    page = at_hand(enter(customer()), "/inbox/")

    assert "You have no rented number yet." in page


def test_a_text_of_a_stranger_is_only_a_text(enter: Enter) -> None:
    account_id = customer()
    lease = rented(account_id, NUMBER)
    browser = enter(account_id)
    deliver(NUMBER, "<script>alert(1)</script>\u202eX", sender="<b>x</b>", at=NOW)

    for path in ("/inbox/", address(account_id, lease, "<b>x</b>")):
        page = at_hand(browser, path)
        assert "<script>alert" not in page
        assert "<b>x</b>" not in page
        assert "\u202e" not in page


def test_a_search_says_how_far_it_looked(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    account_id = customer()
    rented(account_id, NUMBER)
    browser = enter(account_id)
    for text in ("alpha", "beta"):
        deliver(NUMBER, text, sender=f"From {text}", at=NOW)

    found = at_hand(browser, "/inbox/?q=ALPHA")
    monkeypatch.setattr("nummer.apps.messaging.queries.grouped.SEARCHED_MAX", 1)
    not_far = at_hand(browser, "/inbox/?q=alpha")

    assert "From alpha" in found
    assert "From beta" not in found
    assert "All your SMS were looked through." in found
    assert "Nothing was found." in not_far
    assert "The newest 1 SMS were looked through" in not_far


def test_older_conversations_and_sms_are_a_page_away(
    enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nummer.faces.site.views.inbox.CONVERSATIONS_PER_PAGE", 1)
    monkeypatch.setattr("nummer.faces.site.views.conversations.SMS_PER_PAGE", 1)
    account_id = customer()
    lease = rented(account_id, NUMBER)
    browser = enter(account_id)
    for sender, text in (("Ada", "one"), ("Ada", "two"), ("Bo", "three")):
        deliver(NUMBER, text, sender=sender, at=NOW)
    rows = queries.conversations(account_id)

    older = at_hand(browser, f"/inbox/?before={rows[0].last.id}")
    thread = at_hand(browser, address(account_id, lease, "Ada"))
    before = at_hand(browser, f"{address(account_id, lease, 'Ada')}?before={rows[1].last.id}")

    assert f"before={rows[0].last.id}" in at_hand(browser, "/inbox/")
    assert ("two" in older, "three" in older) == (True, False)
    assert ("two" in thread, ">one<" in thread) == (True, False)
    assert (">two<" in before, "one" in before) == (False, True)
    assert browser.get("/inbox/?before=x&number=y").status_code == 200


def test_a_conversation_is_taken_away_as_csv_that_computes_nothing(enter: Enter) -> None:
    account_id = customer()
    lease = rented(account_id, NUMBER)
    browser = enter(account_id)
    for text in ("=1+1", "two"):
        deliver(NUMBER, text, sender="Ada", at=NOW)
    deliver(NUMBER, "other", sender="Bo", at=NOW)

    answer = browser.get(f"{address(account_id, lease, 'Ada')}sms.csv")

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert [(row["direction"], row["number"], row["other_side"], row["text"]) for row in rows] == [
        ("in", f"'{NUMBER}", "Ada", "two"),
        ("in", f"'{NUMBER}", "Ada", "'=1+1"),
    ]


def test_what_belongs_to_others_does_not_exist(enter: Enter) -> None:
    owner = customer()
    lease = rented(owner, NUMBER)
    deliver(NUMBER, "secret", sender="Ada", at=NOW)
    browser = enter(customer())
    path = address(owner, lease, "Ada")

    for each in (path, f"{path}sms.csv", f"/inbox/{lease.id}/settings/"):
        assert browser.get(each).status_code == 404
    assert browser.post(f"/inbox/{lease.id}/settings/", {"mailed": "on"}).status_code == 404
    assert "Ada" not in at_hand(browser, f"/inbox/?number={lease.id}&q=secret")
    assert browser.get(f"/inbox/{lease.id}/{new_id()}/").status_code == 404
    assert not queries.inbox(owner, lease_id=lease.id).mailed


def test_a_customer_deletes_a_text_or_an_sms(enter: Enter) -> None:
    account_id, other = customer(), customer()
    lease = rented(account_id, NUMBER)
    browser = enter(account_id)
    deliver(NUMBER, "secret", sender="Ada", at=NOW)
    (row,) = queries.sms_of(account_id)
    path = f"/inbox/sms/{row.id}/delete/"

    strangers = enter(other).post(path, {"what": "all"}).status_code
    text_gone = browser.post(path, {"what": "text"})["Location"]
    page = at_hand(browser, text_gone)
    all_gone = browser.post(path, {"what": "all"})["Location"]

    assert strangers == 404
    assert text_gone == address(account_id, lease, "Ada")
    assert "text deleted" in page
    assert "secret" not in page
    assert all_gone == "/inbox/"
    assert queries.sms_of(account_id) == []


def test_mail_for_a_number_is_switched_on_and_off(enter: Enter) -> None:
    account_id = customer()
    lease = rented(account_id, NUMBER)
    browser = enter(account_id)
    path = f"/inbox/{lease.id}/settings/"

    browser.post(path, {"mailed": "on"})
    on = queries.inbox(account_id, lease_id=lease.id).mailed
    page = at_hand(browser, path)
    browser.post(path, {})

    assert on
    assert "checked" in page
    assert not queries.inbox(account_id, lease_id=lease.id).mailed


def test_quiet_hours_of_a_number_are_switched_on_and_off(enter: Enter) -> None:
    account_id = customer()
    lease = rented(account_id, NUMBER)
    browser = enter(account_id)
    path = f"/inbox/{lease.id}/settings/"

    browser.post(path, {"quiet": "on", "reply": "We call back."})
    on = habits.quiet(account_id, lease_id=lease.id)
    page = at_hand(browser, path)
    browser.post(path, {"quiet": "on", "reply": "\N{PARTY POPPER}" * 250})
    still = habits.quiet(account_id, lease_id=lease.id)
    browser.post(path, {"reply": "We call back."})

    assert on
    assert still
    assert 'name="quiet"' in page
    assert "checked" in page
    assert not habits.quiet(account_id, lease_id=lease.id)
    assert enter(customer()).post(path, {"quiet": "on"}).status_code == 404


def test_sms_that_wait_for_the_fee_are_counted_and_not_shown(enter: Enter) -> None:
    account_id = customer(balance="20.00")
    lease = rented(account_id, NUMBER)
    end = lease.paid_until
    assert end is not None
    sweep_until(end, sources=DUE_SOURCES)
    deliver(NUMBER, "unpaid", sender="Ada", at=end + timedelta(hours=1))

    page = at_hand(enter(account_id), "/inbox/")

    assert "1 SMS came while the fee of its number was unpaid" in page
    assert "Ada" not in page


def test_an_open_page_hears_of_an_sms_by_its_lease() -> None:
    lease_id = new_id()

    async def story() -> bytes:
        client = live.Client()
        await client.wait(timeout_s=1)
        listener = live.Listener()
        listener._clients["7"].add(client)
        listener._pass_on(live.SMS_CHANNEL, f"8:{new_id()},7:{lease_id},7:nonsense")
        return await client.wait(timeout_s=1)

    name = f"sms-{lease_id}"
    assert asyncio.run(story()).decode() == (
        f"event: {name}\ndata: {name}\n\nevent: sms\ndata: sms\n\n"
    )


def written(page: str, **fields: str) -> dict[str, str]:
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    return {"key": key[1], **fields}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_costs_what_is_shown_while_it_is_written(enter: Enter, language: str) -> None:
    account_id = customer()
    lease = rented(account_id, NUMBER, keep_fee=False)
    builders.sms_rates({"47": "0.05"})
    browser = enter(account_id, language=language)
    deliver(NUMBER, "Hello", sender="4790011222", at=NOW)
    path = address(account_id, lease, "+4790011222")
    key = queries.conversation_id(account_id, theirs="+4790011222")
    body = "Takk \N{PARTY POPPER} " * 20

    asked = {"number": str(lease.id), "conversation": str(key), "body": body}
    shown = browser.post("/inbox/price/", asked).text
    sent = browser.post(path, written(at_hand(browser, path), body=body))

    (sms,) = queries.sms_of(account_id, direction=queries.Direction.OUT)
    assert sent["Location"] == path
    assert (sms.body, sms.theirs, sms.parts) == (body, "+4790011222", 3)
    assert sms.price is not None
    with translation.override(language):
        assert money(sms.price) in html.unescape(shown)
    assert html.escape(body.strip()) in at_hand(browser, path)


def test_a_page_sent_twice_sends_one_sms(enter: Enter) -> None:
    account_id = customer()
    lease = rented(account_id, NUMBER, keep_fee=False)
    builders.sms_rates({"47": "0.05"})
    browser = enter(account_id)
    fields = {"number": str(lease.id), "to": "+47 900 11 222", "body": "Hi"}
    form = written(at_hand(browser, "/inbox/new/"), **fields)

    answers = {browser.post("/inbox/new/", form)["Location"] for _ in range(2)}

    assert answers == {address(account_id, lease, "+4790011222")}
    assert len(queries.sms_of(account_id)) == 1


def test_what_is_refused_is_said_and_nothing_is_sent(enter: Enter) -> None:
    account_id = customer(balance="18.75")
    lease = rented(account_id, NUMBER, keep_fee=False)
    builders.sms_rates({"47": "0.05"})
    browser = enter(account_id)
    fields = {"number": str(lease.id), "to": "+4790011222", "body": "Hi"}

    poor = browser.post("/inbox/new/", written(at_hand(browser, "/inbox/new/"), **fields))
    nowhere = browser.post("/inbox/price/", fields | {"to": "12"})
    not_his = enter(customer()).post("/inbox/price/", fields)

    assert poor.status_code == 400
    assert 'role="alert"' in poor.text
    assert "<strong>" not in nowhere.text
    assert not_his.status_code == 200
    assert "<strong>" not in not_his.text
    assert queries.sms_of(account_id) == []


def test_a_page_asks_again_while_an_sms_is_on_its_way(
    enter: Enter, standing_clock: StandingClock
) -> None:
    account_id = customer()
    lease = rented(account_id, NUMBER, keep_fee=False)
    builders.sms_rates({"47": "0.05"})
    deliver(NUMBER, "Hello", sender="4790011222", at=NOW)
    browser = enter(account_id)
    path = address(account_id, lease, "+4790011222")
    before = at_hand(browser, path)

    browser.post(path, written(before, body="Hi"))
    soon = at_hand(browser, path)
    standing_clock.at = NOW + timedelta(minutes=10)

    assert "every 5s" not in before
    assert "every 5s" in soon
    assert "every 5s" not in at_hand(browser, path)


def test_nobody_can_write_to_a_name(enter: Enter) -> None:
    account_id = customer()
    lease = rented(account_id, NUMBER)
    deliver(NUMBER, "Hello", sender="PostNord", at=NOW)

    page = at_hand(enter(account_id), address(account_id, lease, "PostNord"))

    assert "nobody can write to it" in page
    assert "<textarea" not in page


def test_the_answer_of_a_number_is_set_and_one_that_is_too_long_refused(enter: Enter) -> None:
    account_id = customer()
    lease = rented(account_id, NUMBER)
    browser = enter(account_id)
    path = f"/inbox/{lease.id}/settings/"

    saved = browser.post(path, {"reply": "We call back."}).status_code
    refused = browser.post(path, {"reply": "\N{PARTY POPPER}" * 250})

    assert saved == 302
    assert refused.status_code == 400
    assert "at most 3 parts" in refused.text
    assert queries.inbox(account_id, lease_id=lease.id).reply == "We call back."
