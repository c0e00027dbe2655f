"""Customers bind to us with libraries that we did not write; strangers get nothing."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import time
from collections.abc import Callable
from contextlib import closing
from uuid import uuid4

import pytest
import smpplib.client
import smpplib.consts
import smpplib.exceptions
from hypothesis import given, settings
from hypothesis import strategies as st

from nummer.gateways.smpp import customers
from nummer.gateways.smpp.ports import CustomerDoor, Owed
from nummer.gateways.smpp.service import Gateway
from nummer.kernel.phone import PhoneNumber
from nummer.protocols.smpp.words import ESM_CLASS_RECEIPT, Command, Status
from nummer.protocols.sms.receipt import ReceiptState
from tests.gateways.smpp.platform import NOON, NodePeer, Platform, gateway, together, until

SID = "AC" + "0123456789abcdef" * 2
TOKEN = "fedcba98" * 4
DOOR = CustomerDoor(host="127.0.0.1", port=0, wrong_password_delay_s=0)


def platform() -> Platform:
    return Platform(customers={SID: (TOKEN, 17)})


def with_gateway(act: Callable[[Gateway, Platform], None], door: CustomerDoor = DOOR) -> None:
    """Run the gateway and, on a thread, a blocking customer."""

    async def scene() -> None:
        house = platform()
        async with gateway(house, door=door) as ours:
            await asyncio.to_thread(act, ours, house)

    together(scene)


def soon(condition: Callable[[], bool]) -> bool:
    """Return whether something becomes so within some seconds."""
    ends_at = time.monotonic() + 5
    while not condition() and time.monotonic() < ends_at:
        time.sleep(0.01)
    return condition()


class Customer(smpplib.client.Client):
    """An smpplib client that keeps what it was answered."""

    def __init__(self, port: int) -> None:
        super().__init__("127.0.0.1", port, timeout=5, allow_unknown_opt_params=True)
        self.statuses: list[int] = []
        self.set_error_pdu_handler(lambda pdu: self.statuses.append(pdu.status))

    def __enter__(self) -> Customer:
        self.connect()
        return self

    def __exit__(self, *_: object) -> None:
        self.disconnect()


@pytest.mark.parametrize("kind", ["transceiver", "receiver", "transmitter"])
def test_smpplib_binds_with_what_it_leaves_of_the_credentials(kind: str) -> None:
    def act(ours: Gateway, _: Platform) -> None:
        with Customer(ours.port) as customer:
            bind = getattr(customer, f"bind_{kind}")
            answer = bind(system_id=SID, password=TOKEN)
            assert answer.status == Status.ROK
            assert len(ours.customers.bound(17)) == 1
            customer.unbind()

    with_gateway(act)


def handed_in(*bodies: bytes, house: Platform, ours: Gateway, **given: int | bytes) -> list[int]:
    """Hand texts in one after another, and return what each was answered."""
    with Customer(ours.port) as customer:
        statuses: list[int] = []
        customer.set_message_sent_handler(lambda pdu: statuses.append(pdu.status))
        customer.set_error_pdu_handler(lambda pdu: None)
        customer.bind_transceiver(system_id=SID, password=TOKEN)
        for body in bodies:
            customer.send_message(
                source_addr="4759441001",
                source_addr_ton=1,
                destination_addr="447700900123",
                dest_addr_ton=1,
                short_message=body,
                **given,
            )
        while len(statuses) < len(bodies):
            customer.read_once()
        customer.unbind()
    return statuses


def test_a_text_of_a_customer_is_answered_after_its_commit() -> None:
    def act(ours: Gateway, house: Platform) -> None:
        assert handed_in(b"hello", house=house, ours=ours) == [Status.ROK]
        ((account_id, (text,)),) = house.handed
        assert (account_id, text.ours, text.to) == (17, "+4759441001", "+447700900123")
        assert text.body == "hello"

    with_gateway(act)


def test_a_refused_text_has_the_status_of_its_refusal_and_the_others_go() -> None:
    def act(ours: Gateway, house: Platform) -> None:
        house.refusing["poor"] = "insufficient_balance"
        house.refusing["lost"] = "recipient_not_possible"
        statuses = handed_in(b"poor", b"fine", b"lost", house=house, ours=ours)
        assert statuses == [Status.RSUBMITFAIL, Status.ROK, Status.RINVDSTADR]

    with_gateway(act)


def test_the_parts_of_a_text_are_one_text_and_answered_together() -> None:
    def act(ours: Gateway, house: Platform) -> None:
        first, second = (bytes([5, 0, 3, 7, 2, n]) for n in (1, 2))
        statuses = handed_in(
            first + b"hello ", second + b"world", house=house, ours=ours, esm_class=0x40
        )
        assert statuses == [Status.ROK, Status.ROK]
        assert [text.body for _, texts in house.handed for text in texts] == ["hello world"]

    with_gateway(act)


def test_a_bound_customer_gets_receipts_and_what_came_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nummer.gateways.smpp.deliveries.POLL_S", 0.05)

    def act(ours: Gateway, house: Platform) -> None:
        text_id, number = uuid4(), PhoneNumber("+4759441001")
        house.owed[17] = [
            Owed(text_id, number, "+4791234567", NOON, state=ReceiptState.DELIVERED),
            Owed(uuid4(), number, "+4791234567", NOON, body="hei på deg"),
        ]
        came: list[object] = []
        with Customer(ours.port) as customer:
            customer.set_message_received_handler(lambda pdu, **_: came.append(pdu))
            customer.bind_transceiver(system_id=SID, password=TOKEN)
            while len(came) < 2:
                customer.read_once()
            assert soon(lambda: not house.owed[17])
            customer.unbind()
        receipt, sms = came
        assert receipt.esm_class == ESM_CLASS_RECEIPT  # type: ignore[attr-defined]
        assert receipt.receipted_message_id == text_id.hex.encode()  # type: ignore[attr-defined]
        assert b"stat:DELIVRD" in receipt.short_message  # type: ignore[attr-defined]
        assert receipt.source_addr == b"4791234567"  # type: ignore[attr-defined]
        assert sms.destination_addr == b"4759441001"  # type: ignore[attr-defined]
        assert sms.short_message == b"hei p\x0f deg"  # type: ignore[attr-defined]

    with_gateway(act)


def test_a_text_that_takes_too_many_parts_holds_up_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nummer.gateways.smpp.deliveries.POLL_S", 0.05)

    def act(ours: Gateway, house: Platform) -> None:
        number = PhoneNumber("+4759441001")
        house.owed[17] = [
            Owed(uuid4(), number, "+4791234567", NOON, body="ç" * 140 * 255),
            Owed(uuid4(), number, "+4791234567", NOON, body="after it"),
        ]
        came: list[bytes] = []
        with Customer(ours.port) as customer:
            customer.set_message_received_handler(lambda pdu, **_: came.append(pdu.short_message))
            customer.bind_transceiver(system_id=SID, password=TOKEN)
            while not came:
                customer.read_once()
            assert soon(lambda: not house.owed[17])
            customer.unbind()
        assert came == [b"after it"]

    with_gateway(act)


def test_a_customer_who_does_not_answer_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nummer.gateways.smpp.deliveries.POLL_S", 0.05)
    other = "AC" + "fedcba9876543210" * 2

    def act(ours: Gateway, house: Platform) -> None:
        house.customers[other] = (TOKEN, 18)
        for account_id, number in ((17, "+4759441001"), (18, "+4759441002")):
            house.owed[account_id] = [
                Owed(uuid4(), PhoneNumber(number), "+4791234567", NOON, body="hello")
            ]
        with Customer(ours.port) as silent, Customer(ours.port) as customer:
            silent.bind_transceiver(system_id=SID, password=TOKEN)
            time.sleep(0.2)  # his delivery is on its way, and he reads nothing
            came: list[bytes] = []
            customer.set_message_received_handler(lambda pdu, **_: came.append(pdu.short_message))
            customer.bind_transceiver(system_id=other, password=TOKEN)
            while not came:
                customer.read_once()
            assert soon(lambda: not house.owed[18])
            assert len(house.owed[17]) == 1

    with_gateway(act)


def test_a_customer_who_only_sends_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nummer.gateways.smpp.deliveries.POLL_S", 0.05)

    def act(ours: Gateway, house: Platform) -> None:
        owed = Owed(uuid4(), PhoneNumber("+4759441001"), "+4791234567", NOON, body="x")
        house.owed[17] = [owed]
        with Customer(ours.port) as customer:
            customer.bind_transmitter(system_id=SID, password=TOKEN)
            time.sleep(0.3)
            customer.unbind()
        assert house.owed[17] == [owed]

    with_gateway(act)


def test_binary_data_is_refused_for_good() -> None:
    def act(ours: Gateway, house: Platform) -> None:
        statuses = handed_in(b"\x01\x02", house=house, ours=ours, data_coding=4)
        assert statuses == [Status.RSUBMITFAIL]
        assert house.handed == []

    with_gateway(act)


def test_while_the_database_is_away_a_text_is_to_come_again() -> None:
    async def scene() -> None:
        house = platform()
        async with gateway(house, door=DOOR) as ours:
            with Customer(ours.port) as customer:
                await asyncio.to_thread(customer.bind_transceiver, system_id=SID, password=TOKEN)
                house.away = True
                customer.send_message(
                    source_addr="4759441001", destination_addr="4477009001", short_message=b"x"
                )
                await asyncio.to_thread(customer.read_once)
                house.away = False
                assert customer.statuses == [Status.RTHROTTLED]

    together(scene)


def test_more_than_an_account_may_send_a_second_is_throttled() -> None:
    def act(ours: Gateway, house: Platform) -> None:
        statuses = handed_in(*[b"x"] * 9, house=house, ours=ours)
        assert statuses.count(Status.ROK) <= 6  # a second may begin in between
        assert Status.RTHROTTLED in statuses

    with_gateway(
        act,
        CustomerDoor(host="127.0.0.1", port=0, wrong_password_delay_s=0, texts_per_s_max=3),
    )


@pytest.mark.parametrize("password", ["", "wrong", TOKEN[:7], TOKEN[:9], TOKEN.upper(), "x" * 200])
def test_a_wrong_password_is_refused(password: str) -> None:
    async def scene() -> None:
        async with gateway(platform(), door=DOOR) as ours:
            status = await asyncio.to_thread(raw_bind, ours.port, SID, password)
            assert status == Status.RBINDFAIL
            assert ours.customers.bound(17) == []

    together(scene)


def test_an_unknown_name_is_refused_just_as_a_wrong_password() -> None:
    async def scene() -> None:
        async with gateway(platform(), door=DOOR) as ours:
            assert await asyncio.to_thread(raw_bind, ours.port, "nobody", TOKEN) == Status.RBINDFAIL

    together(scene)


def test_guessing_is_slowed_down_without_asking_the_database() -> None:
    door = CustomerDoor(
        host="127.0.0.1", port=0, wrong_password_delay_s=0, wrong_passwords_per_minute_max=3
    )

    def act(ours: Gateway, house: Platform) -> None:
        statuses = [raw_bind(ours.port, SID, f"guess {index}") for index in range(5)]
        assert statuses == [Status.RBINDFAIL] * 3 + [Status.RTHROTTLED] * 2
        assert house.asked == 3
        assert raw_bind(ours.port, SID, TOKEN) == Status.RTHROTTLED

    with_gateway(act, door)


def test_while_the_database_is_away_a_bind_is_told_to_come_again() -> None:
    def act(ours: Gateway, house: Platform) -> None:
        house.away = True
        assert raw_bind(ours.port, SID, TOKEN) == Status.RSYSERR
        house.away = False
        assert raw_bind(ours.port, SID, TOKEN) == Status.ROK

    with_gateway(act)


def test_an_account_has_a_number_of_binds() -> None:
    door = CustomerDoor(host="127.0.0.1", port=0, wrong_password_delay_s=0, binds_per_account_max=2)

    def act(ours: Gateway, _: Platform) -> None:
        with Customer(ours.port) as first, Customer(ours.port) as second:
            first.bind_transceiver(system_id=SID, password=TOKEN)
            second.bind_transceiver(system_id=SID, password=TOKEN)
            assert raw_bind(ours.port, SID, TOKEN) == Status.RALYBND
            first.unbind()
            assert raw_bind(ours.port, SID, TOKEN) == Status.ROK

    with_gateway(act, door)


def test_a_secret_has_a_number_of_binds_of_its_own() -> None:
    def act(ours: Gateway, house: Platform) -> None:
        house.binds_max = 1
        with Customer(ours.port) as first:
            first.bind_transceiver(system_id=SID, password=TOKEN)
            assert raw_bind(ours.port, SID, TOKEN) == Status.RALYBND
            first.unbind()
        assert soon(lambda: raw_bind(ours.port, SID, TOKEN) == Status.ROK)

    with_gateway(act)


def test_right_credentials_from_a_wrong_address_are_refused_as_wrong_ones() -> None:
    def act(ours: Gateway, house: Platform) -> None:
        house.networks[SID] = "198.51.100.7"
        assert raw_bind(ours.port, SID, TOKEN) == Status.RBINDFAIL
        house.networks[SID] = "127.0.0.1"
        assert raw_bind(ours.port, SID, TOKEN) == Status.ROK

    with_gateway(act)


def test_who_bound_with_a_secret_that_is_withdrawn_is_unbound() -> None:
    door = CustomerDoor(
        host="127.0.0.1", port=0, wrong_password_delay_s=0, secrets_asked_every_s=0.05
    )

    def act(ours: Gateway, house: Platform) -> None:
        other = "AC" + "fedcba9876543210" * 2
        house.customers[other] = (TOKEN, 18)
        with Customer(ours.port) as gone, Customer(ours.port) as staying:
            gone.bind_transceiver(system_id=SID, password=TOKEN)
            staying.bind_transceiver(system_id=other, password=TOKEN)
            house.withdrawn.add(SID)
            assert gone.read_pdu().command == "unbind"
            time.sleep(0.2)
            assert len(ours.customers.bound(18)) == 1

    with_gateway(act, door)


def test_more_than_the_window_of_a_bind_is_throttled_and_none_is_dropped() -> None:
    door = CustomerDoor(host="127.0.0.1", port=0, wrong_password_delay_s=0, window=4)

    def act(ours: Gateway, house: Platform) -> None:
        house.gate.clear()  # nothing is committed yet, so nothing is answered
        statuses: list[int] = []
        with Customer(ours.port) as customer:
            customer.set_message_sent_handler(lambda pdu: statuses.append(pdu.status))
            customer.set_error_pdu_handler(lambda pdu: None)  # the other one is called as well
            customer.bind_transceiver(system_id=SID, password=TOKEN)
            for _ in range(6):
                customer.send_message(
                    source_addr="4759441001",
                    source_addr_ton=1,
                    destination_addr="447700900123",
                    dest_addr_ton=1,
                    short_message=b"x",
                )
            for _ in range(2):
                customer.read_once()
            assert statuses == [Status.RTHROTTLED] * 2
            house.gate.set()
            while len(statuses) < 6:
                customer.read_once()
            customer.unbind()
        assert statuses[2:] == [Status.ROK] * 4
        assert sum(len(texts) for _, texts in house.handed) == 4

    with_gateway(act, door)


@pytest.mark.parametrize("type_of_number", [0, 1, 2])
def test_a_customers_number_is_known_whatever_its_type_is_called(type_of_number: int) -> None:
    def act(ours: Gateway, house: Platform) -> None:
        with Customer(ours.port) as customer:
            customer.bind_transceiver(system_id=SID, password=TOKEN)
            customer.send_message(
                source_addr="4759441001",
                source_addr_ton=type_of_number,
                destination_addr="447700900123",
                dest_addr_ton=1,
                short_message=b"x",
            )
            customer.read_once()
            customer.unbind()
        assert [text.ours for _, texts in house.handed for text in texts] == ["+4759441001"]

    with_gateway(act)


def test_a_text_that_lies_in_the_payload_is_taken() -> None:
    def act(ours: Gateway, house: Platform) -> None:
        long = b"a text of two parts in one piece " * 8
        statuses = handed_in(b"", house=house, ours=ours, message_payload=long)
        assert statuses == [Status.ROK]
        assert [text.body for _, texts in house.handed for text in texts] == [long.decode()]

    with_gateway(act)


def test_parts_by_sar_parameters_are_one_text() -> None:
    def act(ours: Gateway, house: Platform) -> None:
        with Customer(ours.port) as customer:
            customer.set_message_sent_handler(lambda pdu: None)
            customer.bind_transceiver(system_id=SID, password=TOKEN)
            for place, body in enumerate((b"hello ", b"world"), start=1):
                customer.send_message(
                    source_addr="4759441001",
                    source_addr_ton=1,
                    destination_addr="447700900123",
                    dest_addr_ton=1,
                    short_message=body,
                    sar_msg_ref_num=300,
                    sar_total_segments=2,
                    sar_segment_seqnum=place,
                )
            for _ in range(2):
                customer.read_once()
            customer.unbind()
        assert [text.body for _, texts in house.handed for text in texts] == ["hello world"]

    with_gateway(act)


def test_parts_of_different_coding_are_read_each_in_its_own() -> None:
    def act(ours: Gateway, house: Platform) -> None:
        first, second = (bytes([5, 0, 3, 7, 2, n]) for n in (1, 2))
        with Customer(ours.port) as customer:
            customer.set_message_sent_handler(lambda pdu: None)
            customer.bind_transceiver(system_id=SID, password=TOKEN)
            for body, coding in (
                (first + b"hello ", 0),
                (second + "мир".encode("utf-16-be"), 8),
            ):
                customer.send_message(
                    source_addr="4759441001",
                    source_addr_ton=1,
                    destination_addr="447700900123",
                    dest_addr_ton=1,
                    short_message=body,
                    data_coding=coding,
                    esm_class=0x40,
                )
            for _ in range(2):
                customer.read_once()
            customer.unbind()
        assert [text.body for _, texts in house.handed for text in texts] == ["hello мир"]

    with_gateway(act)


def test_one_address_has_a_number_of_connections() -> None:
    door = CustomerDoor(host="127.0.0.1", port=0, connections_per_address_max=2)

    def act(ours: Gateway, _: Platform) -> None:
        held = [socket.create_connection(("127.0.0.1", ours.port), 5) for _ in range(2)]
        with closing(socket.create_connection(("127.0.0.1", ours.port), 5)) as third:
            assert third.recv(1) == b""
        for each in held:
            each.close()
        assert soon(lambda: not ours.customers.connections)
        assert raw_bind(ours.port, SID, TOKEN) == Status.ROK

    with_gateway(act, door)


@pytest.mark.usefixtures("node_peers")
@pytest.mark.parametrize("mode", ["transceiver", "transmitter"])
def test_npm_smpp_binds_enquires_and_leaves(mode: str) -> None:
    async def scene() -> None:
        async with gateway(platform(), door=DOOR) as ours:
            peer = await NodePeer.start("esme.js", str(ours.port), SID, TOKEN, mode)
            await peer.said("closed")
            await peer.end()
        assert peer.events == [
            {"event": "bind", "status": Status.ROK, "system_id": "SMSC"},
            {"event": "enquire", "status": Status.ROK},
            {"event": "submit", "status": Status.ROK},
            {"event": "query", "status": Status.RQUERYFAIL},
            {"event": "unbind"},
            {"event": "closed"},
        ]

    together(scene)


@pytest.mark.usefixtures("node_peers")
def test_npm_smpp_with_a_wrong_password_is_refused() -> None:
    async def scene() -> None:
        async with gateway(platform(), door=DOOR) as ours:
            peer = await NodePeer.start("esme.js", str(ours.port), SID, "wrong")
            await peer.said("closed")
            await peer.end()
        assert peer.events[0]["status"] == Status.RBINDFAIL

    together(scene)


def test_rubbish_of_one_peer_costs_no_other_its_bind() -> None:
    def act(ours: Gateway, _: Platform) -> None:
        with Customer(ours.port) as customer:
            customer.bind_transceiver(system_id=SID, password=TOKEN)
            for index in range(60):
                with closing(socket.create_connection(("127.0.0.1", ours.port), 5)) as stranger:
                    stranger.sendall(_rubbish(index))
            assert soon(lambda: ours.customers.connections == 1)
            customer.send_message(
                source_addr="Acme", destination_addr="447700900123", short_message=b"alive"
            )
            answered: list[int] = []
            customer.set_message_sent_handler(lambda pdu: answered.append(pdu.status))
            customer.read_once()
            assert answered == [Status.ROK]
            assert len(ours.customers.bound(17)) == 1
            customer.unbind()

    with_gateway(act)


@settings(max_examples=30, deadline=None)
@given(chunks=st.lists(st.binary(min_size=1, max_size=400), max_size=5), bound=st.booleans())
def test_no_octets_of_a_stranger_reach_a_healthy_bind(chunks: list[bytes], *, bound: bool) -> None:
    async def scene() -> None:
        async with gateway(platform(), door=DOOR) as ours:
            healthy = await asyncio.open_connection("127.0.0.1", ours.port)
            healthy[1].write(_bind_octets(SID, TOKEN))
            await healthy[0].readexactly(21)
            _, stranger = await asyncio.open_connection("127.0.0.1", ours.port)
            if bound:
                stranger.write(_bind_octets(SID, TOKEN))
            for chunk in chunks:
                stranger.write(chunk)
            await asyncio.sleep(0)
            healthy[1].write(struct.pack(">IIII", 16, Command.ENQUIRE_LINK, 0, 9))
            answer = struct.unpack(">IIII", await healthy[0].readexactly(16))
            assert answer == (16, Command.ENQUIRE_LINK_RESP, 0, 9)
            stranger.transport.abort()
            healthy[1].transport.abort()

    together(scene)


def test_rubbish_after_the_bind_costs_only_its_own() -> None:
    def act(ours: Gateway, _: Platform) -> None:
        with (
            Customer(ours.port) as good,
            closing(socket.create_connection(("127.0.0.1", ours.port), 5)) as bad,
        ):
            good.bind_transceiver(system_id=SID, password=TOKEN)
            bad.sendall(_bind_octets(SID, TOKEN))
            assert _status(bad) == Status.ROK
            bad.sendall(b"\xff" * 64)
            assert struct.unpack(">IIII", bad.recv(16))[1:3] == (
                Command.GENERIC_NACK,
                Status.RINVCMDLEN,
            )
            assert bad.recv(16) == b"", "its session has ended"
            assert len(ours.customers.bound(17)) == 1
            good.unbind()

    with_gateway(act)


def test_a_peer_that_reads_nothing_fills_no_memory() -> None:
    async def scene() -> None:
        async with gateway(platform(), door=DOOR) as ours:
            narrow = socket.socket()
            narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            narrow.connect(("127.0.0.1", ours.port))
            reader, writer = await asyncio.open_connection(sock=narrow)
            writer.write(_bind_octets(SID, TOKEN))
            await reader.readexactly(21)
            writer.transport.pause_reading()
            enquiry = struct.pack(">IIII", 16, Command.ENQUIRE_LINK, 0, 1) * 4_000
            stuck = False
            for _ in range(400):
                writer.write(enquiry)
                try:
                    await asyncio.wait_for(writer.drain(), 0.3)
                except TimeoutError:
                    stuck = True
                    break
            assert stuck, "we stop reading when our answers are not read"
            writer.transport.abort()
            await until(lambda: not ours.customers.bound(17), what="the end")

    together(scene)


def test_the_stop_says_good_bye_to_customers() -> None:
    async def scene() -> None:
        async with gateway(platform(), door=DOOR) as ours:
            reader, writer = await asyncio.open_connection("127.0.0.1", ours.port)
            writer.write(_bind_octets(SID, TOKEN))
            await reader.readexactly(21)
            leaving = asyncio.create_task(ours.customers.stop())
            _, command, _, sequence = struct.unpack(">IIII", await reader.readexactly(16))
            assert command == Command.UNBIND
            writer.write(struct.pack(">IIII", 16, Command.UNBIND_RESP, 0, sequence))
            await leaving
            assert await reader.read() == b""
            writer.close()

    together(scene)


def test_what_was_taken_before_the_stop_is_answered_before_the_good_bye() -> None:
    async def scene() -> None:
        house = platform()
        async with gateway(house, door=DOOR) as ours:
            reader, writer = await asyncio.open_connection("127.0.0.1", ours.port)
            writer.write(_bind_octets(SID, TOKEN))
            await reader.readexactly(21)
            house.gate.clear()  # the commit takes a while
            writer.write(_submit_octets(sequence=2))
            await asyncio.sleep(0.2)
            leaving = asyncio.create_task(ours.customers.stop())
            await asyncio.sleep(0.2)
            writer.write(_submit_octets(sequence=3))  # too late
            await asyncio.sleep(0.2)
            house.gate.set()
            answers = {}
            while Command.UNBIND not in answers:
                size, command, status, sequence = struct.unpack(
                    ">IIII", await reader.readexactly(16)
                )
                await reader.readexactly(size - 16)
                answers[command if command == Command.UNBIND else sequence] = status
            assert answers == {2: Status.ROK, 3: Status.RMSGQFUL, Command.UNBIND: Status.ROK}
            assert len(house.handed) == 1
            writer.write(struct.pack(">IIII", 16, Command.UNBIND_RESP, 0, sequence))
            await leaving
            writer.close()

    together(scene)


def test_nobody_is_unbound_while_he_hands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    # Longer than a machine stands still by chance.
    monkeypatch.setattr(customers, "QUIET_S", 2.0)
    monkeypatch.setattr(customers, "QUIET_S_MAX", 30.0)

    async def scene() -> None:
        house = platform()
        async with gateway(house, door=DOOR) as ours:
            reader, writer = await asyncio.open_connection("127.0.0.1", ours.port)
            writer.write(_bind_octets(SID, TOKEN))
            await reader.readexactly(21)
            leaving = asyncio.create_task(ours.customers.stop())
            heard: list[tuple[int, int]] = []
            for sequence in range(2, 8):
                await asyncio.sleep(0.4)  # in all longer than it waits for a quiet moment
                writer.write(_submit_octets(sequence=sequence))
                heard.append(await _heard(reader))
            assert heard == [(Command.SUBMIT_SM_RESP, Status.RMSGQFUL)] * 6
            assert await _heard(reader) == (Command.UNBIND, Status.ROK)
            writer.close()
            await leaving

    together(scene)


def test_a_text_that_is_not_whole_at_the_stop_is_to_be_repeated() -> None:
    async def scene() -> None:
        house = platform()
        async with gateway(house, door=DOOR) as ours:
            reader, writer = await asyncio.open_connection("127.0.0.1", ours.port)
            writer.write(_bind_octets(SID, TOKEN))
            await reader.readexactly(21)
            writer.write(_submit_octets(sequence=2, part=(7, 3, 1)))
            writer.write(_submit_octets(sequence=3, part=(7, 3, 2)))
            await asyncio.sleep(0.2)
            leaving = asyncio.create_task(ours.customers.stop())
            later = (Command.SUBMIT_SM_RESP, Status.RMSGQFUL)
            assert [await _heard(reader) for _ in range(2)] == [later] * 2
            writer.write(_submit_octets(sequence=4, part=(7, 3, 3)))
            assert await _heard(reader) == later
            assert await _heard(reader) == (Command.UNBIND, Status.ROK)
            assert not house.handed
            writer.close()
            await leaving

    together(scene)


async def _heard(reader: asyncio.StreamReader) -> tuple[int, int]:
    """Return command and status of the next PDU."""
    size, command, status, _ = struct.unpack(">IIII", await reader.readexactly(16))
    await reader.readexactly(size - 16)
    return command, status


def raw_bind(port: int, system_id: str, password: str) -> int:
    """Bind by hand and return the status."""
    with closing(socket.create_connection(("127.0.0.1", port), 5)) as peer:
        peer.sendall(_bind_octets(system_id, password))
        return _status(peer)


def _bind_octets(system_id: str, password: str) -> bytes:
    body = f"{system_id}\0{password}\0\0".encode() + b"\x34\0\0\0"
    return struct.pack(">IIII", 16 + len(body), Command.BIND_TRANSCEIVER, 0, 1) + body


def _submit_octets(*, sequence: int, part: tuple[int, int, int] | None = None) -> bytes:
    """Return a submit_sm; as a part it says its reference, their total and its place."""
    source, destination = b"\1\0014759441001\0", b"\1\001447700900123\0"
    header = b"" if part is None else bytes([5, 0, 3, *part])
    text = header + b"hello"
    esm_class = 0 if part is None else 0x40
    body = b"\0" + source + destination + bytes([esm_class, *[0] * 8, len(text)]) + text
    return struct.pack(">IIII", 16 + len(body), Command.SUBMIT_SM, 0, sequence) + body


def _status(peer: socket.socket) -> int:
    octets = b""
    while len(octets) < 16:
        chunk = peer.recv(64)
        assert chunk, "an answer"
        octets += chunk
    status: int = struct.unpack(">IIII", octets[:16])[2]
    return status


def _rubbish(index: int) -> bytes:
    """Return octets without sense, half of them framed as PDUs of every kind."""
    octets = random.Random(index).randbytes(index * 7)
    if index % 2:
        return octets
    command = list(Command)[index // 2 % len(Command)]
    return struct.pack(">IIII", 16 + len(octets), command, 0, index) + octets
