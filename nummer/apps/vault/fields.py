"""The column type of everything sealed."""

from __future__ import annotations

from typing import Any

from django.db import models

from nummer.apps.vault.keys import KeyClass


class SealedField(models.BinaryField):  # type: ignore[type-arg]  # not generic at run time
    """A column of bytes made by `vault.actions.seal_*`, never of clear text.

    `klass` says which of the customer's keys seals it. Migrations see a plain BinaryField:
    the class is a fact about our code, not about the table.
    """

    def __init__(self, *args: Any, klass: KeyClass | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.klass = klass

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Return the field as migrations write it down."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.BinaryField", list(args), dict(kwargs)
