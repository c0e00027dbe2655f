"""Members of an account: invited by mail, held by one table of roles, named in the log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import URLPattern, reverse

from nummer.apps.accounts import deeds, jobs, members, sessions
from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.errors import (
    InvitationOver,
    InvitedElsewhere,
    MemberAlready,
    NeverSignedIn,
    NotYoursToDo,
    OwnerStays,
    TooManyInvitations,
)
from nummer.apps.accounts.models import Deed, Login, Membership
from nummer.apps.notify import inviting
from nummer.apps.notify.contents import opened
from nummer.apps.notify.models import Letter
from nummer.faces.site import rights
from nummer.faces.site.urls import urlpatterns
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from tests import builders
from tests.faces.conftest import BACKEND, LANGUAGES, Enter, StandingClock

NOW = builders.NOW


def owner_of(customer: int) -> Login:
    return Login.objects.get(account_id=customer, member_role="owner")


def invited(customer: int, *, role: str = "developer", email: str = "") -> members.Invitation:
    address = email or f"m-{new_id().hex[-8:]}@example.com"
    return members.invite(customer, by=owner_of(customer).id, email=address, role=role, now=NOW)


def member_of(customer: int, *, role: str = "developer", signed_in: bool = True) -> Login:
    found = invited(customer, role=role)
    login = members.join(customer, invitation_id=found.id, now=NOW)
    if signed_in:
        Login.objects.filter(id=login.id).update(last_login=NOW)
    return login


def browser_of(login: Login) -> Client:
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(login, backend=BACKEND)
    return browser


def link_to(address: str) -> str:
    for letter in Letter.objects.filter(letter="invitation").order_by("-written_at", "-id"):
        content = opened(letter)
        if content["reach"]["to"] == address:
            return re.sub(r"^https?://[^/]+", "", content["link"])
    raise AssertionError("no such letter")


def code_to(address: str) -> str:
    for letter in Letter.objects.filter(letter="login-code").order_by("-written_at", "-id"):
        content = opened(letter)
        if content.get("reach", {}).get("to") == address:
            return str(content["code"])
    raise AssertionError("no such letter")


def routes() -> Iterator[tuple[str, str]]:
    """Yield name and address of every page of the site, filled with what is nobody's."""
    made = {"uuid": str(UUID(int=7)), "int": "7", "slug": "tg", "str": "abc"}
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        route = str(pattern.pattern)
        address = re.sub(r"<(\w+):\w+>", lambda found: made[found[1]], route)
        yield pattern.name or "", f"/{address}"


# The way in


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_invited_joins_by_a_code_to_the_invited_mailbox(enter: Enter, language: str) -> None:
    customer = builders.customer(locale=language)
    asked = enter(customer, language=language).post(
        "/account/members/invite/", {"email": "Kari@Example.com", "role": "billing"}
    )
    assert asked.status_code == 302
    browser = Client(headers={"accept-language": language})
    link = link_to("kari@example.com")
    assert "kari@example.com" in browser.get(link).text
    assert browser.post(link)["Location"] == "/accounts/login/code/confirm/"
    browser.post("/accounts/login/code/confirm/", {"code": code_to("kari@example.com")})
    assert browser.get("/balance/").status_code == 200
    assert browser.get("/keys/").status_code == 403
    kari = Login.objects.get(email="kari@example.com")
    assert (kari.account_id, kari.member_role) == (customer, "billing")


def test_a_forwarded_link_lets_nobody_in_without_the_mailbox(enter: Enter) -> None:
    customer = builders.customer()
    owner = owner_of(customer)
    inviting.invite(customer, by=owner.id, email="kari@example.com", role="reader", now=NOW)
    stranger = Client()
    stranger.post(link_to("kari@example.com"))
    for code in ("000000", "111111", "222222"):
        stranger.post("/accounts/login/code/confirm/", {"code": code})
    assert stranger.get("/account/").status_code == 302
    assert Login.objects.get(email="kari@example.com").last_login is None


