"""Files that customers take away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.http import StreamingHttpResponse

from nummer.kernel.sheets import csv_lines


def csv_answer(
    name: str, *, head: Sequence[str], steps: Iterable[Sequence[Sequence[str]]]
) -> StreamingHttpResponse:
    """Stream rows as a CSV file, step by step."""
    return StreamingHttpResponse(
        csv_lines(head=head, steps=steps),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
