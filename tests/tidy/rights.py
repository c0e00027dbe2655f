"""The page of the staff's rights, written from the table of the code.

`python -m tests.tidy.rights` writes it; a test compares.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import django
from django.urls import URLPattern

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "operate" / "rights.md"
_HEAD: Final = """# Who of the staff may do what

Written from the table in `nummer/faces/backoffice/rights.py` by `python -m tests.tidy.rights`; the
same table answers 403 and makes the menu ([ADR 426](../adr/0426-one-table-of-rights.md)). *s* is to
see, *d* is to do. The owner may see and do all. **2** marks where two persons are asked for.

| page | {roles} | |
|---|{lines}|---|
"""


def page() -> str:
    """Return the page as it has to be."""
    from nummer.faces.backoffice.rights import EVERYBODY, RIGHTS
    from nummer.faces.backoffice.urls import urlpatterns

    rows = [_HEAD.format(roles=" | ".join(EVERYBODY), lines="|".join("---" for _ in EVERYBODY))]
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        right = RIGHTS[pattern.name or ""]
        marks = ("s" * (role in right.see) + "d" * (role in right.do) or "-" for role in EVERYBODY)
        address = f"/staff/{pattern.pattern}".replace("|", "\\|")
        rows.append(f"| `{address}` | {' | '.join(marks)} | {'**2**' if right.two else ''} |\n")
    return "".join(rows)


if __name__ == "__main__":
    django.setup()
    PAGE.write_text(page(), encoding="utf-8")
