"""Who of the support may look at which account, and why."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0007_attachments"),
    ]

    operations = [
        migrations.CreateModel(
            name="Access",
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
                ("actor", models.CharField(max_length=40)),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("case", "Case"),
                            ("called", "Called"),
                            ("other-case", "Other Case"),
                            ("fault", "Fault"),
                            ("check", "Check"),
                        ],
                        max_length=10,
                    ),
                ),
                ("case_id", models.UUIDField(null=True)),
                ("number", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField()),
                ("until", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["actor", "until"], name="case_access_of_actor"),
                    models.Index(fields=["until"], name="case_access_to_purge"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("case_id__isnull", False),
                                ("number__isnull", False),
                                ("why", "case"),
                            ),
                            models.Q(
                                models.Q(("why", "case"), _negated=True),
                                ("case_id", None),
                                ("number", None),
                            ),
                            _connector="OR",
                        ),
                        name="case_access_names_its_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("at"))),
                        name="case_access_lasts_a_while",
                    ),
                ],
            },
        ),
    ]
