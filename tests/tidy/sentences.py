"""Every sentence of the source that a person may read, and its translations.

`python -m tests.tidy.sentences` writes new sentences into nummer/locale and drops those that are
gone; it needs no gettext tools.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation import templatize

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCE: Final = ROOT / "nummer"
LANGUAGES: Final = ("nb", "de")
KEYWORDS: Final = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def sentences() -> Catalog:
    """Return every sentence with the places it stands at."""
    catalogue = Catalog()
    for path in sorted((*SOURCE.rglob("*.py"), *SOURCE.rglob("templates/**/*.*"))):
        if path.suffix not in {".py", ".html", ".txt"}:
            continue
        for _line, message, _comments, context in _extracted(path):
            place = (path.relative_to(ROOT).as_posix(), 0)
            catalogue.add(message, locations=[place], context=context)
    return catalogue


def _extracted(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        text = templatize(text, origin=str(path))
    for line, message, comments, context in extract(
        "python", io.BytesIO(text.encode()), keywords=KEYWORDS, options={"encoding": "utf-8"}
    ):
        yield line, tuple(message) if isinstance(message, list) else message, comments, context


def own_file(language: str) -> Path:
    """Return the file that holds the sentences of all but a few apps."""
    return SOURCE / "locale" / language / "LC_MESSAGES" / "django.po"


def files(language: str) -> list[Path]:
    """Return every file of a language; an app may keep its own."""
    return sorted(SOURCE.rglob(f"locale/{language}/LC_MESSAGES/django.po"))


def translations(path: Path, language: str) -> Catalog:
    """Return what one file holds."""
    with path.open("rb") as file:
        return read_po(file, locale=language)


def gather() -> None:
    """Write the sentences of the source into our files and keep their translations."""
    found = sentences()
    for language in LANGUAGES:
        path = own_file(language)
        old = translations(path, language) if path.exists() else Catalog(locale=language)
        elsewhere = {
            (message.context, message.id)
            for other in files(language)
            if other != path
            for message in translations(other, language)
        }
        new = _empty(language)
        for message in found:
            if message.id and (message.context, message.id) not in elsewhere:
                known = old.get(message.id, message.context)
                new.add(
                    message.id,
                    known.string if known else None,
                    locations=[(place, None) for place, _ in message.locations],
                    context=message.context,
                )
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, new, width=100, sort_output=True)


def _empty(language: str) -> Catalog:
    """Return a catalogue whose head never changes, so that a difference is a sentence's."""
    written = datetime(2026, 11, 22, tzinfo=UTC)
    catalogue = Catalog(
        locale=language,
        project="Nummer",
        version="1",
        fuzzy=False,
        creation_date=written,
        revision_date=written,
        msgid_bugs_address="",
        last_translator="the Nummer project",
        language_team="the Nummer project",
    )
    catalogue.header_comment = (
        "# Sentences of Nummer; `python -m tests.tidy.sentences` gathers them."
    )
    return catalogue


if __name__ == "__main__":
    gather()
