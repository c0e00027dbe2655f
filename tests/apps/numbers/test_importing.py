"""Lists of numbers enter the stock, and every line that does not says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nummer.apps.audit.models import Line
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.models import Country, Service
from nummer.apps.numbers.errors import (
    NoSuchImport,
    SheetBroken,
    SheetColumnMissing,
    SheetEmpty,
    SheetTooLarge,
)
from nummer.apps.numbers.importing import (
    LINES_MAX,
    REASONS,
    SHEET_BYTES_MAX,
    NumberLine,
    Reason,
    add_numbers,
    continue_import,
    import_run,
    import_runs,
    refused_lines,
    start_import,
)
from nummer.apps.numbers.importing import runs as importing_runs
from nummer.apps.numbers.importing.sheet import read_sheet
from nummer.apps.numbers.jobs import JOBS
from nummer.apps.numbers.models import ImportRun, Number, Slot
from nummer.kernel.errors import Refusal
from nummer.kernel.jobs import IMPORT_NUMBERS
from nummer.kernel.phone import PhoneNumber

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HEADING = "number,country,carrier,kind,sms,voice\n"
GOOD = "+447700900001,GB,alpha,mobile,yes,no\n"


@pytest.fixture(autouse=True)
def _catalogue(db: None) -> None:
    for code in ("CA", "GB", "NO", "US"):
        Country.objects.create(code=code)
    for code, enabled in (("tg", True), ("wa", True), ("vk", False)):
        Service.objects.create(code=code, name=code, enabled=enabled, window_s=1_200, version=1)


def _import(text: str | bytes) -> UUID:
    content = text.encode() if isinstance(text, str) else text
    run_id = start_import(content, actor="staff:1", now=NOW)
    continue_import(run_id, now=NOW)
    return run_id


def _refused(run_id: UUID) -> list[tuple[int, Reason]]:
    return [(row.line, row.reason) for row in refused_lines(run_id)]


def test_good_lines_become_numbers_with_a_slot_for_each_service_that_is_on() -> None:
    run_id = _import(HEADING + GOOD + "07700 900002,GB,Alpha,Mobile,ja,1\n")
    row = import_run(run_id)
    assert (row.total, row.done, row.added, row.refused) == (2, 2, 2, 0)
    assert row.finished_at == NOW
    assert set(
        Number.objects.values_list("e164", "country", "carrier", "kind", "sms", "voice")
    ) == {
        ("+447700900001", "GB", "alpha", "mobile", True, False),
        ("+447700900002", "GB", "alpha", "mobile", True, True),
    }
    assert sorted(Slot.objects.values_list("e164", "service_code")) == [
        ("+447700900001", "tg"),
        ("+447700900001", "wa"),
        ("+447700900002", "tg"),
        ("+447700900002", "wa"),
    ]
    assert [carrier.code for carrier in catalogue.carriers("GB")] == ["alpha"]


def test_number_without_sms_has_no_slots() -> None:
    _import(HEADING + "+442079460001,GB,alpha,local,no,yes\n")
    assert Number.objects.count() == 1
    assert not Slot.objects.exists()


@pytest.mark.parametrize(
    ("label", "encode"),
    [
        ("semicolons", lambda text: text.replace(",", ";").encode()),
        ("tabs", lambda text: text.replace(",", "\t").encode()),
        ("byte order mark", lambda text: text.encode("utf-8-sig")),
        ("Windows line ends", lambda text: text.replace("\n", "\r\n").encode()),
        ("old Mac line ends", lambda text: text.replace("\n", "\r").encode()),
        ("no end of the last line", lambda text: text.rstrip().encode()),
        ("blank lines between", lambda text: text.replace("\n", "\n\n  \n").encode()),
        ("quotes", lambda text: text.replace("GB", '"GB"').encode()),
        ("capitals in the heading", lambda text: text.replace("number", "Number").encode()),
        (
            "Latin-1 in a further column",
            lambda text: text.replace("\n", ",Größe\n").encode("latin-1"),
        ),
    ],
)
def test_file_may_be_written_with(label: str, encode: Callable[[str], bytes]) -> None:
    run_id = _import(encode(HEADING + GOOD))
    assert (import_run(run_id).added, _refused(run_id)) == (1, []), label


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("+447700900001,GB,alpha,mobile,yes", Reason.FIELDS),
        ("+447700900001,GB,alpha,mobile,yes,no,more", Reason.FIELDS),
        ("hello,GB,alpha,mobile,yes,no", Reason.NUMBER),
        (",GB,alpha,mobile,yes,no", Reason.NUMBER),
        ("+44770,GB,alpha,mobile,yes,no", Reason.NUMBER),
        ("+44770090000100000000,GB,alpha,mobile,yes,no", Reason.NUMBER),
        ("=1+1,GB,alpha,mobile,yes,no", Reason.NUMBER),
        ("+447700900001,QQ,alpha,mobile,yes,no", Reason.COUNTRY),
        ("+447700900001,,alpha,mobile,yes,no", Reason.COUNTRY),
        ("+447700900001,NO,alpha,mobile,yes,no", Reason.ELSEWHERE),
        ("+14165550101,US,alpha,mobile,yes,no", Reason.ELSEWHERE),
        ("+447700900001,GB,al pha,mobile,yes,no", Reason.CARRIER),
        ("+447700900001,GB,,mobile,yes,no", Reason.CARRIER),
        ("+447700900001,GB,<script>,mobile,yes,no", Reason.CARRIER),
        ("+447700900001,GB,alpha,fax,yes,no", Reason.KIND),
        ("+447700900001,GB,alpha,mobile,perhaps,no", Reason.ABILITY),
        ("+447700900001,GB,alpha,mobile,no,no", Reason.USELESS),
    ],
)
def test_line_is_left_out_with_its_number_and_reason_and_the_others_enter(
    line: str, reason: Reason
) -> None:
    run_id = _import(f"{HEADING}{line}\n+447700900099,GB,alpha,mobile,yes,no\n")
    assert _refused(run_id) == [(2, reason)]
    assert list(Number.objects.values_list("e164", flat=True)) == ["+447700900099"]
    assert import_run(run_id).added == 1


def test_number_twice_in_a_file_enters_once() -> None:
    run_id = _import(HEADING + GOOD + "07700900001,GB,beta,mobile,yes,yes\n")
    assert _refused(run_id) == [(3, Reason.KNOWN)]
    assert Number.objects.get().carrier == "alpha"
    assert Slot.objects.count() == 2


def test_importing_a_file_again_adds_nothing_and_says_so_of_every_line() -> None:
    _import(HEADING + GOOD)
    run_id = _import(HEADING + GOOD)
    assert _refused(run_id) == [(2, Reason.KNOWN)]
    assert (Number.objects.count(), Slot.objects.count()) == (1, 2)


@pytest.mark.parametrize(
    ("label", "content", "refusal", "data"),
    [
        ("nothing", b"", SheetEmpty, {}),
        ("blanks", b"  \n\n", SheetEmpty, {}),
        ("a heading only", HEADING.encode(), SheetEmpty, {}),
        ("a NUL byte", (HEADING + GOOD).encode() + b"\0", SheetBroken, {"line": 3}),
        ("UTF-16", (HEADING + GOOD).encode("utf-16"), SheetBroken, {"line": 1}),
        ("an open quote", (HEADING + '"' + GOOD).encode(), SheetBroken, {"line": 2}),
        ("a quote inside", (HEADING + GOOD + '"a"b,GB\n').encode(), SheetBroken, {"line": 3}),
        (
            "a line of a megabyte",
            (HEADING + GOOD + "x" * 1_000_000).encode(),
            SheetBroken,
            {"line": 3},
        ),
        ("no heading", GOOD.encode(), SheetColumnMissing, {"column": "number"}),
        (
            "a column missing",
            HEADING.replace(",voice", "").encode() + GOOD.encode(),
            SheetColumnMissing,
            {"column": "voice"},
        ),
        (
            "a column twice",
            HEADING.replace("voice", "voice,sms").encode() + GOOD.encode(),
            SheetColumnMissing,
            {"column": "sms"},
        ),
        ("too many bytes", b"x" * (SHEET_BYTES_MAX + 1), SheetTooLarge, {"limit": 16}),
        ("too many lines", b"\n" * (LINES_MAX + 5), SheetTooLarge, {"limit": 16}),
        ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, SheetBroken, {"line": 2}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_file_that_cannot_be_trusted_leaves_nothing(
    label: str, content: bytes, refusal: type[Refusal], data: dict[str, str | int]
) -> None:
    with pytest.raises(refusal) as refused:
        start_import(content, actor="staff:1", now=NOW)
    assert refused.value.data == data, label
    assert not ImportRun.objects.exists()
    assert not Line.objects.exists()


def test_start_and_who_started_are_recorded_and_a_job_is_due() -> None:
    run_id = start_import((HEADING + GOOD).encode(), actor="staff:1", now=NOW)
    line = Line.objects.get()
    assert (line.actor, line.verb, line.row) == ("staff:1", "import_started", str(run_id))
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, args FROM procrastinate_jobs")
        rows = cursor.fetchall()
    assert [row[0] for row in rows] == ["numbers.import_numbers"]
    assert not Number.objects.exists()
    assert (import_run(run_id).done, import_run(run_id).finished_at) == (0, None)


def _many(count: int) -> str:
    return HEADING + "".join(f"+4477009{n:05d},GB,alpha,mobile,yes,no\n" for n in range(count))


def test_file_is_taken_in_batches_of_a_thousand_with_one_call_each() -> None:
    run_id = start_import(_many(2_500).encode(), actor="staff:1", now=NOW)
    with CaptureQueriesContext(connection) as queries:
        continue_import(run_id, now=NOW)
    assert sum("INSERT INTO numbers_number" in query["sql"] for query in queries) == 3
    assert import_run(run_id).added == Number.objects.count() == 2_500


class _KilledError(Exception):
    pass


def test_import_that_was_killed_goes_on_where_it_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_id = start_import((_many(2_500) + "bad\n").encode(), actor="staff:1", now=NOW)
    take = importing_runs._take
    calls = iter([take, take])

    def killed_at_the_third(*arguments: object, **named: object) -> bool:
        taking = next(calls, None)
        if taking is None:
            raise _KilledError
        return taking(*arguments, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(importing_runs, "_take", killed_at_the_third)
        with pytest.raises(_KilledError):
            continue_import(run_id, now=NOW)
    halfway = import_run(run_id)
    assert (halfway.done, halfway.added, halfway.finished_at) == (2_000, 2_000, None)
    continue_import(run_id, now=NOW)
    after = import_run(run_id)
    assert (after.done, after.added, after.finished_at) == (2_501, 2_500, NOW)
    assert _refused(run_id) == [(2_502, Reason.FIELDS)]


def test_batch_that_another_job_took_is_not_taken_again() -> None:
    run_id = start_import(_many(3).encode(), actor="staff:1", now=NOW)
    lines = list(read_sheet(_many(3).encode()).lines())
    countries = frozenset({"GB"})
    first = importing_runs._take(run_id, lines, done=0, countries=countries, now=NOW)
    again = importing_runs._take(run_id, lines, done=0, countries=countries, now=NOW)
    assert (first, again) == (True, False)
    assert (Number.objects.count(), import_run(run_id).refused) == (3, 0)


def test_finished_import_keeps_no_bytes_and_doing_it_again_does_nothing() -> None:
    run_id = _import(HEADING + GOOD)
    continue_import(run_id, now=NOW)
    run = ImportRun.objects.get()
    assert (run.content, run.done) == (None, 1)


def test_refused_lines_come_in_pages() -> None:
    run_id = _import(HEADING + "bad\n" * 5)
    assert [row.line for row in refused_lines(run_id, limit=2)] == [2, 3]
    assert [row.line for row in refused_lines(run_id, after=3, limit=2)] == [4, 5]
    assert [row.id for row in import_runs()] == [run_id]


def test_job_takes_the_file_in() -> None:
    run_id = start_import((HEADING + GOOD).encode(), actor="staff:1", now=NOW)
    JOBS[IMPORT_NUMBERS](run_id=str(run_id))
    assert import_run(run_id).added == 1


def test_unknown_import_is_refused() -> None:
    unknown = UUID(int=0)
    with pytest.raises(NoSuchImport):
        import_run(unknown)
    with pytest.raises(NoSuchImport):
        continue_import(unknown, now=NOW)


def test_numbers_are_added_once_without_a_file() -> None:
    line = NumberLine(
        PhoneNumber("+447700900001"),
        country="GB",
        carrier="alpha",
        kind="mobile",
        sms=True,
        voice=False,
    )
    assert add_numbers([line, line], now=NOW) == 1
    assert add_numbers([line], now=NOW) == 0
    assert Slot.objects.count() == 2


def test_every_reason_has_its_sentence() -> None:
    assert set(REASONS) == set(Reason)
