"""Takes card numbers and IBANs out of the octets of a mail before they are kept."""

from __future__ import annotations

import io
import re
from email import policy
from email.generator import BytesGenerator
from email.header import Header
from typing import Final

from nummer.kernel.redact import holds_number, redact
from nummer.protocols.mail.headers import AnyMessage
from nummer.protocols.mail.texts import header_text, html_text, part_text

_FORM: Final = policy.compat32.clone(linesep="\r\n", max_line_length=None)
# Long numbers of machines; what people write stands elsewhere.
_IDENTIFIERS: Final = re.compile(
    r"arc-.*|content-id|content-type|date|dkim-signature|in-reply-to|message-id|received|references"
)
_GAP: Final = re.compile(r"\r?\n\r?\n")
_FIELD: Final = re.compile(r"(?<=\n)(?![ \t])")


def scrubbed(message: AnyMessage, raw: bytes) -> bytes:
    """Return `raw` itself, or the mail without the numbers that its texts and headers hold.

    `message` is what `raw` was read into; it is changed. Attachments that are no text are never
    opened. Whatever cannot be written anew is blotted out in the octets themselves.
    """
    changed = [_scrub_headers(part) | _scrub_text(part) for part in list(message.walk())]
    if any(changed):
        raw = _written(message)
    return _blotted_out(raw)


def _scrub_headers(part: AnyMessage) -> bool:
    changed = False
    for name, value in list(part.items()):
        text = header_text(value)
        if _IDENTIFIERS.fullmatch(name.casefold()) or not holds_number(text):
            continue
        del part[name]
        part[name] = Header(redact(text), "utf-8")
        changed = True
    if holds_number(header_text(part.get_param("name") or "")):
        part.set_param("name", "attachment")
        changed = True
    return changed


def _scrub_text(part: AnyMessage) -> bool:
    if part.is_multipart():
        changed = False
        for place in ("preamble", "epilogue"):
            if holds_number(getattr(part, place) or ""):
                setattr(part, place, redact(getattr(part, place)))
                changed = True
        return changed
    if part.get_content_maintype() != "text":
        return False
    text = part_text(part)
    shown = html_text(text) if part.get_content_subtype() == "html" else text
    if not holds_number(text) and not holds_number(shown):
        return False
    if shown != text:  # the number may be cut up by marks of the page, so the page goes
        part.set_type("text/plain")
    del part["Content-Transfer-Encoding"]
    part.set_payload(redact(redact(shown)), "utf-8")
    return True


def _written(message: AnyMessage) -> bytes:
    octets = io.BytesIO()
    BytesGenerator(octets, mangle_from_=False, policy=_FORM).flatten(message)
    return octets.getvalue()


def _blotted_out(raw: bytes) -> bytes:
    """Blot out what still stands there in clear, as one octet for each character."""
    text = raw.decode("latin-1")
    gap = _GAP.search(text)
    head, body = (text[: gap.start()], text[gap.start() :]) if gap else (text, "")
    clean = "".join(map(_clean_field, _FIELD.split(head))) + redact(body)
    return raw if clean == text else clean.encode("latin-1", "replace")


def _clean_field(field: str) -> str:
    name = field.partition(":")[0].strip().casefold()
    return field if _IDENTIFIERS.fullmatch(name) else redact(field)
