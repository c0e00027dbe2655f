"""Bundles of papers by the Twilio protocol: put together, uploaded, submitted, judged, used."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from twilio.request_validator import RequestValidator

from nummer.apps.accounts import queries as accounts
from nummer.apps.bundles import actions as bundles
from nummer.apps.bundles.jobs import DUE_SOURCES
from nummer.apps.bundles.models import Assignment, Bundle, Piece
from nummer.apps.bundles.words import PieceKind
from nummer.apps.identity import actions as identity
from nummer.apps.identity import jobs as papers_jobs
from nummer.apps.identity import ports as identity_ports
from nummer.apps.identity import queries as papers
from nummer.apps.identity.queries import Asked
from nummer.apps.identity.words import DocumentKind, Field, Reason
from nummer.apps.leases import ports, waiting
from nummer.apps.leases.actions import go_on_with_papers, supply
from nummer.apps.leases.papers import ask_for_papers, needed
from nummer.apps.webhooks.models import Delivery, Event
from nummer.apps.webhooks.ports import Occasion, Target
from nummer.config.sweeper import sweep_until
from nummer.faces.api_twilio import views
from nummer.faces.api_twilio.webhooks import TwilioRenderer
from nummer.kernel.ids import id_of
from nummer.kernel.limits import CallLimit
from nummer.kernel.redact import any_holds_number
from tests.apps.identity.samples import JPEG, PDF, take_and_open
from tests.builders import NOW, rentals, top_up
from tests.dialects.conftest import Moment, Program, post
from tests.dialects.test_twilio import Twilio

ROOT = "/v2/RegulatoryCompliance"
NUMBER, OTHER = "+4759443001", "+4759443002"
WANTED = Asked((Field.FIRST_NAME, Field.LAST_NAME), (DocumentKind.IDENTITY,))
HER = "staff:7"
NAME = {"first_name": "Kari", "last_name": "Nordmann"}
HOOK = "https://example.com/bundle"


@pytest.fixture
def renter(
    program: Program, rental_supplier: None, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Twilio]:
    """Return a program in a shop whose Norwegian numbers need a name and a proof of identity."""
    monkeypatch.setattr(views, "PROGRAMS", CallLimit(per_s=1000, burst=1000))
    monkeypatch.setattr(waiting, "SUPPLIED_WITHIN_S", 0.0)
    before, told = list(ports._papers), list(identity_ports._approved)
    ports.install_papers(needed)
    identity_ports.install_approved(lambda account_id, now: go_on_with_papers(account_id, now=now))
    rentals([NUMBER, OTHER])
    ask_for_papers(country="NO", kind="local", wanted=WANTED, actor="staff:1", now=NOW)
    top_up(program.account_id, "200.00")
    yield Twilio(program)
    ports._papers[:], identity_ports._approved[:] = before, told


def upload(renter: Twilio, path: str, content: bytes, **form: str) -> Any:
    """Send a form with a file, as programs do that know the upload's address."""
    file = SimpleUploadedFile("passport.pdf", content, content_type="text/plain")
    answer = posted(renter, path, {**form, "File": file})
    assert answer.status_code in (200, 201), answer.content
    return json.loads(answer.content)


def posted(renter: Twilio, path: str, form: dict[str, object]) -> HttpResponse:
    sent = base64.b64encode(f"{renter.user}:{renter.secret}".encode()).decode()
    return post(form, path=f"{ROOT}/{path}", HTTP_AUTHORIZATION=f"Basic {sent}")


def regulation(renter: Twilio) -> Any:
    asked = {"IsoCountry": "NO", "NumberType": "local", "EndUserType": "individual"}
    (found,) = renter.get(f"{ROOT}/Regulations", **asked)["results"]
    return found


def put_together(renter: Twilio, *, file: bytes = PDF) -> str:
    """Make a bundle with a person and a document; return its SID."""
    person = renter.post(
        f"{ROOT}/EndUsers",
        status=201,
        FriendlyName="Kari",
        Type="individual",
        Attributes=json.dumps(NAME),
    )
    document = upload(renter, "SupportingDocuments", file, FriendlyName="Passport", Type="identity")
    bundle = renter.post(
        f"{ROOT}/Bundles",
        status=201,
        FriendlyName="Norway",
        Email="kari@example.com",
        RegulationSid=regulation(renter)["sid"],
        StatusCallback=HOOK,
    )
    for piece in (person, document):
        renter.post(
            f"{ROOT}/Bundles/{bundle['sid']}/ItemAssignments", status=201, ObjectSid=piece["sid"]
        )
    return str(bundle["sid"])


