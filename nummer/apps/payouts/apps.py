"""Django's entry for this app."""

from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.payouts"
    label = "payouts"