def test_a_link_works_once(enter: Enter) -> None:
    customer = builders.customer()
    inviting.invite(
        customer, by=owner_of(customer).id, email="kari@example.com", role="reader", now=NOW
    )
    link = link_to("kari@example.com")
    assert [Client().post(link).status_code for _ in range(2)] == [302, 410]
    assert Login.objects.filter(account_id=customer).count() == 2


def test_a_link_is_dead_when_withdrawn_replaced_old_forged_or_of_a_removed_member(
    shop: StandingClock,
) -> None:
    customer = builders.customer()
    owner = owner_of(customer)

    def invite(email: str) -> str:
        inviting.invite(customer, by=owner.id, email=email, role="reader", now=NOW)
        return link_to(email)

    withdrawn, first = invite("a@example.com"), invite("b@example.com")
    members.withdraw(
        customer, invitation_id=members.invitations(customer, now=NOW)[1].id, by=owner.id, now=NOW
    )
    second, removed = invite("b@example.com"), invite("c@example.com")
    Client().post(removed)
    gone = Login.objects.get(email="c@example.com")
    members.remove(customer, login_id=gone.id, by=owner.id, now=NOW)
    answers = [Client().post(link).status_code for link in (withdrawn, first, removed)]
    answers += [
        Client().post(second[:-3] + "xx/").status_code,
        Client().get("/join/x/").status_code,
    ]
    shop.at = NOW + members.VALID
    answers.append(Client().post(second).status_code)
    assert answers == [410] * 6
    assert Login.objects.filter(account_id=customer).count() == 1


def test_inviting_tells_nobody_who_has_an_account(enter: Enter) -> None:
    customer, other = builders.customer(), builders.customer()
    browser, known = enter(customer), str(accounts.email(other))
    answers = [
        browser.post("/account/members/invite/", {"email": email, "role": "reader"}, follow=True)
        for email in (known, "nobody-at-all@example.com")
    ]
    pages = [
        re.sub(r"[\w.+-]+@example\.com|[0-9a-f-]{36}|name=\"csrf.*?>", "", answer.text)
        for answer in answers
    ]
    assert "Invited. We have written to this address." in pages[0]
    assert pages[0].count("Invited. We have") == pages[1].count("Invited. We have")
    refused = Client().post(link_to(known))
    assert refused.status_code == 410
    assert "already signs in to an account" in refused.text
    assert Login.objects.get(email=known).account_id == other


def test_invitations_are_bounded_and_members_are_not_invited_again(shop: StandingClock) -> None:
    customer = builders.customer()
    owner = owner_of(customer)
    with pytest.raises(MemberAlready):
        invited(customer, email=str(owner.email))
    for _ in range(members.INVITATIONS_A_DAY_MAX):
        invited(customer, email="kari@example.com")
    assert len(members.invitations(customer, now=NOW)) == 1
    with pytest.raises(TooManyInvitations):
        invited(customer)


# What a role may


def test_every_page_of_the_site_has_its_line() -> None:
    names = {name for name, _ in routes()}
    assert names - rights.RIGHTS.keys() - rights.PUBLIC == set()
    assert (rights.RIGHTS.keys() | rights.PUBLIC) - names == set()
    assert rights.RIGHTS.keys() & rights.PUBLIC == set()
    nameless = [address for name, address in routes() if not name]
    assert all(re.match("/(en|nb|de)/numbers/", address) for address in nameless)


@pytest.mark.parametrize("role", rights.ROLES)
def test_each_role_reaches_what_the_table_says_and_nothing_else(
    shop: StandingClock, role: str
) -> None:
    customer = builders.customer()
    found = {}
    for name, address in routes():
        for method in ("GET", "POST"):
            login = Login.objects.filter(account_id=customer, member_role=role).first()
            browser = browser_of(login or member_of(customer, role=role))
            answer = browser.generic(method, address)
            allowed = rights.may(role, name, reading=method == "GET")
            if (answer.status_code == 403) == allowed:
                found[f"{method} {address}"] = answer.status_code
    assert found == {}


