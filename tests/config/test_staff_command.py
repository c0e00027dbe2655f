"""`nummer staff`: logins that the operator makes and ends."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from django.contrib.auth import authenticate
from django.db import connection

from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.models import Login
from nummer.config.commands.staff import ROLES, group
from nummer.config.processes import Trouble

STRONG = "brisk otter lamp 41"


def run(*words: str, password: str = STRONG, fails: bool = False) -> str:
    result = CliRunner().invoke(group, words, input=f"{password}\n")
    if fails:
        assert isinstance(result.exception, Trouble), result.output
        return str(result.exception)
    assert result.exit_code == 0, result.output + str(result.exception)
    return result.stdout


def create(email: str = "anna@example.com", role: str = "owner", *more: str) -> str:
    return run("create", "--email", email, "--role", role, *more)


@pytest.mark.clause("PP-2.5a")
@pytest.mark.django_db
def test_a_login_is_made_with_its_role_and_a_line_on_record() -> None:
    said = create()
    assert STRONG not in said
    login = Login.objects.get()
    assert (login.email, login.staff_role) == ("anna@example.com", "owner")
    assert login.check_password(STRONG)
    with connection.cursor() as cursor:
        cursor.execute("SELECT verb, row, fields::text FROM audit_line")
        [(verb, row, fields)] = cursor.fetchall()
    assert (verb, row) == ("open_staff_login", str(login.id))
    assert "anna" not in fields
    [shown] = json.loads(run("list", "--json"))
    assert shown == {
        "id": login.id,
        "email": "anna@example.com",
        "role": "owner",
        "active": True,
        "second_factor": False,
    }


@pytest.mark.django_db
def test_password_and_second_factor_are_shown_once_where_asked_for() -> None:
    said = json.loads(create("b@example.com", "finance", "--generate", "--second-factor", "--json"))
    assert set(said) == {"email", "role", "password", "totp_secret"}
    assert Login.objects.get().check_password(said["password"])
    text = run("list")
    assert "b@example.com  finance  second factor" in text
    assert said["totp_secret"] not in text


@pytest.mark.clause("PP-2.5a")
@pytest.mark.parametrize(
    "weak", ["", "short", "password1234", "123456789012", "anna@example.com", "elevenchars"]
)
@pytest.mark.django_db
def test_a_password_that_could_be_guessed_makes_no_login(weak: str) -> None:
    said = run(
        "create", "--email", "anna@example.com", "--role", "owner", password=weak, fails=True
    )
    assert said.startswith("The password is too weak")
    assert not weak or weak not in said
    assert not Login.objects.exists()


@pytest.mark.parametrize("email", ["", "anna", "anna@", "a b@example.com"])
@pytest.mark.django_db
def test_what_is_no_address_makes_no_login(email: str) -> None:
    run("create", "--email", email, "--role", "owner", fails=True)
    assert not Login.objects.exists()


@pytest.mark.django_db
def test_an_address_signs_in_once() -> None:
    create()
    said = run("create", "--email", "ANNA@example.com", "--role", "support", fails=True)
    assert said
    assert Login.objects.count() == 1


@pytest.mark.django_db
def test_an_unknown_role_is_refused_and_all_roles_are_known() -> None:
    result = CliRunner().invoke(group, ["create", "--email", "a@example.com", "--role", "god"])
    assert result.exit_code == 2
    for role in ROLES:
        create(f"{role}@example.com", role)
    assert Login.objects.count() == len(ROLES)


@pytest.mark.django_db
def test_who_is_disabled_cannot_sign_in_and_the_last_owner_stays() -> None:
    create()
    create("ben@example.com", "support")
    assert run("disable", "--email", "Ben@example.com") == "The login is disabled.\n"
    assert run("disable", "--email", "ben@example.com") == "The login was disabled before.\n"
    ben = Login.objects.get(email="ben@example.com")
    assert accounts.staff(ben.id) is None
    assert authenticate(None, username="ben@example.com", password=STRONG) is None
    assert "ben@example.com  support  disabled" in run("list")

    assert "last owner" in run("disable", "--email", "anna@example.com", fails=True)
    create("carl@example.com", "owner")
    run("disable", "--email", "anna@example.com")
    assert "last owner" in run("disable", "--email", "carl@example.com", fails=True)
    run("disable", "--email", "nobody@example.com", fails=True)
