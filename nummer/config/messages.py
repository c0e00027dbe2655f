"""Translations: from the .po files that people edit to the .mo files that programs read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

PACKAGE: Final = Path(__file__).resolve().parents[1]


def compile_all(folder: Path = PACKAGE) -> list[Path]:
    """Compile every .po file that is newer than its .mo file; return what was written."""
    written = []
    for source in sorted(folder.glob("**/locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file)
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        with draft.open("wb") as file:
            write_mo(file, catalogue)
        draft.replace(target)
        written.append(target)
    return written


if __name__ == "__main__":
    compile_all()
