"""Looking at a file before anything of it is kept: its type, its copy, its viruses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from nummer.apps.identity import ports
from nummer.apps.identity.contents import media_of
from nummer.apps.identity.errors import DocumentInfected, DocumentsBusy
from nummer.apps.identity.ports import Copy, Scan
from nummer.apps.identity.words import Checked, DocumentKind
from nummer.kernel.errors import Unavailable

# Few files are drawn at a time in a process; an account has one of these places, or one customer
# with many files would keep all others waiting.
_lock: Final = Lock()
_under_inspection: Final[set[int]] = set()


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that may be kept: its copy, and itself while the scanner has not looked."""

    copy: Copy
    checked: Checked
    upload: bytes | None = field(repr=False)


def inspect(account_id: int, content: bytes) -> Inspected:
    """Draw an account's file anew and have it scanned; takes seconds, so never in a transaction.

    Refuses: DocumentNotReadable, DocumentTooLarge, DocumentLocked, DocumentTooLong,
    PictureTooLarge, DocumentInfected, DocumentsBusy, also while another one of the account is
    drawn.
    """
    media = media_of(content)
    with _one_of(account_id):
        try:
            copy = ports.cleaner().clean(content, media)
        except Unavailable:
            raise DocumentsBusy from None
    checked = scanned(content)
    return Inspected(copy, checked, content if checked is Checked.HELD else None)


def inspect_all(
    account_id: int, documents: Mapping[DocumentKind, bytes]
) -> dict[DocumentKind, Inspected]:
    """Do it for several files, one after the other. Refuses what `inspect` refuses."""
    return {kind: inspect(account_id, content) for kind, content in documents.items()}


@contextmanager
def _one_of(account_id: int) -> Iterator[None]:
    with _lock:
        if account_id in _under_inspection:
            raise DocumentsBusy
        _under_inspection.add(account_id)
    try:
        yield
    finally:
        with _lock:
            _under_inspection.discard(account_id)


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
