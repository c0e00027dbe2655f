"""Addresses of this package."""

from django.urls import path, re_path

from nummer.faces.api import decisions, orders, reports, shop, timeline
from nummer.faces.api.views import address, document, get_balance, get_statement, nothing_here

_ORDER = "orders/<str:order_id>"

urlpatterns = [
    path("openapi.json", document),
    path("balance", address(GET=get_balance)),
    path("statement", address(GET=get_statement)),
    path("services", address(GET=shop.list_services)),
    path("countries", address(GET=shop.list_countries)),
    path("prices", address(GET=shop.list_prices)),
    path("orders", address(GET=orders.list_orders, POST=orders.place_order)),
    path(_ORDER, address(GET=orders.get_order)),
    path(f"{_ORDER}/messages", address(GET=orders.list_messages)),
    path(f"{_ORDER}/timeline", address(GET=timeline.get_timeline)),
    path(f"{_ORDER}/reports", address(GET=reports.list_reports, POST=reports.report)),
    path(f"{_ORDER}/cancel", address(POST=orders.cancel_order)),
    path(f"{_ORDER}/finish", address(POST=orders.finish_order)),
    path(f"{_ORDER}/another-code", address(POST=orders.ask_another_code)),
    path("decisions", address(GET=decisions.list_decisions)),
    path("decisions/<str:case_id>/objection", address(POST=decisions.object_to)),
    re_path(r"", nothing_here),
]
