"""What is taken as a document, by its octets alone."""

from __future__ import annotations

import pytest

from nummer.apps.identity.contents import DOCUMENT_BYTES_MAX, media_of
from nummer.apps.identity.errors import DocumentNotReadable, DocumentTooLarge
from nummer.apps.identity.words import Media
from tests.apps.identity.samples import JPEG, PDF, PNG, jpeg


@pytest.mark.parametrize(
    ("content", "media"), [(PDF, Media.PDF), (PNG, Media.PNG), (JPEG, Media.JPEG)]
)
def test_whole_document_is_known_by_its_content(content: bytes, media: Media) -> None:
    assert media_of(content) is media


@pytest.mark.parametrize("content", [PDF, PNG, JPEG])
def test_document_cut_short_anywhere_is_refused(content: bytes) -> None:
    last = len(content.rstrip())
    for length in range(last):
        with pytest.raises(DocumentNotReadable):
            media_of(content[:length])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><script>alert(1)</script></html>",
        b"PK\x03\x04" + PDF,
        b"GIF89a" + PDF,
        b"\n" + PDF,
        jpeg(PDF),
        JPEG + PDF,
        PDF + JPEG,
        PNG + b"PK\x05\x06",
        PNG.replace(b"IDAT", b"IDAX"),
        PNG + PDF,
    ],
)
def test_anything_else_and_two_documents_in_one_are_refused(content: bytes) -> None:
    with pytest.raises(DocumentNotReadable):
        media_of(content)


def test_document_above_the_limit_is_refused() -> None:
    fill = DOCUMENT_BYTES_MAX - len(PDF)
    whole = PDF[:-7] + b" " * fill + PDF[-7:]

    assert media_of(whole) is Media.PDF
    with pytest.raises(DocumentTooLarge):
        media_of(whole[:-7] + b" " + whole[-7:])
