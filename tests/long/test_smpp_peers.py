"""Kannel and Jasmin as customers' gateways; npm `smpp` and Jasmin as our carriers.

Unmodified programs of others on both sides of our gateway, which runs as in production on a
durable database. What a test needs and is not there, it installs (bench/peers.sh), or it fails.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from bench import sender
from bench.cluster import Cluster, durable_cluster
from bench.gateway import Gateway
from nummer.config.processes import free_port
from tests.gateways.smpp.platform import NodePeer, install_node_peers, node_smsc, until
from tests.gateways.smpp.test_customers import Customer
from tests.long import peers
from tests.long.peers import Callbacks, Kannel, Neighbour

pytestmark = pytest.mark.long
SCENE_S_MAX: Final = 420.0
SLOW_S: Final = 120.0  # a peer on a busy machine; each wait ends as soon as it can
THROWN_AWAY_MAX: Final = 3  # of thirty, by Jasmin at an unbind
NORWAY, GERMANY = "4791234567", "4915112345678"
Texts = dict[str, dict[str, bool]]
LONG: Final = "This text takes three parts, and they come in one piece. " * 6


@dataclass(slots=True)
class Smsc:
    """An SMSC by npm `smpp`, and what the test had it say."""

    peer: NodePeer
    told: set[str] = field(default_factory=set)  # texts whose receipts it gave
    sent: int = 0  # deliver_sm of texts

    def of(self, event: str) -> list[dict[str, Any]]:
        """Return what it said of one kind."""
        return self.peer.of(event)

    def tell(self, verb: str, **given: object) -> None:
        """Have it do something."""
        self.peer.tell(verb, **given)

    async def bound(self) -> None:
        """Wait until somebody is bound to it."""
        await until(lambda: self.of("bound"), what="a bind", within_s=SLOW_S)


@asynccontextmanager
async def smsc() -> AsyncIterator[tuple[Smsc, int]]:
    """Run one; return it with its port."""
    async with node_smsc() as (peer, way):
        yield Smsc(peer), way.port


@dataclass(slots=True)
class World:
    """A customer with a number and a key, in a database that lasts for all tests."""

    cluster: Cluster
    key: str = field(repr=False)

    def ids(self, *, told: bool = False) -> set[str]:
        """Return our ids of the texts for Norway; with `told`, of those whose receipts are told."""
        condition = "state = 'delivered' AND NOT receipt_owed" if told else "true"
        asked = "SELECT id FROM messaging_outgoing WHERE carrier = 'bench' AND "
        with self.cluster.connect() as link:
            return {key.hex for (key,) in link.execute(asked + condition)}


# It calls what it takes by UUIDs.
_NAMED_BY_JASMIN: Final = (
    "messaging_outgoing WHERE carrier = 'jasmin' AND state = 'sent'"
    " AND carrier_message_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'"
)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    assert shutil.which("npm"), "these tests need node and npm"
    peers.install()
    install_node_peers()
    with durable_cluster() as cluster:
        yield World(cluster, peers.settle_in(cluster))


@pytest.mark.parametrize("apart", [False, True], ids=["one bind", "two binds"])
def test_a_kannel_sends_gets_its_receipts_and_what_comes_in(
    world: World, tmp_path: Path, *, apart: bool
) -> None:
    async def scene(stack: ExitStack) -> None:
        async with smsc() as (carrier, way):
            gateway = _gateway(world, stack, way)
            sink = stack.enter_context(peers.callbacks())
            kannel = Kannel(
                tmp_path / "kannel", gateway.smpp_port, sink.port, sender.SID, world.key, apart
            )
            stack.callback(kannel.stop)
            kannel.start()
            await carrier.bound()
            await _listened_to(world)

            tag = "apart" if apart else "together"
            texts: Texts = {
                f"plain {tag} {{æøå}} 5 €": {},
                f"широкий {tag}": {"wide": True},
                f"{LONG}{tag}": {},
                f"{'широкий ' * 12}{tag}": {"wide": True},
            }
            for place, (text, form) in enumerate(texts.items()):
                kannel.send(text, to=f"+{NORWAY}", serial=f"{tag}{place}", **form)
            await _arrived(carrier, texts)
            await _receipts_reach(
                carrier, sink, "/kannel-receipt", [f"{tag}{place}" for place in range(4)]
            )
            assert {call.said["kind"] for call in sink.of("/kannel-receipt")} == {"1"}

            came = _send_in(carrier, tag)
            await _came_once(sink, "/kannel", peers.kannel_text, came)

            await _through_our_restart(world, carrier, gateway, kannel, tag=tag)
            await _receipts_reach(
                carrier,
                sink,
                "/kannel-receipt",
                [f"{tag}{place}" for place in range(4)] + _serials(tag),
            )

            kannel.stop()
            came += _send_in(carrier, f"{tag} while Kannel was away")
            await _stored(world, carrier)
            kannel.start()
            await _came_once(sink, "/kannel", peers.kannel_text, came)

    _play(scene)


def test_a_jasmin_sends_gets_its_receipts_and_is_a_carrier_as_well(
    world: World, tmp_path: Path
) -> None:
    async def scene(stack: ExitStack) -> None:
        async with smsc() as (carrier, way), smsc() as (behind, way_behind):
            door = free_port()
            carriers = peers.NPM_CARRIER + peers.jasmin_carrier(door)
            gateway = _gateway(world, stack, way, carriers=carriers)
            sink = stack.enter_context(peers.callbacks())
            jasmin = Neighbour(
                tmp_path / "jasmin",
                way_behind,
                sink.port,
                our_port=gateway.smpp_port,
                name_at_ours=sender.SID,
                password_at_ours=world.key,
                smpp_port=door,
            )
            stack.callback(jasmin.stop)
            jasmin.start()
            await carrier.bound()
            await behind.bound()
            await _listened_to(world)
            before = world.ids()

            # As a customer's gateway. Its parts are joined by SAR parameters, Kannel's by headers.
            texts: Texts = {
                "plain jasmin": {},
                "широкий jasmin": {"wide": True},
                f"{LONG}jasmin": {},
            }
            for place, (text, form) in enumerate(texts.items()):
                said = jasmin.send(text, to=NORWAY, serial=f"j{place}", **form)
                assert said.startswith("Success"), said
            await _arrived(carrier, texts)
            await _jasmin_has_receipts(world, carrier, jasmin, before, count=3)
            came = _send_in(carrier, "jasmin")
            await _came_once(sink, "/jasmin", peers.jasmin_text, came)

            # As a carrier: its customer's text goes to us, and through its SMPP server out again.
            await until(
                lambda: _log_says(gateway, "jasmin"), what="our bind to Jasmin", within_s=SLOW_S
            )
            jasmin.send("to Germany", to=GERMANY, serial="j3")
            jasmin.send(f"{LONG}Germany", to=GERMANY, serial="j4")
            await _arrived(behind, ["to Germany", f"{LONG}Germany"])
            await until(
                lambda: world.cluster.count(_NAMED_BY_JASMIN) == 2,
                what="Jasmin's ids of our texts",
                within_s=SLOW_S,
            )
            came += _send_in(behind, "from behind")
            await _came_once(sink, "/jasmin", peers.jasmin_text, came)

            await _through_our_restart(world, carrier, gateway, jasmin, tag="jasmin")
            count = 3 + len(_numbered(carrier))
            await _jasmin_has_receipts(world, carrier, jasmin, before, count=count)

    _play(scene)


# (what the carrier answers, what its receipt calls the same text, how the receipt says it)
FORMS: Final = (
    ("1A2B3C4D", "0439041101", "text"),
    ("0000123456", "123456", "text"),
    ("77", "0000004D", "parameters"),
    ("00ab12cd", "00AB12CD", "both"),
    ("carrier-17.x_y", "carrier-17.x_y", "text"),
    ("5f2c9a3e-0d3b-4c1e-9a55-1f0f7e0c2b6d", "5f2c9a3e-0d3b-4c1e-9a55-1f0f7e0c2b6d", "data"),
    ("00000000000000000042", "00000000000000000042", "both"),
)


def test_ids_and_receipts_of_a_carrier_are_matched_in_all_their_forms(world: World) -> None:
    async def scene(stack: ExitStack) -> None:
        async with smsc() as (carrier, way):
            carrier.tell("name", ids=[named for named, _, _ in FORMS])
            gateway = _gateway(world, stack, way)
            await carrier.bound()
            program = Customer(gateway.smpp_port)
            stack.callback(program.disconnect)
            ids = await asyncio.to_thread(_handed_in, program, world.key, len(FORMS))
            await until(
                lambda: len(carrier.of("submitted")) == len(FORMS),
                what="the texts at the carrier",
                within_s=SLOW_S,
            )
            for (_, told, form), text in zip(FORMS, carrier.of("submitted"), strict=True):
                verb, fields = _receipt(text, told, form)
                carrier.tell(verb, fields=fields)
            states = await asyncio.to_thread(_receipts_of, program, ids)
            assert states == dict.fromkeys(ids, b"DELIVRD")
            assert all(said["status"] == 0 for said in carrier.of("answered"))

    _play(scene)


def test_what_a_carrier_says_failed_is_told_as_failed(world: World) -> None:
    async def scene(stack: ExitStack) -> None:
        async with smsc() as (carrier, way):
            gateway = _gateway(world, stack, way)
            await carrier.bound()
            program = Customer(gateway.smpp_port)
            stack.callback(program.disconnect)
            words = ("UNDELIV", "EXPIRED", "DELETED", "REJECTD")
            ids = await asyncio.to_thread(_handed_in, program, world.key, len(words))
            await until(lambda: len(carrier.of("submitted")) == len(words), within_s=SLOW_S)
            for word, text in zip(words, carrier.of("submitted"), strict=True):
                _, fields = _receipt(text, text["id"], "text")
                fields["short_message"] = fields["short_message"].replace("DELIVRD", word)
                carrier.tell("deliver", fields=fields)
            states = await asyncio.to_thread(_receipts_of, program, ids)
            assert states == dict.fromkeys(ids, b"UNDELIV")

    _play(scene)


# -- a scene ---------------------------------------------------------------------------------------


def _play(scene: Callable[[ExitStack], Coroutine[Any, Any, None]]) -> None:
    async def act() -> None:
        with ExitStack() as stack:
            await scene(stack)

    asyncio.run(asyncio.wait_for(act(), SCENE_S_MAX))


def _gateway(
    world: World, stack: ExitStack, port: int, *, carriers: str = peers.NPM_CARRIER
) -> Gateway:
    gateway = Gateway(world.cluster, port, carriers)
    stack.callback(gateway.stop)
    gateway.start()
    return gateway


async def _listened_to(world: World) -> None:
    """Wait until SMS that come in are for a bind: what came before its first one is not sent."""
    await until(
        lambda: world.cluster.count("messaging_pushed"), what="a receiving bind", within_s=SLOW_S
    )
    await asyncio.sleep(1.5)


async def _stored(world: World, carrier: Smsc) -> None:
    """Wait until every SMS that the carrier sent is answered."""
    sent = carrier.sent
    await until(
        lambda: len(carrier.of("answered")) >= sent, what="answers to the carrier", within_s=SLOW_S
    )


def _log_says(gateway: Gateway, carrier: str) -> bool:
    lines = gateway.log.read_text().splitlines()
    return any("carrier bound" in line and carrier in line for line in lines)


# -- texts -----------------------------------------------------------------------------------------


def _whole_texts(carrier: Smsc) -> Counter[str]:
    """Return the texts that an SMSC has whole, with how often."""
    found: Counter[str] = Counter()
    parts: defaultdict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for said in carrier.of("submitted"):
        header = next((udh for udh in said["udh"] if udh.startswith("0003")), "")
        if not header:
            found[said["text"]] += 1
            continue
        total, sequence = int(header[6:8], 16), int(header[8:10], 16)
        came = parts[said["to"], header[4:6]]
        assert sequence not in came, "a part came twice"
        came[sequence] = said["text"]
        if len(came) == total:
            found["".join(came[n] for n in sorted(came))] += 1
            came.clear()
    return found


async def _arrived(carrier: Smsc, texts: Collection[str]) -> None:
    """Wait until an SMSC has these texts, beside what it had; each came once."""
    await until(
        lambda: set(texts) <= _whole_texts(carrier).keys(), what="all texts", within_s=SLOW_S
    )
    came = _whole_texts(carrier)
    assert {text: came[text] for text in texts} == dict.fromkeys(texts, 1)
    assert {said["from"] for said in carrier.of("submitted")} == {sender.OURS_DIGITS}


def _serials(tag: str) -> list[str]:
    return [f"{tag}-r{place}" for place in range(30)]


async def _through_our_restart(
    world: World, carrier: Smsc, gateway: Gateway, peer: Kannel | Neighbour, *, tag: str
) -> None:
    """Restart our gateway in the middle of thirty texts: each leaves once.

    What Jasmin itself throws away when a bind ends never reaches us; that may be a few.
    """
    texts = {serial: f"numbered {serial}." for serial in _serials(tag)}
    to = f"+{NORWAY}" if isinstance(peer, Kannel) else NORWAY
    for place, (serial, text) in enumerate(texts.items()):
        if place == 20:  # the first ones are under way, the last ones find nobody
            await until(lambda: len(_numbered(carrier)) >= 3, what="the first", within_s=SLOW_S)
            gateway.stop()
        await asyncio.to_thread(peer.send, text, to=to, serial=serial)
    gateway.start()
    lost = world.cluster.count("messaging_outgoing WHERE state IN ('unknown', 'failed')")
    assert not lost, f"{lost} texts have no fate after an orderly stop"

    def gone() -> set[str]:
        return peer.thrown_away() if isinstance(peer, Neighbour) else set()

    await until(
        lambda: {texts[serial] for serial in texts.keys() - gone()} <= _whole_texts(carrier).keys(),
        what="all texts that the peer kept",
        within_s=SLOW_S,
    )
    assert len(gone()) <= THROWN_AWAY_MAX
    await _arrived(carrier, [texts[serial] for serial in texts.keys() - gone()])


def _numbered(carrier: Smsc) -> list[str]:
    return [text for text in _whole_texts(carrier) if text.startswith("numbered")]


# -- receipts --------------------------------------------------------------------------------------


def _receipt(text: dict[str, Any], told: str, form: str) -> tuple[str, dict[str, Any]]:
    """Return how a carrier says that a text arrived, and the fields of it."""
    words = f"id:{told} sub:001 dlvrd:001 submit date:2601011200 done date:2601011201 stat:DELIVRD"
    fields: dict[str, Any] = {
        "source_addr": text["to"],
        "source_addr_ton": 1,
        "destination_addr": text["from"],
        "dest_addr_ton": 1,
        "esm_class": 4,
    }
    if form in ("text", "both"):
        fields["short_message"] = f"{words} err:000 text:x"
    if form != "text":
        fields |= {"receipted_message_id": told, "message_state": 2}
    return "data" if form == "data" else "deliver", fields


def _tell_receipts(carrier: Smsc) -> None:
    """Have the SMSC say once that each text arrived whose receipt was asked for."""
    for text in carrier.of("submitted"):
        if text["receipt"] and text["id"] not in carrier.told:
            carrier.told.add(text["id"])
            verb, fields = _receipt(text, text["id"], "both")
            carrier.tell(verb, fields=fields)


async def _receipts_reach(
    carrier: Smsc, sink: Callbacks, path: str, serials: Sequence[str]
) -> None:
    """Wait for the receipt of each text; each comes once."""
    _tell_receipts(carrier)
    wanted = Counter(serials)
    await until(
        lambda: {call.said["serial"] for call in sink.of(path)} >= wanted.keys(),
        what="all receipts",
        within_s=SLOW_S,
    )
    assert Counter(call.said["serial"] for call in sink.of(path)) == wanted


async def _jasmin_has_receipts(
    world: World, carrier: Smsc, jasmin: Neighbour, before: set[str], *, count: int
) -> None:
    """Wait until Jasmin answered so many receipts well and read our ids in them.

    0.11.1 takes a receipt and finds no text for it, whoever sends it (jookies/jasmin, issue 1236:
    it stumbles when a text gets its id), so the program behind it hears nothing. It writes the id
    down.
    """
    _tell_receipts(carrier)
    await until(
        lambda: len(world.ids(told=True) - before) == count, what="receipts", within_s=SLOW_S
    )
    await until(
        lambda: jasmin.told_of() >= world.ids(told=True) - before,
        what="our ids at Jasmin",
        within_s=SLOW_S,
    )


# -- what comes in ---------------------------------------------------------------------------------


def _send_in(carrier: Smsc, tag: str) -> list[str]:
    """Have the SMSC send SMS to the customer's number: plain, wide, and long in two forms."""
    texts = [f"plain for {tag}", f"широкий for {tag}", f"{LONG}for {tag}", f"in parts for {tag}"]
    between = {
        "source_addr": NORWAY,
        "source_addr_ton": 1,
        "source_addr_npi": 1,
        "destination_addr": sender.OURS_DIGITS,
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
    }
    plain, wide, payload, parts = texts
    for fields in (
        {"short_message": plain},
        {"short_message": wide, "data_coding": 8},
        {"message_payload": payload},
        {"short_message": parts[:9], **_sar(1)},
        {"short_message": parts[9:], **_sar(2)},
    ):
        carrier.tell("deliver", fields=between | fields)
    carrier.sent += 5
    return texts


