"""Strangers' files, and what is left of them: pixels (hostile 29 and 30)."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from time import monotonic

import pypdfium2
import pytest
from PIL import Image

from nummer.apps.identity.contents import media_of
from nummer.apps.identity.errors import (
    DocumentLocked,
    DocumentNotReadable,
    DocumentTooLong,
    PictureTooLarge,
)
from nummer.apps.identity.ports import Copy
from nummer.apps.identity.words import Media
from nummer.gateways.cleaning import child
from nummer.gateways.cleaning.child import PAGES_MAX
from nummer.gateways.cleaning.cleaner import WITHIN_S, LimitedProcess
from nummer.kernel.errors import Refusal
from tests.apps.identity.samples import JPEG, PDF, PNG, made
from tests.gateways.cleaning import pdfs

CLEANER = LimitedProcess(within_s=60)  # of a machine that many tests share
HTML = b"<html><script>alert(document.cookie)</script><?php system($_GET['c']); ?></html>"


def cleaned(content: bytes) -> Copy:
    """Do what a handed in file goes through."""
    return CLEANER.clean(content, media_of(content))


def shown(copy: Copy) -> Image.Image:
    return Image.open(io.BytesIO(copy.content))


def chunk(name: bytes, content: bytes) -> bytes:
    crc = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc)


def with_place() -> bytes:
    """Return a picture as a phone takes it: lying on its side, with place, time and device."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it to the right
    exif[0x010F] = "Phonemaker"
    exif.get_ifd(0x8825).update({1: "N", 2: (59.0, 54.0, 50.0), 3: "E", 4: (10.0, 45.0, 8.0)})
    wide = Image.new("RGB", (80, 40), "white")
    wide.paste("red", (0, 0, 20, 40))
    return made("JPEG", wide, exif=exif.tobytes(), quality=95)


def test_place_and_device_are_gone_and_the_picture_stands_upright() -> None:
    copy = cleaned(with_place())

    image = shown(copy)
    assert (copy.media, image.size, image.mode) == (Media.JPEG, (40, 80), "RGB")
    assert dict(image.getexif()) == {}
    assert b"Exif" not in copy.content
    assert b"Phonemaker" not in copy.content
    top = image.getpixel((20, 5))
    assert isinstance(top, tuple)
    assert (top[0] > 200, top[1] < 60) == (True, True)


@pytest.mark.parametrize(
    "content",
    [
        made("JPEG", comment=HTML),
        JPEG + HTML,
        PNG[:33] + chunk(b"tEXt", b"Comment\0" + HTML) + PNG[33:],
        pdfs.pdf({9: pdfs.stream(HTML)}),
    ],
    ids=["comment of a JPEG", "behind a JPEG", "text of a PNG", "stream of a PDF"],
)
def test_page_or_program_in_a_picture_is_not_in_its_copy(content: bytes) -> None:
    assert HTML in content

    assert b"script" not in cleaned(content).content
    assert b"php" not in cleaned(content).content


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few octets that says to be very large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 5_000_000, 9)
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_picture_of_60000_by_60000_is_refused_before_it_is_drawn() -> None:
    content = bomb(60_000, 60_000)
    large = bytearray(made("JPEG"))
    size = large.index(b"\xff\xc0") + 5
    large[size : size + 4] = struct.pack(">HH", 60_000, 60_000)

    for each in (content, bytes(large)):
        begun = monotonic()
        with pytest.raises(PictureTooLarge):
            cleaned(each)
        assert monotonic() - begun < WITHIN_S


@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        made("GIF"),
        made("EPS"),
        made("TIFF"),
        made("WEBP"),
        made("BMP"),
        b"II*\0" + JPEG,
    ],
    ids=["svg", "gif", "eps", "tiff", "webp", "bmp", "another first octet"],
)
def test_other_kinds_of_pictures_are_refused(content: bytes) -> None:
    with pytest.raises(DocumentNotReadable):
        cleaned(content)


@pytest.mark.parametrize("media", [Media.JPEG, Media.PNG, Media.PDF])
@pytest.mark.parametrize(
    "content",
    [made("GIF"), made("EPS"), b"", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"<svg/>"],
    ids=["gif", "eps", "nothing", "postscript", "svg"],
)
def test_the_process_itself_opens_nothing_but_what_it_was_told(
    content: bytes, media: Media
) -> None:
    with pytest.raises(DocumentNotReadable):
        CLEANER.clean(content, media)


