"""Django's entry for this package."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """Names the package for Django."""

    name = "nummer.suppliers.sandbox"
    label = "sandbox"
