"""Django's entry for this package."""

from django.apps import AppConfig


class GoogleConfig(AppConfig):
    """Names the package for Django; the login library finds `provider` and `urls` by it."""

    name = "nummer.faces.site.google"
    label = "google"
