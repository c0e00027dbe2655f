"""A number of Berlin needs papers: refused files, each look, what the supplier got (U16)."""

from __future__ import annotations

import io
import re
import time

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, expect

from tests.apps.identity.samples import INFECTED, made
from tests.installation import Installation
from tests.journeys.conftest import ORDER_BUTTON, Visit, Visitor
from tests.journeys.test_accessible import axe
from tests.journeys.test_money_back import looked_at

__all__ = ["axe"]  # a fixture

FIELDS = {
    "first_name": "Kari",
    "last_name": "Nordmann",
    "street": "Storgata 1",
    "postcode": "0155",
    "city": "Oslo",
}
WHOLESALERS = "4930231259"  # with these begin the numbers that the sandbox's wholesaler has there
ZONE = (
    "P<NORNORDMANN<<KARI".ljust(44, "<") + "\n" + "L898902C36NOR7408122F3204150" + "<" * 14 + "<0"
)
WORDS = {
    "en": {
        "needs": "What we need from you",
        "identity": "Proof of identity, such as a passport",
        "type": "not a complete PDF, JPEG or PNG",
        "size": "at most 8 MB",
        "virus": "Our virus scanner does not let a file pass",
        "waits": "Your papers are being looked at",
        "look": "a member of our staff",
        "works": "Works",
        "accepted": "accepted",
    },
    "nb": {
        "needs": "Hva vi trenger fra deg",
        "identity": "Legitimasjon, for eksempel pass",
        "type": "PDF, JPEG eller PNG",
        "size": "8 MB",
        "virus": "Virussjekken vår slipper ikke en fil gjennom",
        "waits": "Vi ser på papirene dine",
        "look": "en av våre ansatte",
        "works": "Virker",
        "accepted": "godtatt",
    },
    "de": {
        "needs": "Was wir von Ihnen brauchen",
        "identity": "Identitätsnachweis",
        "type": "PDF-, JPEG- oder PNG-Datei",
        "size": "8 MB",
        "virus": "Unser Virenscanner lässt eine Datei nicht durch",
        "waits": "Ihre Unterlagen werden angesehen",
        "look": "eine Person aus unserem Team",
        "works": "Funktioniert",
        "accepted": "angenommen",
    },
}


def photo() -> bytes:
    """Return a picture as a phone takes it, with the place in it."""
    exif = Image.Exif()
    exif[0x010F] = "Phonemaker"
    exif.get_ifd(0x8825).update({1: "N", 2: (59.0, 54.0, 50.0), 3: "E", 4: (10.0, 45.0, 8.0)})
    return made("JPEG", Image.new("RGB", (800, 600), "tan"), exif=exif.tobytes())


def choose(person: Visitor, kind: str, content: bytes, *, name: str = "x.jpg") -> None:
    file = FilePayload(name=name, mimeType="image/jpeg", buffer=content)
    person.page.set_input_files(f"input[name=document-{kind}]", files=file)


def hand_in(person: Visitor, *, identity: bytes, address: bytes) -> None:
    """Fill the form in, as far as it is empty, and send it."""
    for name, text in FIELDS.items():
        person.page.fill(f"input[name={name}]", text)
    person.page.select_option("select[name=country]", "NO")
    choose(person, "identity", identity)
    choose(person, "address", address)
    person.submit()


def berlin(person: Visitor) -> None:
    """Find a number of Berlin whose supplier wants papers."""
    page = person.page
    deadline = time.monotonic() + 60
    while True:
        person.go("/numbers/")
        link = page.locator("main a[href$='/de/']")
        if link.count():
            break
        assert time.monotonic() < deadline, "the wholesaler's numbers never came"
        time.sleep(1)
    with page.expect_navigation():
        link.first.click()
    with page.expect_navigation():
        page.get_by_role("link", name="Berlin", exact=True).first.click()
    page.goto(f"{page.url.split('?')[0]}?digits={WHOLESALERS}")
    offers = page.locator("#results a.btn-primary").evaluate_all("all => all.map(a => a.href)")
    for offer in offers:  # those of our own stock need no papers
        page.goto(offer)
        if page.locator("#papers").count():
            return
    raise AssertionError(f"none of {len(offers)} numbers of Berlin needs papers")


