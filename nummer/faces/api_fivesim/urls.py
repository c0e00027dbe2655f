"""Addresses of this package, below /v1/ and, under a name of their own, below /5sim/v1/."""

from django.urls import re_path

from nummer.apps.accounts.scopes import Scope
from nummer.faces.api_fivesim import money, offers, orders, purchase
from nummer.faces.api_fivesim.views import for_customers, for_everybody, nothing_here

_WHAT = r"(?P<country>[^/]*)/(?P<operator>[^/]*)/(?P<product>[^/]*)"
_ORDER = r"(?P<order_id>[^/]*)"

urlpatterns = [
    re_path(r"^guest/countries/?\Z", for_everybody(offers.get_countries)),
    re_path(r"^guest/prices/?\Z", for_everybody(offers.get_prices)),
    re_path(
        r"^guest/products/(?P<country>[^/]*)/(?P<operator>[^/]*)/?\Z",
        for_everybody(offers.get_products),
    ),
    re_path(r"^guest/flash/(?P<language>[^/]*)/?\Z", for_everybody(offers.get_flash)),
    re_path(r"^user/profile/?\Z", for_customers(money.get_profile, scope=Scope.BALANCE)),
    re_path(r"^user/payments/?\Z", for_customers(money.get_payments, scope=Scope.BALANCE)),
    re_path(r"^user/vendor/?\Z", for_customers(money.vendor)),
    re_path(r"^user/orders/?\Z", for_customers(orders.list_orders)),
    re_path(rf"^user/buy/activation/{_WHAT}/?\Z", for_customers(purchase.buy_activation)),
    re_path(rf"^user/buy/hosting/{_WHAT}/?\Z", for_customers(purchase.buy_hosting)),
    re_path(r"^user/reuse/(?P<product>[^/]*)/(?P<phone>[^/]*)/?\Z", for_customers(purchase.reuse)),
    re_path(rf"^user/check/{_ORDER}/?\Z", for_customers(orders.check)),
    re_path(rf"^user/finish/{_ORDER}/?\Z", for_customers(orders.finish)),
    re_path(rf"^user/cancel/{_ORDER}/?\Z", for_customers(orders.cancel)),
    re_path(rf"^user/ban/{_ORDER}/?\Z", for_customers(orders.ban)),
    re_path(rf"^user/sms/inbox/{_ORDER}/?\Z", for_customers(orders.get_inbox)),
    re_path(r"^vendor/(?P<path>.*)\Z", for_customers(money.vendor)),
    re_path(r"^(?:guest|user)(?:/.*)?\Z", nothing_here),
]
