"""The role of everyday sessions may do all that a customer's first day needs."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core import mail
from django.db import connection

from nummer.apps.accounts import actions as accounts
from nummer.apps.accounts import queries as customers
from nummer.apps.agreements.actions import create_key, install_documents, sign_up
from nummer.apps.agreements.queries import current_for_key
from nummer.apps.agreements.texts import KEY_DOCUMENTS, SIGN_UP_DOCUMENTS
from nummer.apps.notify import actions as notify
from nummer.apps.standing import actions as standing
from nummer.apps.vault.actions import destroy_keys
from nummer.kernel.ids import new_id
from tests.apps.agreements.world import NOW, OPERATOR, PHONE, texts


@pytest.mark.django_db
def test_the_applications_role_is_enough(folder: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE nummer_app")
    install_documents(now=NOW, folder=folder, operator=OPERATOR)
    login = sign_up(
        email="ola@example.no",
        password="correct horse battery",
        phone=PHONE,
        kind="person",
        country="NO",
        currency="NOK",
        locale="nb",
        accepted=texts(SIGN_UP_DOCUMENTS),
        surface="site",
        now=NOW,
    )
    assert login.account is not None
    account_id = login.account.id
    accounts.confirm_email(account_id, now=NOW)
    accounts.confirm_phone(account_id, number=PHONE, now=NOW)
    key = create_key(
        account_id=account_id, label="", accepted=texts(KEY_DOCUMENTS), surface="site", now=NOW
    )
    standing.check_order(account_id, service="tg", now=NOW)
    standing.count_order(account_id, now=NOW)
    letter_id = new_id()
    notify.send_letter(
        account_id,
        letter="login-code",
        context={"code": "482913", "minutes": 15},
        now=NOW,
        key=letter_id,
    )
    notify.deliver(account_id, letter_id=letter_id, now=NOW)
    destroy_keys(account_id + 1, now=NOW)

    assert customers.account(account_id).confirmed
    assert len(current_for_key(key.id, now=NOW)) == len(KEY_DOCUMENTS)
    assert len(mail.outbox) == 1
