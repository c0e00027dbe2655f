"""Which keys there are."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

OPERATOR_ACCOUNT_ID: Final = 0


class KeyClass(StrEnum):
    """What a key seals; each class is destroyed on its own."""

    IDENTITY = "identity"  # names, phones, addresses, credentials
    COMMUNICATION = "communication"  # messages, letters, conversations
    PAPERS = "papers"  # identity papers
    TAX = "tax"  # what the tax law makes us keep
    INDEX = "index"  # the operator's only: the secret of the blind indexes
