"""Django's entry for this app."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.payments"
    label = "payments"
