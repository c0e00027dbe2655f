"""Django's entry for this app."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.cases"
    label = "cases"
