"""twilio 6.2 for Node, unmodified, against a whole installation.

It rents, names, lists, is called by a signed webhook for an SMS that the sandbox's carrier brings
by SMPP, and releases.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateways.smpp.platform import PEERS, install_node_peers
from tests.installation import Installation

SENDER, TO = "+4799887766", "+4791234567"


@pytest.fixture(scope="session", autouse=True)
def node_peers() -> None:
    """Install the npm peers once, also with many test processes."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    with (PEERS / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install_node_peers()


def steps(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Run the program and yield what it says, step by step."""
    with subprocess.Popen(
        ["node", str(PEERS / "twilio.js"), json.dumps(told)],
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        for line in program.stdout:
            said = json.loads(line)
            assert said["event"] != "failed", said
            yield said
        assert program.wait(60) == 0


def texts(installation: Installation) -> set[tuple[str, str]]:
    """Return recipients and words of what went out, once the last reply did."""
    deadline = time.monotonic() + 30
    found: set[tuple[str, str]] = set()
    while time.monotonic() < deadline and (SENDER, "And more") not in found:
        found = {(row["to"], row["text"]) for row in installation.json("sandbox", "sent")}
        time.sleep(0.3)
    return found


def test_a_program_rents_receives_a_signed_webhook_sends_and_releases(
    installation: Installation,
) -> None:
    words = (
        "sandbox",
        "customer",
        "--email",
        "node@example.com",
        "--balance",
        "200.00",
        "--country",
        "NO",
    )
    customer = installation.json(*words)
    told = {
        "url": installation.url,
        "account": customer["account_sid"],
        "user": customer["account_sid"],
        "secret": customer["auth_token"],
        "token": customer["auth_token"],
        "sms": True,
        "to": TO,
    }
    seen: dict[str, dict[str, Any]] = {}
    for said in steps(told):
        seen[said.pop("event")] = said
        if "number" in said:
            arrived = ("--to", said["number"], "--from", SENDER, "--text", "Hei & hå")
            assert installation.json("sandbox", "sms", *arrived)["acknowledged"] == 1

    assert seen["account"] == {"status": "active", "balance": "200.00", "currency": "EUR"}
    assert len(seen["found"]["numbers"]) == 3
    assert seen["found"]["can"]["SMS"] is True
    assert (seen["bought"]["name"], seen["bought"]["url"]) == ("Reseller", True)
    assert seen["listed"]["sids"] == seen["bought"]["sids"][::-1]
    taken, nothing = seen["refused"]["taken"], seen["refused"]["nothing"]
    assert (taken["status"], taken["code"]) == (400, 21422)
    assert (nothing["status"], nothing["code"]) == (404, 20404)
    assert taken["moreInfo"].endswith("21422")
    assert (seen["received"]["valid"], seen["received"]["forged"]) == (True, False)
    assert seen["received"]["form"]["Body"] == "Hei & hå"
    assert seen["received"]["form"]["From"] == SENDER
    assert "Hei & hå" in seen["messages"]["bodies"]
    assert (seen["sent"]["status"], seen["sent"]["direction"]) == ("queued", "outbound-api")
    assert seen["sent"]["price"].startswith("-0.")
    assert (seen["unsent"]["media"]["code"], seen["unsent"]["to"]["code"]) == (21623, 21211)
    redirected, status = seen["redirected"], seen["status"]
    assert (redirected["valid"], redirected["form"]["Body"]) == (True, "Hei & hå")
    assert (status["valid"], status["sids"]) == (True, [status["sid"]])
    assert seen["paged"]["sids"] == seen["paged"]["rows"] >= 3
    assert {(TO, "Hei"), (SENDER, "Thank you"), (SENDER, "And more")} <= texts(installation)
    assert seen["released"] == {"gone": [True, True, True], "left": 0}
    assert installation.command("audit").returncode == 0
