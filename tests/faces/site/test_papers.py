"""The page of a customer's papers, and the reviewers' pages beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from nummer.apps.audit.models import Line
from nummer.apps.identity import ports, queries
from nummer.apps.identity.contents import DOCUMENT_BYTES_MAX
from nummer.apps.identity.models import Look, Papers
from nummer.apps.leases import queries as leases
from nummer.apps.outbound.actions import clear
from nummer.apps.outbound.register import CUSTOMER_SERVER, MAIL_RELAY, REGISTER
from nummer.faces.site import passed_on
from nummer.gateways.cleaning.cleaner import LimitedProcess
from nummer.gateways.reading.tesseract import tesseract
from tests.apps.identity.conftest import rentals, supplier, with_papers
from tests.apps.identity.samples import PDF
from tests.builders import NOW, customer, rented
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import Enter, StandingClock
from tests.gateways.reading.pictures import LOWER, UPPER, passport

__all__ = ["rentals", "supplier", "with_papers"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop", "with_papers")]
NAME = {"first_name": "Kari", "last_name": "Nordmann"}


def send(browser: Client, content: bytes = PDF, **changed: str) -> tuple[int, str]:
    file = SimpleUploadedFile("x.html", content, content_type="text/html")
    answer = browser.post("/papers/", {**NAME, **changed, "document-identity": file})
    return answer.status_code, answer.text


@pytest.fixture
def reads() -> Iterator[None]:
    """Have Debian's tesseract read what is printed."""
    before = ports.reader()
    ports.install_reader(tesseract(LimitedProcess().pages))
    yield
    ports.install_reader(before)


@pytest.fixture
def account_id() -> int:
    return customer(balance="50.00")


def test_page_says_what_is_asked_for_takes_it_and_tells_its_state(
    shop: StandingClock, enter: Enter, account_id: int
) -> None:
    placed = rented(account_id)
    browser = enter(account_id)
    page = browser.get("/papers/").text
    assert placed.number.international() in page
    assert "Proof of identity" in page
    assert "/papers/" in browser.get(f"/my-numbers/{placed.id}/").text

    assert send(browser)[0] == 302

    page = browser.get("/papers/").text
    assert "being looked at" in page
    assert "Nobody yet." in page
    assert "document-identity" not in page


def test_wrong_and_oversized_files_are_refused_with_what_was_typed_still_there(
    shop: StandingClock, enter: Enter, account_id: int
) -> None:
    rented(account_id)
    browser = enter(account_id)

    for content in (b"<script>alert(1)</script>", PDF + b"0" * DOCUMENT_BYTES_MAX):
        status, page = send(browser, content)
        assert status == 409
        assert 'id="refusal"' in page
        assert 'value="Nordmann"' in page

    assert not Papers.objects.filter(account_id=account_id).exists()


def test_form_from_another_site_is_not_taken(
    shop: StandingClock, enter: Enter, account_id: int
) -> None:
    rented(account_id)
    browser = enter(account_id)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies

    assert send(strict)[0] == 403
    assert not Papers.objects.filter(account_id=account_id).exists()


def test_reviewer_opens_papers_from_the_queue_and_the_customer_reads_each_look(
    shop: StandingClock, enter: Enter, account_id: int
) -> None:
    placed = rented(account_id)
    browser = enter(account_id)
    send(browser)
    (papers,) = queries.papers_of(account_id)
    reviewer = at_work("identity")
    listed = reviewer.get("/staff/papers/").text
    assert "Nordmann" not in listed
    (address,) = re.findall(r'action="(/staff/papers/\d+/[0-9a-f-]+/)take/"', listed)
    assert reviewer.get(address).status_code == 403
    assert reviewer.post(f"{address}{papers.documents[0].id}/").status_code == 403
    tried = Line.objects.filter(verb="papers_opening_refused", account_id=account_id)
    assert tried.count() == 2
    assert not Look.objects.exists()
    assert reviewer.post(f"{address}take/").status_code == 302

    assert "Nordmann" in reviewer.get(address).text
    early = reviewer.post(address, {"approved": "yes"})
    assert (early.status_code, "Open every document" in early.text) == (400, True)
    Look.objects.all().delete()  # the page was shown again: that is another look
    reviewer.get(address)
    file = reviewer.post(f"{address}{papers.documents[0].id}/")

    assert (file.content[:5], file["Content-Type"]) == (b"%PDF-", "application/pdf")
    assert file.content != PDF  # a copy
    assert file["Content-Disposition"].startswith("attachment")
    assert file["X-Content-Type-Options"] == "nosniff"
    assert browser.get("/papers/").text.count("a member of our staff") == 2

    assert reviewer.post(address, {"approved": "yes"}).status_code == 302
    assert leases.lease(account_id, lease_id=placed.id).state == "at_supplier"
    assert reviewer.get(address).status_code == 404
    assert reviewer.post(f"{address}{papers.documents[0].id}/").status_code == 404
    assert Look.objects.count() == 2


