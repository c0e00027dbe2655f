"""The examples for operators: units that systemd understands, proxies that keep what we rely on."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from nummer.config.env import CHECKOUT

DEPLOY = CHECKOUT / "deploy"
PAGE_BODY_MAX = int(
    re.findall(
        r"PAGE_BODY_MAX: Final = ([0-9_]+)", (CHECKOUT / "nummer/config/asgi.py").read_text()
    )[0]
)
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "UMask": "0077",
}
UNITS = ("nummer.service", "nummer-check.service", "nummer-check.timer")
LARGE = ("/papers/", "/api/v1/papers/", "/staff/imports/", "/v2/RegulatoryCompliance/x")


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((DEPLOY / name).read_text())
    return parser


@pytest.mark.parametrize("name", ["nummer.service", "nummer-check.service"])
def test_services_run_as_nobody_in_particular_and_can_write_only_their_state(name: str) -> None:
    service = unit(name)["Service"]
    assert {key: service[key] for key in HARDENED} == HARDENED
    assert service["User"] == service["Group"] == "nummer"
    assert service["StateDirectory"] == "nummer"
    assert "ReadWritePaths" not in service
    allowed = service["CapabilityBoundingSet"].split()
    assert set(allowed) <= {"CAP_NET_BIND_SERVICE"}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="this machine has no systemd")
@pytest.mark.parametrize("name", UNITS)
def test_systemd_understands_every_line(name: str, tmp_path: Path) -> None:
    """Unknown settings are warnings, which count; programs are not at their places here."""
    for other in UNITS:
        text = (DEPLOY / other).read_text()
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE)
        (tmp_path / other).write_text(re.sub(r"^Documentation=.*\n", "", text, flags=re.MULTILINE))
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    ours = [line for line in told.stderr.splitlines() if str(tmp_path) in line or "nummer" in line]
    assert ours == []


def test_the_example_of_settings_names_settings_that_exist() -> None:
    known = set(re.findall(r'"(NUMMER_[A-Z_]+)"', (CHECKOUT / "nummer/config/env.py").read_text()))
    named = re.findall(r"^#? ?(NUMMER_[A-Z_]+)=", (DEPLOY / "nummer.env").read_text(), re.MULTILINE)
    assert len(named) > 5
    assert set(named) <= known


def blocks(text: str) -> list[str]:
    """Return words and braces; fails where braces do not fit."""
    words = re.findall(r"\"[^\"]*\"|[{};]|[^\s{};]+", re.sub(r"(?m)#.*$", "", text))
    depth = 0
    for word in words:
        depth += {"{": 1, "}": -1}.get(word, 0)
        assert depth >= 0
    assert depth == 0
    return words


def nginx() -> list[tuple[str, dict[str, list[str]]]]:
    """Return each location of the TLS server with its own and the server's directives."""
    text = re.sub(r"(?m)#.*$", "", (DEPLOY / "nginx.conf").read_text())
    server = text[text.rindex("server {") :]
    inner = re.findall(r"location ([^{]+)\{([^}]*)\}", server)
    outer = directives(re.sub(r"location [^{]+\{[^}]*\}", "", server))
    return [(where.strip(), {**outer, **directives(body)}) for where, body in inner]


def directives(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in re.findall(r"([a-z_0-9]+)\s+([^;{}]+);", text):
        found.setdefault(line[0], []).append(line[1].strip())
    return found


def location(path: str) -> dict[str, list[str]]:
    for where, found in nginx():
        if where.startswith("~") and re.search(where[1:].strip(), path):
            return found
    fitting = [
        (len(where), found)
        for where, found in nginx()
        if not where.startswith("~") and path.startswith(where)
    ]
    return max(fitting, key=lambda each: each[0])[1]


def test_nginx_sets_who_asks_anew_and_passes_events_and_papers_on() -> None:
    blocks((DEPLOY / "nginx.conf").read_text())
    for path in ("/", "/live/orders/", *LARGE):
        headers = location(path)["proxy_set_header"]
        assert "X-Forwarded-For $remote_addr" in headers, path
        assert "X-Forwarded-Proto https" in headers
        assert "Host $host" in headers
    live = location("/live/orders/")
    assert (live["proxy_buffering"], live["gzip"]) == (["off"], ["off"])
    for path in LARGE:
        assert location(path)["client_max_body_size"] == [f"{PAGE_BODY_MAX // 1_000_000}m"], path
        assert location(path)["proxy_request_buffering"] == ["off"]
    assert location("/")["client_max_body_size"] == ["1m"]


def test_caddy_passes_events_on_as_they_come_and_limits_bodies() -> None:
    words = blocks((DEPLOY / "Caddyfile").read_text())
    assert words[words.index("max_size") + 1] == f"{PAGE_BODY_MAX // 1_000_000}MB"
    assert words[words.index("flush_interval") + 1] == "-1"
    assert words[words.index("@live") + 2] == "/live/*"
    assert words.count("reverse_proxy") == 2
    assert "header_up" not in words, "Caddy sets the forwarded headers anew by itself"


def test_the_guide_names_every_file_of_the_folder() -> None:
    guide = (CHECKOUT / "docs/operate/production.md").read_text()
    named = {path.name for path in DEPLOY.iterdir()}
    assert {name for name in named if f"deploy/{name}" not in guide} == set()
