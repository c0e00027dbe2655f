"""Webhooks of the Twilio protocol: what its own library signs and writes is what we do and read."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from nummer.protocols.twilio.signature import signature
from nummer.protocols.twilio.twiml import (
    REPLIES_MAX,
    SIZE_MAX,
    TEXT_MAX,
    AnswerUnreadableError,
    Instructions,
    Reply,
    read_answer,
)

TOKEN = "0123456789abcdef0123456789abcdef"
NAMES = st.text(string.ascii_letters, min_size=1, max_size=12)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/sms",
        "https://example.com:8443/sms?a=1&b=2",
        "http://example.com:80/sms?x=%C3%A6",
        "https://user:pass@example.com/sms",
    ],
)
@given(form=st.dictionaries(NAMES, st.text(max_size=30), max_size=8))
def test_the_librarys_validator_takes_every_signature(url: str, form: dict[str, str]) -> None:
    signed = signature(TOKEN, url=url, form=form.items())

    assert RequestValidator(TOKEN).validate(url, form, signed)
    assert not RequestValidator(TOKEN[::-1]).validate(url, form, signed)


def test_a_get_signs_its_address_with_the_query() -> None:
    url = "https://example.com/sms?From=%2B47&Body=Hei"

    assert RequestValidator(TOKEN).validate(url, {}, signature(TOKEN, url=url))


def read(text: str | bytes, content_type: str = "text/xml; charset=utf-8") -> Instructions:
    body = text if isinstance(text, bytes) else text.encode()
    return read_answer(body, content_type=content_type)


def test_what_the_library_writes_is_read() -> None:
    response = MessagingResponse()
    response.message("Thanks & welcome <3", to="+4799000001", status_callback="https://x.example/s")
    with_body = response.message("")
    with_body.body("Second")
    response.message("Third", from_="+4759443001", action="/done", method="GET")
    response.redirect("https://example.com/next", method="GET")
    response.message("Never")

    assert read(str(response)) == Instructions(
        replies=(
            Reply("Thanks & welcome <3", to="+4799000001", status_callback="https://x.example/s"),
            Reply("Second"),
            Reply("Third", sender="+4759443001", status_callback="/done", method="GET"),
        ),
        redirect="https://example.com/next",
        redirect_method="GET",
    )


@pytest.mark.parametrize(
    ("label", "text", "kind"),
    [
        ("an empty body", "", "text/html"),
        ("an empty response", "<Response/>", "text/xml"),
        ("an empty message", "<Response><Message> </Message></Response>", "application/xml"),
    ],
)
def test_an_answer_may_ask_for_nothing(label: str, text: str, kind: str) -> None:
    assert read(text, kind) == Instructions(), label


def test_a_plain_text_is_the_reply() -> None:
    assert read("Thanks!\n", "text/plain").replies == (Reply("Thanks!"),)


def test_media_and_verbs_of_calls_are_named_and_not_done() -> None:
    response = MessagingResponse()
    response.message("A picture").media("https://example.com/cat.png")
    text = str(response).replace("</Response>", "<Dial>+4799</Dial></Response>")

    assert read(text) == Instructions(replies=(Reply("A picture"),), ignored=("Media", "Dial"))


ENTITY = '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><Response><Message>&e;</Message></Response>'
LAUGHS = (
    "<!DOCTYPE r [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><Response><Message>&b;</Message></Response>"
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (ENTITY, "text/xml"),
        (LAUGHS, "text/xml"),
        ("<Response><Message>open", "text/xml"),
        ("<html/>", "text/html"),
        ("{}", "application/json"),
        (b"\xff\xfe", "text/plain"),
        (b"<?xml version='1.0' encoding='nonsense'?><Response/>", "text/xml"),
        ("x" * (TEXT_MAX + 1), "text/plain"),
        (f"<Response><Message>{'x' * (TEXT_MAX + 1)}</Message></Response>", "text/xml"),
        (f"<Response>{'<Message>x</Message>' * (REPLIES_MAX + 1)}</Response>", "text/xml"),
        (f"<Response>{' ' * SIZE_MAX}</Response>", "text/xml"),
    ],
)
def test_what_is_no_answer_is_refused_without_repeating_it(text: str | bytes, kind: str) -> None:
    with pytest.raises(AnswerUnreadableError) as refused:
        read(text, kind)

    assert "passwd" not in str(refused.value)
