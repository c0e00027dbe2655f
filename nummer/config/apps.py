"""Fills the ports of the apps when Django starts."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Names the package for Django and wires the house together."""

    name = "nummer.config"
    label = "config"

    def ready(self) -> None:
        """Give each app what it needs from above or from outside."""
        from nummer.config import wiring  # noqa: PLC0415 -- models can be imported from here on

        wiring.fill_ports()
