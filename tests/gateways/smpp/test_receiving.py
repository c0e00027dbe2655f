"""Messages from carriers: acknowledged after the commit, kept through breaks, never lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from nummer.gateways.smpp.link import Link
from nummer.protocols.smpp.events import Answered, BindAsked, Event
from nummer.protocols.smpp.pdu import ShortMessage
from nummer.protocols.smpp.session import Limits, Role
from nummer.protocols.smpp.words import Status
from nummer.protocols.sms.inbound import Doubt, decode_text
from nummer.suppliers.sandbox import carrier_control
from tests.gateways.smpp.platform import (
    OURS,
    Platform,
    gateway,
    link,
    node_smsc,
    sandbox_carrier,
    together,
    until,
)

NONE, START, BREAK = Doubt


class Smsc:
    """A carrier that the test plays by hand, one bind at a time."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits(window_out=1_000)
        self.links: list[Link] = []
        self.answers: list[int] = []
        self.port = 0
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Smsc:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Link(Role.SMSC, limits=self._limits, on_event=self._on_event), "127.0.0.1", 0
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for each in self.links:
            each.drop()

    def _on_event(self, peer: Link, event: Event) -> None:
        match event:
            case BindAsked():
                peer.accept_bind()
                self.links.append(peer)
            case Answered():
                self.answers.append(event.status)
            case _:
                pass

    async def bound(self, count: int = 1) -> Link:
        await until(lambda: len(self.links) >= count, what="a bind")
        return self.links[count - 1]


def message(text: str) -> ShortMessage:
    return ShortMessage("Acme", OURS[1:], text.encode(), 5, 0, 1, 1)


def test_a_message_of_the_sandbox_carrier_arrives(tmp_path: Path) -> None:
    async def scene() -> None:
        platform = Platform()
        async with sandbox_carrier(tmp_path) as carrier, gateway(platform, carrier):
            answer = await asyncio.to_thread(
                carrier_control.deliver,
                OURS,
                sender="Acme",
                text="Your code is 1234",
                count=3,
                home=tmp_path,
            )
        assert answer == {"sent": 3, "acknowledged": 3, "refused": []}
        assert platform.texts == ["Your code is 1234"] * 3
        sms = platform.received[0]
        assert (sms.carrier, sms.source, sms.source_ton) == ("sandbox", "Acme", 5)
        assert sms.destination == OURS[1:]

    together(scene)


@pytest.mark.parametrize("text", ["код 1234", "kode € [æøå]", "🙂" * 100, "x" * 400, ""])
def test_texts_arrive_in_every_alphabet_and_in_parts(tmp_path: Path, text: str) -> None:
    async def scene() -> None:
        platform = Platform()
        async with sandbox_carrier(tmp_path) as carrier, gateway(platform, carrier):
            answer = await asyncio.to_thread(
                carrier_control.deliver, OURS, sender="+447700900111", text=text, home=tmp_path
            )
        assert answer["acknowledged"] == 1
        parts = sorted(platform.received, key=lambda sms: sms.part.sequence if sms.part else 0)
        assert "".join(decode_text(sms) for sms in parts) == text
        assert len({sms.part and sms.part.reference for sms in parts}) == 1

    together(scene)


@pytest.mark.usefixtures("node_peers")
def test_messages_of_an_npm_carrier_arrive() -> None:
    async def scene() -> None:
        platform = Platform()
        async with node_smsc() as (smsc, carrier), gateway(platform, carrier):
            await smsc.said("bound")
            fields = {
                "source_addr": "Acme",
                "source_addr_ton": 5,
                "destination_addr": OURS,
                "short_message": "Код 1234 🙂",
            }
            smsc.tell("deliver", fields=fields)
            payload = {**fields, "short_message": "", "message_payload": "y" * 300}
            smsc.tell("deliver", fields=payload)
            assert (await smsc.said("answered", count=2))["status"] == 0
        assert smsc.of("unbound"), "the gateway says good-bye"
        assert platform.texts == ["Код 1234 🙂", "y" * 300]

    together(scene)


def test_nothing_is_acknowledged_before_its_commit() -> None:
    async def scene() -> None:
        platform = Platform()
        async with Smsc() as smsc, gateway(platform, link(smsc.port)):
            peer = await smsc.bound()
            platform.gate.clear()
            peer.send_message(message("first"))
            await asyncio.sleep(0.1)
            assert smsc.answers == []
            platform.gate.set()
            await until(lambda: smsc.answers == [Status.ROK], what="the acknowledgement")
            assert platform.texts == ["first"]

    together(scene)


