"""Django's entry for this app."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.orders"
    label = "orders"
