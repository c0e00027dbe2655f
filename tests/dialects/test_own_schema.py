"""Whatever the description allows and forbids is answered, never with a failure of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest
import schemathesis
from django.conf import settings as settings_of_django
from django.db import transaction
from django.test import RequestFactory
from django.urls import set_urlconf
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core import NotSet
from schemathesis.specs.openapi.checks import response_schema_conformance
from schemathesis.specs.openapi.schemas import OpenApiSchema

from nummer.apps.messaging import queries as messaging
from nummer.apps.webhooks import actions as webhooks
from nummer.apps.webhooks import ports
from nummer.faces.api import reading
from nummer.gateways.webhooks.caller import HttpCaller
from nummer.kernel.limits import CallLimit
from tests import builders
from tests.dialects.conftest import Program, answer_to
from tests.dialects.own import DESCRIPTION

pytestmark = pytest.mark.django_db

EXAMPLES = 12  # of each operation


def described() -> OpenApiSchema:
    return schemathesis.openapi.from_dict(DESCRIPTION)


def operations() -> Iterator[str]:
    for path, item in DESCRIPTION["paths"].items():
        for method in item:
            if method in ("get", "post", "put", "patch", "delete"):
                yield f"{method.upper()} {path}"


def attempts() -> Iterator[tuple[str, GenerationMode]]:
    """Return each operation with what is allowed, and with what is not where it asks for any."""
    for operation in operations():
        method, path = operation.split(" ")
        yield operation, GenerationMode.POSITIVE
        asked = DESCRIPTION["paths"][path][method.lower()]
        if "parameters" in asked or "requestBody" in asked:
            yield operation, GenerationMode.NEGATIVE


async def somewhere(host: str) -> list[str]:
    """Answer for the name servers: every name is somewhere on the public internet."""
    del host
    return ["8.8.8.8"]


@pytest.fixture
def world(
    program: Program, rental_supplier: None, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Return ids that exist, by what the description calls them."""
    monkeypatch.setattr(reading, "PROGRAMS", CallLimit(per_s=100_000, burst=100_000))
    monkeypatch.setattr(ports, "_callers", [HttpCaller(loopback_allowed=True, resolve=somewhere)])
    builders.rentals([f"+475944100{n}" for n in range(1, 8)])
    builders.top_up(program.account_id, "500.00")
    lease = builders.rented(program.account_id, "+4759441001")
    builders.deliver(lease.number, "Hello", sender="Somebody")
    [sms] = messaging.sms_of(program.account_id)
    fresh = webhooks.create_endpoint(
        program.account_id,
        url="http://127.0.0.1:9999/",
        kinds=[],
        actor=f"customer:{program.account_id}",
        now=builders.NOW,
    )
    event_id = webhooks.send_test(
        program.account_id, endpoint_id=fresh.endpoint_id, now=builders.NOW
    )
    order = builders.order(program.account_id)
    return {
        "lease_id": str(lease.id),
        "sms_id": str(sms.id),
        "endpoint_id": str(fresh.endpoint_id),
        "event_id": str(event_id),
        "order_id": str(order.activation_id),
    }


@pytest.mark.parametrize(("operation", "mode"), list(attempts()))
def test_no_call_is_a_failure_of_ours(
    program: Program, world: dict[str, str], *, operation: str, mode: GenerationMode
) -> None:
    method, path = operation.split(" ")
    strategy = described()[path][method].as_strategy(generation_mode=mode)

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy, known=st.booleans())
    def each(case: Case, known: bool) -> None:  # noqa: FBT001 -- hypothesis gives both
        if known and mode is GenerationMode.POSITIVE:
            case.path_parameters.update(
                {name: value for name, value in world.items() if name in case.path_parameters}
            )
        with transaction.atomic():
            answer = answered(program, case)
            transaction.set_rollback(True)
        case.validate_response(answer, checks=[not_a_server_error, response_schema_conformance])

    each()


def answered(program: Program, case: Case) -> httpx.Response:
    """Make the call that was generated, with the key of a real program."""
    sent = _octets(case.body)
    headers = {
        f"HTTP_{name.upper().replace('-', '_')}": value
        for name, value in case.headers.items()
        if name.lower() not in ("authorization", "content-type", "content-length")
    }
    asked = RequestFactory().generic(
        case.method,
        f"/api/v1{case.formatted_path}",
        sent,
        "application/json",
        QUERY_STRING=urlencode(case.query, doseq=True),
        HTTP_AUTHORIZATION=f"Bearer {program.key}",
        **headers,
    )
    set_urlconf(settings_of_django.ROOT_URLCONF)
    answer = answer_to(asked)
    response = httpx.Response(
        answer.status_code,
        headers=dict(answer.items()),
        content=answer.content,
        request=httpx.Request(case.method, "http://127.0.0.1/"),
    )
    response.elapsed = timedelta()
    return response


def _octets(body: object) -> bytes:
    if isinstance(body, NotSet):
        return b""
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def test_every_operation_has_a_name_and_every_schema_an_example() -> None:
    names = [
        item["operationId"]
        for path in DESCRIPTION["paths"].values()
        for method, item in path.items()
        if method in ("get", "post", "put", "patch", "delete")
    ]

    assert len(names) == len(set(names))
    for name, schema in DESCRIPTION["components"]["schemas"].items():
        assert schema.get("examples"), name


@pytest.mark.parametrize("name", sorted(DESCRIPTION["components"]["schemas"]))
def test_an_example_is_what_its_schema_describes(name: str) -> None:
    import jsonschema_rs

    schema = {"$ref": f"#/components/schemas/{name}", "components": DESCRIPTION["components"]}
    validator = jsonschema_rs.Draft202012Validator(schema)
    for example in DESCRIPTION["components"]["schemas"][name]["examples"]:
        validator.validate(example)
