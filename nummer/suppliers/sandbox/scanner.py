"""The virus scanner of the sandbox: clamd's protocol on loopback; it finds EICAR's test file.

`EICAR` is no virus: every scanner finds it by agreement (eicar.org), so that one can look whether
it works. What the scanner can do is one word in a file: it works, is away, or has no signatures.
"""

from __future__ import annotations

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Final

from nummer.protocols import clamd

FILE: Final = "scanner"
STREAM_BYTES_MAX: Final = 26_214_400  # clamd's own default
PATIENCE_S: Final = 30.0
COMMAND_BYTES_MAX: Final = 64
# In two pieces, so that a scanner of the reader's does not take this file away.
EICAR: Final = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_NAME: Final = "ClamAV 1.4.3"
_DAY: Final = "Sun Nov 22 09:00:00 2026"


class Can(StrEnum):
    """What the scanner can do."""

    WORK = "work"
    NOTHING = "nothing"  # it takes no connections
    NOT_FIND = "not-find"  # it has no signatures


def let(can: Can, *, folder: Path) -> None:
    """Have the scanner work, be away, or have no signatures, from now on."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / FILE).write_text(can)


def can(folder: Path) -> Can:
    """Return what the scanner can do; it works unless something else was said."""
    try:
        return Can((folder / FILE).read_text().strip())
    except (OSError, ValueError):
        return Can.WORK


async def scanner(folder: Path) -> asyncio.Server:
    """Open the scanner on a free loopback port; it answers as long as the loop runs."""

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            now = can(folder)
            if now is not Can.NOTHING:
                async with asyncio.timeout(PATIENCE_S):
                    writer.write(await _answer(reader, now) + b"\0")
                    await writer.drain()
        except (OSError, ValueError, asyncio.IncompleteReadError, TimeoutError):
            pass  # whoever asks so gets no answer
        finally:
            writer.close()

    return await asyncio.start_server(meet, "127.0.0.1", 0, limit=COMMAND_BYTES_MAX)


async def _answer(reader: asyncio.StreamReader, now: Can) -> bytes:
    try:
        command = await reader.readuntil(b"\0")
    except asyncio.LimitOverrunError:
        return b"UNKNOWN COMMAND"
    match command:
        case clamd.PING:
            return clamd.PONG.encode()
        case clamd.VERSION:
            return (_NAME if now is Can.NOT_FIND else f"{_NAME}/27800/{_DAY}").encode()
        case clamd.INSTREAM:
            return await _scan(reader, now)
    return b"UNKNOWN COMMAND"


async def _scan(reader: asyncio.StreamReader, now: Can) -> bytes:
    content = bytearray()
    while size := clamd.LENGTH.unpack(await reader.readexactly(clamd.LENGTH.size))[0]:
        if len(content) + size > STREAM_BYTES_MAX:
            return b"INSTREAM size limit exceeded. ERROR"
        content += await reader.readexactly(size)
    if EICAR in content and now is Can.WORK:
        return b"stream: Eicar-Test-Signature FOUND"
    return b"stream: OK"
