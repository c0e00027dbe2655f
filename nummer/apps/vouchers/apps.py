"""Django's entry for this app."""

from django.apps import AppConfig


class VouchersConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.vouchers"
    label = "vouchers"
