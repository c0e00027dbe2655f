"""The examples of docs/develop, run as they stand, against a whole installation."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from nummer.protocols.webhooks.signing import signed_headers
from tests.gateways.smpp.platform import PEERS, install_node_peers
from tests.installation import CHECKOUT, Installation

EXAMPLES = CHECKOUT / "docs" / "develop" / "examples"
WAIT_S = 60


@pytest.fixture(scope="module")
def typescript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the receiver, strictly, and return the folder of what came out."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    install_node_peers()
    out = tmp_path_factory.mktemp("typescript")
    modules = PEERS / "node_modules"
    words = ["--strict", "--target", "es2022", "--module", "nodenext", "--types", "node"]
    done = subprocess.run(
        [
            *("node", str(modules / "typescript" / "bin" / "tsc"), *words),
            *("--typeRoots", str(modules / "@types"), "--outDir", str(out)),
            str(EXAMPLES / "receive.ts"),
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    return out


def customer(installation: Installation) -> dict[str, Any]:
    words = ("--email", f"example-{time.time_ns()}@example.com", "--balance", "100.00")
    found = installation.json("sandbox", "customer", *words)
    assert isinstance(found, dict)
    return found


def arrive(installation: Installation, to: str, text: str) -> None:
    words = ("--to", to, "--from", "Somebody", "--text", text)
    assert installation.json("sandbox", "sms", *words)["acknowledged"] == 1


@contextmanager
def running(*words: str, **environment: str) -> Iterator[Iterator[str]]:
    """Run a program and return its lines as they come."""
    process = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        cwd=CHECKOUT,
    )
    assert process.stdout is not None
    try:
        yield (line.rstrip("\n") for line in process.stdout)
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def call(installation: Installation, key: str, path: str, *, body: object, once: str) -> Any:
    request = urllib.request.Request(
        f"{installation.url}/api/v1/{path}",
        json.dumps(body).encode(),
        {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
            "Idempotency-Key": once,
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_the_python_example_rents_a_number_and_prints_each_sms_once(
    installation: Installation,
) -> None:
    key = customer(installation)["api_key"]
    program = (sys.executable, str(EXAMPLES / "rent_and_follow.py"), "2")

    with running(*program, NUMMER_URL=installation.url, NUMMER_KEY=key) as lines:
        number = next(lines)
        arrive(installation, number, "first")
        arrive(installation, number, "second")

        assert list(lines) == ["Somebody: first", "Somebody: second"]


def test_the_typescript_example_takes_what_is_signed_and_nothing_else(
    installation: Installation, typescript: Path
) -> None:
    key = customer(installation)["api_key"]
    follow = (sys.executable, str(EXAMPLES / "rent_and_follow.py"), "0")
    with running(*follow, NUMMER_URL=installation.url, NUMMER_KEY=key) as lines:
        number = next(lines)
    secret_file = typescript / "secret"

    with running("node", str(typescript / "receive.js"), NUMMER_SECRET="whsec_AAAA") as other:
        strange = next(other).rpartition(" ")[2]
        hook = call(
            installation,
            key,
            "webhooks",
            body={"url": f"http://127.0.0.1:{strange}/"},
            once="other",
        )
        secret_file.write_text(hook["secret"])
        call(installation, key, f"webhooks/{hook['id']}/test", body=None, once="test")
        delivery = settled(installation, key, hook["id"])
    assert [one["status"] for one in delivery["calls"]][:1] == [400]

    with running(
        "node", str(typescript / "receive.js"), NUMMER_SECRET=secret_file.read_text()
    ) as heard:
        port = next(heard).rpartition(" ")[2]
        change(installation, key, hook["id"], {"url": f"http://127.0.0.1:{port}/"})
        arrive(installation, number, "Hello")
        words = [next(heard), next(heard)]

    assert sorted(words) == ["Somebody: Hello", "test"]


def test_the_typescript_example_refuses_what_was_exchanged_or_kept_and_does_the_rest_once(
    typescript: Path,
) -> None:
    secret = "whsec_" + base64.b64encode(b"0" * 32).decode()

    def told(
        body: bytes, *, id_: str = "msg_1", at_s: int = 0, signed_as: str = ""
    ) -> tuple[dict[str, str], bytes]:
        stamp = int(time.time()) + at_s
        headers = signed_headers(
            message_id=signed_as or id_, timestamp=stamp, body=body, secrets=[secret]
        )
        return {**headers, "webhook-id": id_}, body

    first = json.dumps({"type": "first", "timestamp": "", "data": {}}).encode()
    last = json.dumps({"type": "last", "timestamp": "", "data": {}}).encode()
    genuine = told(first)
    with running("node", str(typescript / "receive.js"), NUMMER_SECRET=secret) as heard:
        port = next(heard).rpartition(" ")[2]
        statuses = [
            posted(port, *sent)
            for sent in (
                genuine,
                genuine,  # a replay, by us or by whoever kept it
                told(first, id_="msg_2", signed_as="msg_1"),  # the id was exchanged
                (genuine[0], last),  # the body was
                told(first, id_="msg_3", at_s=-301),  # kept for longer than five minutes
                told(first, id_="msg_4", at_s=360),  # all are signed before the first is sent
                told(last, id_="msg_5"),
            )
        ]
        words = [next(heard), next(heard)]

    assert statuses == [204, 204, 400, 400, 400, 400, 204]
    assert words == ["first", "last"]


def posted(port: str, headers: dict[str, str], body: bytes) -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def settled(installation: Installation, key: str, hook_id: str) -> Any:
    """Wait until a webhook's first event was told for the first time, and return how it went."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        listed = read(installation, key, f"webhooks/{hook_id}/deliveries")["deliveries"]
        if listed and listed[0]["attempts"]:
            event = listed[0]["event"]
            return read(installation, key, f"webhooks/{hook_id}/deliveries/{event}")
        time.sleep(0.2)
    raise AssertionError("the webhook was not called")


def read(installation: Installation, key: str, path: str) -> Any:
    request = urllib.request.Request(
        f"{installation.url}/api/v1/{path}", headers={"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def change(installation: Installation, key: str, hook_id: str, body: object) -> None:
    request = urllib.request.Request(
        f"{installation.url}/api/v1/webhooks/{hook_id}",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        method="PATCH",
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
