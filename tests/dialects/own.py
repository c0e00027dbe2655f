"""Calls of our own interface, as a program makes them."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import set_urlconf

from tests.dialects.conftest import Program, answer_to

DESCRIPTION = json.loads(files("nummer.faces.api").joinpath("openapi.json").read_text())


def call(
    program: Program,
    method: str,
    path: str,
    body: object = None,
    *,
    key: str | None = None,
    language: str | None = None,
    **query: object,
) -> HttpResponse:
    """Make one call, with a JSON body where there is one."""
    set_urlconf(settings.ROOT_URLCONF)
    headers = {"HTTP_AUTHORIZATION": f"Bearer {program.key}"}
    if key is not None:
        headers["HTTP_IDEMPOTENCY_KEY"] = key
    if language is not None:
        headers["HTTP_ACCEPT_LANGUAGE"] = language
    factory = RequestFactory()
    address = f"/api/v1/{path}"
    if query:
        asked = factory.get(address, query, **headers)
        asked.method = method
    else:
        sent = b"" if body is None else json.dumps(body).encode()
        asked = factory.generic(method, address, sent, "application/json", **headers)
    return answer_to(asked)


def download(program: Program, path: str, **query: object) -> bytes:
    """Return what a call that is streamed answers."""
    answer = call(program, "GET", path, **query)
    assert answer.status_code == 200
    return bytes(answer.content)


def told(answer: HttpResponse) -> tuple[int, Any]:
    """Return status and content."""
    return answer.status_code, json.loads(answer.content) if answer.content else None


def fields(schema: str) -> set[str]:
    """Return the fields that a schema describes."""
    return set(DESCRIPTION["components"]["schemas"][schema]["properties"])
