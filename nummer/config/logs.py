"""Log lines of all processes: JSON on standard error, one request id throughout, nobody's data.

Personal data cannot get in by mistake: a line holds only the keys listed here, an event is a
few words without digits, an exception is its type and the places it passed, never its message.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import structlog
from structlog.typing import EventDict, WrappedLogger

KEYS: Final = frozenset(
    {
        "account_id", "activation_id", "at", "attempt", "carrier", "child", "clause",
        "count", "decision_id", "document", "due", "duration_ms", "error", "exit_code",
        "failed", "fired", "frames", "id", "ids", "job", "job_id", "key_id", "language",
        "letter", "level", "line", "link", "logger", "message_id", "method",
        "number_id", "order_id", "outcome", "part", "pid", "port", "process", "queue",
        "reason", "reference", "refusal", "request_id", "retry_after_s", "route", "row",
        "source", "state", "status", "step", "system_type", "time", "version", "window",
    }
)  # fmt: skip
EVENT: Final = re.compile(r"[A-Za-z][A-Za-z_.,:;' -]{0,99}")
VALUE: Final = re.compile(r"[A-Za-z0-9_.:/<>*-]{0,200}")
PLACE: Final = re.compile(r"[A-Za-z0-9_.:/<> -]{0,200}")
PLACES: Final = frozenset({"at", "frames"})  # of our own code, so they may hold a space
FRAMES_MAX: Final = 15
LIBRARY_FRAMES_MAX: Final = 3
OWN_LOGGERS: Final = "nummer"
REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
LIBRARY: Final = re.compile(r".*/(site-packages|lib/python3\.\d+)/")
_process = ""
_tells_requests = False
_HOUSE: Final = str(Path(__file__).resolve().parents[2])


def configure(settings: Mapping[str, Any]) -> None:
    """Send every log line of this process, ours and the libraries', through the rules above."""
    del settings  # Django hands in LOGGING, which is empty: the rules are not a matter of taste
    from nummer.config.env import environment  # noqa: PLC0415 -- the log must work without it

    global _tells_requests  # noqa: PLW0603 -- one process has one log
    _tells_requests = environment().log_level in ("DEBUG", "INFO")
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    structlog.configure(
        processors=[*shared, describe_exception, keep_known_keys, as_line],
        wrapper_class=structlog.make_filtering_bound_logger(environment().log_level),
        logger_factory=_StandardError,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LibraryLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def bind_process(name: str) -> None:
    """Put the process's name on every line that it writes from now on."""
    global _process  # noqa: PLW0603 -- a process has one name, in all its threads
    _process = name


def report_end_without_message() -> None:
    """Report an error that ends this process by its type and places, as all others are."""
    sys.excepthook = _report_end


def request_line(
    *, request_id: str, part: str, route: str, method: str, status: int, duration_ms: float
) -> None:
    """Write the line of one answered request as structlog would, at a tenth of its cost (ADR 76).

    `request_id` comes from the function of that name, `part` is a word of ours.
    """
    if not _tells_requests:
        return
    kept_method = method if VALUE.fullmatch(method) else "other"
    kept_route = route if VALUE.fullmatch(route) else "other"
    at_s = time.time()
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_s))
    process = f', "process": "{_process}"' if _process else ""
    with contextlib.suppress(OSError):  # as below: the answer is sent, whatever becomes of this
        sys.stderr.write(
            f'{{"time": "{moment}.{int(at_s % 1 * 1_000_000):06d}Z", "level": "info",'
            f' "event": "request", "duration_ms": {duration_ms}, "method": "{kept_method}",'
            f' "part": "{part}"{process}, "request_id": "{request_id}", "route": "{kept_route}",'
            f' "status": {status}}}\n'
        )


class _StandardError:
    """Writes lines to whatever standard error is at that moment, each in one piece."""

    def __init__(self, *given: object) -> None:
        del given

    def msg(self, line: str) -> None:
        with contextlib.suppress(OSError):  # a full disk or a closed pipe must stop no work
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    debug = info = warning = error = critical = msg


