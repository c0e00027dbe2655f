"""Endpoints, events, their deliveries and attempts."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "endpoint_id",
                        "event_id",
                        "place",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("endpoint_id", models.UUIDField()),
                ("event_id", models.UUIDField()),
                ("place", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("error", models.CharField(blank=True, max_length=20)),
                ("duration_ms", models.PositiveIntegerField()),
                ("answer_bytes", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "endpoint_id",
                        "event_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("endpoint_id", models.UUIDField()),
                ("event_id", models.UUIDField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("missed", "Missed"),
                            ("nothing", "Nothing"),
                        ],
                        max_length=7,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("next_at", models.DateTimeField(null=True)),
                ("last_status", models.PositiveSmallIntegerField(null=True)),
                ("last_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_at__isnull", False)),
                        fields=["account_id", "endpoint_id", "next_at"],
                        name="delivery_waiting",
                    ),
                    models.Index(fields=["account_id", "event_id"], name="delivery_of_event"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("next_at__isnull", False), ("state", "waiting")),
                            models.Q(
                                models.Q(("state", "waiting"), _negated=True), ("next_at", None)
                            ),
                            _connector="OR",
                        ),
                        name="delivery_waits_exactly_with_a_moment",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Endpoint",
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
                ("sort", models.CharField(max_length=7)),
                ("dialect", models.CharField(max_length=10)),
                ("lease_id", models.UUIDField(null=True)),
                ("purpose", models.CharField(blank=True, max_length=6)),
                ("method", models.CharField(max_length=4)),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), size=None
                    ),
                ),
                ("url", models.BinaryField()),
                ("fallback_url", models.BinaryField(null=True)),
                ("secret", models.BinaryField(null=True)),
                ("old_secret", models.BinaryField(null=True)),
                ("old_secret_until", models.DateTimeField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("on", "On"), ("off", "Off"), ("failed", "Failed")],
                        default="on",
                        max_length=6,
                    ),
                ),
                ("failing_since", models.DateTimeField(null=True)),
                ("resting_until", models.DateTimeField(null=True)),
                ("slow", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("sort", "lease")),
                        fields=("account_id", "lease_id", "purpose"),
                        name="endpoint_once_for_a_purpose_of_a_lease",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("lease_id__isnull", False),
                                ("sort", "lease"),
                                models.Q(("purpose", ""), _negated=True),
                            ),
                            models.Q(
                                ("lease_id", None),
                                ("purpose", ""),
                                ("sort__in", ["account", "message"]),
                            ),
                            _connector="OR",
                        ),
                        name="endpoint_of_a_lease_names_it",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("old_secret", None), ("old_secret_until", None)),
                            models.Q(
                                ("old_secret__isnull", False), ("old_secret_until__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="endpoint_old_secret_ends",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
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
                ("kind", models.CharField(max_length=30)),
                ("subject_id", models.UUIDField()),
                ("lease_id", models.UUIDField(null=True)),
                ("word", models.CharField(blank=True, max_length=20)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["at"], name="webhook_event_old")],
            },
        ),
    ]
