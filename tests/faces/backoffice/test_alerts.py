"""The staff's page of alerts."""

from __future__ import annotations

from datetime import timedelta

from nummer.apps.alerts.models import Alert
from nummer.kernel.ids import new_id
from tests.builders import NOW
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import StandingClock


def alert(subject: str, *, told: bool = True, over: bool = False) -> None:
    Alert.objects.create(
        id=new_id(),
        kind="carrier",
        subject=subject,
        said=f"The carrier {subject} is not bound.",
        seen_at=NOW,
        raised_at=NOW if told else None,
        told_at=NOW if told else None,
        cleared_at=NOW + timedelta(hours=1) if over else None,
    )


def test_what_is_open_and_what_is_over_stand_apart(shop: StandingClock) -> None:
    browser = at_work("operations")
    assert "Nothing is wrong" in browser.get("/staff/alerts/").text
    alert("alpha")
    alert("beta", over=True)
    alert("gamma", told=False)
    page = browser.get("/staff/alerts/").text
    open_part, over_part = page.split("Over</h2>")
    assert "carrier alpha is" in open_part
    assert "carrier beta is" in over_part
    assert "beta" not in open_part
    assert "gamma" not in page


def test_only_operations_and_the_owner_see_it(shop: StandingClock) -> None:
    for role in ("support", "finance", "identity", "compliance"):
        assert at_work(role).get("/staff/alerts/").status_code == 403
    assert at_work("owner").get("/staff/alerts/").status_code == 200
