"""The balance of an account, and its keys."""

from __future__ import annotations

from django.http import HttpResponse

from nummer.apps.accounts import actions as credentials
from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.actions import LABEL_LENGTH_MAX
from nummer.apps.accounts.errors import NoSuchKey
from nummer.apps.accounts.queries import ListedKey
from nummer.apps.agreements import actions as agreements
from nummer.apps.ledger import queries as ledger
from nummer.faces.api_twilio.answers import Json, day_and_time, gone, structure
from nummer.faces.api_twilio.call import Call, require_main_token
from nummer.faces.api_twilio.errors import ParameterNotOffered
from nummer.faces.api_twilio.paging import listed, page_asked
from nummer.faces.api_twilio.sids import KEY, id_in, sid
from nummer.faces.api_twilio.texts import texts_of

SURFACE = "twilio"


def get_balance(call: Call) -> HttpResponse:
    """Answer what can be spent now."""
    spendable = ledger.balance(call.account_id).spendable
    return structure(
        {
            "account_sid": call.account_sid,
            "balance": spendable.decimal_text(),
            "currency": spendable.currency,
        }
    )


def list_keys(call: Call) -> HttpResponse:
    """Answer a page of the keys that were not withdrawn."""
    require_main_token(call)
    page = page_asked(call)
    rows = sorted(_live_keys(call), key=lambda row: row.id, reverse=True)
    if page.before is not None:
        rows = [row for row in rows if row.id < page.before]
    if page.after is not None:
        rows = [row for row in rows if row.id > page.after][-page.size :]
    return listed(call, key="keys", page=page, rows=rows, id_of=lambda row: row.id, form=_key)


def create_key(call: Call) -> HttpResponse:
    """Make a key under the texts that the main token stands on; its secret is told once (ADR 260).

    A mail tells the customer, as of every key.
    """
    require_main_token(call)
    name = call.parameters.text("FriendlyName", longest=LABEL_LENGTH_MAX)
    made = agreements.create_key(
        account_id=call.account_id,
        label=name,
        accepted=texts_of(call),
        surface=SURFACE,
        now=call.now,
    )
    return structure({**_key(_named(call, sid(KEY, made.id))), "secret": made.secret}, status=201)


def get_key(call: Call, *, key_sid: str) -> HttpResponse:
    """Answer one key, without its secret."""
    require_main_token(call)
    return structure(_key(_named(call, key_sid)))


def change_key(call: Call, *, key_sid: str) -> HttpResponse:
    """Refuse another name for a key; without one the key is answered."""
    require_main_token(call)
    row = _named(call, key_sid)
    if call.parameters.text("FriendlyName") not in ("", row.label):
        raise ParameterNotOffered(name="FriendlyName")
    return structure(_key(row))


def remove_key(call: Call, *, key_sid: str) -> HttpResponse:
    """Withdraw a key at once."""
    require_main_token(call)
    credentials.revoke_key(call.account_id, key_id=_named(call, key_sid).id, now=call.now)
    return gone()


def _live_keys(call: Call) -> list[ListedKey]:
    return [row for row in accounts.keys(call.account_id) if row.revoked_at is None]


def _named(call: Call, key_sid: str) -> ListedKey:
    wanted = id_in(KEY, key_sid)
    for row in _live_keys(call):
        if row.id == wanted:
            return row
    raise NoSuchKey


def _key(row: ListedKey) -> dict[str, Json]:
    made_at = day_and_time(row.created_at)
    return {
        "sid": sid(KEY, row.id),
        "friendly_name": row.label,
        "date_created": made_at,
        "date_updated": made_at,
    }