def _report_end(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    del kind, traceback
    structlog.get_logger(OWN_LOGGERS).error("process ends by an error", exc_info=error)


def request_id(given: str | None) -> str:
    """Return the caller's request id where it is well formed, else a new one."""
    if given is not None and REQUEST_ID.fullmatch(given):
        return given
    return uuid.uuid4().hex


def describe_exception(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Replace an exception by its type and the places it passed: a message may quote anything."""
    del logger, method
    raised = event.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()
    if isinstance(raised, tuple):
        raised = raised[1]
    if isinstance(raised, BaseException):
        event["error"] = _types(raised)
        event["frames"] = _frames(raised.__traceback__)
    event.pop("stack_info", None)
    event.pop("exception", None)
    return event


def keep_known_keys(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Drop every key that is not listed and every value that is not a plain word or number."""
    del logger, method
    name = event.get("event")
    known = {
        key: kept
        for key in KEYS & event.keys()
        if (kept := _plain(event[key], PLACE if key in PLACES else VALUE)) is not None
    }
    if _process:
        known["process"] = _process
    named = isinstance(name, str) and EVENT.fullmatch(name) is not None
    return {"event": name if named else "unnamed event", **known}


def as_line(logger: WrappedLogger, method: str, event: EventDict) -> str:
    """Write the line: time, level and event first, the rest in alphabetical order."""
    first = {key: event[key] for key in ("time", "level", "event") if key in event}
    rest = {key: event[key] for key in sorted(event.keys() - first.keys())}
    rendered = structlog.processors.JSONRenderer()(logger, method, {**first, **rest})
    assert isinstance(rendered, str)
    return rendered


class LibraryLines(logging.Formatter):
    """Lines of other people's code: who spoke, from where, and the type of the error.

    Their text is left out, since it may quote an address or a phone number; our own code
    speaks through structlog.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return one JSON line without the record's text."""
        event: EventDict = {
            "event": "library",
            "level": record.levelname.lower(),
            "logger": record.name,
            "line": f"{record.module}:{record.lineno}",
            "exc_info": record.exc_info,
        }
        status = getattr(record, "status_code", None)
        if isinstance(status, int):
            event["status"] = status
        for step in (
            structlog.contextvars.merge_contextvars,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            describe_exception,
            keep_known_keys,
        ):
            event = step(None, record.levelname, event)
        return as_line(None, record.levelname, event)


def _plain(value: object, words: re.Pattern[str]) -> object:
    match value:
        case bool() | int() | float() | None:
            return value
        case uuid.UUID():
            return str(value)
        case str():
            return value if words.fullmatch(value) else None
        case list():
            return [kept for item in value if (kept := _plain(item, words)) is not None]
        case _:
            return None


def _types(error: BaseException) -> str:
    names = [_name(error)]
    while (cause := error.__cause__ or error.__context__) is not None and len(names) < 4:  # noqa: PLR2004 -- deeper causes say nothing new
        error = cause
        names.append(_name(error))
    return "<".join(names)


def _name(error: BaseException) -> str:
    kind = type(error)
    return f"{kind.__module__}.{kind.__qualname__}"


def _frames(traceback: TracebackType | None) -> list[str]:
    """Return where the error passed: our own lines, and the last of others'."""
    frames: list[str] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        place = _place(code.co_filename)
        frames.append(f"{place}:{traceback.tb_lineno}:{code.co_name}")
        traceback = traceback.tb_next
    last = len(frames) - LIBRARY_FRAMES_MAX
    kept = [
        frame for place, frame in enumerate(frames) if place >= last or frame.startswith("nummer/")
    ]
    return kept[-FRAMES_MAX:]


def _place(filename: str) -> str:
    """Return a file as its package names it, without the machine's folders."""
    inside = LIBRARY.sub("", filename)
    if inside != filename:
        return inside
    return filename.removeprefix(f"{_HOUSE}/") if filename.startswith(_HOUSE) else "elsewhere"
