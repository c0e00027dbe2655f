"""Holders of rented numbers are told of incidents and of planned work that concern them (LD-H1)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions import scopes
from nummer.apps.incidents.actions.maintenance import call_off_maintenance, plan_maintenance
from nummer.apps.incidents.errors import LinkNotGenuine
from nummer.apps.incidents.jobs import DUE_SOURCES
from nummer.apps.incidents.models import IncidentLetter, PlanLetter
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.notify.models import Letter
from nummer.apps.refunds import actions as refunds
from nummer.apps.refunds.faults import open_faults
from nummer.apps.vault.actions import unseal_text
from nummer.apps.vault.keys import KeyClass
from nummer.config.sweeper import sweep_until
from nummer.kernel.phone import PhoneNumber
from tests.builders import NOW, customer, rented

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]
SOON = NOW + timedelta(minutes=5)
DAY = timedelta(days=1)


def told(lease: LeaseRow, letter: str) -> list[dict[str, Any]]:
    """Let the letters go that are owed, and return what those of a kind say."""
    assert sweep_until(SOON, sources=DUE_SOURCES).failed == 0
    rows = Letter.objects.filter(account_id=lease.account_id, letter=letter).order_by("id")
    return [
        json.loads(
            unseal_text(
                row.content,
                account_id=row.account_id,
                klass=KeyClass.COMMUNICATION,
                place="notify_letter.content",
                row=row.id,
            )
        )
        for row in rows
        if row.content is not None
    ]


def link_of(content: dict[str, object]) -> str:
    return str(content["path"]).rstrip("/").split("/")[-1]


@pytest.mark.clause("RP-B1")
@pytest.mark.parametrize(
    "scope",
    [
        scopes.Scope(carrier="sandbox"),
        scopes.Scope(country="NO"),
        scopes.Scope(numbers=[PhoneNumber(f"+475944100{n}") for n in range(1, 5)]),
    ],
)
def test_one_click_in_the_letter_is_the_report(scope: scopes.Scope) -> None:
    lease = rented(customer(balance="60.00"))
    incident_id = scopes.publish(
        scope, began_at=NOW, words="A line is cut.", actor="staff:1", now=SOON
    ).id

    [content] = told(lease, "incident-rented")

    assert (content["phone"], content["words"]) == (lease.number.e164, "A line is cut.")
    subject = scopes.affected_subject(incident_id, link=link_of(content))
    assert subject == (lease.account_id, lease.id)
    row = refunds.say_lease_affected(
        lease.account_id, lease_id=lease.id, incident_id=incident_id, now=SOON
    )
    assert (row.source, row.incident_id, row.happened_at) == ("notice", incident_id, SOON)
    assert told(lease, "incident-rented") == [content]
    assert not IncidentLetter.objects.exists()


@pytest.mark.parametrize(
    "scope",
    [
        scopes.Scope(carrier="other"),
        scopes.Scope(country="DE"),
        scopes.Scope(carrier="sandbox", service="tg"),
        scopes.Scope(numbers=[PhoneNumber("+4759441009")]),
    ],
)
def test_holder_outside_the_scope_hears_nothing(scope: scopes.Scope) -> None:
    lease = rented(customer(balance="60.00"))
    scopes.publish(scope, began_at=NOW, actor="staff:1", now=SOON)

    assert told(lease, "incident-rented") == []


def test_incident_that_ended_before_its_letter_is_not_told() -> None:
    lease = rented(customer(balance="60.00"))
    row = scopes.publish(scopes.Scope(country="NO"), began_at=NOW, actor="staff:1", now=SOON)
    scopes.end_incident(row.id, ended_at=SOON, actor="staff:1", now=SOON)

    assert told(lease, "incident-rented") == []


def test_link_of_another_incident_or_a_changed_one_is_refused() -> None:
    lease = rented(customer(balance="60.00"))
    first = scopes.publish(scopes.Scope(country="NO"), began_at=NOW, actor="staff:1", now=SOON)
    other = scopes.publish(scopes.Scope(carrier="sandbox"), began_at=NOW, actor="staff:1", now=SOON)
    link = scopes.affected_link(first.id, account_id=lease.account_id, order_id=lease.id)

    for incident_id, tried in ((other.id, link), (first.id, link[:-2] + "AA")):
        with pytest.raises(LinkNotGenuine):
            scopes.affected_subject(incident_id, link=tried)


@pytest.mark.clause("LD-H1")
def test_planned_work_is_told_once_before_it_begins_however_many_numbers_one_has() -> None:
    account_id = customer(balance="90.00")
    lease = rented(account_id)
    rented(account_id)
    stranger = customer(balance="60.00")
    plan_maintenance(
        words="We move a line.",
        country="NO",
        begins_at=NOW + DAY,
        ends_at=NOW + 2 * DAY,
        actor="staff:1",
        now=SOON,
    )

    [content] = told(lease, "maintenance-planned")

    assert (content["count"], content["country"]) == (2, "NO")
    assert not PlanLetter.objects.exists()
    assert not Letter.objects.filter(account_id=stranger, letter="maintenance-planned").exists()
    assert told(lease, "maintenance-planned") == [content]


def test_planned_work_elsewhere_or_called_off_is_not_told() -> None:
    lease = rented(customer(balance="60.00"))
    for country in ("DE", "NO"):
        plan = plan_maintenance(
            words="We move a line.",
            country=country,
            begins_at=NOW + DAY,
            ends_at=NOW + 2 * DAY,
            actor="staff:1",
            now=SOON,
        )
    call_off_maintenance(plan, actor="staff:1", now=SOON)

    assert told(lease, "maintenance-planned") == []


def test_staff_sees_a_fault_until_it_is_repaired() -> None:
    lease = rented(customer(balance="60.00"))
    row = scopes.publish(scopes.Scope(country="NO"), began_at=NOW, actor="staff:1", now=SOON)
    refunds.say_lease_affected(lease.account_id, lease_id=lease.id, incident_id=row.id, now=SOON)

    [fault] = open_faults(now=SOON + DAY)

    assert (fault.number, fault.subject_id, fault.since) == (lease.number.e164, lease.id, SOON)
    assert (fault.sms, fault.voice, fault.reports) == (True, True, 1)
    scopes.end_incident(row.id, ended_at=SOON + DAY, actor="staff:1", now=SOON + DAY)
    assert open_faults(now=SOON + DAY) == []
    assert len(incidents.reports(lease.account_id, subject_id=lease.id)) == 1
