"""The staff's pages of probes, drafts of incidents and planned work."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions.drafts import raise_draft
from nummer.apps.numbers.models import Number
from nummer.apps.probes import queries
from nummer.apps.probes.models import Plan, Probe
from nummer.apps.probes.rules import rules
from nummer.kernel.ids import new_id
from tests.apps.probes.world import PROBED, arrived, kept, lost, planned
from tests.builders import NOW
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import StandingClock

PAGE = "/staff/probes/"
RULES = {"every": "30", "wait": "5", "failures": "2", "per_day": "50", "cost": "1.50"}


def test_a_route_is_probed_from_the_page(shop: StandingClock) -> None:
    browser = at_work("operations")
    assert "No route is probed." in browser.get(PAGE).text
    number = {"e164": PROBED.e164, "country": "NO", "carrier": "sandbox"}
    assert browser.post(f"{PAGE}numbers/", number).status_code == 302
    assert Number.objects.get(e164=PROBED.e164).use == "probe"

    wish = {"carrier": "sandbox", "number": PROBED.e164}
    assert browser.post(PAGE, wish).status_code == 302
    assert browser.post(PAGE, wish).status_code == 400
    plan = Plan.objects.get()
    page = f"{PAGE}{plan.id}/"
    assert PROBED.international() in browser.get(PAGE).text
    assert "none yet" in browser.get(page).text
    for _ in range(2):  # the second is refused, since one is under way
        assert browser.post(f"{page}run/").status_code == 302
    assert Probe.objects.count() == 1
    assert "under way" in browser.get(page).text
    browser.post(f"{page}pause/")
    assert "paused" in browser.get(PAGE).text
    browser.post(f"{page}resume/")
    assert "paused" not in browser.get(PAGE).text


def test_the_table_shows_last_result_and_delays_and_history_pages(shop: StandingClock) -> None:
    plan_id = planned()
    for n in range(51):
        arrived(plan_id, at=NOW + timedelta(hours=n))
    lost(plan_id, at=NOW + timedelta(hours=51))
    shop.at = NOW + timedelta(hours=52)
    browser = at_work("support")

    text = browser.get(PAGE).text
    for shown in ("lost", "4.0", "51 / 52", "1 failure"):
        assert shown in text
    first = browser.get(f"{PAGE}{plan_id}/").text
    assert first.count("<tr>") == 51  # with the head
    last = queries.history(plan_id, limit=50)[-1].id
    assert f"before={last}" in first
    assert browser.get(f"{PAGE}{plan_id}/?before={last}").text.count("<tr>") == 3


@pytest.mark.parametrize(
    ("spoken", "wrong"),
    [
        ("too often", {"every": "4"}),
        ("waits longer than it repeats", {"wait": "30"}),
        ("less than none", {"per_day": "-1"}),
        ("no number", {"cost": "much"}),
    ],
)
def test_rules_are_set_and_wrong_ones_refused(
    shop: StandingClock, spoken: str, wrong: dict[str, str]
) -> None:
    browser = at_work("operations")
    assert browser.post(f"{PAGE}rules/", RULES).status_code == 302
    before = rules()
    assert (before.every, before.failures_in_row) == (timedelta(minutes=30), 2)
    assert str(before.cost_per_day_max.decimal_text()) == "1.50"
    assert not before.declares
    assert browser.post(f"{PAGE}rules/", {**RULES, **wrong}).status_code == 400, spoken
    assert rules() == before


def test_support_reads_and_only_operations_decides(shop: StandingClock) -> None:
    plan_id = planned()
    support = at_work("support")
    assert "Probe another route" not in support.get(PAGE).text
    for address in (f"{PAGE}rules/", f"{PAGE}numbers/", f"{PAGE}{plan_id}/run/"):
        assert support.post(address).status_code == 403
    assert support.post(PAGE, {"carrier": "sandbox", "number": PROBED.e164}).status_code == 403
    assert at_work("finance").get(PAGE).status_code == 403
    browser = at_work("operations")
    for verb in ("", "run/", "pause/", "resume/"):
        address = f"{PAGE}{UUID(int=0)}/{verb}"
        answer = browser.post(address) if verb else browser.get(address)
        assert answer.status_code == 404


def test_a_number_of_ours_that_is_sold_is_not_taken_for_probes(shop: StandingClock) -> None:
    browser = at_work("operations")
    for e164 in ("+4759440000", "nothing"):
        number = {"e164": e164, "country": "NO", "carrier": "sandbox"}
        assert browser.post(f"{PAGE}numbers/", number).status_code == 400
    assert Number.objects.filter(use="probe").count() == 0


def test_a_draft_is_published_or_dropped_by_operations(shop: StandingClock) -> None:
    kept()
    first = raise_draft(carrier="sandbox", country="NO", reason="probes", began_at=NOW, now=NOW)
    second = raise_draft(carrier="other", country="NO", reason="probes", began_at=NOW, now=NOW)
    browser, support = at_work("operations"), at_work("support")
    assert "is it an outage?" in support.get("/staff/incidents/").text
    address = f"/staff/incidents/drafts/{first}/"
    assert support.post(address, {"decision": "drop"}).status_code == 403
    browser.post(address, {"decision": "perhaps"})
    assert len(incidents.drafts()) == 2
    browser.post(address, {"decision": "publish", "words": "A cable is cut."})
    browser.post(f"/staff/incidents/drafts/{second}/", {"decision": "drop"})
    assert incidents.drafts() == []
    (made,) = incidents.incidents()
    assert (made.carrier, made.words) == ("sandbox", "A cable is cut.")
    assert (
        browser.post(f"/staff/incidents/drafts/{new_id()}/", {"decision": "drop"}).status_code
        == 302
    )


def test_work_is_planned_in_three_languages(shop: StandingClock) -> None:
    browser = at_work("operations")
    plan = {
        "carrier": "sandbox",
        "country": "NO",
        "begins_at": "2026-11-25T02:00:00",
        "ends_at": "2026-11-25T04:00:00",
        "words": "New cables.",
        "words_nb": "Nye kabler.",
        "words_de": "Neue Kabel.",
    }
    assert browser.post("/staff/maintenance/", {**plan, "words_de": ""}).status_code == 400
    assert browser.post("/staff/maintenance/", plan).status_code == 302
    (row,) = incidents.maintenance(now=NOW)
    assert [row.words_in(each) for each in ("en", "nb", "de")] == [
        "New cables.",
        "Nye kabler.",
        "Neue Kabel.",
    ]
    page = browser.get("/staff/maintenance/").text
    assert "Nye kabler." in page
    browser.post(f"/staff/maintenance/{row.id}/")
    assert "called off" in browser.get("/staff/maintenance/").text
