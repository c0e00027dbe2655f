"""A mail's way from the door into its case, with keys of DKIM from a name server on loopback."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.db import OperationalError

from nummer.apps.accounts import queries as accounts
from nummer.apps.cases import desk, queries
from nummer.apps.cases.models import Case, Kind
from nummer.apps.ledger import queries as ledger
from nummer.apps.notify.models import Letter
from nummer.config import mailbox
from nummer.gateways.mail.names import Names
from nummer.gateways.mail.ports import ArrivedMail
from nummer.kernel.errors import Unavailable
from tests import builders
from tests.gateways.mail.mailbox import name_server
from tests.gateways.mail.test_evidence import RECORDS, signed

NOW = builders.NOW


@pytest.fixture
def shop(db: None) -> None:
    builders.shop()


def bring(raw: bytes) -> None:
    with name_server(RECORDS) as server:
        mailbox.receive(
            ArrivedMail(
                raw=raw,
                null_sender=False,
                recipients=("hello@nummer.example",),
                received_at=NOW - timedelta(minutes=1),
            ),
            names=Names(server),
        )


@pytest.mark.usefixtures("shop")
def test_signed_mail_is_stored_with_what_its_signature_shows() -> None:
    bring(signed())

    (case,) = desk.latest(desk.Wanted(), before=None, limit=9)
    (message,) = queries.messages(case.account_id, case_id=case.id)
    assert (message.dkim, message.at) == ("aligned", NOW - timedelta(minutes=1))


@pytest.mark.usefixtures("shop")
def test_forged_demand_with_a_strangers_signature_changes_nothing() -> None:
    account_id = builders.customer(balance="20.00")
    before = accounts.account(account_id)
    victim = str(accounts.email(account_id)).encode()
    forged = (
        b"From: <" + victim + b">\r\nTo: hello@nummer.example\r\nReply-To: eve@example.no\r\n"
        b"Subject: Delete my account\r\n\r\nPlease delete my account and pay out my balance.\r\n"
    )

    bring(signed(forged, domain=b"example.no"))

    (case,) = queries.cases_of(account_id)
    assert (case.head.kind, case.head.proof, case.head.to_be_confirmed) == (
        Kind.PAYOUT,
        "claimed",
        True,
    )
    assert accounts.account(account_id) == before
    assert ledger.balance(account_id).spendable.decimal_text() == "20.00"
    assert set(Letter.objects.values_list("account_id", "letter")) == {(account_id, "case-receipt")}
    assert outbox.outbox == []


@pytest.mark.usefixtures("shop")
def test_without_the_database_a_mail_is_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("no connection for ola@example.no")

    with monkeypatch.context() as patch:
        patch.setattr("nummer.apps.cases.actions.receive_mail", away)
        patch.setattr("nummer.config.mailbox.connection.close", lambda: None)
        with pytest.raises(Unavailable) as put_off:
            bring(signed())

    assert "ola" not in str(put_off.value)
    assert not Case.objects.exists()
