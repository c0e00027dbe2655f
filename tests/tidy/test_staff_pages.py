"""Each page of the staff is described for those who work with it."""

from __future__ import annotations

from pathlib import Path

from django.urls import URLPattern

from nummer.apps.refunds.queries import OWED
from nummer.faces.backoffice.urls import urlpatterns
from tests.tidy import rights

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operate" / "staff.md"


def test_every_page_without_a_name_in_its_address_is_described() -> None:
    described = PAGE.read_text(encoding="utf-8")
    routes = [str(each.pattern) for each in urlpatterns if isinstance(each, URLPattern)]
    assert [
        route for route in routes if "<" not in route and f"`/staff/{route}`" not in described
    ] == []


def test_every_kind_that_is_owed_is_explained() -> None:
    described = PAGE.read_text(encoding="utf-8")
    assert [kind for kind in OWED if f"| `{kind}` |" not in described] == []


def test_the_page_of_rights_is_up_to_date() -> None:
    assert rights.PAGE.read_text(encoding="utf-8") == rights.page()
