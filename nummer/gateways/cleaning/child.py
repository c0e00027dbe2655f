"""The process that opens a stranger's file: it reads stdin and writes pixels to stdout.

It runs as a program of its own, without our packages and our environment. Before the first octet
of the file is looked at, it has given up opening files, making sockets and starting programs
(seccomp), and has bounds of memory and processor time. So whatever a file makes of Pillow or
PDFium, what comes out is width, height and RGB of each page, and nothing of the file itself.
"""

from __future__ import annotations

import ctypes
import io
import os
import platform
import resource
import struct
import sys
from collections.abc import Iterator
from enum import IntEnum
from typing import Final

import pypdfium2
from PIL import Image, ImageOps
from pypdfium2.raw import FPDF_ERR_PASSWORD

CPU_S: Final = 15
MEMORY_BYTES: Final = 1 << 30
PAGES_MAX: Final = 20
PAGES_FINE_MAX: Final = 8
LONG_SIDE_FINE: Final = 2339  # A4 with 200 dots to the inch
LONG_SIDE: Final = 1754  # with 150
SCALE_MAX: Final = 300 / 72  # dots to the inch, over those of a PDF's own units
PICTURE_SIDE_MAX: Final = 4000
# JPEG is decoded at a half or less where it is large, PNG is not.
PIXELS_MAX: Final = {"JPEG": 220_000_000, "PNG": 50_000_000}
HEAD: Final = struct.Struct(">II")  # width and height; both 0: that was all


class Ending(IntEnum):
    """How the process ends, besides 0."""

    NOT_READABLE = 10
    LOCKED = 11
    TOO_MANY_PAGES = 12
    TOO_MANY_PIXELS = 13
    NOT_LIMITED = 14  # the machine gives us no such limits: nothing was opened


class Refused(Exception):  # noqa: N818 -- a state of the file
    """The file is not taken, for the reason of an ending."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.name)
        self.ending = ending


def main(media: str) -> int:
    """Read one file of a kind and write its pages; return the ending."""
    out = sys.stdout.buffer
    try:
        _limit()
    except OSError:
        return Ending.NOT_LIMITED
    pages = _pdf_pages if media == "PDF" else _picture
    try:
        for page in pages(sys.stdin.buffer.read(), media):
            out.write(HEAD.pack(page.width, page.height))
            out.write(page.tobytes())
        out.write(HEAD.pack(0, 0))
        out.flush()
    except Refused as refused:
        return refused.ending
    except Exception:  # noqa: BLE001 -- whatever a broken file makes of a reader
        return Ending.NOT_READABLE
    return 0


def _picture(content: bytes, media: str) -> Iterator[Image.Image]:
    """Return a JPEG or PNG upright, on white, as plain RGB."""
    Image.MAX_IMAGE_PIXELS = None  # ours are below, before anything is drawn
    with Image.open(io.BytesIO(content), formats=[media]) as found:
        if found.width * found.height > PIXELS_MAX[media]:
            raise Refused(Ending.TOO_MANY_PIXELS)
        found.draft("RGB", (PICTURE_SIDE_MAX // 2, PICTURE_SIDE_MAX // 2))
        if found.width * found.height > PIXELS_MAX["PNG"]:
            raise Refused(Ending.TOO_MANY_PIXELS)
        found.load()
        found.thumbnail((PICTURE_SIDE_MAX, PICTURE_SIDE_MAX))
        upright = ImageOps.exif_transpose(found)
        yield _on_white(upright)


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    sheet = Image.new("RGB", clear.size, "white")
    sheet.paste(clear, mask=clear.getchannel("A"))
    return sheet


def _pdf_pages(content: bytes, media: str) -> Iterator[Image.Image]:
    """Return each page of a PDF as it is printed; nothing in it is run."""
    del media
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == FPDF_ERR_PASSWORD
        raise Refused(Ending.LOCKED if locked else Ending.NOT_READABLE) from None
    count = len(document)
    if count > PAGES_MAX:
        raise Refused(Ending.TOO_MANY_PAGES)
    if count == 0:
        raise Refused(Ending.NOT_READABLE)
    document.init_forms()  # so that what was filled in is seen
    side = LONG_SIDE_FINE if count <= PAGES_FINE_MAX else LONG_SIDE
    for number in range(count):
        page = document[number]
        scale = min(side / max(page.get_size()), SCALE_MAX)
        bitmap = page.render(scale=scale, rev_byteorder=True, fill_color=(255, 255, 255, 255))
        yield bitmap.to_pil().convert("RGB")
        bitmap.close()
        page.close()


def _limit() -> None:
    """Give everything up but computing. Raises OSError where the machine cannot do it."""
    _warm_up()
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    for none in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):
        resource.setrlimit(none, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    _only_compute()


def _warm_up() -> None:
    """Let the libraries load what they load late, while they may."""
    Image.preinit()
    tiny = Image.new("RGBA", (2, 2))
    _on_white(tiny)
    tiny.thumbnail((1, 1))
    for form, page in (("PNG", tiny), ("JPEG", tiny.convert("RGB")), ("PDF", tiny.convert("RGB"))):
        made = io.BytesIO()
        page.save(made, form)
        read = _pdf_pages if form == "PDF" else _picture
        for one in read(made.getvalue(), form):
            one.tobytes()


# Numbers of the calls to the kernel: read, write, lseek, memory, signals of its own, time, end.
_MACHINES: Final = {
    "x86_64": (
        0xC000003E,
        "0 1 3 8 9 10 11 12 13 14 15 24 25 28 39 60 96 99 186 202 204 228 231 318",
    ),
    "aarch64": (
        0xC00000B7,
        "57 62 63 64 93 94 98 113 123 124 134 135 139 169 172 178 179 214 215 216 222 226 233 278",
    ),
}
_PR_SET_SECCOMP: Final = 22
_PR_SET_NO_NEW_PRIVS: Final = 38
_FILTER: Final = 2
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # linux/bpf_common.h
_KILL, _REFUSE, _ALLOW = 0x8000_0000, 0x0005_0001, 0x7FFF_0000  # linux/seccomp.h; EPERM
_INSTRUCTION: Final = struct.Struct("=HBBI")


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def _only_compute() -> None:
    """Have the kernel refuse every call that is not on the list of this machine."""
    if platform.machine() not in _MACHINES:
        raise OSError("no list for this machine")
    architecture, words = _MACHINES[platform.machine()]
    calls = [int(word) for word in words.split()]
    rows = [
        (_LOAD, 0, 0, 4),  # seccomp_data.arch
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),  # seccomp_data.nr
        *((_EQUAL, len(calls) - at, 0, call) for at, call in enumerate(calls)),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(_INSTRUCTION.pack(*row) for row in rows))
    program = _Program(len(rows), ctypes.cast(code, ctypes.c_void_p))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no new privileges")
    if prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


if __name__ == "__main__":
    ended = main(sys.argv[1])
    os._exit(ended)  # no tidying up: it would ask for what was given up
