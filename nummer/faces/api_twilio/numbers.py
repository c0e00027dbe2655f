"""Rented numbers: renting, listing, naming, releasing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import HttpResponse

from nummer.apps.agreements.queries import AcceptedText
from nummer.apps.bundles import queries as papers
from nummer.apps.bundles.errors import NoSuchBundle
from nummer.apps.leases import actions as leases
from nummer.apps.leases import held, searching
from nummer.apps.leases import queries as lease_rows
from nummer.apps.leases.actions import Wish
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.leases.searching import FreeNumber
from nummer.apps.leases.waiting import supplied
from nummer.apps.refunds import actions as refunds
from nummer.faces.api_twilio import bundles, hooks, offers
from nummer.faces.api_twilio.answers import VERSION, Json, day_and_time, gone, structure
from nummer.faces.api_twilio.call import Call
from nummer.faces.api_twilio.errors import (
    AreaWithoutNumbers,
    BundleNotUsable,
    BundleUnknown,
    NothingHere,
    NumberMalformed,
    NumberMissing,
    NumberNotForRent,
    ParameterNotOffered,
)
from nummer.faces.api_twilio.paging import Page, listed, page_asked
from nummer.faces.api_twilio.sids import BUNDLE, NUMBER, id_in, sid
from nummer.faces.api_twilio.texts import texts_of
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.phone import PhoneNumber
from nummer.policy.lease import ENDS, SERVED, LeaseState

SURFACE: Final = "twilio"
AREA_COUNTRY: Final = "US"  # an area code alone is of the country that the protocol grew up in

_PAPERS: Final = ("AddressSid", "IdentitySid", "EmergencyAddressSid")
_NOT_OFFERED: Final = ("TrunkSid", "SmsApplicationSid", "VoiceApplicationSid")
_ADDRESS_NEEDS: Final = {LeaseState.PAPERS: "any"}


def list_numbers(call: Call, *, kind: str = "") -> HttpResponse:
    """Answer a page of the numbers that an account or a sub-account has, newest first."""
    if kind and kind not in offers.KINDS:
        raise NothingHere
    page = page_asked(call)
    rows = _rows(call, page, kind=offers.KINDS.get(kind))
    about = _about(call, [row.id for row in rows])
    return listed(
        call,
        key="incoming_phone_numbers",
        page=page,
        rows=rows,
        id_of=lambda row: row.id,
        form=lambda row: _form(call, row, about),
    )


def get_number(call: Call, *, number_sid: str) -> HttpResponse:
    """Answer one number."""
    return structure(_one(call, _named(call, number_sid).id))


def rent_number(call: Call, *, kind: str = "") -> HttpResponse:
    """Rent a number, once for each Idempotency-Key where the caller sends one (ADR 260).

    The wish is checked whole before anything is charged. The answer waits a moment for the
    supplier; a number that he has not given by then is answered as pending.
    """
    if kind and kind not in offers.KINDS:
        raise NothingHere
    _require_offered(call)
    settings = hooks.settings_given(call)
    name = _name_given(call)
    placed = _rent(call, texts_of(call), kind=offers.KINDS.get(kind))
    row = supplied(placed)
    if row.state in ENDS:
        raise NumberNotForRent
    if name is not None:
        held.set_label(call.account_id, lease_id=row.id, text=name, now=call.now)
    hooks.keep(call.account_id, lease_id=row.id, settings=settings, now=call.now)
    return structure(_one(call, row.id), status=201)


def change_number(call: Call, *, number_sid: str) -> HttpResponse:
    """Change a number's name and what is called for its messages; nothing, if any is refused."""
    row = _named(call, number_sid)
    _require_offered(call)
    _require_bundle(call, country=row.country, kind=row.kind)
    if call.parameters.text("AccountSid") not in ("", call.account_sid):
        raise ParameterNotOffered(name="AccountSid")
    settings = hooks.settings_given(call)
    name = _name_given(call)
    if name is not None:
        held.set_label(call.account_id, lease_id=row.id, text=name, now=call.now)
    hooks.keep(call.account_id, lease_id=row.id, settings=settings, now=call.now)
    return structure(_one(call, row.id))


