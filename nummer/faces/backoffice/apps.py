"""Django's entry for this package."""

from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    """Names the package for Django."""

    name = "nummer.faces.backoffice"
    label = "backoffice"