def test_picture_or_pdf_cut_short_is_refused() -> None:
    large = made("JPEG", Image.effect_noise((400, 400), 60).convert("RGB"))
    for content in (large[: len(large) // 2], PNG[:-20], PDF[:-20]):
        with pytest.raises(DocumentNotReadable):
            cleaned(content)


@pytest.mark.parametrize(
    "content",
    [pdfs.WITH_SCRIPT, pdfs.WITH_LAUNCH, pdfs.WITH_ATTACHMENT],
    ids=["JavaScript and OpenAction", "Launch", "attachment"],
)
def test_what_a_pdf_would_do_is_gone_and_what_it_shows_stays(content: bytes) -> None:
    copy = cleaned(content)

    for word in (b"JavaScript", b"/JS", b"OpenAction", b"Launch", b"EmbeddedFile", b"/AA", b"MZ"):
        assert word not in copy.content
    (page,) = pypdfium2.PdfDocument(copy.content)
    drawn = page.render(scale=0.5).to_pil().convert("RGB")
    middle = drawn.getpixel((drawn.width // 2, drawn.height // 2))
    assert isinstance(middle, tuple)
    assert (middle[2] > 200, middle[0] < 60) == (True, True)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (pdfs.ENCRYPTED, DocumentLocked),
        (pdfs.of_pages(5_000), DocumentTooLong),
        (pdfs.of_pages(PAGES_MAX + 1), DocumentTooLong),
        (pdfs.NO_PAGE, DocumentNotReadable),
    ],
    ids=["encrypted", "5,000 pages", "a page too many", "no page"],
)
def test_pdf_that_cannot_be_looked_at_is_refused(content: bytes, refusal: type[Refusal]) -> None:
    begun = monotonic()
    with pytest.raises(refusal):
        cleaned(content)
    assert monotonic() - begun < WITHIN_S


@pytest.mark.parametrize(
    "content",
    [
        pdfs.TABLE_IN_A_CIRCLE,
        pdfs.PAGES_IN_A_CIRCLE,
        pdfs.LENGTH_OF_ITSELF,
        pdfs.FORMS_IN_A_CIRCLE,
        pdfs.HUGE_PAGE,
    ],
    ids=["xref", "pages", "length", "forms", "size"],
)
def test_pdf_that_goes_in_circles_ends_within_the_limits(content: bytes) -> None:
    begun = monotonic()
    try:
        copy = CLEANER.clean(content, Media.PDF)
    except Refusal:
        pass
    else:
        assert len(pypdfium2.PdfDocument(copy.content)) <= PAGES_MAX
    assert monotonic() - begun < 60


def test_as_many_pages_as_may_be_come_out_in_their_order() -> None:
    sheets = [Image.new("RGB", (60, 80), (number * 10, 0, 0)) for number in range(PAGES_MAX)]

    copy = cleaned(made("PDF", sheets[0], save_all=True, append_images=sheets[1:]))

    document = pypdfium2.PdfDocument(copy.content)
    reds = [page.render(scale=0.1).to_pil().convert("RGB").getpixel((1, 1))[0] for page in document]
    assert len(reds) == PAGES_MAX
    assert all(abs(red - number * 10) < 6 for number, red in enumerate(reds))


def test_slow_file_is_given_up_in_time() -> None:
    begun = monotonic()
    with pytest.raises(DocumentNotReadable):
        LimitedProcess(within_s=0.01).clean(PDF, Media.PDF)
    assert monotonic() - begun < 10


TRY = """
import os, resource, socket, subprocess, sys
import runpy
child = runpy.run_path(sys.argv[1])
child["_limit"]()
def tried(do):
    try:
        do()
    except (OSError, MemoryError, ValueError) as error:
        return error.__class__.__name__
    return "done"
said = [
    tried(lambda: open("/etc/passwd")),
    tried(lambda: open("/tmp/written-by-the-child", "w")),
    tried(lambda: socket.socket()),
    tried(lambda: os.fork()),
    tried(lambda: os.execv("/bin/true", ["true"])),
    tried(lambda: os.kill(os.getppid(), 0)),
    tried(lambda: os.listdir("/")),
    tried(lambda: bytearray(2 << 30)),
    tried(lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1))),
    tried(lambda: os.memfd_create("x")),
]
sys.stdout.write(" ".join(said))
sys.stdout.flush()
os._exit(0)
"""


def test_the_process_can_only_compute() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", TRY, child.__file__],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={},
        timeout=60,
        check=False,
    )

    said = done.stdout.decode().split()
    assert (len(said), set(said)) == (
        10,
        {"PermissionError", "MemoryError", "ValueError"},
    ), done


def test_the_process_gets_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []
    real = subprocess.Popen

    def popen(*args: object, **kwargs: object) -> object:
        asked.append(kwargs)
        return real(*args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", popen)
    cleaned(PNG)

    assert [(one["env"], one["cwd"]) for one in asked] == [({}, "/")]
