"""Files that come with a message: drawn anew, sealed, handed out to those of the case alone."""

from __future__ import annotations

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from nummer.apps.audit.models import Line
from nummer.apps.cases import actions, queries
from nummer.apps.cases.actions.attaching import FILE_BYTES_MAX
from nummer.apps.cases.actions.store import KEPT
from nummer.apps.cases.models import Attachment, Case
from nummer.kernel.ids import new_id
from tests import builders
from tests.apps.cases.test_cases import sent, swept
from tests.apps.identity.samples import INFECTED, JPEG, PDF, PNG, jpeg
from tests.faces.backoffice.test_cases import mailed
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import Enter

PAGE = b"<html><script>alert(1)</script></html>"


def form(**changes: object) -> dict[str, object]:
    known: dict[str, object] = {
        "kind": "question",
        "subject": "No code",
        "text": "See the picture.",
        "key": str(new_id()),
    }
    return known | changes


def file(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/png")


def test_picture_is_drawn_anew_and_given_to_customer_and_staff(enter: Enter) -> None:
    account_id = builders.customer()
    browser = enter(account_id)
    secret = b"GPS 59.91 N 10.75 E"

    browser.post(
        "/cases/",
        form(attached=[file("../../etc/pass wd.png", jpeg(secret) + PAGE), file("p.pdf", PDF)]),
    )

    (case,) = queries.cases_of(account_id)
    number = case.head.number
    (said,) = queries.messages(account_id, case_id=case.head.id)
    assert [(one.name, one.media_type) for one in said.attachments] == [
        ("pass wd.jpg", "image/jpeg"),
        ("p.pdf", "application/pdf"),
    ]
    link = re.search(r'href="(/cases/\d+/files/[^"]+)"', browser.get(f"/cases/{number}/").text)
    assert link is not None
    got = browser.get(link[1])
    assert secret not in got.content
    assert b"<script>" not in got.content
    assert Image.open(io.BytesIO(got.content)).format == "JPEG"
    assert got["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in got["Content-Security-Policy"]
    for row in Attachment.objects.all():
        assert b"JFIF" not in bytes(row.content)
        assert b"%PDF" not in bytes(row.content)
    staff = at_work("support")
    assert staff.get(f"/staff{link[1]}").content == got.content
    assert Line.objects.filter(verb="view_case_file").count() == 1
    assert at_work("operations").get(f"/staff{link[1]}").status_code == 403


@pytest.mark.parametrize(
    ("said", "content"),
    [
        ("a drawing with a program", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"),
        ("half a picture", PNG[: len(PNG) // 2]),
        ("a virus", INFECTED),
        ("too much", JPEG + b"\0" * FILE_BYTES_MAX),
        ("nothing", b""),
    ],
)
def test_what_cannot_be_drawn_anew_is_refused_with_the_whole_message(
    enter: Enter, said: str, content: bytes
) -> None:
    browser = enter(builders.customer())

    answer = browser.post("/cases/", form(attached=[file("a.png", content)]))

    assert answer.status_code == 400, said
    assert not Case.objects.exists()
    assert not Attachment.objects.exists()


def test_more_than_three_files_are_refused(enter: Enter) -> None:
    browser = enter(builders.customer())
    answer = browser.post("/cases/", form(attached=[file(f"{n}.png", PNG) for n in range(4)]))
    assert answer.status_code == 400
    assert "A message may have at most 3 files." in answer.text


def test_file_of_another_customers_case_is_not_there(enter: Enter) -> None:
    owner, other = builders.customer(), builders.customer()
    browser = enter(owner)
    browser.post("/cases/", form(attached=[file("a.png", PNG)]))
    (mine,) = queries.cases_of(owner)
    row = Attachment.objects.get()
    stranger = enter(other)
    stranger.post("/cases/", form())
    (his,) = queries.cases_of(other)

    for number in (mine.head.number, his.head.number):
        assert stranger.get(f"/cases/{number}/files/{row.id}/").status_code == 404
    staff = at_work("support")
    assert staff.get(f"/staff/cases/{his.head.number}/files/{row.id}/").status_code == 404


def test_second_click_keeps_one_file_and_the_purge_none(enter: Enter) -> None:
    account_id = builders.customer()
    browser = enter(account_id)
    browser.post("/cases/", form())
    (case,) = queries.cases_of(account_id)
    key = str(new_id())
    for _ in range(2):
        browser.post(
            f"/cases/{case.head.number}/",
            {"text": "Here", "key": key, "attached": [file("a.png", PNG)]},
        )
    assert Attachment.objects.count() == 1

    actions.end_case(account_id, case_id=case.head.id, now=builders.NOW)
    swept(builders.NOW + KEPT)

    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("locale", "told"),
    [
        ("en", "A file belongs to this answer. You find it in your account:"),
        ("nb", "En fil hører til dette svaret. Du finner den i kontoen din:"),
        ("de", "Zu dieser Antwort gehört eine Datei. Sie finden sie in Ihrem Konto:"),
    ],
)
def test_file_of_an_answer_is_fetched_signed_in_and_the_mail_only_tells_of_it(
    enter: Enter, locale: str, told: str
) -> None:
    account_id = builders.customer(locale=locale)
    browser = enter(account_id)
    browser.post("/cases/", form())
    (case,) = queries.cases_of(account_id)
    secret = b"GPS 59.91 N 10.75 E"
    key = str(new_id())

    for _ in range(2):
        picture = file("how to.png", jpeg(secret) + PAGE)
        answer = {"text": "Look here.", "key": key, "attached": picture}
        at_work("support").post(f"/staff/cases/{case.head.number}/answer/", answer)

    row = Attachment.objects.get()
    got = browser.get(f"/cases/{case.head.number}/files/{row.id}/")
    assert "how to.jpg" in browser.get(f"/cases/{case.head.number}/").text
    assert (got.status_code, got["Content-Type"]) == (200, "image/jpeg")
    assert secret not in got.content
    assert PAGE not in got.content
    mail = sent()[-1]
    assert not mail.attachments
    assert f"{told} http" in " ".join(str(mail.body).split())
    assert f"/cases/{case.head.number}/" in mail.body


def test_files_of_the_staff_are_refused_as_all_are_and_for_who_has_no_account(
    enter: Enter,
) -> None:
    account_id = builders.customer()
    enter(account_id).post("/cases/", form())
    (case,) = queries.cases_of(account_id)
    staff = at_work("support")
    strangers = mailed()
    answer = {"text": "Look here.", "key": str(new_id())}

    bad = staff.post(
        f"/staff/cases/{case.head.number}/answer/", answer | {"attached": file("a.png", PAGE)}
    )
    none = staff.post(f"/staff/cases/{strangers}/answer/", answer | {"attached": file("a", PNG)})

    assert (bad.status_code, none.status_code) == (400, 400)
    assert "this sender has none" in none.text
    assert not Attachment.objects.exists()
    assert [one.inbound for one in queries.messages(account_id, case_id=case.head.id)] == [True]
