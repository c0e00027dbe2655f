"""Ends of leases: by us, by a handover, by a port-out; and when a notice was taken back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leases", "0008_replacement"),
    ]

    operations = [
        migrations.CreateModel(
            name="Ending",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "lease_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("lease_id", models.UUIDField()),
                ("cause", models.CharField(max_length=10)),
                ("words", models.BinaryField()),
                ("actor", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Handover",
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
                ("e164", models.CharField(max_length=16)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("offered", "Offered"),
                            ("accepted", "Accepted"),
                            ("done", "Done"),
                            ("withdrawn", "Withdrawn"),
                            ("declined", "Declined"),
                            ("lapsed", "Lapsed"),
                            ("void", "Void"),
                        ],
                        default="offered",
                        max_length=9,
                    ),
                ),
                ("to_email", models.BinaryField(null=True)),
                ("to_account_id", models.BigIntegerField(null=True)),
                ("to_lease_id", models.UUIDField(null=True)),
                ("offered_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("price_id", models.UUIDField(null=True)),
                ("monthly_net_micro", models.BigIntegerField(null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("texts", models.JSONField(default=list)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="PortOut",
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
                ("case_number", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Asked"),
                            ("set", "Set"),
                            ("done", "Done"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="asked",
                        max_length=9,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("port_on", models.DateField(null=True)),
                ("code", models.BinaryField(null=True)),
                ("refusal", models.CharField(blank=True, max_length=12)),
                ("words", models.BinaryField(null=True)),
                ("actor", models.CharField(blank=True, max_length=40)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="lease",
            name="supply_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="lease",
            name="taken_back_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="rentable",
            name="ported_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="rentable",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ported_at", None),
                    models.Q(("lease_id", None), ("withdrawn", True)),
                    _connector="OR",
                ),
                name="rentable_ported_is_nobodys",
            ),
        ),
        migrations.AddIndex(
            model_name="handover",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["due_at"],
                name="handover_due",
            ),
        ),
        migrations.AddIndex(
            model_name="handover",
            index=models.Index(fields=["to_account_id", "id"], name="handover_of_receiver"),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("offered", "accepted"))),
                fields=("account_id", "lease_id"),
                name="handover_one_open_for_a_lease",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("due_at__isnull", False),
                        ("ended_at", None),
                        ("state__in", ("offered", "accepted")),
                    ),
                    models.Q(
                        models.Q(("state__in", ("offered", "accepted")), _negated=True),
                        ("due_at", None),
                        ("ended_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="handover_is_due_until_it_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["accepted", "done"]), _negated=True),
                    models.Q(
                        ("accepted_at__isnull", False),
                        ("monthly_net_micro__isnull", False),
                        ("price_id__isnull", False),
                        ("to_account_id__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="handover_accepted_by_somebody_at_a_price",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "done"), ("to_lease_id__isnull", False)),
                    models.Q(models.Q(("state", "done"), _negated=True), ("to_lease_id", None)),
                    _connector="OR",
                ),
                name="handover_done_exactly_with_a_new_lease",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("to_account_id", None),
                    models.Q(("to_account_id", models.F("account_id")), _negated=True),
                    _connector="OR",
                ),
                name="handover_is_to_somebody_else",
            ),
        ),
        migrations.AddIndex(
            model_name="portout",
            index=models.Index(
                condition=models.Q(("state__in", ("asked", "set"))),
                fields=["asked_at"],
                name="port_out_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="portout",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("asked", "set"))),
                fields=("account_id", "lease_id"),
                name="port_out_one_open_for_a_lease",
            ),
        ),
        migrations.AddConstraint(
            model_name="portout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("code__isnull", False), ("port_on__isnull", False), ("state", "set")),
                    models.Q(models.Q(("state", "set"), _negated=True), ("code", None)),
                    _connector="OR",
                ),
                name="port_out_has_a_code_while_it_is_set",
            ),
        ),
        migrations.AddConstraint(
            model_name="portout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("state__in", ("asked", "set"))),
                    models.Q(
                        models.Q(("state__in", ("asked", "set")), _negated=True),
                        ("ended_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="port_out_ended_exactly_at_its_end",
            ),
        ),
    ]
