"""Accounts: the caller's own and, for its main token, the sub-accounts below it (ADR 433).

A sub-account's own token reads its own record here, and no other.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpResponse

from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts import sub_accounts
from nummer.apps.accounts.sub_accounts import NAME_LENGTH_MAX, SubAccountRow
from nummer.apps.standing import queries as standing
from nummer.faces.api_twilio.answers import Json, day_and_time, structure
from nummer.faces.api_twilio.call import Call, require_main_token
from nummer.faces.api_twilio.errors import NotForSubAccounts, NothingHere, ParameterNotOffered
from nummer.faces.api_twilio.paging import listed, page_asked, whole_list

_OURS: Final = UUID(int=0)  # the account's own place in the list: older than all below it
_NAMES: Final = {
    "available_phone_numbers": "AvailablePhoneNumbers",
    "incoming_phone_numbers": "IncomingPhoneNumbers",
    "messages": "Messages",
    "balance": "Balance",
    "keys": "Keys",
    "usage": "Usage/Records",
}
_OF_PARTS: Final = ("available_phone_numbers", "incoming_phone_numbers", "messages")


def list_accounts(call: Call) -> HttpResponse:
    """Answer a page of sub-accounts, newest first, and the account itself behind them.

    A key is answered its account alone, a sub-account itself alone.
    """
    if call.by_sub_account or call.key_id is not None:
        form = _part(call, _own(call)) if call.by_sub_account else _account(call)
        return whole_list(call, key="accounts", forms=[form])
    page = page_asked(call)
    name = call.parameters.text("FriendlyName", longest=NAME_LENGTH_MAX)
    state = call.parameters.text("Status")
    rows: list[SubAccountRow | None] = []
    if page.before != _OURS:
        rows += sub_accounts.listed(
            call.account_id,
            limit=page.size + 1,
            name=name,
            state=state,
            before=page.before,
            after=page.after,
        )
        itself = _account(call)
        fits = name in ("", itself["friendly_name"]) and state in ("", itself["status"])
        if page.after is None and fits:
            rows.append(None)
    return listed(
        call,
        key="accounts",
        page=page,
        rows=rows,
        id_of=lambda row: _OURS if row is None else row.id,
        form=lambda row: _account(call) if row is None else _part(call, row),
    )


def create_account(call: Call) -> HttpResponse:
    """Make a sub-account; its token is told once."""
    _require_parent(call)
    name = call.parameters.text("FriendlyName", longest=NAME_LENGTH_MAX)
    made = sub_accounts.create(
        call.account_id,
        name=name or f"SubAccount Created at {call.now:%Y-%m-%d %I:%M %p}",  # as Twilio does
        now=call.now,
    )
    return structure({**_part(call, made.row), "auth_token": made.token}, status=201)


def get_account(call: Call, *, account_sid: str) -> HttpResponse:
    """Answer who the customer is, or who one of his sub-accounts is."""
    if account_sid != call.account_sid:
        return structure(_part(call, _below(call, account_sid)))
    return structure(_part(call, _own(call)) if call.by_sub_account else _account(call))


def change_account(call: Call, *, account_sid: str) -> HttpResponse:
    """Name, suspend, reopen or close a sub-account.

    The account itself is neither renamed nor closed here: that is done on the site.
    """
    if account_sid == call.account_sid:
        if call.by_sub_account:
            raise NotForSubAccounts
        for name in ("Status", "FriendlyName"):
            if name in call.parameters:
                raise ParameterNotOffered(name=name)
        return structure(_account(call))
    _below(call, account_sid)
    changed = sub_accounts.change(
        call.account_id,
        sid=account_sid,
        name=call.parameters.text("FriendlyName", longest=NAME_LENGTH_MAX) or None,
        state=call.parameters.text("Status") or None,
        now=call.now,
    )
    return structure(_part(call, changed))


def _require_parent(call: Call) -> None:
    """Refuses: NotForSubAccounts, MainTokenNeeded."""
    if call.by_sub_account:
        raise NotForSubAccounts
    require_main_token(call)


def _below(call: Call, sid: str) -> SubAccountRow:
    """Return a sub-account of the caller's. Refuses: NothingHere, MainTokenNeeded, NoSuch…."""
    if call.by_sub_account:
        raise NothingHere
    require_main_token(call)
    return sub_accounts.named(call.account_id, sid=sid)


def _own(call: Call) -> SubAccountRow:
    return sub_accounts.named(call.account_id, sid=call.account_sid)


def _account(call: Call) -> dict[str, Json]:
    row = accounts.account(call.account_id)
    made_at = day_and_time(row.created_at)
    return {
        "sid": row.sid,
        "owner_account_sid": row.sid,
        "friendly_name": row.sid,  # not the address: any key of a program may ask
        "status": "suspended" if standing.renting_stopped(row.id) else "active",
        "type": "Full",
        "auth_token": None,  # whoever asks with a key must not learn it, and others know it
        "date_created": made_at,
        "date_updated": made_at,
        "uri": f"{call.base}.json",
        "subresource_uris": {part: f"{call.base}/{name}.json" for part, name in _NAMES.items()},
    }


def _owner_sid(call: Call) -> str:
    return accounts.account(call.account_id).sid if call.by_sub_account else call.account_sid


def _part(call: Call, row: SubAccountRow) -> dict[str, Json]:
    return {
        "sid": row.sid,
        "owner_account_sid": _owner_sid(call),
        "friendly_name": row.name,
        "status": row.state,
        "type": "Full",
        "auth_token": None,  # told once, when it is made
        "date_created": day_and_time(row.created_at),
        "date_updated": day_and_time(row.changed_at),
        "uri": f"/2010-04-01/Accounts/{row.sid}.json",
        "subresource_uris": {
            part: f"/2010-04-01/Accounts/{row.sid}/{_NAMES[part]}.json" for part in _OF_PARTS
        },
    }
