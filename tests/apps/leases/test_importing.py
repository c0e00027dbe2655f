"""Bringing a list of numbers for rent into the stock."""

from __future__ import annotations

import pytest

from nummer.apps.catalogue import cities
from nummer.apps.leases import queries
from nummer.apps.leases.errors import SupplierNotConnected
from nummer.apps.leases.importing import Imported, import_for_rent
from nummer.apps.leases.models import Rentable
from nummer.apps.numbers.errors import SheetColumnMissing
from nummer.apps.numbers.importing import Reason
from tests.builders import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]
HEAD = "number,country,carrier,kind,sms,voice,city,region,area"


def brought(*lines: str, supplier: str = "sandbox") -> Imported:
    content = "\n".join((HEAD, *lines)).encode()
    return import_for_rent(content, supplier=supplier, actor="staff:1", now=NOW)


def test_numbers_come_with_their_city_whether_we_know_it_or_not() -> None:
    done = brought(
        "+4759461001,NO,telenor,local,yes,yes,Oslo,,",
        "+4759461002,NO,telenor,local,yes,yes,Ålesund,NO-15,",
        "+4759461003,NO,telenor,mobile,yes,no,,,",
        "+498999998001,DE,dtag,local,yes,yes,Munich,,",
    )

    assert done == Imported(4, ())
    rows = Rentable.objects.filter(carrier__in=("telenor", "dtag")).order_by("e164")
    assert [(row.city, row.region, row.area) for row in rows] == [
        ("oslo", "NO-03", ""),
        ("alesund", "NO-15", ""),
        ("", "", ""),
        ("muenchen", "DE-BY", "89"),
    ]
    assert cities.city("NO", code="alesund").name("de") == "Ålesund"
    assert len(queries.search(country="NO", city="alesund", now=NOW).numbers) == 1


def test_what_cannot_enter_is_left_out_with_its_reason_and_its_line() -> None:
    done = brought(
        "+4759461001,NO,telenor,local,yes,yes,Oslo,,",
        "+4759461001,NO,telenor,local,yes,yes,Oslo,,",
        "+4759441001,NO,telenor,local,yes,yes,Oslo,,",
        "hello,NO,telenor,local,yes,yes,Oslo,,",
        "+4759461004,NO,telenor,local,yes,yes,Oslo,Norway,",
        "+4759461005,NO,telenor,local,yes,yes",
    )
    assert done == Imported(
        1,
        (
            (3, Reason.KNOWN),
            (4, Reason.KNOWN),
            (5, Reason.NUMBER),
            (6, Reason.CITY),
            (7, Reason.FIELDS),
        ),
    )


def test_file_that_cannot_be_trusted_leaves_nothing() -> None:
    before = Rentable.objects.count()
    with pytest.raises(SupplierNotConnected):
        brought("+4759461001,NO,telenor,local,yes,yes,Oslo,,", supplier="nobody")
    with pytest.raises(SheetColumnMissing):
        import_for_rent(b"number\n+4759461001", supplier="sandbox", actor="staff:1", now=NOW)
    assert Rentable.objects.count() == before
