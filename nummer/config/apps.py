"""Fills the ports of the apps when Django starts."""

from django.apps import AppConfig
from django.db.models.signals import pre_migrate


class ConfigConfig(AppConfig):
    """Names the package for Django and wires the house together."""

    name = "nummer.config"
    label = "config"

    def ready(self) -> None:
        """Give each app what it needs from above or from outside."""
        from nummer.config import roles, wiring  # noqa: PLC0415 -- models can be imported from here on

        pre_migrate.connect(roles.prepare_role, sender=self)  # the only moment before any table
        wiring.fill_ports()
