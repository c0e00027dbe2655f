"""Texts to carriers: each once, in parts, with its fate reported."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from nummer.gateways.smpp.link import Link
from nummer.protocols.smpp.events import Answered, Arrived, BindAsked, Bound, Event
from nummer.protocols.smpp.pdu import BindRequest, ShortMessage
from nummer.protocols.smpp.session import Limits, Role
from nummer.protocols.smpp.translate import incoming_sms, short_message
from nummer.protocols.smpp.words import ESM_CLASS_RECEIPT, Status
from nummer.protocols.sms.inbound import Doubt, decode_text
from nummer.protocols.sms.segments import split
from nummer.suppliers.sandbox import carrier_control
from tests.gateways.smpp.platform import (
    NOON,
    OURS,
    THEIRS,
    Platform,
    gateway,
    link,
    node_smsc,
    sandbox_carrier,
    together,
    until,
)


class Smsc:
    """A carrier that answers each submit_sm as the script says; None keeps silent."""

    def __init__(self, script: list[Status | None] | None = None) -> None:
        self.script = script or []
        self.submitted: list[ShortMessage] = []
        self.links: list[Link] = []
        self.unanswered_most = 0
        self.leave_after = 0  # so many texts, and it hangs up
        self.port = 0
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Smsc:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Link(Role.SMSC, limits=Limits(), on_event=self._on_event), "127.0.0.1", 0
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
            case Arrived():
                self.submitted.append(event.message)
                status = self.script.pop(0) if self.script else Status.ROK
                if status is not None:
                    peer.answer(event.sequence, status, f"id-{len(self.submitted)}")
                if len(self.submitted) == self.leave_after:
                    asyncio.get_running_loop().call_soon(peer.drop)
            case _:
                pass

    def texts(self) -> list[str]:
        """Return what was submitted, part by part."""
        return [
            decode_text(incoming_sms(message, carrier="x", doubt=Doubt.NONE, received_at=NOON))
            for message in self.submitted
        ]


def test_a_text_goes_out_and_its_receipt_comes_back(tmp_path: Path) -> None:
    async def scene() -> None:
        platform = Platform()
        async with sandbox_carrier(tmp_path) as carrier, gateway(platform, carrier) as ours:
            text_id = platform.queue("Your code is 1234")
            ours.wake()
            await until(lambda: platform.receipts, what="a receipt")
        ((fate, fated_id, message_id),) = platform.fates
        assert (fate, fated_id) == ("sent", text_id)
        assert platform.receipts == [("sandbox", message_id, "delivered")]
        assert carrier_control.sent(home=tmp_path) == [
            {
                "to": THEIRS.e164,
                "from": "Nummer",
                "text": "Your code is 1234",
                "parts": 1,
                "sent_at": NOON.isoformat(),
            }
        ]
        assert carrier_control.sent("+447700900000", home=tmp_path) == []

    together(scene)


@pytest.mark.parametrize(("text", "parts"), [("a€" * 200, 4), ("код " * 50, 3)])
def test_a_long_text_goes_in_parts_and_counts_once(tmp_path: Path, text: str, parts: int) -> None:
    async def scene() -> None:
        platform = Platform()
        async with sandbox_carrier(tmp_path) as carrier, gateway(platform, carrier) as ours:
            platform.queue(text)
            ours.wake()
            await until(lambda: platform.receipts, what="a receipt")
        assert [fate for fate, _, _ in platform.fates] == ["sent"]
        assert len(platform.receipts) == 1
        (sent,) = carrier_control.sent(THEIRS.e164, home=tmp_path)
        assert (sent["text"], sent["parts"]) == (text, parts)

    together(scene)


@pytest.mark.usefixtures("node_peers")
def test_an_npm_carrier_reads_our_texts() -> None:
    async def scene() -> None:
        platform = Platform()
        async with node_smsc() as (smsc, carrier), gateway(platform, carrier) as ours:
            await smsc.said("bound")
            platform.queue("Kode 1234 €æø")
            platform.queue("код 1234")
            platform.queue("z" * 200)
            ours.wake()
            await until(lambda: len(platform.fates) == 3, what="three fates")
        submitted = smsc.of("submitted")
        assert [said["text"] for said in submitted[:2]] == ["Kode 1234 €æø", "код 1234"]
        assert "".join(said["text"] for said in submitted[2:]) == "z" * 200
        assert [len(said["udh"]) for said in submitted] == [0, 0, 1, 1]
        assert [said["receipt"] for said in submitted] == [1, 1, 0, 1]
        assert {said["to"] for said in submitted} == {THEIRS.digits}
        assert [detail for _, _, detail in platform.fates] == ["npm-1", "npm-2", "npm-4"]

    together(scene)


def test_a_refused_text_failed_with_the_status() -> None:
    async def scene() -> None:
        platform = Platform()
        async with Smsc([Status.RINVDSTADR]) as smsc, gateway(platform, link(smsc.port)) as ours:
            await until(lambda: ours.carriers_bound, what="a bind")
            text_id = platform.queue("no")
            ours.wake()
            await until(lambda: platform.fates, what="a fate")
        assert platform.fates == [("failed", text_id, Status.RINVDSTADR)]
        assert len(smsc.submitted) == 1

    together(scene)


def test_one_refused_part_fails_the_text_once() -> None:
    async def scene() -> None:
        platform = Platform()
        script: list[Status | None] = [Status.ROK, Status.RINVDSTADR, Status.RINVDSTADR]
        async with Smsc(script) as smsc, gateway(platform, link(smsc.port)) as ours:
            platform.queue("x" * 400)
            ours.wake()
            await until(lambda: platform.fates, what="a fate")
        assert [fate for fate, _, _ in platform.fates] == ["failed"]

    together(scene)


def test_a_busy_carrier_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nummer.gateways.smpp.carriers.BUSY_S", 0.01)

    async def scene() -> None:
        platform = Platform()
        script: list[Status | None] = [Status.RTHROTTLED, Status.RMSGQFUL]
        async with Smsc(script) as smsc, gateway(platform, link(smsc.port)) as ours:
            platform.queue("patience")
            ours.wake()
            await until(lambda: platform.fates, what="a fate")
        assert smsc.texts() == ["patience"] * 3
        assert platform.fates[0][0::2] == ("sent", "id-3")

    together(scene)


def test_a_carrier_that_stays_busy_has_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nummer.gateways.smpp.carriers.BUSY_S", 0.001)

    async def scene() -> None:
        platform = Platform()
        script: list[Status | None] = [Status.RTHROTTLED] * 50
        async with Smsc(script) as smsc, gateway(platform, link(smsc.port)) as ours:
            platform.queue("patience")
            ours.wake()
            await until(lambda: platform.fates, what="a fate")
        assert platform.fates[0][0::2] == ("failed", Status.RTHROTTLED)
        assert len(smsc.submitted) == 9

    together(scene)


def test_when_the_link_breaks_before_the_answer_the_text_is_unknown_and_not_sent_again() -> None:
    async def scene() -> None:
        platform = Platform()
        async with Smsc([None]) as smsc, gateway(platform, link(smsc.port)) as ours:
            text_id = platform.queue("once")
            ours.wake()
            await until(lambda: smsc.submitted, what="a submit")
            smsc.links[0].drop()
            await until(lambda: len(smsc.links) == 2, what="a new bind")
            await until(lambda: platform.fates, what="a fate")
            await asyncio.sleep(0.1)
        assert platform.fates == [("unknown", text_id, None)]
        assert smsc.texts() == ["once"]

    together(scene)


def test_a_silent_carrier_makes_the_text_unknown() -> None:
    async def scene() -> None:
        platform = Platform()
        async with (
            Smsc([None]) as smsc,
            gateway(platform, link(smsc.port, response_s=0.2)) as ours,
        ):
            text_id = platform.queue("once")
            ours.wake()
            await until(lambda: platform.fates, what="a fate")
            assert platform.fates == [("unknown", text_id, None)]
            assert ours.carriers_bound == 1

    together(scene)


def test_no_more_is_taken_than_the_window_holds() -> None:
    async def scene() -> None:
        platform = Platform()
        silent: list[Status | None] = [None] * 50
        async with (
            Smsc(silent) as smsc,
            gateway(platform, link(smsc.port, window=4, response_s=0.5)) as ours,
        ):
            for index in range(10):
                platform.queue(f"{index}")
            ours.wake()
            await until(lambda: len(smsc.submitted) == 4, what="a full window")
            await asyncio.sleep(0.1)
            assert len(smsc.submitted) == 4
            assert len(platform.waiting) == 6
            smsc.links[0].drop()
            await until(lambda: len(smsc.submitted) == 8, what="the next window")

    together(scene)


def test_without_a_bind_nothing_is_taken() -> None:
    async def scene() -> None:
        platform = Platform()
        async with Smsc() as smsc:
            port = smsc.port
        async with gateway(platform, link(port)) as ours:
            platform.queue("later")
            ours.wake()
            await asyncio.sleep(0.2)
            assert len(platform.waiting) == 1

    together(scene)


def test_fates_wait_for_the_database() -> None:
    async def scene() -> None:
        platform = Platform()
        async with Smsc([None]) as smsc, gateway(platform, link(smsc.port)) as ours:
            platform.queue("hello")
            ours.wake()
            await until(lambda: smsc.submitted, what="a submit")
            platform.away = True
            smsc.links[0].drop()
            await asyncio.sleep(0.1)
            assert platform.fates == []
            platform.away = False
            await until(lambda: platform.fates, what="the fate")

    together(scene)


@pytest.mark.usefixtures("node_peers")
def test_a_receipt_is_acknowledged_when_it_is_written_down() -> None:
    async def scene() -> None:
        platform = Platform(away=True)
        async with node_smsc() as (smsc, carrier), gateway(platform, carrier):
            await smsc.said("bound")
            fields = {
                "source_addr": THEIRS.digits,
                "destination_addr": "Nummer",
                "esm_class": ESM_CLASS_RECEIPT,
                "short_message": "id:77 sub:001 dlvrd:000 stat:UNDELIV err:001 text:",
            }
            smsc.tell("deliver", fields=fields)
            assert (await smsc.said("answered"))["status"] == Status.RTHROTTLED
            platform.away = False
            smsc.tell("deliver", fields=fields)
            assert (await smsc.said("answered", count=2))["status"] == Status.ROK
            assert platform.receipts == [("test", "77", "undeliverable")]
            assert platform.received == []

    together(scene)


def test_a_carrier_that_does_not_take_a_rented_numbers_text_lets_the_next_route_have_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nummer.gateways.smpp.carriers.BUSY_S", 0.001)

    async def scene() -> None:
        platform = Platform()
        script: list[Status | None] = [Status.RTHROTTLED] * 50
        async with Smsc(script) as smsc, gateway(platform, link(smsc.port)) as ours:
            platform.queue("elsewhere", carrier="test", rented=True)
            ours.wake()
            await until(lambda: platform.fates, what="a fate")
        assert platform.fates[0][0::2] == ("next", Status.RTHROTTLED)
        assert len(smsc.submitted) == 3

    together(scene)


def test_a_refusal_for_good_is_no_reason_to_try_another_route() -> None:
    async def scene() -> None:
        platform = Platform()
        async with Smsc([Status.RINVDSTADR]) as smsc, gateway(platform, link(smsc.port)) as ours:
            platform.queue("no", carrier="test", rented=True)
            ours.wake()
            await until(lambda: platform.fates, what="a fate")
        assert platform.fates[0][0::2] == ("failed", Status.RINVDSTADR)

    together(scene)


def test_a_text_of_which_a_part_was_accepted_goes_nowhere_else() -> None:
    async def scene() -> None:
        platform = Platform()
        script: list[Status | None] = [Status.ROK, Status.RSYSERR]
        async with Smsc(script) as smsc, gateway(platform, link(smsc.port)) as ours:
            platform.queue("x" * 200, carrier="test", rented=True)
            ours.wake()
            await until(lambda: platform.fates, what="a fate")
        assert platform.fates[0][0::2] == ("failed", Status.RSYSERR)

    together(scene)


def test_each_text_goes_to_the_carrier_of_its_route() -> None:
    async def scene() -> None:
        platform = Platform()
        async with (
            Smsc() as one,
            Smsc() as two,
            gateway(platform, link(one.port, code="one"), link(two.port, code="two")) as ours,
        ):
            await until(lambda: ours.carriers_bound == 2, what="two binds")
            platform.queue("for two", carrier="two", rented=True)
            platform.queue("for one", carrier="one", rented=True)
            ours.wake()
            await until(lambda: len(platform.fates) == 2, what="two fates")
        assert (one.texts(), two.texts()) == (["for one"], ["for two"])

    together(scene)


def test_a_text_that_is_being_taken_when_the_stop_comes_waits_again() -> None:
    async def scene() -> None:
        platform = Platform()
        platform.takes.clear()  # the database takes its time
        async with Smsc() as smsc:
            async with gateway(platform, link(smsc.port)) as ours:
                text_id = platform.queue("late")
                await until(lambda: ours.carriers_bound, what="a bind")
                ours.wake()
                await until(lambda: platform.taking, what="a look for texts")
                asyncio.get_running_loop().call_later(0.3, platform.takes.set)
            await until(lambda: platform.took, what="the end of the look")
            assert [text.id for text in platform.waiting] == [text_id]
            assert platform.fates == []
            assert smsc.submitted == []

    together(scene)


def test_a_route_takes_no_more_a_second_than_it_says() -> None:
    async def scene() -> None:
        platform = Platform()
        loop = asyncio.get_running_loop()
        async with Smsc() as smsc, gateway(platform, link(smsc.port)) as ours:
            await until(lambda: ours.carriers_bound, what="a bind")
            began = loop.time()
            for index in range(5):
                platform.queue(f"{index}", carrier="test", rented=True, per_s=20)
            ours.wake()
            await until(lambda: len(platform.fates) == 5, what="five fates")
            assert loop.time() - began >= 0.19  # four gaps of a twentieth

    together(scene)


@pytest.mark.parametrize(("half_s", "fate"), [(0.3, "unknown"), (60.0, "sent")])
def test_a_text_whose_carrier_leaves_half_way_is_waited_for_a_moment(
    monkeypatch: pytest.MonkeyPatch, half_s: float, fate: str
) -> None:
    monkeypatch.setattr("nummer.gateways.smpp.carriers.HALF_S", half_s)
    monkeypatch.setattr("nummer.gateways.smpp.carriers.BUSY_S", 0.05)

    async def scene() -> None:
        platform = Platform()
        async with Smsc([Status.ROK, Status.RTHROTTLED]) as smsc:
            # The second part is to come again, and the carrier leaves with the first.
            settings = link(smsc.port, reconnect_s_min=1.0, reconnect_s_max=1.0)
            async with gateway(platform, settings) as ours:
                await until(lambda: ours.carriers_bound)
                smsc.leave_after = 2
                platform.queue("x" * 200)
                ours.wake()
                await until(lambda: platform.fates, what="a fate")
        assert [kind for kind, _, _ in platform.fates] == [fate]
        assert len(smsc.submitted) == (2 if fate == "unknown" else 3)

    together(scene)


def test_what_is_queued_while_nothing_waits_is_taken_when_it_is_said() -> None:
    async def scene() -> None:
        platform = Platform()
        async with Smsc() as smsc, gateway(platform, link(smsc.port)) as ours:
            await until(lambda: ours.carriers_bound)
            for number in range(3):
                platform.queue(f"text {number}")
                ours.wake()
                await until(lambda: len(platform.fates) == number + 1, within_s=3)  # noqa: B023

    together(scene)


@pytest.mark.parametrize("lost_answers", [0, 1])
def test_what_fits_into_a_window_is_sent_as_it_is_accepted(lost_answers: int) -> None:
    async def scene() -> None:
        platform = Platform(direct=True, customers={"program": ("secret", 17)})
        answered: list[Answered] = []
        async with Smsc() as smsc, gateway(platform, link(smsc.port, window=2)) as ours:
            await until(lambda: ours.carriers_bound)
            program = await _bound(ours.port, answered)
            await asyncio.sleep(0.2)  # by now it was seen that nothing waits
            platform.lost_answers = lost_answers
            for number in range(3):
                program.send_message(
                    short_message(
                        split(f"text {number}", reference=0)[0],
                        source=OURS,
                        destination=THEIRS.e164,
                        receipt=False,
                    )
                )
            await until(lambda: len(answered) == 3, what="three answers")
            if lost_answers:
                # Nobody knows whether they were accepted: if they were, they wait as any other.
                await until(lambda: len(platform.waiting) + len(smsc.submitted) == 2)
                ours.wake()
            await until(lambda: len(smsc.submitted) == 2, what="the two that fit")
            program.drop()
        throttled = [one.status for one in answered if one.status == Status.RTHROTTLED]
        assert len(throttled) == (3 if lost_answers else 0)
        assert len([kind for kind, _, _ in platform.fates if kind == "sent"]) == 2
        assert sorted(smsc.texts()) == ["text 0", "text 1"]

    together(scene)


async def _bound(port: int, answered: list[Answered]) -> Link:
    """Return a program that is bound, which keeps what it is answered."""
    bound = asyncio.Event()

    def on_event(_: Link, event: Event) -> None:
        if isinstance(event, Bound):
            bound.set()
        elif isinstance(event, Answered):
            answered.append(event)

    _, program = await asyncio.get_running_loop().create_connection(
        lambda: Link(
            Role.ESME, limits=Limits(), on_event=on_event, bind=BindRequest("program", "secret")
        ),
        "127.0.0.1",
        port,
    )
    await asyncio.wait_for(bound.wait(), 5)
    return program
