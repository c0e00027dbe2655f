"""The desk of cases as the staff use it: a list to work off, owner, notes, merging, answers."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.core import mail as outbox

from nummer.apps.cases import actions, desk, queries
from nummer.apps.cases.actions import Channel, Kind, Proof
from nummer.apps.cases.models import Case
from nummer.kernel.ids import new_id
from tests import builders
from tests.apps.cases.test_cases import sent
from tests.faces.backoffice.test_cases import key, mailed
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import Enter, StandingClock


def opened(account_id: int, *, kind: Kind = Kind.QUESTION, text: str = "Where is it?") -> int:
    return actions.open_case(
        account_id,
        key=new_id(),
        kind=kind,
        channel=Channel.PAGE,
        text=text,
        subject="A question",
        proof=Proof.SIGNED_IN,
        actor=f"customer:{account_id}",
        received_at=builders.NOW,
        now=builders.NOW,
    ).head.number


def listed(page: str) -> list[int]:
    return [int(number) for number in re.findall(r"/staff/cases/(\d+)/", page)]


def test_list_is_narrowed_by_kind_and_customer(shop: StandingClock) -> None:
    ola, kari = builders.customer(), builders.customer()
    first, refund = opened(ola), opened(ola, kind=Kind.REFUND)
    other = opened(kari)
    browser = at_work("support")

    assert listed(browser.get("/staff/cases/").text) == [first, refund, other]
    assert listed(browser.get("/staff/cases/?kind=refund").text) == [refund]
    assert listed(browser.get(f"/staff/cases/?q={kari}").text) == [other]
    assert listed(browser.get("/staff/cases/", {"q": builders.email_of(ola)}).text) == [
        refund,
        first,
    ]
    assert browser.get(f"/staff/cases/?q={refund}")["Location"] == f"/staff/cases/{refund}/"
    page = browser.get("/staff/cases/?q=nobody@example.org").text
    assert listed(page) == []
    assert "There is no case, no account and no address like this." in page


def test_late_cases_are_marked_and_counted(shop: StandingClock) -> None:
    number = opened(builders.customer())
    browser = at_work("support")
    shop.at = builders.NOW + timedelta(days=1)
    page = browser.get("/staff/cases/?show=soon").text
    assert listed(page) == [number]
    assert "2026-11-24" in page
    assert 'badge-warning badge-sm">soon<' in page

    shop.at = builders.NOW + timedelta(days=4)

    page = browser.get("/staff/cases/?show=late").text
    assert listed(page) == [number]
    assert 'badge-error badge-sm">late<' in page
    assert 'badge-error badge-sm">late<' in browser.get(f"/staff/cases/{number}/").text


def test_lists_page_in_every_tab(shop: StandingClock) -> None:
    account_id = builders.customer()
    for at in range(52):
        actions.open_declared(
            account_id,
            key=UUID(int=at + 1),
            kind=Kind.WITHDRAWAL,
            channel=Channel.PAGE,
            text="I withdraw",
            subject="Withdrawal",
            proof=Proof.CLAIMED,
            actor=f"customer:{account_id}",
            received_at=builders.NOW,
            now=builders.NOW,
        )
    browser = at_work("support")
    for show in ("waiting", "nobodys", "all"):
        first = browser.get(f"/staff/cases/?show={show}").text
        found = re.search(r'rel="next" href="([^"]+)"', first)
        assert found is not None
        second = browser.get("/staff/cases/" + found[1].replace("&amp;", "&")).text
        assert len({*listed(first), *listed(second)}) == 52
        assert (len(listed(first)), len(listed(second))) == (50, 2)
        assert 'rel="next"' not in second


def test_case_is_taken_given_back_noted_and_merged(shop: StandingClock, enter: Enter) -> None:
    account_id = builders.customer()
    first, second = opened(account_id), opened(account_id, text="And where is the other one?")
    browser = at_work("support")

    browser.post(f"/staff/cases/{first}/take/")
    assert listed(browser.get("/staff/cases/?show=mine").text) == [first]
    browser.post(f"/staff/cases/{first}/give/", {"to": ""})
    assert listed(browser.get("/staff/cases/?show=mine").text) == []
    browser.post(
        f"/staff/cases/{first}/note/",
        {"note": "Asked <b>operations</b>.", "key": str(new_id())},
    )
    assert "Asked &lt;b&gt;operations&lt;/b&gt;." in browser.get(f"/staff/cases/{first}/").text
    merged = browser.post(f"/staff/cases/{second}/merge/", {"other": str(first)})

    assert merged["Location"] == f"/staff/cases/{first}/"
    page = browser.get(f"/staff/cases/{first}/").text
    assert "And where is the other one?" in page
    own = enter(account_id)
    assert own.get(f"/cases/{second}/")["Location"] == f"/cases/{first}/"
    shown = own.get(f"/cases/{first}/").text
    assert "And where is the other one?" in shown
    assert "operations" not in shown


def test_merging_with_another_customers_case_is_refused(shop: StandingClock) -> None:
    one, other = opened(builders.customer()), opened(builders.customer())
    browser = at_work("support")
    for number in (other, one, 999_999):
        answer = browser.post(f"/staff/cases/{one}/merge/", {"other": str(number)})
        assert answer.status_code == 400
        assert "Only two cases of one customer can be merged" in answer.text
    assert Case.objects.filter(merged_into=None).count() == 2


@pytest.mark.clause("RP-N2a")
@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "RP-N2a"), ("nb", "RP-N2a"), ("de", "RP-N2a")],
)
def test_standard_answer_is_filled_in_the_customers_language_and_sent(
    shop: StandingClock, language: str, words: str
) -> None:
    account_id = builders.customer(locale=language)
    number = opened(account_id, text="My account at the service was banned, I want my money back.")
    browser = at_work("support")
    page = browser.get(f"/staff/cases/{number}/?use=account-banned")
    text = re.search(r'<textarea name="text"[^>]*>\s*(.*?)</textarea>', page.text, re.DOTALL)
    assert text is not None
    assert words in text[1]
    begun = page.context["answering"]
    shop.at += timedelta(hours=1)

    browser.post(
        f"/staff/cases/{number}/answer/",
        {
            "text": begun["text"].value(),
            "standard": begun["standard"].value(),
            "closes": "on",
            "key": str(new_id()),
        },
    )

    head = queries.case_by_number(number).head
    (_, answer) = queries.messages(account_id, case_id=head.id)
    assert answer.standard == "account-banned@0"
    assert words in sent()[-1].body
    assert len(outbox.outbox) >= 1
    assert "account-banned@0" in browser.get(f"/staff/cases/{number}/").text


def test_staff_write_a_version_and_finance_only_reads(shop: StandingClock) -> None:
    form = {
        "code": "invoice",
        "kind": "question",
        "title": "Invoices",
        "en": "See {site}",
        "nb": "Se {site}",
        "de": "Siehe {site}",
    }
    assert at_work("finance").post("/staff/answers/", form).status_code == 403
    browser = at_work("support")

    answer = browser.post("/staff/answers/invoice/", form)
    assert answer["Location"] == "/staff/answers/invoice/"
    page = browser.post("/staff/answers/invoice/", form | {"en": "See {account}"})

    assert page.status_code == 400
    assert "Nothing fills the placeholder {account}." in page.text
    assert "See {site}" in browser.get("/staff/answers/invoice/").text
    assert browser.get("/staff/answers/nothing/").status_code == 404
    key_ = key(browser, f"/staff/cases/{mailed()}/")
    assert key_
    assert desk.counts(actor="staff:1", now=builders.NOW)[desk.Which.WAITING] == 1


@pytest.mark.clause("LD-D4")
@pytest.mark.parametrize("language", ["en", "nb", "de"])
def test_survey_needs_no_login_and_opening_it_keeps_nothing(
    shop: StandingClock, enter: Enter, language: str
) -> None:
    account_id = builders.customer(locale=language)
    number = opened(account_id)
    head = queries.case_by_number(number).head
    actions.end_case(account_id, case_id=head.id, now=builders.NOW)
    own = enter(account_id, language=language)
    found = re.search(r'action="(/how-it-went/[^"]+)"', own.get(f"/cases/{number}/").text)
    assert found is not None
    own.logout()

    assert own.get(found[1]).status_code == 200
    assert queries.case_by_number(number).head.rating == ""
    assert own.post(found[1], {"rating": "wonderful"}).status_code == 200
    assert queries.case_by_number(number).head.rating == ""
    assert own.post(found[1], {"rating": "fair"}).status_code == 200

    assert queries.case_by_number(number).head.rating == "fair"
    assert own.get("/how-it-went/abcdefgh/").status_code == 404
