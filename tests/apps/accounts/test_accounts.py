"""Phones, keys, credentials and the record of logins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress

from nummer.apps.accounts import actions, queries
from nummer.apps.accounts.emails import normalise_email
from nummer.apps.accounts.errors import (
    EmailTaken,
    NoSuchKey,
    NoSuchPhone,
    NotConfirmed,
    PhoneIsOurs,
    PhoneNotPersonal,
    PhoneNotReal,
    PhoneTaken,
)
from nummer.apps.accounts.models import ApiKey, AuthToken, Login, LoginActivity, Phone
from nummer.apps.accounts.ports import PhoneRules, install_phone_rules, phone_rules
from nummer.apps.audit.queries import lines
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PHONE = PhoneNumber("+12125550123")  # 555-01xx is kept for fiction
OTHER = PhoneNumber("+12125550124")
pytestmark = pytest.mark.django_db


def customer(email: str = "ola@example.no", phone: PhoneNumber | None = PHONE) -> int:
    login = actions.open_account(
        email=email,
        password="correct horse battery",
        phone=phone,
        kind="person",
        country="NO",
        currency="NOK",
        locale="nb",
        now=NOW,
    )
    assert login.account is not None
    return login.account.id


@pytest.fixture
def production() -> Iterator[None]:
    """Judge phones as production does; one of the numbers is ours."""
    sandbox = phone_rules()
    install_phone_rules(
        PhoneRules(own_numbers=lambda number: number == OTHER, fiction_allowed=False)
    )
    yield
    install_phone_rules(sandbox)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ola@Example.NO ", "ola@example.no"),
        ("ola@example.no", "ola@example.no"),  # wide letters
        ("STRASSE@example.de", "strasse@example.de"),
        ("ola@exa\N{ZERO WIDTH SPACE}mple.no", "ola@example.no"),
        ("ola@exa\N{SOFT HYPHEN}mple.no", "ola@example.no"),
        ("ola@example\N{IDEOGRAPHIC FULL STOP}no", "ola@example.no"),
        ("ola@xn--exmple-qta.no", "ola@ex\N{LATIN SMALL LETTER A WITH ACUTE}mple.no"),
        (
            "ola@exa\N{COMBINING ACUTE ACCENT}mple.no",
            "ola@ex\N{LATIN SMALL LETTER A WITH ACUTE}mple.no",
        ),
    ],
)
def test_an_address_has_one_spelling(typed: str, kept: str) -> None:
    assert normalise_email(typed) == kept


def test_letters_that_only_look_alike_are_another_address() -> None:
    cyrillic = "оla@example.no"  # noqa: RUF001 -- that it looks alike is the point
    assert normalise_email(cyrillic) != "ola@example.no"


def test_a_login_is_found_however_its_address_is_typed() -> None:
    customer()

    assert Login.objects.get_by_natural_key("OLA@EXAMPLE.NO").check_password(
        "correct horse battery"
    )
    assert queries.account_by_email("Ola@Example.no") is not None


def test_whoever_confirmed_both_may_buy() -> None:
    account_id = customer()
    for missing in ("phone and mail", "phone"):
        with pytest.raises(NotConfirmed):
            queries.require_confirmed(account_id)
        if missing == "phone and mail":
            actions.confirm_email(account_id, now=NOW)
    actions.confirm_phone(account_id, number=PHONE, now=NOW)

    queries.require_confirmed(account_id)
    assert queries.account(account_id).confirmed
    assert EmailAddress.objects.get().verified


def test_a_phone_is_stored_sealed_and_found_by_its_number() -> None:
    account_id = customer()
    actions.confirm_phone(account_id, number=PHONE, now=NOW)
    row = Phone.objects.get()

    assert b"2125550123" not in bytes(row.number) + bytes(row.number_index)
    assert queries.phone(account_id) == queries.PhoneRow(PHONE, confirmed=True)
    assert queries.login_by_phone(PHONE).account_id == account_id
    assert queries.login_by_phone(OTHER) is None


def test_an_unconfirmed_phone_signs_nobody_in_and_blocks_nobody() -> None:
    first, second = customer("a@example.no"), customer("b@example.no")

    assert queries.login_by_phone(PHONE) is None
    actions.confirm_phone(second, number=PHONE, now=NOW)
    with pytest.raises(PhoneTaken):
        actions.confirm_phone(first, number=PHONE, now=NOW)
    assert queries.login_by_phone(PHONE).account_id == second


def test_a_new_phone_counts_once_it_is_confirmed() -> None:
    account_id = customer()
    actions.confirm_phone(account_id, number=PHONE, now=NOW)

    actions.set_phone(account_id, number=OTHER, now=NOW)
    assert queries.phone(account_id) == queries.PhoneRow(PHONE, confirmed=True)
    actions.confirm_phone(account_id, number=OTHER, now=NOW)
    assert queries.phone(account_id) == queries.PhoneRow(OTHER, confirmed=True)
    assert customer("b@example.no", PHONE)  # the old one is free again


def test_a_mistyped_phone_is_replaced_before_it_was_confirmed() -> None:
    account_id = customer()
    actions.set_phone(account_id, number=OTHER, now=NOW)

    assert queries.phone(account_id) == queries.PhoneRow(OTHER, confirmed=False)
    with pytest.raises(NoSuchPhone):
        actions.confirm_phone(account_id, number=PHONE, now=NOW)


@pytest.mark.parametrize("e164", ["+447700900123", "+4790123"])
def test_in_production_a_number_that_nobody_can_hold_is_refused(
    production: None, e164: str
) -> None:
    with pytest.raises(PhoneNotReal):
        queries.require_usable_phone(PhoneNumber(e164))


NOT_PERSONAL = (
    ("premium rate", "+4782012345"),
    ("toll free", "+498001234567"),
    ("shared cost", "+448451234567"),
    ("VoIP", "+445612345678"),
    ("pager", "+447640123456"),
    ("forwarding only", "+447012345678"),
    ("company-wide", "+443001234567"),
)


@pytest.mark.parametrize("e164", [e164 for _kind, e164 in NOT_PERSONAL], ids=dict(NOT_PERSONAL))
def test_a_number_that_is_no_line_of_one_person_is_refused_where_fiction_passes_too(
    e164: str,
) -> None:
    assert phone_rules().fiction_allowed
    with pytest.raises(PhoneNotPersonal):
        queries.require_usable_phone(PhoneNumber(e164))


@pytest.mark.parametrize("e164", ["+4791234567", "+4915112345678", "+4722000000", "+12125550123"])
def test_mobile_and_fixed_lines_are_taken(production: None, e164: str) -> None:
    queries.require_usable_phone(PhoneNumber(e164))


def test_our_own_numbers_are_refused_as_phones(production: None) -> None:
    with pytest.raises(PhoneIsOurs):
        queries.require_usable_phone(OTHER)
    queries.require_usable_phone(PhoneNumber("+4791234567"))


def test_a_key_is_kept_as_hash_and_its_label_sealed() -> None:
    account_id = customer()
    key = actions.add_key(account_id, label="my shop", now=NOW)
    row = ApiKey.objects.get()

    assert len(key.secret) == 32
    assert key.secret.isalnum()
    assert key.secret not in repr(key)
    assert b"my shop" not in bytes(row.label)
    assert queries.key_holder(key.secret) == queries.KeyRow(key.id, account_id, "classic")
    assert [listed.label for listed in queries.keys(account_id)] == ["my shop"]
    assert [line.verb for line in lines(account_id)] == ["create_key"]


@pytest.mark.parametrize("secret", ["", "x", "0" * 32, "æ" * 40])
def test_an_unknown_key_holds_nothing(secret: str) -> None:
    customer()
    assert queries.key_holder(secret) is None


def test_a_withdrawn_key_holds_nothing() -> None:
    account_id = customer()
    key = actions.add_key(account_id, label="", now=NOW)

    actions.revoke_key(account_id, key_id=key.id, now=NOW)
    actions.revoke_key(account_id, key_id=key.id, now=NOW)

    assert queries.key_holder(key.secret) is None
    assert [line.verb for line in lines(account_id)] == ["revoke_key", "create_key"]


def test_nobody_withdraws_the_key_of_somebody_else() -> None:
    first, second = customer("a@example.no"), customer("b@example.no", OTHER)
    key = actions.add_key(first, label="", now=NOW)

    with pytest.raises(NoSuchKey):
        actions.revoke_key(second, key_id=key.id, now=NOW)
    with pytest.raises(NoSuchKey):
        actions.revoke_key(first, key_id=new_id(), now=NOW)
    assert queries.key_holder(key.secret) is not None


def test_a_token_is_read_again_and_ends_with_the_next() -> None:
    account_id = customer()
    first = queries.credentials(account_id)

    assert first.account_sid == queries.account(account_id).sid
    assert first.auth_token.encode() not in bytes(AuthToken.objects.get().token)
    assert queries.sid_holder(first.account_sid, auth_token=first.auth_token) == account_id
    second = actions.renew_auth_token(account_id, now=NOW)
    assert queries.sid_holder(first.account_sid, auth_token=first.auth_token) is None
    assert queries.sid_holder(first.account_sid, auth_token=second) == account_id


def test_logins_are_written_down_with_sealed_addresses() -> None:
    account_id = customer()
    for minute, succeeded in enumerate((False, True)):
        actions.record_login(
            None,
            account_id=account_id,
            succeeded=succeeded,
            method="password",
            ip="192.0.2.17",
            agent="Browser/1.0",
            now=NOW + timedelta(minutes=minute),
        )

    newest, oldest = queries.login_activity(account_id)
    assert (newest.succeeded, oldest.succeeded) == (True, False)
    assert (newest.ip, newest.agent) == ("192.0.2.17", "Browser/1.0")
    for row in LoginActivity.objects.order_by("id"):
        assert b"192.0.2" not in bytes(row.ip)
    assert queries.login_activity(account_id, before=newest.id) == [oldest]
    assert queries.login_activity(account_id + 1) == []


def test_staff_has_a_role_and_no_account() -> None:
    login = actions.open_staff_login(
        email="staff@example.no", password="correct horse battery", role="finance", now=NOW
    )

    assert login.is_staff
    assert queries.staff(login.id) == queries.StaffRow(login.id, "finance")
    customer()
    assert queries.staff(Login.objects.get(email="ola@example.no").id) is None
    with pytest.raises(EmailTaken):
        actions.open_staff_login(
            email="OLA@example.no", password="correct horse battery", role="owner", now=NOW
        )
