"""What the staff need at their desk: notes, an owner, since when a case waits, standard answers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0005_key"),
    ]

    operations = [
        migrations.CreateModel(
            name="Note",
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
                ("case_id", models.UUIDField()),
                ("actor", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                ("content", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="StandardAnswer",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "code",
                        "version",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("code", models.SlugField(db_index=False, max_length=40)),
                ("version", models.IntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("question", "Question"),
                            ("refund", "Refund"),
                            ("outage", "Outage"),
                            ("withdrawal", "Withdrawal"),
                            ("payout", "Payout"),
                            ("erasure", "Erasure"),
                            ("copy", "Copy"),
                            ("complaint", "Complaint"),
                            ("port-out", "Port Out"),
                            ("papers", "Papers"),
                        ],
                        max_length=10,
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                ("en", models.TextField()),
                ("nb", models.TextField()),
                ("de", models.TextField()),
                ("retired", models.BooleanField(default=False)),
                ("actor", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "cases_standard_answer",
            },
        ),
        migrations.RemoveIndex(
            model_name="case",
            name="case_to_do",
        ),
        migrations.AddField(
            model_name="case",
            name="assignee",
            field=models.CharField(default="", max_length=40),
        ),
        migrations.AddField(
            model_name="case",
            name="merged_into",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="rated_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="rating",
            field=models.CharField(
                choices=[("good", "Good"), ("fair", "Fair"), ("poor", "Poor")],
                default="",
                max_length=4,
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="waits_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="standard",
            field=models.CharField(default="", max_length=48),
        ),
        migrations.RunSQL(
            "UPDATE cases_case SET waits_since = last_at WHERE state = 'open'",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["waits_since", "id"],
                name="case_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["assignee", "waits_since", "id"],
                name="case_of_assignee",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("rated_at__isnull", False)),
                fields=["rated_at"],
                name="case_rated",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "open"), ("waits_since__isnull", False)),
                    models.Q(models.Q(("state", "open"), _negated=True), ("waits_since", None)),
                    _connector="OR",
                ),
                name="case_waits_exactly_while_it_is_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(("merged_into", None), ("state", "closed"), _connector="OR"),
                name="case_merged_is_closed",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("rated_at", None), ("rating", "")),
                    models.Q(models.Q(("rating", ""), _negated=True), ("rated_at__isnull", False)),
                    _connector="OR",
                ),
                name="case_rated_exactly_when_it_says_when",
            ),
        ),
        migrations.AddIndex(
            model_name="note",
            index=models.Index(fields=["account_id", "case_id", "at", "id"], name="case_notes"),
        ),
    ]
