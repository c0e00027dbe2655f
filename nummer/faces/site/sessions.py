"""Sessions sealed at rest: during sign-up the login library keeps the phone in them."""

from __future__ import annotations

import re
from typing import Any, Final

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.serializers import JSONSerializer

from nummer.apps.vault.actions import seal_bytes, unseal_bytes
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID, KeyClass

_PLACE: Final[dict[str, Any]] = {
    "account_id": OPERATOR_ACCOUNT_ID,
    "klass": KeyClass.IDENTITY,
    "place": "django_session.session_data",
    "row": 0,  # a session's key changes at sign-in, so its content is bound to the table only
}

_KEY: Final = re.compile(r"[a-z0-9]{32}")  # what Django makes


class SessionStore(DatabaseStore):
    """Sessions in the database; a cookie that cannot be a session's key is no session."""

    def _validate_session_key(self, key: str | None) -> bool:
        """Keep from the database what it cannot take, as a NUL, which a quoted cookie may hold."""
        return key is not None and _KEY.fullmatch(key) is not None


class SealedSerializer(JSONSerializer):
    """JSON inside a seal of the operator's own key."""

    def dumps(self, obj: Any) -> bytes:
        """Return the sealed content."""
        return seal_bytes(super().dumps(obj), **_PLACE)

    def loads(self, data: bytes) -> Any:
        """Open the content. A seal that does not fit ends the session."""
        return super().loads(unseal_bytes(data, **_PLACE))
