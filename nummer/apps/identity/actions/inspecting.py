"""Looking at a file before anything of it is kept: its type, its copy, its viruses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nummer.apps.identity import ports
from nummer.apps.identity.contents import media_of
from nummer.apps.identity.errors import DocumentInfected, DocumentsBusy
from nummer.apps.identity.ports import Copy, Scan
from nummer.apps.identity.words import Checked, DocumentKind
from nummer.kernel.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that may be kept: its copy, and itself while the scanner has not looked."""

    copy: Copy
    checked: Checked
    upload: bytes | None = field(repr=False)


def inspect(content: bytes) -> Inspected:
    """Draw a file anew and have it scanned; takes seconds, so never in a transaction.

    Refuses: DocumentNotReadable, DocumentTooLarge, DocumentLocked, DocumentTooLong,
    PictureTooLarge, DocumentInfected, DocumentsBusy.
    """
    media = media_of(content)
    try:
        copy = ports.cleaner().clean(content, media)
    except Unavailable:
        raise DocumentsBusy from None
    checked = scanned(content)
    return Inspected(copy, checked, content if checked is Checked.HELD else None)


def inspect_all(documents: Mapping[DocumentKind, bytes]) -> dict[DocumentKind, Inspected]:
    """Do it for several files. Refuses what `inspect` refuses."""
    return {kind: inspect(content) for kind, content in documents.items()}


def scanned(content: bytes) -> Checked:
    """Return what is known about viruses now. Refuses: DocumentInfected."""
    scanner = ports.scanner()
    if scanner is None:
        return Checked.UNSCANNED
    try:
        found = scanner.scan(content)
    except Unavailable:
        return Checked.HELD
    if found is Scan.INFECTED:
        raise DocumentInfected
    return Checked.CLEAN
