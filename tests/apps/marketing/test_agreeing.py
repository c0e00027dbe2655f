"""A consent to mail counts by two steps, ends by one, and a no outlives list and account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from nummer.apps.accounts.models import Login
from nummer.apps.agreements import offers
from nummer.apps.agreements.models import Suppression
from nummer.apps.agreements.offers import Channel, Purpose
from nummer.apps.marketing import actions
from nummer.apps.marketing.actions import agreeing
from nummer.apps.marketing.errors import ConsentAskedTooOften, ConsentLinkInvalid
from nummer.apps.notify import unsubscribing
from nummer.apps.notify.errors import UnsubscribeLinkInvalid
from tests import builders
from tests.apps.marketing.conftest import NOW, agree, ask

pytestmark = pytest.mark.usefixtures("shop")


def acts(account_id: int) -> dict[tuple[str, str], str]:
    return {
        (row.purpose.value, row.channel.value): row.act
        for row in offers.state(account_id)
        if row.act
    }


def test_nothing_is_agreed_to_before_somebody_says_so() -> None:
    assert acts(builders.customer()) == {}


def test_mail_counts_once_its_link_was_opened() -> None:
    account_id = builders.customer()

    token = ask(account_id)
    asked = acts(account_id)
    actions.confirm(token, language="en", now=NOW + timedelta(hours=1))
    actions.confirm(token, language="en", now=NOW + timedelta(hours=2))

    assert asked == {("offers", "mail"): "asked"}
    assert acts(account_id) == {("offers", "mail"): "given"}
    history = offers.history(account_id)
    assert [(line.asked, line.given) for line in history] == [(False, True), (True, True)]
    assert history[0].version == offers.VERSION
    assert "offers and lower prices" in mail.outbox[-1].body


def test_the_page_counts_at_once() -> None:
    account_id = builders.customer()

    actions.ask(
        account_id,
        purpose=Purpose.NEWS,
        channel=Channel.PAGE,
        language="nb",
        surface="site",
        now=NOW,
    )

    assert acts(account_id) == {("news", "page"): "given"}


def test_a_link_is_of_one_account_one_purpose_one_week_and_one_address() -> None:
    account_id = builders.customer()
    token = ask(account_id)

    for wrong in (f"{token}x", "", "a:b:c", unsubscribing.link(account_id, purpose=Purpose.NEWS)):
        with pytest.raises(ConsentLinkInvalid):
            actions.confirm(wrong, language="en", now=NOW)
    with pytest.raises(ConsentLinkInvalid):
        actions.confirm(token, language="en", now=NOW + timedelta(days=8))
    Login.objects.filter(account_id=account_id).update(email="other@example.com")
    with pytest.raises(ConsentLinkInvalid):
        actions.confirm(token, language="en", now=NOW)
    assert acts(account_id) == {("offers", "mail"): "asked"}


def test_a_link_of_before_a_withdrawal_gives_nothing_back() -> None:
    account_id = builders.customer()
    token = ask(account_id)
    actions.withdraw(
        account_id, purpose=Purpose.OFFERS, channel=Channel.MAIL, surface="site", now=NOW
    )

    with pytest.raises(ConsentLinkInvalid):
        actions.confirm(token, language="en", now=NOW)
    assert acts(account_id) == {("offers", "mail"): "withdrawn"}


def test_nobody_floods_a_mailbox_with_links() -> None:
    account_id = builders.customer()
    for _ in range(6):
        ask(account_id)
    with pytest.raises(ConsentAskedTooOften):
        ask(account_id)


def test_one_click_ends_one_purpose_by_every_channel_and_spares_the_address() -> None:
    account_id = builders.customer()
    agree(account_id)
    agree(account_id, Purpose.NEWS)
    token = unsubscribing.link(account_id, purpose=Purpose.OFFERS).rstrip("/").rpartition("/")[2]

    for _ in range(2):
        assert unsubscribing.unsubscribe(token, now=NOW) is Purpose.OFFERS

    assert acts(account_id) == {("offers", "mail"): "withdrawn", ("news", "mail"): "given"}
    address = builders.email_of(account_id)
    assert offers.suppressed(address, purpose=Purpose.OFFERS)
    assert not offers.suppressed(address, purpose=Purpose.NEWS)
    with pytest.raises(UnsubscribeLinkInvalid):
        unsubscribing.unsubscribe(f"{token[:-1]}", now=NOW)


def test_who_agrees_again_by_his_own_mailbox_is_spared_no_longer() -> None:
    account_id = builders.customer()
    agreeing.object_to_all(account_id, surface="site", now=NOW)

    agree(account_id)

    assert not offers.suppressed(builders.email_of(account_id), purpose=Purpose.OFFERS)


def test_an_erased_address_that_comes_back_on_a_list_is_spared() -> None:
    account_id = builders.customer()
    agree(account_id)
    address = builders.email_of(account_id)
    agreeing.forget(account_id, now=NOW)
    Login.objects.filter(account_id=account_id).update(email=None)
    mail.outbox.clear()

    back = actions.import_consents(
        [address.upper()], purpose=Purpose.OFFERS, actor="staff:1", now=NOW
    )
    Login.objects.filter(account_id=builders.customer()).update(email=address)  # a new account
    again = actions.import_consents([address], purpose=Purpose.NEWS, actor="staff:1", now=NOW)

    assert (back.asked, back.suppressed, back.unknown) == (0, 1, 0)
    assert (again.asked, again.suppressed) == (0, 1)
    assert mail.outbox == []
    kept = Suppression.objects.get()
    assert address.encode() not in bytes(kept.digest)


def test_a_list_asks_and_never_agrees_for_anybody() -> None:
    agreed, refused, silent = (builders.customer() for _ in range(3))
    agree(agreed)
    agree(refused)
    actions.withdraw(refused, purpose=Purpose.OFFERS, channel=Channel.MAIL, surface="x", now=NOW)
    listed = [builders.email_of(one) for one in (agreed, refused, silent)]

    said = actions.import_consents(
        [*listed, "nobody@example.com"], purpose=Purpose.OFFERS, actor="staff:1", now=NOW
    )

    assert (said.asked, said.suppressed, said.unknown) == (1, 2, 1)
    assert acts(silent) == {("offers", "mail"): "asked"}
    assert acts(refused) == {("offers", "mail"): "withdrawn"}