def release_number(call: Call, *, number_sid: str) -> HttpResponse:
    """End a rent at once, as the protocol's programs expect; the policy says what comes back."""
    row = _named(call, number_sid)
    refunds.cancel_lease(call.account_id, lease_id=row.id, surface=SURFACE, now=call.now)
    return gone()


def _rows(call: Call, page: Page, *, kind: str | None) -> list[LeaseRow]:
    """Return the rows of a page and one more; names are sealed, so they are compared here."""
    asked = call.parameters
    if asked.switch("Beta") or asked.text("Origin") == "hosted":
        return []
    given = asked.text("PhoneNumber")
    number = _number(given) if given else None
    name = asked.text("FriendlyName")
    most = held.LISTED_MAX if name else page.size + 1
    found: list[LeaseRow] = []
    before, after = page.before, page.after
    while len(found) <= page.size:
        rows = held.held(
            call.account_id,
            part=call.part,
            number=number,
            kind=kind,
            before=before,
            after=after,
            limit=most,
        )
        found += _named_so(call, rows, name) if name else rows
        if len(rows) < most or after is not None:
            break
        before = rows[-1].id
    return found[: page.size + 1]


def _named_so(call: Call, rows: Sequence[LeaseRow], name: str) -> list[LeaseRow]:
    names = held.labels(call.account_id, lease_ids=[row.id for row in rows])
    return [row for row in rows if _name(row, names) == name]


def _named(call: Call, number_sid: str) -> LeaseRow:
    return held.held_one(call.account_id, lease_id=id_in(NUMBER, number_sid), part=call.part)


def _require_offered(call: Call) -> None:
    """Refuses: ParameterNotOffered, BundleUnknown."""
    for name in _NOT_OFFERED:
        if call.parameters.text(name):
            raise ParameterNotOffered(name=name)
    if call.parameters.text("EmergencyStatus") == "Active":
        raise ParameterNotOffered(name="EmergencyStatus")
    if call.parameters.text("VoiceReceiveMode") not in ("", "voice"):
        raise ParameterNotOffered(name="VoiceReceiveMode")
    for name in _PAPERS:
        if call.parameters.text(name):
            raise BundleUnknown


def _require_bundle(call: Call, *, country: str, kind: str) -> None:
    """Refuses: BundleUnknown, BundleNotUsable (not submitted, refused, or for other numbers).

    One that is still looked at will do: the number waits for it, as it does on the site.
    """
    given = call.parameters.text("BundleSid")
    if not given:
        return
    try:
        row = papers.bundle(call.account_id, bundle_id=id_in(BUNDLE, given), now=call.now)
    except (NothingHere, NoSuchBundle):
        raise BundleUnknown from None
    if row.state not in bundles.USABLE or (row.country, row.kind) != (country, kind):
        raise BundleNotUsable


def _name_given(call: Call) -> str | None:
    """Return the name to give, None where none was sent. Refuses: ParameterMalformed."""
    if "FriendlyName" not in call.parameters:
        return None
    return call.parameters.text("FriendlyName", longest=held.LABEL_LENGTH_MAX)


def _rent(call: Call, texts: Sequence[AcceptedText], *, kind: str | None) -> LeaseRow:
    key = new_id()
    if call.idempotency_key:
        key = id_of("twilio", call.account_id, *call.part_words, call.idempotency_key)
    wanted = _wanted(call, kind, key=key)
    _require_bundle(call, country=wanted.country, kind=wanted.kind)
    wish = Wish(
        country=wanted.country,
        kind=wanted.kind,
        key=key,
        surface=SURFACE,
        number=wanted.number,
        texts=texts,
        consent_immediate=True,  # given with the texts above, for the credential (ADR 53, 260)
        key_id=call.key_id,
        sub_account_id=call.part.sub_account_id,
    )
    return leases.rent(call.account_id, wish=wish, now=call.now)