def submit(renter: Twilio, bundle_sid: str) -> Any:
    return renter.post(f"{ROOT}/Bundles/{bundle_sid}", Status="pending-review")


def status(renter: Twilio, bundle_sid: str) -> str:
    return str(renter.get(f"{ROOT}/Bundles/{bundle_sid}")["status"])


def waiting_papers(renter: Twilio) -> UUID:
    return papers.papers_of(renter.account_id)[0].id


def look(renter: Twilio) -> dict[str, str]:
    return take_and_open(renter.account_id, papers_id=waiting_papers(renter), actor=HER, now=NOW)


def approve(renter: Twilio) -> None:
    look(renter)
    (row, *_) = papers.papers_of(renter.account_id)
    for each in row.documents:
        identity.open_document(
            renter.account_id, papers_id=row.id, document_id=each.id, actor=HER, now=NOW
        )
    identity.approve(
        renter.account_id,
        papers_id=waiting_papers(renter),
        expires_on=None,
        actor=HER,
        now=NOW,
    )


def refuse(renter: Twilio) -> None:
    look(renter)
    identity.refuse(
        renter.account_id,
        papers_id=waiting_papers(renter),
        reasons=[Reason.OTHER_NAME, Reason.EXPIRED],
        words="",
        actor=HER,
        now=NOW,
    )


def test_a_regulation_says_what_the_rule_asks_for(renter: Twilio) -> None:
    row = regulation(renter)

    asked = row["requirements"]
    assert asked["end_user"][0]["fields"] == ["first_name", "last_name"]
    assert [one["accepted_documents"][0]["type"] for (one,) in asked["supporting_document"]] == [
        "identity"
    ]
    assert renter.get(f"{ROOT}/Regulations/{row['sid']}") == row
    assert renter.get(f"{ROOT}/Regulations", IsoCountry="DE")["results"] == []
    kinds = renter.get(f"{ROOT}/SupportingDocumentTypes")["supporting_document_types"]
    assert [kind["machine_name"] for kind in kinds] == ["identity", "address", "company"]
    assert renter.get(f"{ROOT}/SupportingDocumentTypes/{kinds[0]['sid']}") == kinds[0]


def test_a_bundle_goes_from_draft_to_review_to_approved_and_its_number_works(
    renter: Twilio,
) -> None:
    bundle_sid = put_together(renter)
    seen = [status(renter, bundle_sid)]

    seen.append(submit(renter, bundle_sid)["status"])
    placed = renter.post(
        "IncomingPhoneNumbers.json", status=201, PhoneNumber=NUMBER, BundleSid=bundle_sid
    )
    declared = look(renter)
    seen.append(status(renter, bundle_sid))
    approve(renter)
    seen.append(status(renter, bundle_sid))
    supply(renter.account_id, lease_id=UUID(placed["sid"][2:]), now=NOW)

    assert seen == ["draft", "pending-review", "in-review", "twilio-approved"]
    assert declared == NAME
    assert (placed["status"], placed["bundle_sid"]) == ("pending", bundle_sid)
    number = renter.get(f"IncomingPhoneNumbers/{placed['sid']}.json")
    assert (number["status"], number["bundle_sid"]) == ("in-use", bundle_sid)


def test_what_is_handed_in_is_what_the_rule_names_and_nothing_else(renter: Twilio) -> None:
    bundle_sid = put_together(renter)
    person = renter.get(f"{ROOT}/EndUsers")["results"][0]
    more = json.dumps({**NAME, "birth_date": "1990-01-01", "hobby": "chess"})
    renter.post(f"{ROOT}/EndUsers/{person['sid']}", Attributes=more)
    upload(renter, "SupportingDocuments", JPEG, Type="address")

    submit(renter, bundle_sid)

    (row,) = papers.papers_of(renter.account_id)
    assert [(one.kind, one.media) for one in row.documents] == [("identity", "application/pdf")]
    assert look(renter) == NAME