def _sar(sequence: int) -> dict[str, int]:
    return {"sar_msg_ref_num": 4711, "sar_total_segments": 2, "sar_segment_seqnum": sequence}


async def _came_once(
    sink: Callbacks, path: str, text_of: Callable[[peers.Call], str], texts: Sequence[str]
) -> None:
    """Wait until the customer's program has all of these; each came once, and nothing else."""
    await until(
        lambda: {text_of(call) for call in sink.of(path)} >= set(texts),
        what="what came in",
        within_s=SLOW_S,
    )
    await asyncio.sleep(1.5)  # what is doubled comes at the next look
    assert Counter(map(text_of, sink.of(path))) == Counter(texts)


# -- a program by smpplib --------------------------------------------------------------------------


def _handed_in(program: Customer, key: str, count: int) -> list[bytes]:
    """Bind, hand texts in one after another and return their ids."""
    answers: list[Any] = []
    program.set_message_sent_handler(lambda **told: answers.append(told["pdu"]))
    program.connect()
    program.bind_transceiver(system_id=sender.SID, password=key)
    for place in range(count):
        program.send_message(
            source_addr=sender.OURS_DIGITS,
            source_addr_ton=1,
            destination_addr=NORWAY,
            dest_addr_ton=1,
            short_message=b"text %d" % place,
            registered_delivery=1,
        )
        while len(answers) <= place:
            program.read_once()
    assert [answer.status for answer in answers] == [0] * count
    return [answer.message_id.rstrip(b"\0") for answer in answers]


def _receipts_of(program: Customer, ids: Sequence[bytes]) -> dict[bytes, bytes]:
    """Wait for the receipts of texts; return what each says."""
    found: dict[bytes, bytes] = {}

    def came(pdu: Any, **_: object) -> None:
        words = pdu.short_message
        found[pdu.receipted_message_id.rstrip(b"\0")] = words.partition(b"stat:")[2].split(b" ")[0]

    program.set_message_received_handler(came)
    ends_at = time.monotonic() + SLOW_S
    while not found.keys() >= set(ids):
        assert time.monotonic() < ends_at, f"{len(found)} receipts of {len(ids)}"
        program.read_once()  # it waits for five seconds at most
    return {each: found[each] for each in ids}
