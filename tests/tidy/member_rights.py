"""The page of the members' rights, written from the table of the code.

`python -m tests.tidy.member_rights` writes it; a test compares.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import django
from django.urls import URLPattern

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "operate" / "members.md"
_HEAD: Final = """# Which member of an account may do what

Written from the table in `nummer/faces/site/rights.py` by `python -m tests.tidy.member_rights`; the
same table answers 403 and makes the menu ([ADR 432](../adr/0432-members-have-roles.md)). *s* is to
see, *d* is to do. The owner may see and do all. Pages that need no account are open to all
members.

Who is written to: all letters go to the owner. A member gets what is about her own login alone: the
invitation, codes, links for a new password. Cases of the account are read by all its members.

| page | {roles} |
|---|{lines}|
"""


def page() -> str:
    """Return the page as it has to be."""
    from nummer.faces.site.rights import RIGHTS, ROLES
    from nummer.faces.site.urls import urlpatterns

    rows = [_HEAD.format(roles=" | ".join(ROLES), lines="|".join("---" for _ in ROLES))]
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        right = RIGHTS.get(pattern.name or "")
        if right is None:
            continue
        marks = ("s" * (role in right.see) + "d" * (role in right.do) or "-" for role in ROLES)
        rows.append(f"| `/{pattern.pattern}` | {' | '.join(marks)} |\n")
    return "".join(rows)


if __name__ == "__main__":
    django.setup()
    PAGE.write_text(page(), encoding="utf-8")
