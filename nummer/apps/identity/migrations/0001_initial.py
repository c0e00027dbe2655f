"""Rules, papers, their documents, and looks at them."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Document",
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
                ("papers_id", models.UUIDField()),
                ("kind", models.CharField(max_length=10)),
                ("media", models.CharField(max_length=20)),
                ("octets", models.PositiveIntegerField()),
                ("content", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account_id", "papers_id", "kind"),
                        name="document_once_in_its_papers",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Look",
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
                ("papers_id", models.UUIDField()),
                ("document", models.CharField(blank=True, default="", max_length=10)),
                ("actor", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["account_id", "at"], name="looks_of_account")],
            },
        ),
        migrations.CreateModel(
            name="Papers",
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
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("approved", "approved"),
                            ("refused", "refused"),
                        ],
                        max_length=8,
                    ),
                ),
                ("declared", models.BinaryField()),
                ("handed_in_at", models.DateTimeField()),
                ("judged_at", models.DateTimeField(null=True)),
                ("judged_by", models.CharField(blank=True, default="", max_length=40)),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
                ("words", models.BinaryField(null=True)),
                ("expires_on", models.DateField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["handed_in_at"],
                        name="papers_queue",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("account_id",),
                        name="papers_wait_once_in_an_account",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("judged_at", None), ("judged_by", ""), ("state", "waiting")),
                            models.Q(
                                models.Q(("state", "waiting"), _negated=True),
                                ("judged_at__isnull", False),
                                models.Q(("judged_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="papers_are_judged_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reasons__len__gt", 0), ("state", "refused")),
                            models.Q(
                                models.Q(("state", "refused"), _negated=True), ("reasons__len", 0)
                            ),
                            _connector="OR",
                        ),
                        name="papers_are_refused_with_reasons",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rule",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("country", models.CharField(max_length=2)),
                ("kind", models.CharField(max_length=10)),
                ("supplier", models.CharField(blank=True, default="", max_length=20)),
                ("customer", models.CharField(blank=True, default="", max_length=7)),
                (
                    "fields",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), size=None
                    ),
                ),
                (
                    "documents",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=10), size=None
                    ),
                ),
                ("from_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["country", "kind", "from_at"], name="rule_in_force")
                ],
            },
        ),
    ]
