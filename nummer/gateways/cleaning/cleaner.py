"""Has a file drawn by the limited process and makes a new document of the pixels (ADR 405).

The file lies in memory only. What the process writes is taken as numbers: a page is as many
octets as its size says, and nothing that it writes is ever opened as a file.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import BoundedSemaphore, Timer
from typing import IO, Final

from PIL import Image

from nummer.apps.identity.errors import (
    DocumentLocked,
    DocumentNotReadable,
    DocumentTooLarge,
    DocumentTooLong,
    PictureTooLarge,
)
from nummer.apps.identity.ports import Copy
from nummer.apps.identity.words import Media
from nummer.gateways.cleaning.child import (
    HEAD,
    PAGES_MAX,
    Ending,
)
from nummer.kernel.errors import Refusal, Unavailable

AT_ONCE: Final = 2  # in a process: each may take a gigabyte
WAIT_S: Final = 8.0  # for others to finish
WITHIN_S: Final = 12.0
QUALITY: Final = 85
COPY_BYTES_MAX: Final = 32_000_000
DRAWN_BYTES_MAX: Final = 190_000_000  # as many pages as may be, as large as they are drawn
_DOTS_PER_INCH: Final = 200
_CHILD: Final = Path(__file__).with_name("child.py")
_NAMES: Final = {Media.PDF: "PDF", Media.JPEG: "JPEG", Media.PNG: "PNG"}
_REFUSALS: Final[dict[int, Callable[[], Refusal]]] = {
    Ending.NOT_READABLE: DocumentNotReadable,
    Ending.LOCKED: DocumentLocked,
    Ending.TOO_MANY_PAGES: lambda: DocumentTooLong(pages=PAGES_MAX),
    Ending.TOO_MANY_PIXELS: PictureTooLarge,
}


class LimitedProcess:
    """The cleaner in use: one process for each file."""

    def __init__(self, *, within_s: float = WITHIN_S) -> None:
        self._within_s = within_s
        self._room = BoundedSemaphore(AT_ONCE)

    def clean(self, content: bytes, media: Media) -> Copy:
        """Return a new document that looks as this one.

        Refuses: DocumentNotReadable (also what takes too long or too much), DocumentLocked,
        DocumentTooLong, PictureTooLarge, DocumentTooLarge. Raises Unavailable: too many at once,
        or the machine has no such limits.
        """
        return _document(self.pages(content, media), media)

    def pages(self, content: bytes, media: Media) -> list[Image.Image]:
        """Return the pages of a file as pictures. Refuses and raises as `clean`."""
        if not self._room.acquire(timeout=WAIT_S):
            raise Unavailable("room for one more file to be drawn", retry_after_s=WAIT_S)
        try:
            return self._drawn(content, media)
        finally:
            self._room.release()

    def _drawn(self, content: bytes, media: Media) -> list[Image.Image]:
        """Return the pages as the process draws them; it ends with this, whatever it does."""
        given = os.memfd_create("document")
        try:
            with open(given, "wb", closefd=False) as file:
                file.write(content)
            os.lseek(given, 0, os.SEEK_SET)
            command = [sys.executable, "-I", str(_CHILD), _NAMES[media]]
            process = subprocess.Popen(  # noqa: S603 -- our own program, and a word of ours
                command,
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
            )
        finally:
            os.close(given)
        patience = Timer(self._within_s, process.kill)
        patience.start()
        try:
            assert process.stdout is not None, "it was asked for"
            with process.stdout as drawn:
                pages = _read_pages(drawn)
        finally:
            patience.cancel()
            process.kill()
            ended = process.wait()
        if pages:
            return pages
        if ended == Ending.NOT_LIMITED:
            raise Unavailable("a process that can only compute")
        raise _REFUSALS.get(ended, DocumentNotReadable)()


def _read_pages(drawn: IO[bytes]) -> list[Image.Image]:
    """Return all pages, or none where the last word is missing or a size is not possible."""
    pages: list[Image.Image] = []
    room = DRAWN_BYTES_MAX
    while True:
        head = drawn.read(HEAD.size)
        if len(head) < HEAD.size:
            return []
        width, height = HEAD.unpack(head)
        if width == height == 0:
            return pages
        size = 3 * width * height
        room -= size
        octets = drawn.read(size) if size > 0 and room >= 0 else b""
        if not octets or len(octets) < size:
            return []
        pages.append(Image.frombytes("RGB", (width, height), octets))


def _document(pages: list[Image.Image], media: Media) -> Copy:
    """Return a picture as JPEG, pages as a PDF of pictures. Refuses: DocumentTooLarge."""
    made = io.BytesIO()
    first, *others = pages
    if media is Media.PDF:
        first.save(
            made,
            "PDF",
            save_all=True,
            append_images=others,
            resolution=_DOTS_PER_INCH,
            quality=QUALITY,
            producer="",
            creationDate=None,
            modDate=None,
        )
    else:
        first.save(made, "JPEG", quality=QUALITY)
    if made.tell() > COPY_BYTES_MAX:
        raise DocumentTooLarge(megabytes=COPY_BYTES_MAX // 1_000_000)
    return Copy(Media.PDF if media is Media.PDF else Media.JPEG, made.getvalue())