def test_a_refused_bundle_says_why_is_mended_and_submitted_again(renter: Twilio) -> None:
    bundle_sid = put_together(renter)
    submit(renter, bundle_sid)
    refuse(renter)
    refused = renter.get(f"{ROOT}/Bundles/{bundle_sid}")
    place = f"{ROOT}/SupportingDocuments"
    (document,) = renter.get(place)["results"]

    changed = upload(renter, f"SupportingDocuments/{document['sid']}", JPEG)
    again = submit(renter, bundle_sid)

    assert (refused["status"], refused["failure_reason"]) == (
        "twilio-rejected",
        "expired, other_name",
    )
    assert document["status"] == "rejected"
    assert (document["mime_type"], changed["mime_type"]) == ("application/pdf", "image/jpeg")
    assert again["status"] == "pending-review"
    assert renter.get(place)["results"][0]["status"] == "pending-review"


def test_a_bundle_that_is_looked_at_is_not_changed(renter: Twilio) -> None:
    bundle_sid = put_together(renter)
    submit(renter, bundle_sid)
    (person,) = renter.get(f"{ROOT}/EndUsers")["results"]
    (first, _) = renter.get(f"{ROOT}/Bundles/{bundle_sid}/ItemAssignments")["results"]
    place = f"{ROOT}/Bundles/{bundle_sid}"

    refusals = {
        renter.refused("POST", place, FriendlyName="Other"),
        renter.refused("DELETE", place),
        renter.refused("DELETE", f"{place}/ItemAssignments/{first['sid']}"),
        renter.refused("POST", f"{place}/ItemAssignments", ObjectSid=person["sid"]),
        renter.refused("POST", f"{ROOT}/EndUsers/{person['sid']}", FriendlyName="Other"),
        renter.refused("DELETE", f"{ROOT}/EndUsers/{person['sid']}"),
    }

    assert refusals == {(409, 20409, "bundle_in_review")}
    assert renter.get(place)["friendly_name"] == "Norway"
    assert renter.get(f"{ROOT}/EndUsers")["results"] == [person]


def test_an_evaluation_names_what_is_missing_and_submitting_is_refused(renter: Twilio) -> None:
    bundle = renter.post(
        f"{ROOT}/Bundles", status=201, IsoCountry="NO", NumberType="local", EndUserType="individual"
    )
    place = f"{ROOT}/Bundles/{bundle['sid']}"
    empty = renter.post(f"{place}/Evaluations", status=201)
    refusal = renter.refused("POST", place, Status="pending-review")
    whole = put_together(renter)
    full = renter.post(f"{ROOT}/Bundles/{whole}/Evaluations", status=201)

    assert empty["status"] == "noncompliant"
    assert [(row["object_type"], row["passed"]) for row in empty["results"]] == [
        ("end_user", False),
        ("supporting_document", False),
    ]
    assert empty["results"][0]["failure_reason"] == "Missing: first_name, last_name"
    assert refusal == (400, 20001, "papers_not_complete")
    assert full["status"] == "compliant"
    assert renter.get(f"{ROOT}/Bundles/{whole}/Evaluations/{full['sid']}") == full
    assert papers.papers_of(renter.account_id) == []


