"""Django's entry for this package."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Names the package for Django."""

    name = "nummer.faces.site"
    label = "site"
