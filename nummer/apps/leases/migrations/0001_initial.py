"""Leases, their periods, the numbers for rent and who had them when."""

import nummer.policy.lease.states
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Holding",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("id", models.UUIDField()),
                ("lease_id", models.UUIDField()),
                ("number_id", models.UUIDField()),
                ("e164", models.CharField(max_length=16)),
                ("from_at", models.DateTimeField()),
                ("until_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["e164", "from_at"], name="holding_of_number")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_at", None),
                            ("until_at__gte", models.F("from_at")),
                            _connector="OR",
                        ),
                        name="holding_ends_after_it_began",
                    ),
                    models.UniqueConstraint(
                        fields=("account_id", "lease_id", "number_id"),
                        name="holding_once_in_a_lease",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Lease",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("id", models.UUIDField()),
                ("key", models.UUIDField()),
                ("number_id", models.UUIDField()),
                ("e164", models.CharField(max_length=16)),
                ("country", models.CharField(max_length=2)),
                ("kind", models.CharField(max_length=10)),
                ("carrier", models.CharField(max_length=20)),
                ("supplier", models.CharField(max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("paid", "paid"),
                            ("papers", "papers"),
                            ("at_supplier", "at_supplier"),
                            ("active", "active"),
                            ("cancelled", "cancelled"),
                            ("grace", "grace"),
                            ("released", "released"),
                            ("failed", "failed"),
                        ],
                        max_length=11,
                    ),
                ),
                ("price_id", models.UUIDField()),
                ("monthly_net_micro", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("timezone", models.CharField(max_length=40)),
                ("surface", models.CharField(max_length=12)),
                ("key_id", models.UUIDField(null=True)),
                ("consent_immediate_at", models.DateTimeField()),
                ("texts", models.JSONField()),
                ("documents", models.JSONField()),
                ("fee_kept", models.BooleanField()),
                ("placed_at", models.DateTimeField()),
                ("activated_at", models.DateTimeField(null=True)),
                ("anchor_at", models.DateTimeField(null=True)),
                ("months", models.PositiveIntegerField(default=0)),
                ("periods", models.PositiveIntegerField(default=1)),
                ("paid_until", models.DateTimeField(null=True)),
                ("reminded", models.PositiveSmallIntegerField(default=0)),
                ("fee_due_at", models.DateTimeField(null=True)),
                ("retry_at", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("kept_until", models.DateTimeField(null=True)),
                ("next_due_at", models.DateTimeField(null=True)),
                ("settle_due_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("end_reason", models.CharField(blank=True, max_length=20)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_due_at__isnull", False)),
                        fields=["next_due_at"],
                        name="lease_due",
                    ),
                    models.Index(
                        condition=models.Q(("settle_due_at__isnull", False)),
                        fields=["settle_due_at"],
                        name="lease_to_settle",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("account_id", "key"), name="lease_key_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at__isnull", False),
                                ("next_due_at", None),
                                (
                                    "state__in",
                                    [
                                        nummer.policy.lease.states.LeaseState["FAILED"],
                                        nummer.policy.lease.states.LeaseState["RELEASED"],
                                    ],
                                ),
                            ),
                            models.Q(
                                models.Q(
                                    (
                                        "state__in",
                                        [
                                            nummer.policy.lease.states.LeaseState["FAILED"],
                                            nummer.policy.lease.states.LeaseState["RELEASED"],
                                        ],
                                    ),
                                    _negated=True,
                                ),
                                ("end_reason", ""),
                                ("ended_at", None),
                            ),
                            _connector="OR",
                        ),
                        name="lease_ended_exactly_at_its_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("activated_at", None),
                                (
                                    "state__in",
                                    [
                                        nummer.policy.lease.states.LeaseState["AT_SUPPLIER"],
                                        nummer.policy.lease.states.LeaseState["PAID"],
                                        nummer.policy.lease.states.LeaseState["PAPERS"],
                                    ],
                                ),
                            ),
                            models.Q(
                                ("activated_at__isnull", False),
                                (
                                    "state__in",
                                    [
                                        nummer.policy.lease.states.LeaseState["ACTIVE"],
                                        nummer.policy.lease.states.LeaseState["CANCELLED"],
                                        "grace",
                                    ],
                                ),
                            ),
                            (
                                "state__in",
                                [
                                    nummer.policy.lease.states.LeaseState["FAILED"],
                                    nummer.policy.lease.states.LeaseState["RELEASED"],
                                ],
                            ),
                            _connector="OR",
                        ),
                        name="lease_serves_exactly_once_activated",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("activated_at", None), ("anchor_at", None), ("paid_until", None)
                            ),
                            models.Q(
                                ("activated_at__isnull", False),
                                ("anchor_at__isnull", False),
                                ("paid_until__gt", models.F("anchor_at")),
                            ),
                            _connector="OR",
                        ),
                        name="lease_is_paid_from_its_activation",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kept_until__isnull", False), ("state", "grace")),
                            models.Q(
                                models.Q(("state", "grace"), _negated=True), ("kept_until", None)
                            ),
                            _connector="OR",
                        ),
                        name="lease_in_grace_says_until_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("monthly_net_micro__gt", 0)),
                        name="lease_costs_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Period",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("id", models.UUIDField()),
                ("lease_id", models.UUIDField()),
                ("place", models.PositiveIntegerField()),
                ("starts_at", models.DateTimeField(null=True)),
                ("ends_at", models.DateTimeField(null=True)),
                ("monthly_net_micro", models.BigIntegerField()),
                ("monthly_tax_micro", models.BigIntegerField()),
                ("setup_net_micro", models.BigIntegerField()),
                ("setup_tax_micro", models.BigIntegerField()),
                ("tax_rate_bp", models.IntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("agreed_at", models.DateTimeField()),
                ("charged_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account_id", "lease_id", "place"), name="period_once_in_its_lease"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ends_at", None), ("starts_at", None)),
                            ("ends_at__gt", models.F("starts_at")),
                            _connector="OR",
                        ),
                        name="period_lasts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("starts_at", None), ("charged_at__isnull", False), _connector="OR"
                        ),
                        name="period_runs_only_when_charged",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("place", 0),
                            models.Q(("setup_net_micro", 0), ("setup_tax_micro", 0)),
                            _connector="OR",
                        ),
                        name="period_has_a_set_up_only_as_the_first",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rentable",
            fields=[
                ("number_id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("e164", models.CharField(max_length=16, unique=True)),
                ("country", models.CharField(max_length=2)),
                ("kind", models.CharField(max_length=10)),
                ("carrier", models.CharField(max_length=20)),
                ("sms", models.BooleanField()),
                ("voice", models.BooleanField()),
                ("supplier", models.CharField(max_length=20)),
                ("withdrawn", models.BooleanField(default=False)),
                ("account_id", models.BigIntegerField(null=True)),
                ("lease_id", models.UUIDField(null=True)),
                ("held_since", models.DateTimeField(null=True)),
                ("quarantined_until", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("lease_id", None), ("withdrawn", False)),
                        fields=["country", "kind", "e164"],
                        name="rentable_free",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("account_id", None), ("held_since", None), ("lease_id", None)
                            ),
                            models.Q(
                                ("account_id__isnull", False),
                                ("held_since__isnull", False),
                                ("lease_id__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="rentable_held_exactly_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("held_since", None),
                            ("quarantined_until", None),
                            ("held_since__gte", models.F("quarantined_until")),
                            _connector="OR",
                        ),
                        name="rentable_not_held_in_quarantine",
                    ),
                ],
            },
        ),
    ]
