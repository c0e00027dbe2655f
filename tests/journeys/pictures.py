"""Pictures of every page, in light and dark, on a phone and on a desk: `make pictures`.

`python -m tests.journeys.pictures FOLDER [--language de]` starts an installation of its own, lets
a visitor, a customer and one of the staff walk through it, and writes `index.html` to look through.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from tests.installation import Installation
from tests.journeys.conftest import LANGUAGES, SWITCHES, Visit, Visitor
from tests.journeys.everybody import everybody
from tests.journeys.test_accessible import Scheme

SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")
WIDTHS: Final = {"phone": 390, "desk": 1280}
HEIGHT: Final = 844
PEOPLE: Final = ("visitor", "customer", "staff")


def take(folder: Path, *, language: str) -> list[Path]:
    """Take the pictures and return where they lie."""
    with tempfile.TemporaryDirectory(prefix="nummer-pictures-") as home:
        running = Installation(Path(home))
        running.start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path="/usr/bin/chromium", args=SWITCHES
                )
                visit = Visit(running, browser)
                found = everybody(visit, language)
                taken = [
                    path
                    for name, (person, walked) in zip(PEOPLE, found, strict=True)
                    for address in walked.addresses()
                    for path in _of(person, address, folder / name)
                ]
                visit.leave()
                browser.close()
        finally:
            running.stop()
            running.remove_database()
    return taken


def _of(person: Visitor, address: str, folder: Path) -> Iterator[Path]:
    """Take the four pictures of one page."""
    person.go(address)
    name = address.partition("?")[0].strip("/").replace("/", "-") or "start"
    for scheme, (device, width) in itertools.product(SCHEMES, WIDTHS.items()):
        person.page.emulate_media(color_scheme=scheme)
        person.page.set_viewport_size({"width": width, "height": HEIGHT})
        path = folder / f"{name}-{device}-{scheme}.png"
        person.page.screenshot(path=path, full_page=True)
        yield path


def index(folder: Path, taken: Sequence[Path]) -> str:
    """Return a page that shows all of them, small."""
    shown = "".join(
        f'<figure><a href="{escape(name)}"><img src="{escape(name)}" alt="" loading="lazy"></a>'
        f"<figcaption>{escape(name)}</figcaption></figure>"
        for name in (path.relative_to(folder).as_posix() for path in taken)
    )
    style = "figure{display:inline-block;width:18rem;vertical-align:top}img{width:100%}"
    return (
        f"<!doctype html><meta charset=utf-8><title>Pictures</title><style>{style}</style>{shown}"
    )


def main(words: Sequence[str] | None = None) -> int:
    """Take all pictures and say where they lie."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--language", choices=LANGUAGES, default="nb")
    given = parser.parse_args(words)
    given.folder.mkdir(parents=True, exist_ok=True)
    taken = take(given.folder, language=given.language)
    place = given.folder / "index.html"
    place.write_text(index(given.folder, taken))
    sys.stdout.write(f"{len(taken)} pictures: {place}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