@pytest.mark.parametrize("language", WORDS)
def test_papers_of_a_number_of_berlin_from_the_offer_to_the_supplier(
    visitor: Visit, installation: Installation, axe: str, language: str
) -> None:
    words = WORDS[language]
    person = visitor.customer(language, balance="90.00")
    page = person.page

    berlin(person)
    expect(page.locator("#papers")).to_have_text(words["needs"])
    expect(page.locator("main")).to_contain_text(words["identity"])
    looked_at(person, axe, f"papers-offer-{language}")
    tick_and_order(person)
    address = page.url

    person.go("/papers/")
    looked_at(person, axe, f"papers-form-{language}")
    for content, said in (
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "type"),
        (photo() + b"\0" * 8_000_000, "size"),
        (INFECTED, "virus"),
    ):
        hand_in(person, identity=content, address=photo())
        expect(page.locator("#refusal")).to_contain_text(words[said])
    looked_at(person, axe, f"papers-refused-{language}")
    hand_in(person, identity=photo(), address=photo())
    expect(page.locator("main")).to_contain_text(words["waits"])

    review(visitor, person, axe)

    person.go("/papers/")
    expect(page.locator("#looks + ul li").first).to_contain_text(words["look"])
    assert page.locator("#looks + ul li").count() >= 3
    looked_at(person, axe, f"papers-accepted-{language}")
    page.goto(address)
    deadline = time.monotonic() + 90
    while words["works"] not in page.locator("#lease-state").inner_text():
        assert time.monotonic() < deadline, installation.tail()
        time.sleep(1)
        page.goto(address)
    person.go("/papers/")
    sent = page.locator("#sent + ul li")
    expect(sent).to_have_count(1)
    expect(sent).to_contain_text(words["accepted"])
    assert len(sent.locator("span.muted").inner_text().split(";")) == 8  # six fields, two proofs
    assert installation.command("audit").returncode == 0


ASKS_ALL_THE_SAME = """path => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = path;
    form.append(document.querySelector("[name=csrfmiddlewaretoken]").cloneNode());
    document.body.append(form);
    form.submit();
}"""


def test_without_papers_the_order_ends_and_its_price_is_not_paid_out(
    visitor: Visit, installation: Installation, axe: str
) -> None:
    person = visitor.customer("de", balance="90.00")
    page = person.page
    orders(person)
    address = page.url
    installation.command("sandbox", "clock", "advance", "31d")

    person.go("/balance/")
    expect(page.locator("main")).to_contain_text("90,00\xa0€")
    expect(page.locator("tbody tr").first).to_contain_text("RP-B3")
    page.goto(address)
    assert page.locator("#pay-out").count() == 0
    looked_at(person, axe, "papers-never-came")
    with page.expect_navigation():
        page.evaluate(ASKS_ALL_THE_SAME, f"{address}pay-out/")
    expect(page.locator("body")).to_contain_text("RP-X2")
    person.go("/balance/")
    expect(page.locator("main")).to_contain_text("90,00\xa0€")


def orders(person: Visitor) -> None:
    """Order a number of Berlin."""
    berlin(person)
    tick_and_order(person)


def tick_and_order(person: Visitor) -> None:
    """Tick every box of the offer, all of which are empty, and order."""
    page = person.page
    boxes = page.locator("form input[type=checkbox]")
    for n in range(boxes.count()):
        assert not boxes.nth(n).is_checked()
        boxes.nth(n).check()
    with page.expect_navigation():
        page.get_by_role("button", name=ORDER_BUTTON[person.language]).click()


def review(visitor: Visit, person: Visitor, axe: str) -> None:
    """Let a reviewer take the papers, look at everything, compare the zone, and accept."""
    staff = visitor.staff("identity")
    page = staff.page
    staff.go("/staff/papers/")
    form = page.locator("form[action$='/take/']").last
    papers = (form.get_attribute("action") or "").removesuffix("take/")
    looked_at(staff, axe, f"papers-queue-{person.language}")

    refused = page.goto(staff.installation.url + papers)
    assert refused is not None
    assert refused.status == 403
    expect(page.locator("#refusal")).to_contain_text("Take these papers from the queue first")
    assert "Nordmann" not in page.content()

    with page.expect_navigation():
        page.locator(f"form[action='{papers}take/'] button").click()
    expect(page.locator("dl.facts")).to_contain_text("Nordmann")
    looked_at(staff, axe, f"papers-review-{person.language}")
    opened = page.get_by_role("button", name="Open", exact=True)
    for n in range(opened.count()):
        with page.expect_download() as download:
            opened.nth(n).click()
        content = download.value.path().read_bytes()
        assert b"Phonemaker" not in content
        image = Image.open(io.BytesIO(content))
        assert (image.size, dict(image.getexif())) == ((800, 600), {})
    page.fill("textarea[name=zone]", ZONE)
    with page.expect_navigation():
        page.get_by_role("button", name="Compare").click()
    page.select_option("select[name=approved]", "yes")
    grounds = "A zone that is the same in every run of this test."
    page.fill("textarea[name=grounds]", grounds)
    with page.expect_navigation(url=re.compile("/staff/papers/$")):
        page.get_by_role("button", name="Write the judgement").click()
