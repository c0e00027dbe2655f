"""Independent peers for the SMPP gateway."""

from __future__ import annotations

import fcntl
import shutil

import pytest

from tests.gateways.smpp.platform import PEERS, install_node_peers


@pytest.fixture(scope="session")
def node_peers() -> None:
    """Install the npm peers once, also with many test processes."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    with (PEERS / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install_node_peers()