def test_a_machine_reads_the_zone_for_the_reviewer_and_decides_nothing(
    shop: StandingClock, enter: Enter, account_id: int, reads: None
) -> None:
    rented(account_id)
    browser = enter(account_id)
    assert send(browser, passport(UPPER, LOWER))[0] == 302
    (papers,) = queries.papers_of(account_id)
    address = f"/staff/papers/{account_id}/{papers.id}/"
    read = f"{address}{papers.documents[0].id}/read/"
    reviewer = at_work("identity")
    assert reviewer.post(read).status_code == 403, "she has not taken them"
    assert not Look.objects.exists()
    reviewer.post(f"{address}take/")
    assert "Read its zone" in reviewer.get(address).text

    page = reviewer.post(read).text

    assert UPPER.replace("<", "&lt;") in page
    assert "Compare each letter" in page
    looks = [one.document for one in queries.looks(account_id)]
    assert papers.documents[0].kind in looks, "the customer reads that it was opened"
    row = queries.papers(account_id, papers_id=papers.id)
    assert (row.state, row.findings) == ("waiting", ()), "what was read is not even compared"
    stored = Papers.objects.get(account_id=account_id)
    assert stored.zone_index is None or not bytes(stored.zone_index), "nothing of it is kept"


def test_a_document_without_a_zone_says_so_and_it_is_typed(
    shop: StandingClock, enter: Enter, account_id: int, reads: None
) -> None:
    rented(account_id)
    send(enter(account_id))
    (papers,) = queries.papers_of(account_id)
    address = f"/staff/papers/{account_id}/{papers.id}/"
    reviewer = at_work("identity")
    reviewer.post(f"{address}take/")

    answer = reviewer.post(f"{address}{papers.documents[0].id}/read/", follow=True)

    assert "No machine-readable zone could be read" in answer.text


def test_without_a_reader_no_button_offers_it(
    shop: StandingClock, enter: Enter, account_id: int
) -> None:
    before = ports.reader()
    ports.install_reader(None)
    rented(account_id)
    send(enter(account_id))
    (papers,) = queries.papers_of(account_id)
    reviewer = at_work("identity")
    reviewer.post(f"/staff/papers/{account_id}/{papers.id}/take/")

    page = reviewer.get(f"/staff/papers/{account_id}/{papers.id}/").text

    ports.install_reader(before)
    assert "Read its zone" not in page


def test_refusal_needs_a_reason_and_stands_on_the_customers_page(
    shop: StandingClock, enter: Enter, account_id: int
) -> None:
    rented(account_id)
    browser = enter(account_id)
    send(browser)
    (papers,) = queries.papers_of(account_id)
    reviewer = at_work("identity")
    address = f"/staff/papers/{account_id}/{papers.id}/"
    reviewer.post(f"{address}take/")
    reviewer.get(address)

    assert reviewer.post(address, {"approved": "no"}).status_code == 400
    told = {"approved": "no", "reasons": ["expired"], "words": "Since <b>May</b>."}
    assert reviewer.post(address, told).status_code == 302

    page = browser.get("/papers/").text
    assert "A document has expired." in page
    assert "Since &lt;b&gt;May&lt;/b&gt;." in page
    assert "document-identity" in page


@pytest.mark.parametrize("role", ["support", "finance", "compliance", "operations"])
def test_other_roles_do_not_reach_papers(
    shop: StandingClock, enter: Enter, account_id: int, role: str
) -> None:
    rented(account_id)
    send(enter(account_id))
    (papers,) = queries.papers_of(account_id)
    browser = at_work(role)
    address = f"/staff/papers/{account_id}/{papers.id}/"

    assert browser.get("/staff/papers/").status_code == 403
    assert browser.get(address).status_code == 403
    assert browser.post(f"{address}{papers.documents[0].id}/").status_code == 403
    assert not Look.objects.exists()


def test_customer_reaches_neither_the_reviewers_pages_nor_anothers_papers(
    shop: StandingClock, enter: Enter, account_id: int
) -> None:
    rented(account_id)
    send(enter(account_id))
    (papers,) = queries.papers_of(account_id)
    other = customer()
    browser = enter(other)

    for owner, which in ((account_id, papers.id), (other, papers.id), (other, UUID(int=0))):
        assert browser.get(f"/staff/papers/{owner}/{which}/").status_code == 404
    reviewer = at_work("identity")
    assert reviewer.get(f"/staff/papers/{other}/{papers.id}/").status_code == 404
    assert "Nordmann" not in browser.get("/papers/").text


RULE = {
    "country": "NO",
    "kind": "mobile",
    "supplier": "",
    "customer": "",
    "fields_asked": ["first_name", "birth_date"],
    "documents_asked": ["identity"],
    "from_at": "",
}