@pytest.mark.parametrize(
    ("path", "form", "refusal"),
    [
        ("EndUsers", {"Type": "robot"}, (400, 20001, "piece_malformed")),
        (
            "EndUsers",
            {"Type": "individual", "Attributes": "not json"},
            (400, 20001, "twilio_parameter_malformed"),
        ),
        (
            "EndUsers",
            {"Type": "individual", "Attributes": '{"first_name": ["a"]}'},
            (400, 20001, "piece_malformed"),
        ),
        (
            "EndUsers",
            {"Type": "individual", "Attributes": json.dumps({"first_name": "x" * 201})},
            (400, 20001, "piece_malformed"),
        ),
        ("SupportingDocuments", {"Type": "horoscope"}, (400, 20001, "piece_malformed")),
        ("Bundles", {}, (400, 20001, "twilio_parameter_malformed")),
        ("Bundles", {"RegulationSid": "RN" + "0" * 32}, (400, 20001, "twilio_parameter_malformed")),
        (
            "Bundles",
            {"IsoCountry": "NO", "NumberType": "local", "EndUserType": "business"},
            (400, 20001, "twilio_parameter_malformed"),
        ),
        (
            "Bundles",
            {"IsoCountry": "NO", "NumberType": "local", "IsTest": "true"},
            (400, 20001, "twilio_parameter_not_offered"),
        ),
        (
            "Bundles",
            {"IsoCountry": "NO", "NumberType": "local", "StatusCallback": "https://10.0.0.1/"},
            (400, 21402, "webhook_address_refused"),
        ),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is(
    renter: Twilio, path: str, form: dict[str, str], refusal: tuple[int, int, str]
) -> None:
    assert renter.refused("POST", f"{ROOT}/{path}", **form) == refusal
    assert (Piece.objects.count(), Bundle.objects.count()) == (0, 0)


@pytest.mark.parametrize("content", [b"", b"<html>", PDF[:-7], b"%PDF-1.4" + b"x" * 8_000_000])
def test_a_file_that_is_no_whole_document_or_too_large_is_refused(
    renter: Twilio, content: bytes
) -> None:
    file = SimpleUploadedFile("a.pdf", content, content_type="application/pdf")
    answer = posted(renter, "SupportingDocuments", {"Type": "identity", "File": file})

    assert Twilio.refusal(answer)[:2] == (400, 20001)
    assert Piece.objects.count() == 0


def test_nobody_reaches_anothers_bundle_or_pieces(
    renter: Twilio, programs: Callable[..., Program]
) -> None:
    bundle_sid = put_together(renter)
    (person,) = renter.get(f"{ROOT}/EndUsers")["results"]
    other = Twilio(programs())

    assert other.refused("GET", f"{ROOT}/Bundles/{bundle_sid}")[:2] == (404, 20404)
    assert other.refused("DELETE", f"{ROOT}/EndUsers/{person['sid']}")[:2] == (404, 20404)
    assert other.get(f"{ROOT}/Bundles")["results"] == []
    own = other.post(f"{ROOT}/Bundles", status=201, IsoCountry="NO", NumberType="local")
    taken = other.refused(
        "POST", f"{ROOT}/Bundles/{own['sid']}/ItemAssignments", ObjectSid=person["sid"]
    )
    assert taken == (404, 20404, "no_such_piece")


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (lambda _: "BU" + "0" * 32, "twilio_bundle_unknown"),
        (lambda _: "nonsense", "twilio_bundle_unknown"),
        (put_together, "twilio_bundle_not_usable"),
    ],
)
def test_a_number_is_not_rented_with_a_bundle_that_is_not_there_or_not_submitted(
    renter: Twilio, prepare: Callable[[Twilio], str], reason: str
) -> None:
    form = {"PhoneNumber": NUMBER, "BundleSid": prepare(renter)}

    assert renter.refused("POST", "IncomingPhoneNumbers.json", **form) == (400, 21649, reason)
    assert renter.get("IncomingPhoneNumbers.json")["incoming_phone_numbers"] == []


def test_an_id_that_looks_like_a_bank_account_is_none(renter: Twilio) -> None:
    ids = (f"IT{id_of('a person', n).hex}" for n in range(50_000))
    looking_so = next(each for each in ids if any_holds_number([each]))
    bundle = renter.post(f"{ROOT}/Bundles", status=201, IsoCountry="NO", NumberType="local")
    place = f"{ROOT}/Bundles/{bundle['sid']}/ItemAssignments"

    assert renter.refused("POST", place, ObjectSid=looking_so) == (404, 20404, "no_such_piece")
    named = {"FriendlyName": looking_so, "Type": "individual"}
    refusal = renter.refused("POST", f"{ROOT}/EndUsers", **named)
    assert refusal == (400, 20001, "twilio_parameter_malformed")


