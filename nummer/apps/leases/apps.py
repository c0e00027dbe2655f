"""Django's entry for this app."""

from django.apps import AppConfig


class LeasesConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.leases"
    label = "leases"
