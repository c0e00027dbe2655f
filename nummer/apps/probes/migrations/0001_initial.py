"""Rules, routes that are probed, probes, and the spells in which they failed."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Rules",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("every_minutes", models.IntegerField()),
                ("wait_minutes", models.IntegerField()),
                ("failures_in_row", models.IntegerField()),
                ("per_day_max", models.IntegerField()),
                ("euro_micro_per_day_max", models.BigIntegerField()),
                ("declares", models.BooleanField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="probe_rules_are_one_row"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("euro_micro_per_day_max__gte", 0),
                            ("every_minutes__gt", models.F("wait_minutes")),
                            ("failures_in_row__gte", 1),
                            ("per_day_max__gte", 0),
                            ("wait_minutes__gte", 1),
                        ),
                        name="probe_rules_wait_less_than_they_repeat",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("carrier", models.CharField(max_length=20)),
                ("number", models.CharField(max_length=16)),
                ("country", models.CharField(max_length=2)),
                ("number_carrier", models.CharField(max_length=20)),
                ("added_at", models.DateTimeField()),
                ("next_at", models.DateTimeField()),
                ("paused_at", models.DateTimeField(null=True)),
                ("skipped_at", models.DateTimeField(null=True)),
                ("failed_in_row", models.IntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("paused_at", None)),
                        fields=["next_at"],
                        name="probe_plan_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("carrier", "number"), name="probe_plan_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("failed_in_row", 0), ("failing_since", None)),
                            models.Q(("failed_in_row__gt", 0), ("failing_since__isnull", False)),
                            _connector="OR",
                        ),
                        name="probe_plan_fails_since_a_moment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Probe",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("token", models.CharField(max_length=16)),
                ("text_id", models.UUIDField()),
                ("started_at", models.DateTimeField()),
                ("wait_until", models.DateTimeField()),
                ("taken_at", models.DateTimeField(null=True)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("receipt", models.CharField(blank=True, max_length=11)),
                ("receipt_at", models.DateTimeField(null=True)),
                ("arrived_at", models.DateTimeField(null=True)),
                ("arrived_over", models.CharField(blank=True, max_length=20)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("arrived", "Arrived"),
                            ("lost", "Lost"),
                            ("refused", "Refused"),
                            ("not_taken", "Not Taken"),
                            ("unjudged", "Unjudged"),
                        ],
                        max_length=9,
                    ),
                ),
                ("counted", models.BooleanField(default=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("look_at", models.DateTimeField(null=True)),
                ("cost_micro", models.BigIntegerField(null=True)),
                ("cost_currency", models.CharField(blank=True, max_length=3)),
                ("reserved_euro_micro", models.BigIntegerField(default=0)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="probes.plan"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at", None)),
                        fields=["look_at"],
                        name="probe_due",
                    ),
                    models.Index(fields=["plan", "-id"], name="probe_of_plan"),
                    models.Index(fields=["started_at"], name="probe_started"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("plan",),
                        name="probe_one_under_way",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at", None), ("look_at__isnull", False), ("outcome", "")
                            ),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("look_at", None),
                                models.Q(("outcome", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="probe_is_looked_after_until_it_ended",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("arrived_at__isnull", False), ("outcome", "arrived")),
                            models.Q(("outcome__in", ["arrived", "lost"]), _negated=True),
                            models.Q(("arrived_at", None), ("outcome", "lost")),
                            _connector="OR",
                        ),
                        name="probe_arrived_exactly_where_it_came",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Spell",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("carrier", models.CharField(max_length=20)),
                ("country", models.CharField(max_length=2)),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("draft_id", models.UUIDField(null=True)),
                ("incident_id", models.UUIDField(null=True)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="probes.plan"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["carrier", "country", "began_at"], name="probe_spell_of_place"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("plan",),
                        name="probe_spell_open_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at", None),
                            ("ended_at__gte", models.F("began_at")),
                            _connector="OR",
                        ),
                        name="probe_spell_ends_after_it_began",
                    ),
                ],
            },
        ),
    ]
