"""The signature of a webhook, as the libraries of its receivers check it.

It is HMAC-SHA1 under the account's main token over the address exactly as its owner wrote it, and
then over each parameter of the form: names in order, behind each of them its values in order.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

HEADER: Final = "X-Twilio-Signature"


def signature(token: str, *, url: str, form: Iterable[tuple[str, str]] = ()) -> str:
    """Return the header's value; a request without a form signs its address alone."""
    pairs = sorted(set(form))
    text = url + "".join(name + value for name, value in pairs)
    # SHA-1 is what the protocol says; under a secret key its collisions do not matter.
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
