"""Django's entry for this app."""

from django.apps import AppConfig


class BundlesConfig(AppConfig):
    """Names the app for Django."""

    name = "nummer.apps.bundles"
    label = "bundles"
