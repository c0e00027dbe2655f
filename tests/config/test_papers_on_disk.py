"""Papers on their way in stay in memory: nothing of an upload is written to a disk unsealed."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from nummer.config.threads import DjangoInThreads, LeanHandler
from tests.config.test_port import Answer, ask

BOUNDARY = "a-boundary-of-a-test"
OCTETS = b"%PDF-" + bytes(range(256)) * 30_000  # 7.7 MB: a paper may have 8 MB
PAGE_BODY_MAX = 25_000_000


@csrf_exempt
def take(request: HttpRequest) -> HttpResponse:
    found = request.FILES["document-identity"]
    assert not isinstance(found, list)
    return HttpResponse(sha256(found.read()).hexdigest())


urlpatterns = [path(way, take) for way in ("papers/", "api/v1/papers", "elsewhere/")]


@pytest.fixture(autouse=True)
def _own_urls() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Return the files that are made for a request, whoever makes them."""
    names: list[str] = []
    spooled, named = tempfile.TemporaryFile, tempfile.NamedTemporaryFile
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def file(*args: Any, **kwargs: Any) -> Any:
        names.append("body")
        return spooled(*args, **kwargs)

    def upload(*args: Any, **kwargs: Any) -> Any:
        names.append("upload")
        return named(*args, **kwargs)

    monkeypatch.setattr(tempfile, "TemporaryFile", file)
    monkeypatch.setattr("django.core.files.temp.NamedTemporaryFile", upload)
    return names


def upload(address: str) -> Answer:
    """Send two papers as a browser does."""
    body = io.BytesIO()
    for name in ("document-identity", "document-address"):
        body.write(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="x"\r\n'
            "Content-Type: application/pdf\r\n\r\n".encode()
        )
        body.write(OCTETS + b"\r\n")
    body.write(f"--{BOUNDARY}--\r\n".encode())
    sent = body.getvalue()
    return ask(
        address,
        method="POST",
        body=sent,
        headers={
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            "Content-Length": str(len(sent)),
            "Authorization": "Bearer somebody",
            "Cookie": "sessionid=somebody",
        },
        application=DjangoInThreads(LeanHandler(), threads=1, body_max=PAGE_BODY_MAX),
    )


@pytest.mark.parametrize("address", ["/papers/", "/api/v1/papers"])
def test_papers_of_many_megabytes_never_touch_the_disk(
    made: list[str], tmp_path: Path, address: str
) -> None:
    status, _, answered = upload(address)

    assert (status, answered.decode()) == (200, sha256(OCTETS).hexdigest())
    assert made == []
    assert list(tmp_path.iterdir()) == []


def test_other_large_uploads_may_be_put_on_the_disk(made: list[str]) -> None:
    """What the test above counts is seen where it happens."""
    status, _, _ = upload("/elsewhere/")

    assert status == 200
    assert made == ["body"]


@override_settings(FILE_UPLOAD_MAX_MEMORY_SIZE=1_000_000)
def test_a_file_that_a_smaller_setting_would_make_is_seen_too(made: list[str]) -> None:
    """The setting is what keeps each document in memory behind the door."""
    status, _, _ = upload("/papers/")

    assert status == 200
    assert made == ["upload", "upload"]
