"""Sessions sealed at rest: during sign-up the login library keeps the phone in them."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.sessions.serializers import JSONSerializer

from nummer.apps.vault.actions import seal_bytes, unseal_bytes
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID, KeyClass

_PLACE: Final[dict[str, Any]] = {
    "account_id": OPERATOR_ACCOUNT_ID,
    "klass": KeyClass.IDENTITY,
    "place": "django_session.session_data",
    "row": 0,  # a session's key changes at sign-in, so its content is bound to the table only
}


class SealedSerializer(JSONSerializer):
    """JSON inside a seal of the operator's own key."""

    def dumps(self, obj: Any) -> bytes:
        """Return the sealed content."""
        return seal_bytes(super().dumps(obj), **_PLACE)

    def loads(self, data: bytes) -> Any:
        """Open the content. A seal that does not fit ends the session."""
        return super().loads(unseal_bytes(data, **_PLACE))
