"""Django's entry for this app."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.agreements"
    label = "agreements"