@pytest.mark.parametrize("role", rights.ROLES)
def test_no_link_of_the_frame_or_the_account_page_leads_to_a_closed_door(
    shop: StandingClock, role: str
) -> None:
    browser = browser_of(member_of(builders.customer(), role=role))
    page = browser.get("/account/").text
    links = set(re.findall(r'href="(/[^"#?]*)"', page))
    closed = {link for link in links if browser.get(link).status_code == 403}
    assert "/account/sessions/" in links
    assert closed == set()


def test_the_phone_of_the_account_is_the_owners(shop: StandingClock) -> None:
    customer = builders.customer()
    browser = browser_of(member_of(customer, role="administrator"))
    assert browser.get("/accounts/phone/change/").status_code == 403
    phone = accounts.phone(customer)
    assert phone is not None
    assert phone.number.international() not in browser.get("/account/").text


def test_a_member_of_another_account_reaches_nothing(shop: StandingClock) -> None:
    mine, other = builders.customer(), builders.customer()
    admin, foreign = member_of(other, role="administrator"), member_of(mine)
    waiting = invited(mine)
    browser = browser_of(admin)
    for address in (
        reverse("site:member-role", args=[foreign.id]),
        reverse("site:member-remove", args=[foreign.id]),
        reverse("site:invitation-withdraw", args=[waiting.id]),
    ):
        assert browser.post(address, {"role": "reader"}).status_code == 404
    page = browser.get("/account/members/").text + browser.get("/account/members/log/").text
    assert str(foreign.email) not in page
    assert waiting.email not in page
    foreign.refresh_from_db()
    assert foreign.member_role == "developer"


def test_a_members_sessions_and_sign_ins_are_his_own(enter: Enter) -> None:
    customer = builders.customer()
    enter(customer)
    member = member_of(customer)
    at_work = sessions.Visit(key="k" * 32, ip="198.51.100.9", agent="Owners browser")
    mine = sessions.Owner(owner_of(customer).id, customer)
    session_id = sessions.begin(mine, visit=at_work, method="password", now=NOW)
    browser = browser_of(member)
    assert "198.51.100.9" not in browser.get("/account/sessions/").text
    assert browser.post(f"/account/sessions/{session_id}/end/").status_code == 404


def test_letters_go_to_the_owner_alone(shop: StandingClock) -> None:
    customer = builders.customer()
    before = accounts.email(customer)
    member = member_of(customer, role="administrator")
    assert accounts.email(customer) == before
    assert accounts.account_by_email(str(member.email)) is None


# Leaving, removing, handing over


def test_removing_a_member_ends_his_sessions_and_frees_his_address(shop: StandingClock) -> None:
    customer = builders.customer()
    member = member_of(customer)
    browser, owner = browser_of(member), browser_of(owner_of(customer))
    assert browser.get("/account/").status_code == 200
    owner.post(f"/account/members/{member.id}/remove/")
    assert browser.get("/account/").status_code == 302
    assert not Login.objects.filter(email=member.email).exists()
    assert invited(builders.customer(), email=str(member.email)).role == "developer"


def test_the_owner_does_not_leave_and_is_not_removed(shop: StandingClock) -> None:
    customer = builders.customer()
    owner, admin = owner_of(customer), member_of(customer, role="administrator")
    assert browser_of(owner).post("/account/members/leave/").status_code == 409
    answer = browser_of(admin).post(f"/account/members/{owner.id}/remove/")
    assert answer.status_code == 409
    for role in ("reader", "administrator"):
        with pytest.raises(OwnerStays):
            members.set_role(customer, login_id=owner.id, role=role, by=admin.id, now=NOW)
    with pytest.raises(Refusal):
        members.set_role(customer, login_id=admin.id, role="owner", by=owner.id, now=NOW)
    assert owner_of(customer).id == owner.id


def test_ownership_is_handed_over_by_who_signed_in_just_now(shop: StandingClock) -> None:
    customer = builders.customer()
    owner, member = owner_of(customer), member_of(customer)
    address = f"/account/members/{member.id}/hand-over/"
    browser = browser_of(owner)
    assert browser.post(address)["Location"].startswith("/accounts/reauthenticate/")
    assert owner_of(customer).id == owner.id
    browser.post("/accounts/reauthenticate/", {"password": "correct horse battery"})
    assert browser.post(address).status_code == 302
    owner.refresh_from_db()
    assert (owner_of(customer).id, owner.member_role) == (member.id, "administrator")
    assert accounts.email(customer) == member.email
    assert browser.post(address).status_code == 403
    letters = Letter.objects.filter(letter="account-handed-over").order_by("id")
    told = {opened(letter)["reach"]["to"] for letter in letters}
    assert told == {owner.email, member.email}