def _wanted(call: Call, kind: str | None, *, key: UUID) -> FreeNumber:
    """Return the number to rent. Refuses: NumberMissing and what `_free` and `_in_area` refuse."""
    given = call.parameters.text("PhoneNumber")
    if given:
        return _free(call, _number(given), kind, key=key)
    area = offers.area_given(call)
    if not area:
        raise NumberMissing
    found = searching.search(
        country=AREA_COUNTRY,
        kind=kind or "local",
        pattern=offers.area_pattern(AREA_COUNTRY, area=area),
        limit=1,
        now=call.now,
    ).numbers
    if not found:
        raise AreaWithoutNumbers
    return found[0]


def _free(call: Call, number: PhoneNumber, kind: str | None, *, key: UUID) -> FreeNumber:
    """Return a free number, or the one that stands under the key. Refuses: NumberNotForRent."""
    row = searching.free_number(number, now=call.now)
    if row is None:
        row = _rented_before(call, number)
    if row is None or kind not in (None, row.kind):
        raise NumberNotForRent
    return row


def _rented_before(call: Call, number: PhoneNumber) -> FreeNumber | None:
    """Return a number of the caller's as if it were free: `rent` tells a repeated call."""
    if not call.idempotency_key:
        return None
    for row in held.held(call.account_id, part=call.part, number=number, limit=1):
        able = held.able(call.account_id, lease_ids=[row.id])[row.id]
        return FreeNumber(
            *(number, row.country, row.kind, "", "", "", row.carrier, able.sms, able.voice)
        )
    return None


def _number(given: str) -> PhoneNumber:
    """Refuses: NumberMalformed."""
    try:
        return PhoneNumber.parse(given if given.startswith("+") else f"+{given}")
    except ValueError:
        raise NumberMalformed from None


@dataclass(frozen=True, slots=True)
class _About:
    """What else is known of several leases: names, hooks, and what their numbers can."""

    names: Mapping[UUID, str]
    hooked: Mapping[UUID, hooks.Hooked]
    able: Mapping[UUID, held.Able]
    bundles: Mapping[tuple[str, str], UUID]


def _about(call: Call, lease_ids: Sequence[UUID]) -> _About:
    return _About(
        held.labels(call.account_id, lease_ids=lease_ids),
        hooks.of_leases(call.account_id, lease_ids=lease_ids),
        held.able(call.account_id, lease_ids=lease_ids),
        bundles.newest_usable(call.account_id, now=call.now),
    )


def _one(call: Call, lease_id: UUID) -> dict[str, Json]:
    row = lease_rows.lease(call.account_id, lease_id=lease_id)
    return _form(call, row, _about(call, [row.id]))


def _name(row: LeaseRow, names: Mapping[UUID, str]) -> str:
    return names.get(row.id) or row.number.international()


def _form(call: Call, row: LeaseRow, about: _About) -> dict[str, Json]:
    able = about.able.get(row.id, held.Able(sms=False, voice=False))
    number_sid = sid(NUMBER, row.id)
    bundle_id = about.bundles.get((row.country, row.kind))
    return {
        "sid": number_sid,
        "account_sid": call.account_sid,
        "friendly_name": _name(row, about.names),
        "phone_number": row.number.e164,
        "capabilities": {"voice": able.voice, "sms": able.sms, "mms": False, "fax": False},
        "status": "in-use" if row.state in SERVED else "pending",
        "type": row.kind,
        "origin": "twilio",
        "beta": False,
        "address_requirements": _ADDRESS_NEEDS.get(row.state, "none"),
        "address_sid": None,
        "bundle_sid": None if bundle_id is None else sid(BUNDLE, bundle_id),
        "identity_sid": None,
        "trunk_sid": None,
        "emergency_status": "Inactive",
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "sms_application_sid": "",
        "voice_application_sid": "",
        "voice_caller_id_lookup": False,
        "voice_receive_mode": "voice",
        **hooks.form(about.hooked.get(row.id)),
        "api_version": VERSION,
        "date_created": day_and_time(row.placed_at),
        "date_updated": day_and_time(row.activated_at or row.placed_at),
        "uri": f"{call.base}/IncomingPhoneNumbers/{number_sid}.json",
    }
