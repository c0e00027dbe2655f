"""Reads what a customer's server answers: texts to be sent back, or where to ask on.

Of TwiML the verbs of messaging are read: Message with Body, and Redirect. What else stands in an
answer is named, never guessed. The text comes from anybody on the internet, so it is read by a
parser that refuses entities and document types, and is bounded before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

SIZE_MAX: Final = 64 * 1024  # as the protocol has it
REPLIES_MAX: Final = 10
TEXT_MAX: Final = 1600
IGNORED_MAX: Final = 10
XML_TYPES: Final = ("text/xml", "application/xml", "text/html")  # Twilio's servers take these
TEXT_TYPE: Final = "text/plain"


class AnswerUnreadableError(ValueError):
    """The answer is no TwiML; the words say why, without anything of the answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A text to send; `to` and `sender` are empty where it goes back the way the other came.

    `status_callback` is told how it fares: its own, else its `action`.
    """

    body: str = field(repr=False)
    to: str = field(default="", repr=False)
    sender: str = field(default="", repr=False)
    status_callback: str = field(default="", repr=False)
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Instructions:
    """What an answer asks for; `ignored` names what it says that is not done."""

    replies: tuple[Reply, ...] = ()
    redirect: str = field(default="", repr=False)
    redirect_method: str = "POST"
    ignored: tuple[str, ...] = ()


def read_answer(body: bytes, *, content_type: str) -> Instructions:
    """Return what an answer asks for; an empty one asks for nothing.

    Raises AnswerUnreadableError.
    """
    if len(body) > SIZE_MAX:
        raise AnswerUnreadableError("the answer is too long")
    if not body.strip():
        return Instructions()
    kind = content_type.partition(";")[0].strip().lower()
    if kind == TEXT_TYPE:
        return Instructions(replies=(_reply_of_text(body),))
    if kind not in XML_TYPES:
        raise AnswerUnreadableError("the answer is neither XML nor plain text")
    return _read(_root(body))


def _reply_of_text(body: bytes) -> Reply:
    try:
        text = body.decode().strip()
    except UnicodeDecodeError:
        raise AnswerUnreadableError("the answer is not UTF-8") from None
    if len(text) > TEXT_MAX:
        raise AnswerUnreadableError("the text is too long")
    return Reply(text)


def _root(body: bytes) -> Element:
    try:
        root: Element = fromstring(body.strip(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise AnswerUnreadableError("the answer is not well-formed XML") from None
    if root.tag != "Response":
        raise AnswerUnreadableError("the answer does not begin with Response")
    return root


def _read(root: Element) -> Instructions:
    replies: list[Reply] = []
    ignored: list[str] = []
    redirect, method = "", "POST"
    for verb in root:
        if verb.tag == "Redirect":  # nothing behind it is reached
            redirect, method = _text(verb), _method(verb)
            break
        if verb.tag in ("Message", "Sms"):
            replies.append(_reply(verb, ignored))
        else:
            ignored.append(str(verb.tag)[:20])
    if len(replies) > REPLIES_MAX:
        raise AnswerUnreadableError("the answer has too many messages")
    kept = tuple(reply for reply in replies if reply.body)
    return Instructions(kept, redirect, method, tuple(ignored[:IGNORED_MAX]))


def _reply(verb: Element, ignored: list[str]) -> Reply:
    """Return the text of a Message: its Body, or what stands in it."""
    bodies = [_text(part) for part in verb if part.tag == "Body"]
    ignored += [str(part.tag)[:20] for part in verb if part.tag != "Body"]
    body = "".join(bodies) if bodies else _text(verb)
    if len(body) > TEXT_MAX:
        raise AnswerUnreadableError("the text is too long")
    return Reply(
        body,
        to=verb.get("to", ""),
        sender=verb.get("from", ""),
        status_callback=verb.get("statusCallback", "") or verb.get("action", ""),
        method=_method(verb),
    )


def _method(verb: Element) -> str:
    return "GET" if verb.get("method", "").strip().upper() == "GET" else "POST"


def _text(element: Element) -> str:
    return (element.text or "").strip()
