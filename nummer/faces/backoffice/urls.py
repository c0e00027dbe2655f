"""Addresses of the staff's pages."""

from django.urls import URLPattern, URLResolver, path

from nummer.faces.backoffice import (
    books,
    cases,
    compliance,
    incidents,
    payouts,
    standing,
    timelines,
    views,
)

app_name = "backoffice"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.start, name="start"),
    path("cases/", cases.listed, name="cases"),
    path("cases/call/", cases.call, name="case-call"),
    path("cases/<int:number>/", cases.case, name="case"),
    path("cases/<int:number>/answer/", cases.answer, name="case-answer"),
    path("cases/<int:number>/kind/", cases.set_kind, name="case-kind"),
    path("cases/<int:number>/close/", cases.close, name="case-close"),
    path("cases/<int:number>/assign/", cases.assign, name="case-assign"),
    path("payouts/", payouts.listed, name="payouts"),
    path(
        "payouts/<int:account_id>/<uuid:payout_id>/", payouts.decide, name="payout-decide"
    ),
    path(
        "payouts/<int:account_id>/<uuid:share_id>/sent/", payouts.confirm, name="payout-confirm"
    ),
    path("services/", views.services, name="services"),
    path("services/<slug:code>/", views.switch_service, name="switch-service"),
    path("prices/", views.prices, name="prices"),
    path("prices/new/", views.set_price, name="set-price"),
    path("standing/", standing.overview, name="standing"),
    path("standing/limits/", standing.limit_everybody, name="limit-everybody"),
    path("standing/blocks/", standing.block, name="block"),
    path("standing/blocks/lift/", standing.unblock, name="unblock"),
    path("standing/<int:account_id>/", standing.account, name="account"),
    path("standing/<int:account_id>/limits/", standing.limit_account, name="limit-account"),
    path("standing/<int:account_id>/suspend/", standing.suspend, name="suspend"),
    path("standing/<int:account_id>/lift/", standing.lift, name="lift"),
    path("standing/<int:account_id>/forgive/", standing.forgive, name="forgive"),
    path("stock/", views.stock, name="stock"),
    path("imports/", views.imports, name="imports"),
    path("imports/<uuid:run_id>/", views.import_run, name="import"),
    path("orders/", views.order_list, name="orders"),
    path("orders/<int:account_id>/<uuid:order_id>/", timelines.order, name="order"),
    path("orders/<int:account_id>/<uuid:order_id>/facts/", incidents.happened, name="happened"),
    path(
        "orders/<int:account_id>/<uuid:order_id>/search/",
        incidents.search,
        name="search-replacement",
    ),
    path("reports/phone/", incidents.phone_report, name="phone-report"),
    path("incidents/", incidents.incident_list, name="incidents"),
    path("incidents/publish/", incidents.publish, name="publish-incident"),
    path("incidents/<uuid:incident_id>/end/", incidents.end, name="end-incident"),
    path("abuse/", compliance.abuse_list, name="abuse"),
    path("abuse/<int:account_id>/<uuid:case_id>/", compliance.abuse_case, name="abuse-case"),
    path("balance-blocks/", compliance.block_list, name="balance-blocks"),
    path(
        "balance-blocks/<int:account_id>/<uuid:block_id>/approve/",
        compliance.approve_block,
        name="approve-block",
    ),
    path(
        "balance-blocks/<int:account_id>/<uuid:block_id>/release/",
        compliance.release_block,
        name="release-block",
    ),
    path("messages/", views.message_list, name="messages"),
    path("tax/", books.tax, name="tax"),
    path("tax/<str:month>.csv", books.tax_export, name="tax-export"),
    path("tax/numbers/<int:account_id>/confirm/", books.confirm_number, name="confirm-tax-number"),
    path("invoices/", books.documents, name="invoices"),
    path("invoices/<int:account_id>/<uuid:document_id>/", books.document, name="invoice"),
    path("reconciliation/", books.day, name="day"),
]
