"""Bundles: papers for numbers of a country and kind, put together, judged beforehand, submitted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Final
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.bundles import actions, queries
from nummer.apps.bundles.actions import BundleSaid
from nummer.apps.bundles.errors import NoSuchPiece
from nummer.apps.bundles.queries import AssignmentRow, BundleRow
from nummer.apps.bundles.words import BundleState
from nummer.apps.identity.words import DocumentKind, Field
from nummer.faces.api_twilio.answers import Json, gone, iso, structure
from nummer.faces.api_twilio.call import Call
from nummer.faces.api_twilio.errors import NothingHere, ParameterMalformed, ParameterNotOffered
from nummer.faces.api_twilio.paging import newer_listed
from nummer.faces.api_twilio.pieces import SIDS
from nummer.faces.api_twilio.regulatory import (
    PERSON_OF,
    ROOT,
    Regulation,
    kind_of_type,
    regulation,
    regulation_sid,
    regulations,
)
from nummer.faces.api_twilio.sids import (
    ASSIGNMENT,
    BUNDLE,
    DOCUMENT,
    END_USER,
    EVALUATION,
    id_in,
    sid,
)
from nummer.kernel.ids import id_of

STATUSES: Final = {
    BundleState.DRAFT: "draft",
    BundleState.SUBMITTED: "pending-review",
    BundleState.OPENED: "in-review",
    BundleState.APPROVED: "twilio-approved",
    BundleState.REFUSED: "twilio-rejected",
    BundleState.EXPIRED: "twilio-rejected",
}
USABLE: Final = frozenset({BundleState.SUBMITTED, BundleState.OPENED, BundleState.APPROVED})
_SUBMIT: Final = "pending-review"
_LINKS: Final = {
    "evaluations": "Evaluations",
    "item_assignments": "ItemAssignments",
}


def list_bundles(call: Call) -> HttpResponse:
    """Answer a page of bundles, by state, name, regulation, country and kind of number."""
    asked = call.parameters
    status, name = asked.text("Status"), asked.text("FriendlyName")
    rule, country = asked.text("RegulationSid"), asked.text("IsoCountry").upper()
    kind = kind_of_type(asked.text("NumberType").lower())
    rows = [
        row
        for row in queries.bundles(call.account_id, now=call.now)
        if status in ("", STATUSES[row.state])
        and name in ("", row.name)
        and rule in ("", _regulation_sid(call, row))
        and country in ("", row.country)
        and kind in ("", row.kind)
    ]
    return newer_listed(
        call,
        key="results",
        rows=rows,
        id_of=lambda row: row.id,
        form=lambda row: _form(call, row),
    )


def create_bundle(call: Call) -> HttpResponse:
    """Begin a bundle for a regulation, given by its SID or by country and kind.

    Refuses: ParameterMalformed, NothingAsked, TooManyPieces, AddressRefused.
    """
    if call.parameters.switch("IsTest"):
        raise ParameterNotOffered(name="IsTest")
    rule = _rule(call)
    row = actions.add_bundle(
        call.account_id, country=rule.country, kind=rule.kind, said=_said(call), now=call.now
    )
    return structure(_form(call, row), status=201)


def get_bundle(call: Call, *, bundle_sid: str) -> HttpResponse:
    """Answer one bundle."""
    return structure(_form(call, _named(call, bundle_sid)))


def change_bundle(call: Call, *, bundle_sid: str) -> HttpResponse:
    """Say something else of a bundle, or submit it by the status pending-review.

    Refuses: ParameterMalformed (another status), BundleInReview, and what submitting refuses.
    """
    bundle_id = id_in(BUNDLE, bundle_sid)
    status = call.parameters.text("Status")
    row = _named(call, bundle_sid)
    if status not in ("", STATUSES[row.state], _SUBMIT):
        raise ParameterMalformed(name="Status")
    said = _said(call)
    with transaction.atomic():
        if said != BundleSaid():
            row = actions.change_bundle(
                call.account_id, bundle_id=bundle_id, said=said, now=call.now
            )
        if status == _SUBMIT and row.state is not BundleState.SUBMITTED:
            row = actions.submit(call.account_id, bundle_id=bundle_id, now=call.now)
    return structure(_form(call, row))


def remove_bundle(call: Call, *, bundle_sid: str) -> HttpResponse:
    """Forget a bundle that is not looked at."""
    actions.remove_bundle(call.account_id, bundle_id=id_in(BUNDLE, bundle_sid), now=call.now)
    return gone()


def list_items(call: Call, *, bundle_sid: str) -> HttpResponse:
    """Answer what is in a bundle."""
    bundle_id = id_in(BUNDLE, bundle_sid)
    return newer_listed(
        call,
        key="results",
        rows=queries.assignments(call.account_id, bundle_id=bundle_id),
        id_of=lambda row: row.id,
        form=lambda row: _item(call, bundle_id, row),
    )


def add_item(call: Call, *, bundle_sid: str) -> HttpResponse:
    """Put a person or a document into a bundle. Refuses: NoSuchPiece, BundleInReview."""
    bundle_id = id_in(BUNDLE, bundle_sid)
    row = actions.assign(
        call.account_id, bundle_id=bundle_id, piece_id=_piece_asked(call), now=call.now
    )
    return structure(_item(call, bundle_id, row), status=201)


def get_item(call: Call, *, bundle_sid: str, item_sid: str) -> HttpResponse:
    """Answer that something is in a bundle. Refuses: NothingHere."""
    bundle_id, wanted = id_in(BUNDLE, bundle_sid), id_in(ASSIGNMENT, item_sid)
    for row in queries.assignments(call.account_id, bundle_id=bundle_id):
        if row.id == wanted:
            return structure(_item(call, bundle_id, row))
    raise NothingHere


def remove_item(call: Call, *, bundle_sid: str, item_sid: str) -> HttpResponse:
    """Take something out of a bundle."""
    actions.unassign(
        call.account_id,
        bundle_id=id_in(BUNDLE, bundle_sid),
        assignment_id=id_in(ASSIGNMENT, item_sid),
        now=call.now,
    )
    return gone()


def evaluate(call: Call, *, bundle_sid: str) -> HttpResponse:
    """Answer whether a bundle has all that its regulation asks for."""
    return structure(_evaluation(call, _named(call, bundle_sid)), status=201)


def list_evaluations(call: Call, *, bundle_sid: str) -> HttpResponse:
    """Answer the one evaluation that there is: that of now."""
    row = _named(call, bundle_sid)
    return newer_listed(
        call,
        key="results",
        rows=[row],
        id_of=lambda row: row.id,
        form=lambda row: _evaluation(call, row),
    )


def get_evaluation(call: Call, *, bundle_sid: str, evaluation_sid: str) -> HttpResponse:
    """Answer an evaluation, as it is now. Refuses: NothingHere."""
    form = _evaluation(call, _named(call, bundle_sid))
    if form["sid"] != evaluation_sid:
        raise NothingHere
    return structure(form)


def newest_usable(account_id: int, *, now: datetime) -> dict[tuple[str, str], UUID]:
    """Return the latest bundle that counts or is looked at, by country and kind of numbers."""
    found: dict[tuple[str, str], UUID] = {}
    for row in queries.bundles(account_id, now=now):
        if row.state in USABLE:
            found.setdefault((row.country, row.kind), row.id)
    return found


def _named(call: Call, bundle_sid: str) -> BundleRow:
    return queries.bundle(call.account_id, bundle_id=id_in(BUNDLE, bundle_sid), now=call.now)


def _rule(call: Call) -> Regulation:
    """Return the regulation that was named, for the caller's kind of account.

    Refuses: ParameterMalformed.
    """
    asked = call.parameters
    person = PERSON_OF[accounts.account(call.account_id).kind]
    if named := asked.text("RegulationSid"):
        try:
            rule = regulation(call, named)
        except NothingHere:
            raise ParameterMalformed(name="RegulationSid") from None
        if rule.person != person:
            raise ParameterMalformed(name="RegulationSid")
        return rule
    if asked.text("EndUserType").lower() not in ("", person):
        raise ParameterMalformed(name="EndUserType")
    country = asked.text("IsoCountry").upper()
    kind = kind_of_type(asked.text("NumberType").lower())
    for name, given in (("IsoCountry", country), ("NumberType", kind)):
        if not given:
            raise ParameterMalformed(name=name)
    for rule in regulations(call, country=country, kind=kind, person=person):
        return rule
    raise ParameterMalformed(name="NumberType")


def _said(call: Call) -> BundleSaid:
    asked = call.parameters

    def given(name: str) -> str | None:
        return asked.text(name) if name in asked else None

    return BundleSaid(name=given("FriendlyName"), email=given("Email"), url=given("StatusCallback"))


def _piece_asked(call: Call) -> UUID:
    """Return the id of a person or document. Refuses: NoSuchPiece."""
    given = call.parameters.text("ObjectSid")
    for kind in (END_USER, DOCUMENT):
        if given.startswith(kind):
            try:
                return id_in(kind, given)
            except NothingHere:
                break
    raise NoSuchPiece


def _regulation_sid(call: Call, row: BundleRow) -> str:
    person = PERSON_OF[accounts.account(call.account_id).kind]
    return regulation_sid(country=row.country, kind=row.kind, person=person)


def _form(call: Call, row: BundleRow) -> dict[str, Json]:
    bundle_sid = sid(BUNDLE, row.id)
    url = f"{call.root}{ROOT}/Bundles/{bundle_sid}"
    until = row.valid_until
    return {
        "sid": bundle_sid,
        "account_sid": call.account_sid,
        "regulation_sid": _regulation_sid(call, row),
        "friendly_name": row.name,
        "status": STATUSES[row.state],
        "failure_reason": failure_reason(row),
        "valid_until": None if until is None else iso(datetime.combine(until, time.max, UTC)),
        "email": row.email,
        "status_callback": row.url or None,
        "date_created": iso(row.created_at),
        "date_updated": iso(row.changed_at),
        "url": url,
        "links": {name: f"{url}/{part}" for name, part in _LINKS.items()},
    }


def failure_reason(row: BundleRow) -> str | None:
    """Return why a bundle does not count, in the words of its reviewer's list."""
    if row.state is BundleState.EXPIRED:
        return "expired"
    return ", ".join(row.reasons) or None


