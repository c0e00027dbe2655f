"""Log lines hold what helps and nobody's data."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any
from uuid import UUID

import pytest
import structlog

from nummer.config import logs

PERSONAL = "+15555550123 rosebud@example.com"


@pytest.fixture
def log(capfd: pytest.CaptureFixture[str]) -> Any:
    """Return a logger set up as in every process."""
    logs.configure({})
    yield structlog.get_logger("nummer.test")
    structlog.reset_defaults()


def last_line(capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(capfd.readouterr().err.strip().splitlines()[-1])
    return line


def test_known_keys_are_written(log: Any, capfd: pytest.CaptureFixture[str]) -> None:
    log.info("order placed", account_id=7, order_id=UUID(int=1), status="open", count=2)
    line = last_line(capfd)
    assert (line["event"], line["level"], line["account_id"]) == ("order placed", "info", 7)
    assert line["order_id"] == "00000000-0000-0000-0000-000000000001"


@pytest.mark.parametrize("key", ["email", "to", "text", "phone", "sender", "name", "code"])
def test_unknown_keys_are_dropped(log: Any, capfd: pytest.CaptureFixture[str], key: str) -> None:
    log.info("something", **{key: "rosebud"})
    assert "rosebud" not in str(last_line(capfd))


def test_value_that_is_no_plain_word_is_dropped(
    log: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    log.info("something", status=PERSONAL, reference={"to": PERSONAL})
    assert last_line(capfd).keys() == {"event", "level", "time"}


def test_event_with_a_number_in_it_is_not_written(
    log: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    said = f"sent to {PERSONAL}"
    log.info(said)
    assert last_line(capfd)["event"] == "unnamed event"


def test_error_is_its_type_and_places(log: Any, capfd: pytest.CaptureFixture[str]) -> None:
    try:
        int(PERSONAL)
    except ValueError:
        log.exception("it failed")
    line = last_line(capfd)
    assert line["error"] == "builtins.ValueError"
    assert line["frames"][-1].startswith("elsewhere:") or "test_logs" in line["frames"][-1]
    assert "rosebud" not in str(line)


@pytest.mark.usefixtures("log")
def test_libraries_speak_by_name_and_place_only(capfd: pytest.CaptureFixture[str]) -> None:
    record = logging.LogRecord("aiosmtpd", logging.WARNING, "x.py", 1, PERSONAL, None, None)
    sys.stderr.write(logs.LibraryLines().format(record) + "\n")
    line = last_line(capfd)
    assert (line["event"], line["logger"], line["level"]) == ("library", "aiosmtpd", "warning")
    assert "rosebud" not in str(line)


def test_request_id_is_on_every_line(log: Any, capfd: pytest.CaptureFixture[str]) -> None:
    with structlog.contextvars.bound_contextvars(request_id="abc12345"):
        log.info("something")
    assert last_line(capfd)["request_id"] == "abc12345"


def test_the_line_of_a_request_is_that_of_the_log(
    log: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    said = {
        "part": "lean",
        "route": "stubs/handler_api.php",
        "method": "GET",
        "status": 200,
        "duration_ms": 1.5,
    }
    log.info("request", request_id="a-request-id", **said)
    logs.request_line(request_id="a-request-id", **said)  # type: ignore[arg-type]

    slow, quick = (json.loads(line) for line in capfd.readouterr().err.splitlines())
    assert slow.pop("time")[:4] == quick.pop("time")[:4]
    assert list(quick.items()) == list(slow.items())


@pytest.mark.parametrize(
    ("method", "route"), [('G"ET', "x"), ("GET\n", "x"), ("GET", 'a"b'), ("+4791234567", "x")]
)
def test_what_a_caller_made_up_is_not_in_the_line_of_a_request(
    log: Any, capfd: pytest.CaptureFixture[str], method: str, route: str
) -> None:
    logs.request_line(
        request_id="a-request-id",
        part="lean",
        route=route,
        method=method,
        status=200,
        duration_ms=1,
    )

    line = json.loads(capfd.readouterr().err)
    assert line["method"] in ("GET", "other")
    assert line["route"] in ("x", "other")


@pytest.mark.usefixtures("log")
def test_a_full_disk_under_the_log_stops_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "w", buffering=1, encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stderr", full)
        logs.request_line(
            request_id="a-request-id",
            part="lean",
            route="x",
            method="GET",
            status=200,
            duration_ms=1,
        )
        monkeypatch.undo()
        with pytest.raises(OSError, match="No space"):
            full.close()
