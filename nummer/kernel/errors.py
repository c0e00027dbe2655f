"""The two kinds of expected failure. A third, AssertionError, is our own mistake."""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):  # noqa: N818 -- a refusal is an answer, not an error of ours
    """Something the person or program outside can act on; nothing was changed.

    `code` is stable and is what dialects map. `sentence` is an English gettext message with
    named %(placeholders)s filled from `data`; a face translates it. Neither holds personal data.
    `clause` names the clause of our documents that decides, where one does.
    """

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str] = "This is not possible."
    clause: ClassVar[str | None] = None

    def __init__(self, **data: str | int) -> None:
        super().__init__(self.code)
        self.data = data


class Unavailable(Exception):  # noqa: N818 -- a state of the outside, not an error of ours
    """Supplier, bank or disk is away and waiting may help; only jobs and links retry."""

    def __init__(self, what: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(what)
        self.retry_after_s = retry_after_s
