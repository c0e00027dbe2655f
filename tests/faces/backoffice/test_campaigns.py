"""The staff's pages of segments and campaigns: two people, counts of ten, three languages."""

from __future__ import annotations

import pytest

from nummer.apps.marketing.actions import sending
from nummer.apps.marketing.models import Campaign, Segment
from tests import builders
from tests.apps.marketing.conftest import agree
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import StandingClock

TEXT = {
    "subject_en": "Cheaper",
    "body_en": "Less.\r\n\r\n<b>Really</b>",
    "subject_nb": "Billigere",
    "body_nb": "Mindre.",
    "subject_de": "Günstiger",
    "body_de": "Weniger.",
}


def test_one_writes_and_another_releases(shop: StandingClock) -> None:
    author, other = at_work("operations"), at_work("owner")
    for _ in range(10):
        agree(builders.customer())
    assert author.post("/staff/segments/", {"name": "All"}).status_code == 302
    segment = Segment.objects.get()
    form = {**TEXT, "name": "Autumn", "segment": str(segment.id), "purpose": "offers"}

    assert author.post("/staff/campaigns/", form).status_code == 302
    campaign = Campaign.objects.get()
    path = f"/staff/campaigns/{campaign.id}/"
    reach = author.get(f"/staff/segments/{segment.id}/").text
    shown = author.get(path).text
    author.post(f"{path}release/")
    own = Campaign.objects.get().state
    other.post(f"{path}release/")
    sending.send_batch(campaign.id, now=shop.now())

    assert "<dd>10</dd>" in reach
    assert reach.count("fewer than 10") == 2  # nobody agreed to news or surveys
    assert "&lt;b&gt;Really&lt;/b&gt;" in shown
    assert "Günstiger" in shown
    assert "Release and send" not in shown
    assert own == "draft"
    assert Campaign.objects.get().state == "done"
    page = other.get(path).text
    assert "<dd>10</dd>" in page
    assert "@example.com" not in page


@pytest.mark.parametrize("role", ["support", "finance", "identity", "compliance"])
def test_no_other_role_sees_groups_of_customers(shop: StandingClock, role: str) -> None:
    browser = at_work(role)

    for path in ("/staff/segments/", "/staff/campaigns/", "/staff/campaigns/list/"):
        assert browser.get(path).status_code == 403


def test_half_a_campaign_is_kept_and_not_released(shop: StandingClock) -> None:
    author, other = at_work("operations"), at_work("operations")
    author.post("/staff/segments/", {"name": "All", "country": "NO", "ordered_within_days": "7"})
    segment = Segment.objects.get()
    form = {**TEXT, "name": "x", "segment": str(segment.id), "purpose": "news", "body_de": ""}
    author.post("/staff/campaigns/", form)
    path = f"/staff/campaigns/{Campaign.objects.get().id}/"

    refused = other.post(f"{path}release/", follow=True).text
    other.post(path, TEXT)
    author.post(f"{path}release/")
    stopped = author.post(f"{path}stop/", follow=True).text

    assert segment.rules == {"country": "NO", "ordered_within_days": 7}
    assert "in every language" in refused
    assert "stopped" in stopped
    assert author.get("/staff/campaigns/018f0000-0000-7000-8000-000000000001/").status_code == 404
    assert author.post("/staff/segments/", {"name": "x", "country": "XX"}).status_code == 400


def test_a_list_asks_and_shows_counts_only(shop: StandingClock) -> None:
    account_id = builders.customer()
    lines = f"{builders.email_of(account_id)}\nnobody@example.org\n"

    page = at_work("operations").post(
        "/staff/campaigns/list/", {"purpose": "news", "addresses": lines}, follow=True
    )

    assert "Asked: 1, spared: 0, no customers: 1." in page.text
