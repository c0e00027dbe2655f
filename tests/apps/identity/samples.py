"""Small whole documents, one that a virus scanner knows, and a reviewer's first step."""

from __future__ import annotations

import io
from datetime import datetime
from uuid import UUID

from PIL import Image

from nummer.apps.identity import actions
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


def take_and_open(account_id: int, *, papers_id: UUID, actor: str, now: datetime) -> dict[str, str]:
    """Do what a reviewer does first, whoever had the task before; return what was filled in."""
    for other in ("staff:7", "staff:8"):
        actions.give_back(account_id, papers_id=papers_id, actor=other, now=now)
    actions.take(account_id, papers_id=papers_id, actor=actor, now=now)
    return actions.open_papers(account_id, papers_id=papers_id, actor=actor, now=now)
