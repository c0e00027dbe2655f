"""Addresses of this package."""

from django.urls import path, re_path

from nummer.faces.api import decisions, hooks, money, orders, rented, reports, shop, sms, timeline
from nummer.faces.api.views import address, document, get_balance, get_statement, nothing_here

_ORDER = "orders/<str:order_id>"
_LEASE = "leases/<str:lease_id>"
_HOOK = "webhooks/<str:endpoint_id>"
_DELIVERY = f"{_HOOK}/deliveries/<str:event_id>"

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
    path("numbers/available", address(GET=rented.search)),
    path("numbers/price", address(GET=rented.quote)),
    path("leases", address(GET=rented.list_leases, POST=rented.rent)),
    path(_LEASE, address(GET=rented.get_lease)),
    path(f"{_LEASE}/periods", address(GET=rented.list_periods)),
    path(f"{_LEASE}/notice", address(POST=rented.give_notice, DELETE=rented.take_back_notice)),
    path(f"{_LEASE}/cancel", address(POST=rented.cancel)),
    path(f"{_LEASE}/keep-fee", address(PUT=rented.keep_fee)),
    path(f"{_LEASE}/hooks", address(GET=rented.list_hooks)),
    path(f"{_LEASE}/hooks/<str:purpose>", address(PUT=rented.set_hook, DELETE=rented.remove_hook)),
    path("sms", address(GET=sms.list_sms, POST=sms.send)),
    path("sms/price", address(POST=sms.price)),
    path("sms/<str:sms_id>", address(GET=sms.get_sms, DELETE=sms.delete)),
    path("sms/<str:sms_id>/redact", address(POST=sms.redact)),
    path("conversations", address(GET=sms.list_conversations)),
    path("top-ups", address(GET=money.list_top_ups)),
    path("payouts", address(GET=money.list_payouts)),
    path("webhooks", address(GET=hooks.list_endpoints, POST=hooks.create_endpoint)),
    path(
        _HOOK,
        address(GET=hooks.get_endpoint, PATCH=hooks.change_endpoint, DELETE=hooks.remove_endpoint),
    ),
    path(f"{_HOOK}/secret", address(POST=hooks.rotate_secret)),
    path(f"{_HOOK}/test", address(POST=hooks.send_test)),
    path(f"{_HOOK}/replay", address(POST=hooks.replay_failed)),
    path(f"{_HOOK}/deliveries", address(GET=hooks.list_deliveries)),
    path(_DELIVERY, address(GET=hooks.get_delivery)),
    path(f"{_DELIVERY}/replay", address(POST=hooks.replay)),
    path("decisions", address(GET=decisions.list_decisions)),
    path("decisions/<str:case_id>/objection", address(POST=decisions.object_to)),
    re_path(r"", nothing_here),
]
