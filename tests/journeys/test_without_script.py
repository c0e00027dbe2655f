"""What is not live works without JavaScript: signing up, paying in, ordering, reading, writing."""

from __future__ import annotations

import re
from collections.abc import Mapping

from playwright.sync_api import expect

from tests.installation import Installation
from tests.journeys.conftest import LANGUAGES, Visit
from tests.journeys.test_one_time import CODE, deliver, in_every_language, sign_up, top_up

PHONES: Mapping[str, str] = dict(zip(LANGUAGES, ("51", "52", "53"), strict=True))


@in_every_language
def test_a_newcomer_needs_no_script(
    visitor: Visit, installation: Installation, language: str
) -> None:
    person = visitor(language, script=False)
    page = person.page
    sign_up(person, email=f"plain-{language}@example.com", phone=PHONES[language])
    top_up(person, amount="20")

    person.order()
    number = person.newest()
    expect(page.locator("noscript a")).to_be_visible()
    expect(page.locator("[data-copy]").first).not_to_be_visible()
    deliver(installation, number)
    page.locator("noscript a").click()
    expect(page.locator(".code").first).to_have_text(CODE)
    page.locator("form[action$='/finish/'] button").first.click()
    expect(page.locator("main form[action$='/finish/']")).to_have_count(0)

    person.order()
    page.goto(f"{installation.url}/orders/")
    page.locator("form[action$='/cancel/'] button").first.click()
    expect(page.locator("main")).to_contain_text("RP-B4")

    person.go("/cases/")
    page.fill("input[name=subject]", "Plain")
    page.fill("textarea[name=text]", "Written without a script.")
    person.submit()
    expect(page.locator("main")).to_contain_text("Written without a script.")


def test_preferences_and_the_menu_need_no_script(visitor: Visit) -> None:
    person = visitor("en", script=False)
    page = person.page
    person.go("/")
    page.locator("footer button[value=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.locator("footer button[value=de]").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.locator("button[popovertarget=main-menu]").click()
    page.locator("#main-menu a[href='/numbers/']").click()
    expect(page).to_have_url(re.compile(r"/numbers/$"))
