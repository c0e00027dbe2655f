"""Addresses of the staff's pages."""

from django.urls import URLPattern, URLResolver, path

from nummer.faces.backoffice import views

app_name = "backoffice"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.start, name="start"),
    path("services/", views.services, name="services"),
    path("services/<slug:code>/", views.switch_service, name="switch-service"),
    path("prices/", views.prices, name="prices"),
    path("stock/", views.stock, name="stock"),
    path("imports/", views.imports, name="imports"),
    path("imports/<uuid:run_id>/", views.import_run, name="import"),
    path("orders/", views.order_list, name="orders"),
    path("messages/", views.message_list, name="messages"),
]
