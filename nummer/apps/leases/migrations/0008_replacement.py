"""Numbers that take the place of lost ones, and how many were shown as free with an order."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leases", "0007_papers")]

    operations = [
        migrations.AddField("lease", "shown_free", models.PositiveSmallIntegerField(null=True)),
        migrations.CreateModel(
            name="Replacement",
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
                (
                    "because",
                    models.CharField(
                        choices=[("blocked", "blocked"), ("fault", "fault")], max_length=7
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=16)),
                ("words", models.CharField(blank=True, max_length=120)),
                ("old_e164", models.CharField(max_length=16)),
                ("new_e164", models.CharField(blank=True, max_length=16)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("offered", "offered"),
                            ("accepted", "accepted"),
                            ("declined", "declined"),
                            ("lapsed", "lapsed"),
                            ("none", "none"),
                            ("over", "over"),
                        ],
                        max_length=8,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("answer_by", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("actor", models.CharField(max_length=40)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("answer_by__isnull", False)),
                        fields=["answer_by"],
                        name="replacement_due",
                    ),
                    models.Index(fields=["account_id", "lease_id"], name="replacement_of_lease"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answer_by__isnull", False),
                                ("closed_at", None),
                                ("state", "offered"),
                            ),
                            models.Q(
                                models.Q(("state", "offered"), _negated=True),
                                ("answer_by", None),
                                ("closed_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="replacement_waits_exactly_while_offered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", "accepted"),
                                models.Q(("new_e164", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "accepted"), _negated=True),
                                ("new_e164", ""),
                            ),
                            _connector="OR",
                        ),
                        name="replacement_has_its_number_exactly_when_accepted",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "offered")),
                        fields=("account_id", "lease_id"),
                        name="replacement_offered_once_at_a_time",
                    ),
                ],
            },
        ),
    ]
