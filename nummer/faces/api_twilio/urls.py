"""Addresses of this package: at the root as the protocol has them, and below /twilio/."""

from django.urls import re_path

from nummer.faces.api_twilio import (
    account,
    bundles,
    changing,
    messages,
    numbers,
    offers,
    parts,
    pieces,
    pricing,
    regulatory,
    sending,
    usage,
)
from nummer.faces.api_twilio.views import Reach, address, nothing_here

_ACCOUNT = r"^2010-04-01/Accounts/(?P<account_sid>[^/]+?)"
_KEY = r"(?P<key_sid>[^/]+?)"
_FREE = rf"{_ACCOUNT}/AvailablePhoneNumbers"
_COUNTRY = r"(?P<country>[A-Z]{2})"
_SMS = rf"{_ACCOUNT}/(?:SMS/)?Messages"
_MESSAGE = r"(?P<message_sid>(?:SM|MM)[^/]+?)"
_PAPERS = r"^v2/RegulatoryCompliance"
_BUNDLE = rf"{_PAPERS}/Bundles/(?P<bundle_sid>BU[^/]+)"
_OURS = rf"{_ACCOUNT}/IncomingPhoneNumbers"
_NUMBER = r"(?P<number_sid>PN[^/]+?)"

urlpatterns = [
    re_path(
        r"^2010-04-01/Accounts(?:\.json)?\Z",
        address(reach=Reach.DIRECTORY, GET=parts.list_accounts, POST=parts.create_account),
    ),
    re_path(
        rf"{_ACCOUNT}(?:\.json)?\Z",
        address(reach=Reach.DIRECTORY, GET=parts.get_account, POST=parts.change_account),
    ),
    re_path(rf"{_ACCOUNT}/Balance(?:\.json)?\Z", address(GET=account.get_balance)),
    re_path(
        rf"{_ACCOUNT}/Keys(?:\.json)?\Z", address(GET=account.list_keys, POST=account.create_key)
    ),
    re_path(
        rf"{_ACCOUNT}/Keys/{_KEY}(?:\.json)?\Z",
        address(GET=account.get_key, POST=account.change_key, DELETE=account.remove_key),
    ),
    re_path(rf"{_FREE}(?:\.json)?\Z", address(reach=Reach.PART, GET=offers.list_countries)),
    re_path(rf"{_FREE}/{_COUNTRY}(?:\.json)?\Z", address(reach=Reach.PART, GET=offers.get_country)),
    re_path(
        rf"{_FREE}/{_COUNTRY}/(?P<kind>[A-Za-z]+)(?:\.json)?\Z",
        address(reach=Reach.PART, GET=offers.search),
    ),
    re_path(
        rf"{_OURS}(?:/(?P<kind>Local|Mobile|TollFree))?(?:\.json)?\Z",
        address(reach=Reach.PART, GET=numbers.list_numbers, POST=numbers.rent_number),
    ),
    re_path(
        rf"{_OURS}/{_NUMBER}(?:\.json)?\Z",
        address(
            reach=Reach.PART,
            GET=numbers.get_number,
            POST=numbers.change_number,
            DELETE=numbers.release_number,
        ),
    ),
    re_path(
        rf"{_SMS}(?:\.json)?\Z",
        address(reach=Reach.PART, GET=messages.list_messages, POST=sending.send_message),
    ),
    re_path(
        rf"{_SMS}/{_MESSAGE}(?:\.json)?\Z",
        address(
            reach=Reach.PART,
            GET=messages.get_message,
            POST=changing.change_message,
            DELETE=changing.remove_message,
        ),
    ),
    re_path(
        rf"{_SMS}/{_MESSAGE}/Media(?:\.json)?\Z", address(reach=Reach.PART, GET=messages.list_media)
    ),
    re_path(
        rf"{_SMS}/{_MESSAGE}/Media/(?P<media_sid>[^/]+?)(?:\.json)?\Z",
        address(reach=Reach.PART, GET=messages.get_medium),
    ),
    re_path(
        rf"{_ACCOUNT}/Usage/Records(?:/(?P<span>[A-Za-z]+))?(?:\.json)?\Z",
        address(GET=usage.list_usage),
    ),
    re_path(r"^v1/PhoneNumbers/Countries/?\Z", address(GET=pricing.number_countries)),
    re_path(rf"^v1/PhoneNumbers/Countries/{_COUNTRY}\Z", address(GET=pricing.number_country)),
    re_path(r"^v1/Messaging/Countries/?\Z", address(GET=pricing.message_countries)),
    re_path(rf"^v1/Messaging/Countries/{_COUNTRY}\Z", address(GET=pricing.message_country)),
    re_path(r"^v[12]/Voice/Countries/?\Z", address(GET=pricing.voice_countries)),
    re_path(
        r"^v[12]/Voice/(?:Countries|Numbers)/(?P<of>[^/]+)\Z", address(GET=pricing.voice_prices)
    ),
    re_path(
        rf"{_ACCOUNT}/Calls(?:/.*)?(?:\.json)?\Z", address(GET=pricing.calls, POST=pricing.calls)
    ),
    re_path(rf"{_PAPERS}/Regulations/?\Z", address(GET=regulatory.list_regulations)),
    re_path(
        rf"{_PAPERS}/Regulations/(?P<regulation_sid>RN[^/]+)\Z",
        address(GET=regulatory.get_regulation),
    ),
    re_path(rf"{_PAPERS}/EndUserTypes/?\Z", address(GET=regulatory.list_end_user_types)),
    re_path(rf"{_PAPERS}/SupportingDocumentTypes/?\Z", address(GET=regulatory.list_document_types)),
    re_path(
        rf"{_PAPERS}/EndUserTypes/(?P<type_sid>OY[^/]+)\Z",
        address(GET=regulatory.get_end_user_type),
    ),
    re_path(
        rf"{_PAPERS}/SupportingDocumentTypes/(?P<type_sid>OY[^/]+)\Z",
        address(GET=regulatory.get_document_type),
    ),
    re_path(rf"{_PAPERS}/EndUsers/?\Z", address(GET=pieces.list_people, POST=pieces.create_person)),
    re_path(
        rf"{_PAPERS}/EndUsers/(?P<piece_sid>IT[^/]+)\Z",
        address(GET=pieces.get_person, POST=pieces.change_person, DELETE=pieces.remove_person),
    ),
    re_path(
        rf"{_PAPERS}/SupportingDocuments/?\Z",
        address(
            longest=pieces.UPLOAD_BYTES_MAX,
            GET=pieces.list_documents,
            POST=pieces.create_document,
        ),
    ),
    re_path(
        rf"{_PAPERS}/SupportingDocuments/(?P<piece_sid>RD[^/]+)\Z",
        address(
            longest=pieces.UPLOAD_BYTES_MAX,
            GET=pieces.get_document,
            POST=pieces.change_document,
            DELETE=pieces.remove_document,
        ),
    ),
    re_path(
        rf"{_PAPERS}/Bundles/?\Z", address(GET=bundles.list_bundles, POST=bundles.create_bundle)
    ),
    re_path(
        rf"{_BUNDLE}\Z",
        address(GET=bundles.get_bundle, POST=bundles.change_bundle, DELETE=bundles.remove_bundle),
    ),
    re_path(
        rf"{_BUNDLE}/ItemAssignments/?\Z",
        address(GET=bundles.list_items, POST=bundles.add_item),
    ),
    re_path(
        rf"{_BUNDLE}/ItemAssignments/(?P<item_sid>BV[^/]+)\Z",
        address(GET=bundles.get_item, DELETE=bundles.remove_item),
    ),
    re_path(
        rf"{_BUNDLE}/Evaluations/?\Z",
        address(GET=bundles.list_evaluations, POST=bundles.evaluate),
    ),
    re_path(
        rf"{_BUNDLE}/Evaluations/(?P<evaluation_sid>EL[^/]+)\Z",
        address(GET=bundles.get_evaluation),
    ),
    re_path(r"^(?:2010-04-01|v2)(?:/.*)?\Z", nothing_here),
]
