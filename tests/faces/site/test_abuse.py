"""Reports of misuse by anybody: a case, a receipt, a limit, and nothing that begins by itself."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from nummer.apps.cases import actions, desk, queries
from nummer.apps.cases.models import Case
from nummer.apps.cases.threads import abuse_address, is_ours
from nummer.apps.incidents.models import Fact
from nummer.faces.site.views.abuse import REPORTS_MAX
from nummer.kernel.ids import new_id
from nummer.protocols.mail.evidence import Dkim
from nummer.protocols.mail.reading import read_mail
from tests import builders
from tests.apps.cases.test_cases import sent
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import StandingClock

CARD = "4111 1111 1111 1111"


def form(**changes: str) -> dict[str, str]:
    known = {
        "number": "+47 59 44 00 00",
        "text": f"Somebody asked for my card {CARD} by SMS.",
        "email": "victim@example.org",
        "key": str(new_id()),
    }
    return known | changes


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Thank you for the report."), ("nb", "Takk for meldingen."), ("de", "Danke für die")],
)
def test_report_opens_a_case_of_its_own_kind_with_a_receipt(
    shop: StandingClock, language: str, words: str
) -> None:
    browser, given = Client(headers={"accept-language": language}), form()
    for _ in range(2):  # two clicks
        page = browser.post("/abuse/", given, follow=True)

    (head,) = desk.latest(desk.Wanted(), before=None, limit=9)
    assert (head.account_id, head.kind, head.language) == (0, "abuse", language)
    assert str(head.number) in page.text
    (said,) = queries.messages(0, case_id=head.id)
    assert said.text == "Somebody asked for my card [card •••• 1111] by SMS."
    (receipt,) = sent()
    assert receipt.to == ["victim@example.org"]
    assert words in receipt.body
    assert not Fact.objects.exists(), "a report suspends nobody"


def test_case_leads_compliance_into_the_flow_of_abuse(shop: StandingClock) -> None:
    Client().post("/abuse/", form())
    (head,) = desk.latest(desk.Wanted(), before=None, limit=9)
    address = f"/staff/cases/{head.number}/"
    link = re.search(r'href="(/staff/abuse/[^"]+)"', at_work("compliance").get(address).text)
    assert link is not None
    assert f'value="case-{head.number}"' in at_work("compliance").get(link[1]).text
    page = at_work("support").get(address).text
    assert "/staff/abuse/" not in page
    assert "Compliance decides" in page
    assert not Fact.objects.exists()


def test_who_reports_without_end_is_told_to_wait(shop: StandingClock) -> None:
    browser = Client()
    for _ in range(REPORTS_MAX):
        assert browser.post("/abuse/", form()).status_code == 302

    answer = browser.post("/abuse/", form())

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert Case.objects.count() == REPORTS_MAX
    assert len(sent()) == REPORTS_MAX  # and no address gets more on a day


@pytest.mark.parametrize(
    "changes", [{"email": "nobody"}, {"text": " "}, {"number": ""}, {"text": "x" * 20_001}]
)
def test_report_that_cannot_be_is_refused(shop: StandingClock, changes: dict[str, str]) -> None:
    assert Client().post("/abuse/", form(**changes)).status_code == 400
    assert not Case.objects.exists()
    assert Client().get("/abuse/received/?of=100001").status_code == 404


def test_mail_to_the_abuse_mailbox_is_taken_as_a_report(shop: StandingClock) -> None:
    assert is_ours(abuse_address())
    assert is_ours("Abuse@Nummer.example")
    assert not is_ours("abuse@example.org")
    raw = b"From: victim@example.org\r\nSubject: Your number\r\n\r\nPlease refund me nothing.\r\n"

    received = actions.receive_mail(
        read_mail(raw), dkim=Dkim.NONE, recipients=[abuse_address()], received_at=builders.NOW
    )

    assert queries.case_by_number(received.number).head.kind == "abuse"
    assert sent()[-1].extra_headers["Reply-To"].startswith("hello+")
