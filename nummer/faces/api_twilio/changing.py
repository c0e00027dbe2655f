"""What may be done to an SMS that came or was sent: its text is blotted out, or it is removed."""

from __future__ import annotations

from django.http import HttpResponse

from nummer.apps.messaging import actions as messaging
from nummer.faces.api_twilio.answers import gone, structure
from nummer.faces.api_twilio.call import Call
from nummer.faces.api_twilio.errors import MessageNotCancellable, ParameterMalformed
from nummer.faces.api_twilio.messages import form, named


def change_message(call: Call, *, message_sid: str) -> HttpResponse:
    """Blot out what an SMS says: an empty Body is the only change there is.

    Refuses: ParameterMalformed (another text), MessageNotCancellable.
    """
    row = named(call, message_sid)
    if call.parameters.text("Status"):
        raise MessageNotCancellable
    if "Body" in call.parameters:
        if call.parameters.raw("Body"):
            raise ParameterMalformed(name="Body")
        row = messaging.redact_sms(call.account_id, sms_id=row.id, now=call.now)
    return structure(form(call, row))


def remove_message(call: Call, *, message_sid: str) -> HttpResponse:
    """Remove an SMS for good."""
    row = named(call, message_sid)
    messaging.delete_sms(call.account_id, sms_id=row.id, now=call.now)
    return gone()
