"""Has tesseract look for a machine-readable zone on the pages of a copy.

It gets pixels that we drew ourselves, never a stranger's file, and nothing of it is kept. What it
reads is often wrong by a letter: it stands in a field for the reviewer to mend and decides nothing.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Final

from PIL import Image

from nummer.apps.identity.words import Media
from nummer.kernel.errors import Unavailable
from nummer.protocols import mrz

PROGRAM: Final = "tesseract"
PAGES_MAX: Final = 2  # the sides of a card
WIDTH_MAX: Final = 2400  # pixels: a zone's letters are some twenty wide then
WITHIN_S: Final = 15.0
WAIT_S: Final = 5.0
_MEMORY_BYTES: Final = 1 << 30
# One block of text, in the letters of a zone, without a dictionary.
_WORDS: Final = (
    *("stdin", "stdout", "--psm", "6"),
    *("-c", "tessedit_char_whitelist=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"),
    *("-c", "load_system_dawg=0", "-c", "load_freq_dawg=0"),
)

Pages = Callable[[bytes, Media], list[Image.Image]]


class Tesseract:
    """The reader in use; one page is read at a time in a process of ours."""

    def __init__(self, program: str, *, pages: Pages, within_s: float = WITHIN_S) -> None:
        self._command = [
            *("prlimit", f"--as={_MEMORY_BYTES}", f"--cpu={round(within_s)}", "--fsize=0"),
            *("--core=0", "--", program, *_WORDS),
        ]
        self._pages = pages
        self._within_s = within_s
        self._room = BoundedSemaphore(1)

    def read(self, content: bytes, media: Media) -> str:
        """Return the lines that seem to be a zone, or nothing. Raises Unavailable."""
        if not self._room.acquire(timeout=WAIT_S):
            raise Unavailable("room for one more page to be read", retry_after_s=WAIT_S)
        try:
            for page in self._pages(content, media)[:PAGES_MAX]:
                found = mrz.lines_in(self._letters(page))
                if found:
                    return found
        finally:
            self._room.release()
        return ""

    def _letters(self, page: Image.Image) -> str:
        given = io.BytesIO()
        grey = page.convert("L")
        grey.thumbnail((WIDTH_MAX, WIDTH_MAX))
        grey.save(given, "PPM")
        try:
            done = subprocess.run(  # noqa: S603 -- the operator's program, and words of ours
                self._command,
                input=given.getvalue(),
                capture_output=True,
                check=False,
                timeout=self._within_s,
                env={"OMP_THREAD_LIMIT": "1", "PATH": "/usr/bin:/bin"},
                cwd="/",
            )
        except subprocess.TimeoutExpired:
            return ""
        return done.stdout.decode("ascii", "ignore") if done.returncode == 0 else ""


def tesseract(pages: Pages) -> Tesseract | None:
    """Return the machine's tesseract, or None where there is none."""
    program = shutil.which(PROGRAM)
    return None if program is None else Tesseract(program, pages=pages)
