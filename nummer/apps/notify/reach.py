"""How a letter that answers somebody reaches him: by which address, in which conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from nummer.apps.notify.letters import Content

WORD: Final = "reach"  # where it stands in a letter's sealed content; no template names it


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Reach:
    """The way of one letter, where the account alone does not tell it.

    `to` and `language` are of somebody without an account; `reply_to` leads the answer back to
    its conversation, `in_reply_to` is the Message-ID of the mail that is answered, `references` are
    those of the whole conversation, earliest first. A letter that a person wrote does not call
    itself automatic.
    """

    to: str | None = None
    language: str | None = None
    reply_to: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    by_a_person: bool = False

    def headers(self) -> dict[str, str]:
        """Return the headers that tie the letter to its conversation (RFC 5322, RFC 3834)."""
        headers = {} if self.by_a_person else {"Auto-Submitted": "auto-generated"}
        if self.reply_to is not None:
            headers["Reply-To"] = self.reply_to
        if self.in_reply_to is not None:
            headers |= {"In-Reply-To": self.in_reply_to, "References": self.conversation()}
            if not self.by_a_person:
                headers["Auto-Submitted"] = "auto-replied"
        return headers

    def conversation(self) -> str:
        """Return the Message-IDs that a mail program strings letters together by."""
        return " ".join(self.references) or self.in_reply_to or ""


def with_reach(content: Content, reach: Reach | None) -> Content:
    """Return the content with its way in it."""
    return content if reach is None else {**content, WORD: asdict(reach)}


def reach_in(content: Mapping[str, Any]) -> Reach:
    """Return the way that stands in a content; the account's own where there is none."""
    return Reach(**content.get(WORD, {}))
