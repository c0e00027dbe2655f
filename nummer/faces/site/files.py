"""Files in forms, and files handed out: nothing renders or runs them here."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse

from nummer.apps.cases.actions import Upload


class FilesInput(forms.FileInput):
    """A box for several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, none of them needed; what they are is looked at by the action."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """Return the files that were chosen."""
        chosen = data if isinstance(data, (list, tuple)) else [data]
        return [super(FilesField, self).clean(file, initial) for file in chosen if file]


def uploads(files: list[UploadedFile[Any]]) -> list[Upload]:
    """Return what the actions take."""
    return [Upload(file.name or "", file.read()) for file in files]


def handed_out(name: str, media: str, octets: bytes) -> HttpResponse:
    """Answer with a file to keep, which no page of ours shows or runs."""
    return HttpResponse(
        octets,
        content_type=media,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "no-store",
        },
    )