def test_what_queued_during_a_commit_goes_with_the_next() -> None:
    async def scene() -> None:
        platform = Platform()
        async with Smsc() as smsc, gateway(platform, link(smsc.port)):
            peer = await smsc.bound()
            platform.gate.clear()
            peer.send_message(message("first"))
            await asyncio.sleep(0.05)
            for index in range(100):
                peer.send_message(message(f"later {index}"))
            await asyncio.sleep(0.05)
            platform.gate.set()
            await until(lambda: len(smsc.answers) == 101, what="all acknowledgements")
        assert [len(batch) for batch in platform.batches] == [1, 100]
        assert platform.texts[1:] == [f"later {index}" for index in range(100)]

    together(scene)


def test_while_the_database_is_away_the_carrier_keeps_its_messages_and_its_bind() -> None:
    async def scene() -> None:
        platform = Platform(away=True)
        async with Smsc() as smsc, gateway(platform, link(smsc.port)):
            peer = await smsc.bound()
            peer.send_message(message("early"))
            await until(lambda: smsc.answers == [Status.RMSGQFUL], what="back-pressure")
            platform.away = False
            peer.send_message(message("again"))
            await until(lambda: smsc.answers[1:] == [Status.ROK], what="the acknowledgement")
            assert peer.session.bound
            assert len(smsc.links) == 1
        assert platform.texts == ["again"]

    together(scene)


def test_a_message_that_breaks_us_does_not_hold_up_the_others() -> None:
    async def scene() -> None:
        platform = Platform(poison="bad")
        async with Smsc() as smsc, gateway(platform, link(smsc.port)):
            peer = await smsc.bound()
            platform.gate.clear()
            for text in ("first", "good", "bad", "fine"):
                peer.send_message(message(text))
            await asyncio.sleep(0.05)
            platform.gate.set()
            await until(lambda: len(smsc.answers) == 4, what="four answers")
            assert peer.session.bound
        assert platform.texts == ["first", "good", "fine"]
        assert sorted(smsc.answers) == [Status.ROK] * 3 + [Status.RX_T_APPN]

    together(scene)


def test_only_across_a_break_a_message_may_be_a_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nummer.gateways.smpp.memory.START_S", 0.0)

    async def scene() -> None:
        platform = Platform()
        async with Smsc() as smsc, gateway(platform, link(smsc.port)):
            peer = await smsc.bound()
            peer.send_message(message("code"))
            peer.send_message(message("code"))
            await until(lambda: len(smsc.answers) == 2, what="both answers")
            peer.drop()
            peer = await smsc.bound(2)
            for text in ("code", "code", "code", "new"):
                peer.send_message(message(text))
            await until(lambda: len(smsc.answers) == 6, what="the other answers")
        repeats = [sms.doubt for sms in platform.received]
        assert repeats == [NONE, NONE, BREAK, BREAK, NONE, NONE]

    together(scene)


def test_a_message_in_our_hands_when_the_link_broke_may_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nummer.gateways.smpp.memory.START_S", 0.0)

    async def scene() -> None:
        platform = Platform()
        async with Smsc() as smsc, gateway(platform, link(smsc.port)):
            peer = await smsc.bound()
            platform.gate.clear()
            peer.send_message(message("code"))
            await asyncio.sleep(0.05)
            peer.drop()
            peer = await smsc.bound(2)
            peer.send_message(message("code"))
            await asyncio.sleep(0.05)
            platform.gate.set()
            await until(lambda: len(smsc.answers) == 1, what="the answer to the second copy")
        assert [sms.doubt for sms in platform.received] == [NONE, BREAK]

    together(scene)


def test_a_message_and_its_repeat_by_the_next_link_never_share_a_transaction() -> None:
    async def scene() -> None:
        platform = Platform()
        async with Smsc() as smsc, gateway(platform, link(smsc.port)):
            peer = await smsc.bound()
            platform.gate.clear()
            for text in ("stored", "prepared", "waiting"):
                peer.send_message(message(text))
                await asyncio.sleep(0.05)
            peer.drop()
            peer = await smsc.bound(2)
            for text in ("stored", "prepared", "waiting"):
                peer.send_message(message(text))
            await asyncio.sleep(0.05)
            platform.gate.set()
            await until(lambda: len(smsc.answers) == 3, what="all answers")
        batches = [[decode_text(sms) for sms in batch] for batch in platform.batches]
        again = ["stored", "prepared", "waiting"]
        assert batches == [["stored"], ["prepared"], ["waiting"], again]
        assert all(sms.doubt for sms in platform.batches[-1])

    together(scene)


