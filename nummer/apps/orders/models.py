"""The tables of orders and of notes about them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Order(models.Model):
    """One purchase as it was agreed."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    key = models.UUIDField()
    kind = models.CharField(max_length=8)
    service_code = models.CharField(max_length=8)
    country = models.CharField(max_length=2)
    price_id = models.UUIDField()
    net_micro = models.BigIntegerField()
    tax_micro = models.BigIntegerField()
    total_micro = models.BigIntegerField()
    tax_rate_bp = models.IntegerField()
    currency = models.CharField(max_length=3)
    window_s = models.IntegerField()
    surface = models.CharField(max_length=12)
    key_id = models.UUIDField(null=True)
    consent_immediate_at = models.DateTimeField()
    consent_loss_at = models.DateTimeField()
    texts = models.JSONField()
    documents = models.JSONField()
    listing = models.JSONField()
    placed_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        """Constraints of an order."""

        constraints = (
            models.UniqueConstraint(fields=["account_id", "key"], name="order_key_once"),
            models.CheckConstraint(
                condition=Q(total_micro=F("net_micro") + F("tax_micro")),
                name="order_total_is_net_and_tax",
            ),
            models.CheckConstraint(
                condition=Q(net_micro__gt=0, tax_micro__gte=0), name="order_costs_something"
            ),
        )
        indexes = (
            models.Index(
                fields=["placed_at"], name="order_unconfirmed", condition=Q(confirmed_at=None)
            ),
            models.Index(fields=["placed_at", "id"], name="order_newest"),  # the staff's list
        )


class Note(models.Model):
    """The key of a purchase whose answer may get lost, under what its caller wished for."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    key = models.UUIDField()
    noted_at = models.DateTimeField()
