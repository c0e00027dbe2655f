"""Files are drawn few at a time, and a customer has one of these places only."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from nummer.apps.identity import ports
from nummer.apps.identity.actions.inspecting import inspect
from nummer.apps.identity.contents import media_of
from nummer.apps.identity.errors import DocumentNotReadable, DocumentsBusy
from nummer.apps.identity.ports import Copy
from nummer.apps.identity.words import Media
from nummer.gateways.cleaning.cleaner import LimitedProcess
from tests.apps.identity.samples import JPEG, PDF

FLOODER, OTHER = 1, 2
CLEANER = LimitedProcess(within_s=60)
PATIENCE_S = 60


class Slow:
    """Draws as in use, but pictures only when it is let."""

    def __init__(self) -> None:
        self.begun, self.may_go_on = Event(), Event()

    def clean(self, content: bytes, media: Media) -> Copy:
        if media is Media.JPEG:
            self.begun.set()
            assert self.may_go_on.wait(PATIENCE_S)
        return CLEANER.clean(content, media)


@pytest.fixture
def slow() -> Iterator[Slow]:
    before = ports.cleaner()
    found = Slow()
    ports.install_cleaner(found)
    yield found
    found.may_go_on.set()
    ports.install_cleaner(before)


def test_a_customer_with_many_files_keeps_nobody_else_waiting(slow: Slow) -> None:
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(inspect, FLOODER, JPEG)
        assert slow.begun.wait(PATIENCE_S)
        for _ in range(20):
            with pytest.raises(DocumentsBusy):
                inspect(FLOODER, PDF)
        assert inspect(OTHER, PDF).copy.media is Media.PDF
        slow.may_go_on.set()
        assert first.result(PATIENCE_S).copy.media is Media.JPEG
    assert inspect(FLOODER, PDF).copy.media is media_of(PDF)


def test_a_file_that_is_refused_gives_its_place_back() -> None:
    for _ in range(2):
        with pytest.raises(DocumentNotReadable):
            inspect(FLOODER, JPEG[: len(JPEG) // 2])
