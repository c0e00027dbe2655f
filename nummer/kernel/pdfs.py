"""Pages as PDF: words in a layout, readable aloud, silent about what set them."""

from __future__ import annotations

import re
from typing import Final

import typst

_ACCESSIBLE: Final = "ua-1"  # PDF/UA-1: readable aloud
_SETTER: Final = re.compile(rb"Typst \d+(?:\.\d+)*")  # twice in each file, with its version


def set_pdf(layout: bytes, *, words: str) -> bytes:
    """Set a layout with its words, which are data and never markup, as a PDF.

    The same words give the same octets with one version of the setter (ADR 123).
    """
    try:
        page = typst.compile(
            layout,
            sys_inputs={"words": words},
            pdf_standards=[_ACCESSIBLE],
            ignore_system_fonts=True,
        )
    except typst.TypstError:
        # A name in a script that the fonts lack: the machine's fonts may have it, and where they
        # do not, a box stands for a letter. The standard of accessible files allows neither.
        page = typst.compile(layout, sys_inputs={"words": words})
    return _SETTER.sub(_without_version, page)


def _without_version(found: re.Match[bytes]) -> bytes:
    """Return as many octets: a PDF counts where each of its parts begins."""
    return b"Typst".ljust(len(found[0]))
