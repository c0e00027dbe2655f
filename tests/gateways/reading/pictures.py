"""Pages of a passport as a printer makes them; the person is that of ICAO Doc 9303, part 4."""

from __future__ import annotations

import typst

UPPER = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
LOWER = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"


def passport(*lines: str) -> bytes:
    """Return a page as PDF, with these lines where the zone stands."""
    zone = "\\n".join(lines)
    page = f"""
#set page(paper: "a5", flipped: true, margin: 1cm)
Passport of Utopia \\ ERIKSSON \\ ANNA MARIA \\ 12 AUG 1974
#v(5cm)
#set text(font: "DejaVu Sans Mono", size: 13pt)
#raw("{zone}", block: true)
"""
    return typst.compile(page.encode(), ignore_system_fonts=True)