def _item(call: Call, bundle_id: UUID, row: AssignmentRow) -> dict[str, Json]:
    bundle_sid, item_sid = sid(BUNDLE, bundle_id), sid(ASSIGNMENT, row.id)
    return {
        "sid": item_sid,
        "account_sid": call.account_sid,
        "bundle_sid": bundle_sid,
        "object_sid": sid(SIDS[row.kind], row.piece_id),
        "date_created": iso(row.created_at),
        "url": f"{call.root}{ROOT}/Bundles/{bundle_sid}/ItemAssignments/{item_sid}",
    }


def _evaluation(call: Call, row: BundleRow) -> dict[str, Json]:
    wanted = queries.asked(call.account_id, country=row.country, kind=row.kind, now=call.now)
    found = queries.gathered(call.account_id, bundle_id=row.id, wanted=wanted)
    bundle_sid = sid(BUNDLE, row.id)
    evaluation_sid = sid(EVALUATION, id_of("evaluation", row.id))
    person = PERSON_OF[accounts.account(call.account_id).kind]
    results = [
        *([_result(person, "end_user", wanted.fields, found.missing)] if wanted.fields else []),
        *(_result(kind, "supporting_document", [kind], found.missing) for kind in wanted.documents),
    ]
    return {
        "sid": evaluation_sid,
        "account_sid": call.account_sid,
        "bundle_sid": bundle_sid,
        "regulation_sid": _regulation_sid(call, row),
        "status": "noncompliant" if found.missing else "compliant",
        "results": results,
        "date_created": iso(call.now),
        "url": f"{call.root}{ROOT}/Bundles/{bundle_sid}/Evaluations/{evaluation_sid}",
    }


def _result(
    name: str,
    object_type: str,
    asked: Sequence[Field | DocumentKind],
    missing: Sequence[Field | DocumentKind],
) -> dict[str, Json]:
    """Write how one requirement is met: what of it is there, and what is missing."""
    lacking = [one for one in asked if one in missing]
    return {
        "friendly_name": name.capitalize(),
        "object_type": object_type,
        "requirement_name": f"{name}_info" if object_type == "end_user" else f"{name}_document",
        "passed": not lacking,
        "failure_reason": f"Missing: {', '.join(lacking)}" if lacking else None,
        "valid": [
            {"object_field": one.value, "passed": True} for one in asked if one not in missing
        ],
        "invalid": [{"object_field": one.value, "passed": False} for one in lacking],
    }
