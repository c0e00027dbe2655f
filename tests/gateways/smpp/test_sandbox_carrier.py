"""The sandbox's carrier behaves as carriers do, and logs say nothing of messages."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path

import pytest

from nummer.kernel.errors import Unavailable
from nummer.suppliers.sandbox import carrier, carrier_control
from nummer.suppliers.sandbox.carrier import read_ports
from tests.gateways.smpp.platform import (
    OURS,
    Platform,
    gateway,
    sandbox_carrier,
    together,
    until,
)


def test_what_was_not_answered_comes_again_on_the_next_bind(tmp_path: Path) -> None:
    async def scene() -> None:
        platform = Platform()
        async with sandbox_carrier(tmp_path) as theirs, gateway(platform, theirs) as ours:
            await until(lambda: ours.carriers_bound == 1, what="a bind")
            platform.gate.clear()
            delivering = asyncio.create_task(
                asyncio.to_thread(
                    carrier_control.deliver,
                    OURS,
                    sender="Acme",
                    text="code 1234",
                    count=3,
                    home=tmp_path,
                )
            )
            await asyncio.sleep(0.2)
            ours.carriers[0].link.drop()  # type: ignore[union-attr]  # bound, so there is one
            await until(lambda: ours.carriers_bound == 0, what="the break")
            platform.gate.set()
            assert await delivering == {"sent": 3, "acknowledged": 3, "refused": []}
        assert len(platform.received) == 6
        first, again = platform.received[:3], platform.received[3:]
        assert [sms.carrier_reference for sms in again] == [s.carrier_reference for s in first]
        assert len({sms.carrier_reference for sms in first}) == 3
        assert all(sms.doubt for sms in again)

    together(scene)


def test_refused_messages_are_reported_with_their_status(tmp_path: Path) -> None:
    async def scene() -> None:
        platform = Platform(away=True)
        async with sandbox_carrier(tmp_path) as theirs, gateway(platform, theirs):
            answer = await asyncio.to_thread(
                carrier_control.deliver, OURS, sender="Acme", text="x", count=2, home=tmp_path
            )
        assert answer == {"sent": 2, "acknowledged": 0, "refused": [0x14, 0x14]}

    together(scene)


def test_a_restarted_carrier_is_found_again_and_remembers(tmp_path: Path) -> None:
    async def scene() -> None:
        platform = Platform()
        async with sandbox_carrier(tmp_path) as first:
            await asyncio.to_thread(carrier_control.block, OURS, reason="abuse", home=tmp_path)
            async with gateway(platform, first) as ours:
                platform.queue("before")
                ours.wake()
                await until(lambda: platform.receipts, what="a receipt")
        async with sandbox_carrier(tmp_path) as second, gateway(platform, first) as ours:
            assert second.port == first.port
            await until(lambda: ours.carriers_bound == 1, what="a bind")
            assert await asyncio.to_thread(carrier_control.binds, home=tmp_path) == 1
            answer = await asyncio.to_thread(
                carrier_control.deliver, OURS, sender="Acme", text="x", home=tmp_path
            )
            assert answer["refused"] == [0x0B], "the block holds"
            assert len(carrier_control.sent(home=tmp_path)) == 1

    together(scene)


def test_the_control_port_wants_its_token(tmp_path: Path) -> None:
    async def scene() -> None:
        async with sandbox_carrier(tmp_path):
            ports = read_ports(tmp_path / "run" / carrier.PORTS_FILE)
            assert ports is not None
            for line in (b"GET / HTTP/1.1\r\n", b"[]\n", b'{"verb": "outage", "token": "x"}\n'):
                answer = await asyncio.to_thread(_ask, ports.control, line)
                assert set(answer) == {"error"}
            assert (tmp_path / "run" / carrier.PORTS_FILE).stat().st_mode & 0o077 == 0

    together(scene)


def test_without_a_carrier_the_answer_is_clear(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        carrier_control.deliver(OURS, sender="Acme", text="x", home=tmp_path)
    assert carrier_control.sent(home=tmp_path) == []


def test_logs_hold_no_text_no_sender_and_no_number(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        platform = Platform(poison="secret code 778899")
        async with sandbox_carrier(tmp_path) as theirs, gateway(platform, theirs) as ours:
            platform.queue("your login 445566", sender="Hidden")
            ours.wake()
            answer = await asyncio.to_thread(
                carrier_control.deliver,
                OURS,
                sender="Private",
                text="secret code 778899",
                home=tmp_path,
            )
            assert answer["refused"] == [0x64]
            await until(lambda: platform.receipts, what="a receipt")
            platform.away = True
            await asyncio.to_thread(
                carrier_control.deliver, OURS, sender="Private", text="again", home=tmp_path
            )
            platform.away = False

    together(scene)
    written = "".join(capfd.readouterr()) + caplog.text
    assert "not stored" in written, "the mistake itself is logged"
    for word in ("778899", "445566", "Hidden", "Private", "again", OURS[1:], "447700900199"):
        assert word not in written, "personal"


def _ask(port: int, line: bytes) -> dict[str, object]:
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(line)
        with connection.makefile("rb") as answers:
            answer: dict[str, object] = json.loads(answers.readline())
            return answer
