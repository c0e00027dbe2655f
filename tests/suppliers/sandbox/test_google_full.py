"""The sandbox's Google is not offered while it cannot write what it has to remember."""

from __future__ import annotations

from pathlib import Path

from nummer.suppliers.sandbox.google.provider import sandbox_google


def test_it_is_not_up_where_its_memory_cannot_be_written_and_is_once_it_can(
    tmp_path: Path,
) -> None:
    blocked = tmp_path / "payments" / "google.sqlite"
    find = sandbox_google(tmp_path, port=lambda: 8000, page_url="http://127.0.0.1/google/")
    blocked.mkdir(parents=True)
    assert find() is None

    blocked.rmdir()
    found = find()

    assert found is not None
    blocked.unlink()
    assert find() == found, "what is made for good is remembered"
