"""Small whole documents, and one that a virus scanner knows."""

from __future__ import annotations

import io

from PIL import Image

from nummer.suppliers.sandbox.scanner import EICAR

_PAGE = Image.new("RGB", (60, 80), (40, 90, 160))


def made(form: str, image: Image.Image = _PAGE, **said: object) -> bytes:
    """Return a picture as a file of a form."""
    file = io.BytesIO()
    image.save(file, form, **said)
    return file.getvalue()


def jpeg(comment: bytes = b"") -> bytes:
    """Return a JPEG with a comment in it."""
    return made("JPEG", comment=comment)


PDF = made("PDF", creationDate=None, modDate=None, producer="")
PNG = made("PNG")
JPEG = jpeg(b"made for a test")
INFECTED = jpeg(EICAR)