def test_nobody_owns_an_account_whose_mailbox_was_never_shown(shop: StandingClock) -> None:
    customer = builders.customer()
    member = member_of(customer, signed_in=False)
    with pytest.raises(NeverSignedIn):
        members.hand_over(customer, to=member.id, by=owner_of(customer).id, now=NOW)


def test_who_lost_his_role_meanwhile_does_nothing(shop: StandingClock) -> None:
    customer = builders.customer()
    admin, member = member_of(customer, role="administrator"), member_of(customer)
    members.set_role(customer, login_id=admin.id, role="reader", by=owner_of(customer).id, now=NOW)
    with pytest.raises(NotYoursToDo):
        members.remove(customer, login_id=member.id, by=admin.id, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_an_account_has_one_owner_whoever_leaves_at_the_same_moment() -> None:
    builders.shop()
    for _ in range(5):
        customer = builders.customer()
        owner, heir = owner_of(customer), member_of(customer)

        def race(
            step: int, owner: Login = owner, heir: Login = heir, customer: int = customer
        ) -> str:
            try:
                match step:
                    case 0:
                        members.hand_over(customer, to=heir.id, by=owner.id, now=NOW)
                    case 1:
                        members.remove(customer, login_id=heir.id, by=heir.id, now=NOW)
                    case _:
                        members.remove(customer, login_id=owner.id, by=owner.id, now=NOW)
            except Refusal as refusal:
                return refusal.code
            finally:
                connections.close_all()
            return "done"

        with ThreadPoolExecutor(3) as pool:
            said = list(pool.map(race, range(3)))
        assert Login.objects.filter(account_id=customer, member_role="owner").count() == 1, said
        assert not said[0] == said[1] == "done"


@pytest.mark.django_db(transaction=True)
def test_one_invitation_makes_one_login_however_often_it_is_taken_at_once() -> None:
    builders.shop()
    customer = builders.customer()
    found = invited(customer)

    def join(_: int) -> str:
        try:
            members.join(customer, invitation_id=found.id, now=NOW)
        except (InvitationOver, InvitedElsewhere):
            return "refused"
        finally:
            connections.close_all()
        return "joined"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(join, range(4))) == ["joined", "refused", "refused", "refused"]


# The log


def test_the_log_names_who_did_what_also_after_he_left(shop: StandingClock) -> None:
    customer = builders.customer()
    member, owner = member_of(customer), browser_of(owner_of(customer))
    browser_of(member).post("/keys/", {"label": "", "form": "none"})
    browser_of(member).post("/account/members/invite/", {"email": "x@example.com"})
    owner.post(f"/account/members/{member.id}/remove/")
    page = owner.get("/account/members/log/").text
    assert str(member.email) in page
    assert "member-remove" in page
    assert "member-invite" not in page, "who is refused by the table did nothing"
    assert page.count("<tr>") == 1 + 2


def test_deeds_and_past_members_go_after_a_year(shop: StandingClock) -> None:
    customer = builders.customer()
    member = member_of(customer)
    deeds.begin(customer, login_id=member.id, page="keys", subject="", now=NOW)
    members.remove(customer, login_id=member.id, by=owner_of(customer).id, now=NOW)
    later = NOW + timedelta(days=366)
    for source in jobs.DUE_SOURCES:
        for row in source.find(later, 10):
            source.fire(row, later)
    assert not Deed.objects.exists()
    assert not Membership.objects.exists()


def test_addresses_of_members_are_sealed(shop: StandingClock) -> None:
    customer = builders.customer()
    invited(customer, email="kari@example.com")
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_membership::text FROM accounts_membership")
        rows = cursor.fetchall()
    assert rows
    assert all("kari" not in row[0] and b"kari".hex() not in row[0] for row in rows)
