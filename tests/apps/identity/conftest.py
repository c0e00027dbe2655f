"""A shop whose numbers need papers, their supplier, and what waits for papers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from nummer.apps.identity import ports as identity_ports
from nummer.apps.identity.queries import Asked
from nummer.apps.identity.words import DocumentKind, Field
from nummer.apps.leases import ports
from nummer.apps.leases.actions import go_on_with_papers
from nummer.apps.leases.papers import ask_for_papers, needed, needed_until
from nummer.config.reviews import end_review, open_review
from tests.apps.leases.conftest import rentals, supplier
from tests.builders import NOW

__all__ = ["rentals", "supplier"]

WANTED = Asked((Field.FIRST_NAME, Field.LAST_NAME), (DocumentKind.IDENTITY,))


@contextmanager
def reviewers() -> Iterator[None]:
    """Let numbers wait for papers where some are asked for, and let papers be reviewed."""
    before, told = list(ports._papers), list(identity_ports._approved)
    handed_in, judged = list(identity_ports._handed_in), list(identity_ports._judged)
    until = list(identity_ports._needed_until)
    identity_ports.install_review(handed_in=open_review, judged=end_review)
    identity_ports.install_needed_until(needed_until)
    ports.install_papers(needed)
    identity_ports.install_approved(lambda account_id, now: go_on_with_papers(account_id, now=now))
    yield
    ports._papers[:], identity_ports._approved[:] = before, told
    identity_ports._handed_in[:], identity_ports._judged[:] = handed_in, judged
    identity_ports._needed_until[:] = until


@pytest.fixture
def with_papers(rentals: None) -> Iterator[None]:
    """Ask for a name and a proof of identity before a Norwegian number works."""
    with reviewers():
        ask_for_papers(country="NO", kind="local", wanted=WANTED, actor="staff:1", now=NOW)
        yield
