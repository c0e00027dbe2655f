"""One spelling for each e-mail address."""

from __future__ import annotations

import unicodedata


def normalise_email(text: str) -> str:
    """Return the address as we keep and look it up: NFKC, casefold, no white space around.

    Letters that only look alike (a Cyrillic a) stay different, so they are different addresses.
    Mail must therefore go to the address that is stored, never to the one that was typed.
    """
    return unicodedata.normalize("NFKC", text).strip().casefold()
