"""Addresses of the site."""

from django.urls import URLPattern, URLResolver, path

from nummer.faces.site.views import (
    acceptance,
    accounts,
    catalogue,
    documents,
    keys,
    money,
    ordering,
    orders,
    preferences,
    timelines,
)

app_name = "site"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", catalogue.services, name="services"),
    path("services/<slug:code>/", catalogue.service, name="service"),
    path("services/<slug:service>/<slug:country>/", ordering.order, name="order"),
    path("orders/", orders.table, name="orders"),
    path("orders/orders.csv", orders.export, name="orders-export"),
    path("orders/<int:activation_id>/", orders.detail, name="order-detail"),
    path("orders/of/<uuid:order_id>/", timelines.by_order, name="order-by-id"),
    path("orders/<int:activation_id>/timeline/", timelines.timeline_anew, name="order-timeline"),
    path("orders/<int:activation_id>/line/", orders.line, name="order-line"),
    path("orders/<int:activation_id>/cancel/", orders.cancel, name="cancel"),
    path("orders/<int:activation_id>/another/", orders.another, name="another"),
    path("orders/<int:activation_id>/finish/", orders.finish, name="finish"),
    path("balance/", money.balance, name="balance"),
    path("balance/statement.csv", money.export, name="statement-export"),
    path("balance/top-up/", money.top_up, name="top-up"),
    path("balance/top-up/<uuid:top_up_id>/", money.top_up_state, name="top-up-state"),
    path("keys/", keys.keys, name="keys"),
    path("keys/<uuid:key_id>/revoke/", keys.revoke, name="key-revoke"),
    path("keys/<uuid:key_id>/form/", keys.set_form, name="key-form"),
    path("keys/<uuid:key_id>/accept/", keys.accept, name="key-accept"),
    path("account/", accounts.account, name="account"),
    path("account/accept/", acceptance.accept, name="account-accept"),
    path("account/language/", accounts.language, name="account-language"),
    path("documents/", documents.index, name="documents"),
    path("documents/<slug:document>/", documents.show, name="document"),
    path("documents/<slug:document>/<slug:version>/", documents.show, name="document-version"),
    path(
        "documents/<slug:document>/<slug:older>/<slug:newer>/",
        documents.compare,
        name="document-differences",
    ),
    path("contact/", documents.contact, name="contact"),
    path("favicon.ico", documents.icon, name="icon"),
    path("preferences/", preferences.choose, name="preferences"),
]
