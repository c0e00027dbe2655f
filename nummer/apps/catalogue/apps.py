"""Django's entry for this app."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.catalogue"
    label = "catalogue"
