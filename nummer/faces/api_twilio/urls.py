"""Addresses of this package: at the root as the protocol has them, and below /twilio/."""

from django.urls import re_path

from nummer.faces.api_twilio import account
from nummer.faces.api_twilio.views import address, nothing_here

_ACCOUNT = r"^2010-04-01/Accounts/(?P<account_sid>[^/]+?)"
_KEY = r"(?P<key_sid>[^/]+?)"

urlpatterns = [
    re_path(r"^2010-04-01/Accounts(?:\.json)?\Z", address(GET=account.list_accounts)),
    re_path(
        rf"{_ACCOUNT}(?:\.json)?\Z", address(GET=account.get_account, POST=account.change_account)
    ),
    re_path(rf"{_ACCOUNT}/Balance(?:\.json)?\Z", address(GET=account.get_balance)),
    re_path(
        rf"{_ACCOUNT}/Keys(?:\.json)?\Z", address(GET=account.list_keys, POST=account.create_key)
    ),
    re_path(
        rf"{_ACCOUNT}/Keys/{_KEY}(?:\.json)?\Z",
        address(GET=account.get_key, POST=account.change_key, DELETE=account.remove_key),
    ),
    re_path(r"^(?:2010-04-01|v2)(?:/.*)?\Z", nothing_here),
]