def test_a_doubt_lasts_while_the_database_stays_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nummer.gateways.smpp.memory.START_S", 0.0)

    async def scene() -> None:
        platform = Platform(lost_answers=1)
        async with Smsc() as smsc, gateway(platform, link(smsc.port)):
            peer = await smsc.bound()

            async def answered(text: str) -> int:
                before = len(smsc.answers)
                peer.send_message(message(text))
                await until(lambda: len(smsc.answers) > before, what="an answer")
                return smsc.answers[-1]

            assert await answered("code") == Status.RTHROTTLED
            platform.away = True
            assert [await answered("code") for _ in range(3)] == [Status.RMSGQFUL] * 3
            platform.away = False
            assert [await answered("code") for _ in range(2)] == [Status.ROK] * 2
        assert [sms.doubt for sms in platform.received] == [NONE, BREAK, NONE]

    together(scene)


def test_after_a_proof_of_arrival_a_repeat_is_a_new_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nummer.gateways.smpp.memory.START_S", 0.0)

    async def scene() -> None:
        platform = Platform()
        async with Smsc() as smsc, gateway(platform, link(smsc.port)):
            peer = await smsc.bound()
            peer.send_message(message("code"))
            await until(lambda: len(smsc.answers) == 1, what="the answer")
            peer.unbind()  # in order: it has read our answers
            peer = await smsc.bound(2)
            peer.send_message(message("code"))
            await until(lambda: len(smsc.answers) == 2, what="the second answer")
        assert [sms.doubt for sms in platform.received] == [NONE, NONE]

    together(scene)


def test_after_our_own_start_the_first_of_equal_messages_may_be_a_repeat() -> None:
    async def scene() -> None:
        platform = Platform()
        async with Smsc() as smsc, gateway(platform, link(smsc.port)):
            peer = await smsc.bound()
            for text in ("code", "code", "other"):
                peer.send_message(message(text))
            await until(lambda: len(smsc.answers) == 3, what="the answers")
        assert [sms.doubt for sms in platform.received] == [START, NONE, START]

    together(scene)


def test_a_stop_finishes_what_arrived_and_says_good_bye() -> None:
    async def scene() -> None:
        platform = Platform()
        async with Smsc() as smsc:
            async with gateway(platform, link(smsc.port)):
                peer = await smsc.bound()
                platform.gate.clear()
                for index in range(20):
                    peer.send_message(message(f"{index}"))
                await asyncio.sleep(0.05)
            await until(lambda: len(smsc.answers) == 20, what="all answers")
            assert set(smsc.answers) == {Status.ROK}
            assert peer.session.closed
        assert len(platform.received) == 20

    together(scene)


def test_a_full_queue_is_answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nummer.gateways.smpp.inbox.WAITING_MAX", 5)

    async def scene() -> None:
        platform = Platform()
        async with Smsc() as smsc, gateway(platform, link(smsc.port)):
            peer = await smsc.bound()
            platform.gate.clear()
            peer.send_message(message("first"))
            await asyncio.sleep(0.05)
            for index in range(8):
                peer.send_message(message(f"{index}"))
            await until(lambda: len(smsc.answers) == 3, what="refusals")
            assert smsc.answers == [Status.RMSGQFUL] * 3
            platform.gate.set()
            await until(lambda: len(smsc.answers) == 9, what="acknowledgements")
        assert len(platform.received) == 6

    together(scene)


def test_the_gateway_comes_back_to_a_carrier_that_was_away(tmp_path: Path) -> None:
    async def scene() -> None:
        platform = Platform()
        async with sandbox_carrier(tmp_path) as carrier, gateway(platform, carrier) as ours:
            await until(lambda: ours.carriers_bound == 1, what="the bind")
            await asyncio.to_thread(carrier_control.outage, home=tmp_path)
            await until(lambda: ours.carriers_bound == 0, what="the outage")
            delivering = asyncio.create_task(
                asyncio.to_thread(
                    carrier_control.deliver, OURS, sender="Acme", text="late", home=tmp_path
                )
            )
            await asyncio.sleep(0.3)
            assert platform.texts == []
            await asyncio.to_thread(carrier_control.restore, home=tmp_path)
            assert (await delivering)["acknowledged"] == 1
        assert platform.texts == ["late"]

    together(scene)


def test_a_blocked_number_gets_nothing(tmp_path: Path) -> None:
    async def scene() -> None:
        platform = Platform()
        async with sandbox_carrier(tmp_path) as carrier, gateway(platform, carrier):
            await asyncio.to_thread(carrier_control.block, OURS, reason="abuse", home=tmp_path)
            answer = await asyncio.to_thread(
                carrier_control.deliver, OURS, sender="Acme", text="no", home=tmp_path
            )
        assert answer == {"sent": 0, "acknowledged": 0, "refused": [Status.RINVDSTADR]}
        assert platform.texts == []

    together(scene)
