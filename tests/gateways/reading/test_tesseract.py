"""Debian's tesseract reads a zone as a reviewer would, nearly; it has no power over anything."""

from __future__ import annotations

import shutil

import pytest

from nummer.apps.identity.words import Media
from nummer.gateways.cleaning.cleaner import LimitedProcess
from nummer.gateways.reading.tesseract import Tesseract, tesseract
from tests.gateways.reading.pictures import LOWER, UPPER, passport

PAGES = LimitedProcess().pages
LIKE_O = str.maketrans("O", "0")  # it takes one for the other, as people do


def test_the_zone_of_a_printed_passport_is_read() -> None:
    reader = tesseract(PAGES)
    assert reader is not None, "`.ci/packages test` installs it"

    found = reader.read(passport(UPPER, LOWER), Media.PDF)

    assert found.translate(LIKE_O) == f"{UPPER}\n{LOWER}".translate(LIKE_O)


def test_a_page_without_a_zone_gives_nothing() -> None:
    reader = tesseract(PAGES)
    assert reader is not None

    assert reader.read(passport("A letter of the bank"), Media.PDF) == ""


def test_a_program_that_fails_or_takes_too_long_gives_nothing() -> None:
    page = passport(UPPER, LOWER)
    assert Tesseract("/bin/false", pages=PAGES).read(page, Media.PDF) == ""
    program = shutil.which("tesseract")
    assert program is not None
    assert Tesseract(program, pages=PAGES, within_s=0.01).read(page, Media.PDF) == ""


def test_a_machine_without_tesseract_has_no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert tesseract(PAGES) is None