def test_bundles_are_found_by_state_and_paged(renter: Twilio) -> None:
    sids = [put_together(renter) for _ in range(3)]
    submit(renter, sids[1])

    def found(**by: str) -> list[str]:
        return [row["sid"] for row in renter.get(f"{ROOT}/Bundles", **by)["results"]]

    assert found() == sids[::-1]
    assert found(Status="pending-review") == [sids[1]]
    assert found(FriendlyName="Other") == found(IsoCountry="DE") == []
    first = renter.get(f"{ROOT}/Bundles", PageSize="2")
    following = first["meta"]["next_page_url"]
    assert following.startswith("http://testserver/v2/RegulatoryCompliance/Bundles?")
    second = renter.get(following.removeprefix("http://testserver"))
    pages = [[row["sid"] for row in page["results"]] for page in (first, second)]
    assert pages == [sids[:0:-1], sids[:1]]
    assert second["meta"]["next_page_url"] is None


def test_the_address_of_a_bundle_is_told_once_what_was_found(renter: Twilio) -> None:
    bundle_sid = put_together(renter)
    submit(renter, bundle_sid)
    refuse(renter)

    for _ in range(2):
        sweep_until(NOW + timedelta(minutes=1), sources=DUE_SOURCES[:1])

    (event,) = Event.objects.all()
    (delivery,) = Delivery.objects.all()
    occasion = Occasion(
        event.account_id, event.id, event.kind, event.subject_id, None, event.word, NOW
    )
    target = Target(delivery.endpoint_id, "", "POST", HOOK, ())
    call = TwilioRenderer().render(occasion, target=target, now=NOW)
    assert call is not None
    form = dict(parse_qsl(call.body.decode()))
    assert form == {
        "AccountSid": renter.sid,
        "BundleSid": bundle_sid,
        "Status": "twilio-rejected",
        "FailureReason": "expired, other_name",
    }
    validator = RequestValidator(accounts.credentials(renter.account_id).auth_token)
    assert validator.validate(call.url, form, call.headers["X-Twilio-Signature"])


def test_pieces_and_drafts_go_after_their_time_and_what_was_submitted_stays(
    renter: Twilio,
) -> None:
    submitted, draft = put_together(renter), put_together(renter)
    submit(renter, submitted)

    sweep_until(NOW + bundles.KEPT + timedelta(hours=1), sources=DUE_SOURCES[1:])

    assert (Piece.objects.count(), Assignment.objects.count()) == (0, 0)
    assert status(renter, submitted) == "pending-review"
    assert renter.refused("GET", f"{ROOT}/Bundles/{draft}")[:2] == (404, 20404)
    assert len(papers.papers_of(renter.account_id)[0].documents) == 1


def test_what_is_kept_cannot_be_read_in_the_tables(renter: Twilio) -> None:
    put_together(renter)

    (row,) = Piece.objects.filter(kind="document")
    (bundle,) = Bundle.objects.all()
    said = [bytes(row.said), bytes(row.content or b""), bytes(bundle.said)]
    said += [bytes(one.said) for one in Piece.objects.filter(kind="person")]
    assert not any(
        word in sealed
        for sealed in said
        for word in (b"Kari", b"%PDF", b"kari@example", b"Passport")
    )


def test_there_are_only_so_many_documents(renter: Twilio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bundles._MOST, PieceKind.DOCUMENT, 1)
    upload(renter, "SupportingDocuments", PDF, Type="identity")

    refusal = renter.refused("POST", f"{ROOT}/SupportingDocuments", Type="identity")

    assert refusal == (403, 20403, "too_many_pieces")
    assert Piece.objects.count() == 1


def test_what_was_put_together_is_read_though_other_papers_were_purged(
    renter: Twilio, moment: Moment
) -> None:
    first = put_together(renter)
    renter.post(f"{ROOT}/Bundles/{first}", Status="pending-review")
    refuse(renter)
    moment.advance(seconds=20 * 86_400)
    second = put_together(renter)
    moment.advance(seconds=11 * 86_400)

    assert sweep_until(moment.now(), sources=papers_jobs.DUE_SOURCES).failed == 0

    assert renter.refused("GET", f"{ROOT}/Bundles/{first}")[:2] == (404, 20404)
    assert renter.get(f"{ROOT}/Bundles/{second}")["friendly_name"] == "Norway"
    assert renter.post(f"{ROOT}/Bundles/{second}", Status="pending-review")["status"] == (
        "pending-review"
    )