def test_staff_look_at_a_rule_before_it_counts_and_see_all_of_them(shop: StandingClock) -> None:
    browser = at_work("identity")
    before = browser.get("/staff/papers/rules/").text
    assert before.count("<tr>") == 2  # the head, and the rule of the shop
    assert "Set the rule" not in before

    looked = browser.post("/staff/papers/rules/", {**RULE, "step": "look"}).text
    assert "Set the rule" in looked
    assert re.search(r'id="preview".*Asked for then:.*First name; Date of birth', looked)
    assert len(queries.rules()) == 1

    assert browser.post("/staff/papers/rules/", {**RULE, "step": "set"}).status_code == 302
    (rule,) = [one for one in queries.rules() if one.kind == "mobile"]
    assert ([*rule.asked.fields], [*rule.asked.documents]) == (
        ["first_name", "birth_date"],
        ["identity"],
    )
    old = {**RULE, "from_at": "2020-01-01T00:00", "step": "set"}
    refused = browser.post("/staff/papers/rules/", old)
    assert (refused.status_code, "now or later" in refused.text) == (400, True)
    assert len(queries.rules()) == 2


def test_compliance_reads_the_rules_and_support_does_not(shop: StandingClock) -> None:
    reader = at_work("compliance")
    assert reader.get("/staff/papers/rules/").status_code == 200
    assert reader.post("/staff/papers/rules/", {**RULE, "step": "set"}).status_code == 403
    assert at_work("support").get("/staff/papers/rules/").status_code == 403


def test_offer_says_what_is_needed_before_payment_and_the_order_keeps_what_was_ticked(
    shop: StandingClock, enter: Enter, account_id: int
) -> None:
    browser = enter(account_id)
    page = browser.get("/rent/4759441001/").text
    assert "What we need from you" in page
    assert all(word in page for word in ("First name", "Last name", "Proof of identity"))
    form: dict[str, str | list[str]] = dict(
        re.findall(r'<input type="hidden" name="(key|total|needs)" value="([^"]+)"', page)
    )
    form["text"] = re.findall(r'<input type="hidden" name="text" value="([^"]+)"', page)
    form |= {"restrictions": "yes", "immediate": "yes"}

    assert browser.post("/rent/4759441001/", form).status_code == 409
    other = {**form, "papers": "yes", "needs": "first_name,,identity"}
    assert browser.post("/rent/4759441001/", other).status_code == 409
    none = {name: value for name, value in form.items() if name != "needs"}
    assert browser.post("/rent/4759441001/", none).status_code == 409
    assert leases.leases_of(account_id) == []

    assert browser.post("/rent/4759441001/", {**form, "papers": "yes"}).status_code == 302
    (lease,) = leases.leases_of(account_id)
    told = queries.acknowledged(account_id, order_id=lease.id)
    assert told is not None
    assert ([*told.fields], [*told.documents]) == (["first_name", "last_name"], ["identity"])


def test_papers_before_every_purchase_are_said_on_the_page_of_a_product_and_asked_for(
    shop: StandingClock, enter: Enter, account_id: int
) -> None:
    browser = enter(account_id)
    assert 'id="papers-first"' not in browser.get("/services/tg/no/").text
    staff = at_work("identity")
    rule = {**RULE, "country": "", "kind": "", "fields_asked": ["first_name"], "step": "set"}
    half = staff.post("/staff/papers/rules/", {**rule, "kind": "mobile"})
    assert (half.status_code, "Choose both a country and a kind" in half.text) == (400, True)

    assert staff.post("/staff/papers/rules/", rule).status_code == 302

    assert "every purchase" in staff.get("/staff/papers/rules/").text
    for reader in (browser, Client()):
        assert 'id="papers-first"' in reader.get("/services/tg/no/").text
    page = browser.get("/papers/").text
    assert "Papers before you buy" in page
    assert 'name="first_name"' in page
    assert 'name="document-identity"' in page


def test_what_left_is_said_in_words_of_the_reader(enter: Enter, account_id: int) -> None:
    clear(MAIL_RELAY, "letter", {"to": "x", "html": "x"}, account_id=account_id, now=NOW)
    clear(CUSTOMER_SERVER, "event", {"method": "x", "url": "x"}, account_id=account_id, now=NOW)

    pages = {
        language: enter(account_id, language=language).get("/papers/").text
        for language in ("en", "nb", "de")
    }

    assert (
        "e-mail service, an e-mail to you (words of the message with their layout, address"
        in pages["en"]
    )
    assert "your own server, an event that you are told of (kind of call, address" in pages["en"]
    assert "e-posttjeneste, en e-post til deg (ordene i meldingen" in pages["nb"]
    assert "E-Mail-Dienst, eine E-Mail an Sie (Wortlaut der Nachricht" in pages["de"]


def test_everything_that_may_leave_has_words() -> None:
    names = {name for fields in REGISTER.values() for name in fields}

    assert passed_on.RECIPIENTS.keys() == {recipient for recipient, _ in REGISTER}
    assert passed_on.PURPOSES.keys() == {purpose for _, purpose in REGISTER}
    assert passed_on.PARTS.keys() == names
