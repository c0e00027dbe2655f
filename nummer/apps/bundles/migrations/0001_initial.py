"""Bundles, their pieces, and which piece is in which."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Assignment",
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
                ("bundle_id", models.UUIDField()),
                ("piece_id", models.UUIDField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["account_id", "piece_id"], name="assignment_of_piece")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account_id", "bundle_id", "piece_id"),
                        name="assignment_once_in_a_bundle",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Bundle",
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
                ("country", models.CharField(max_length=2)),
                ("kind", models.CharField(max_length=10)),
                ("said", models.BinaryField()),
                ("papers_id", models.UUIDField(null=True)),
                ("told", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("papers_id__isnull", False), ("told", False)),
                        fields=["account_id", "papers_id"],
                        name="bundle_to_be_told_of",
                    ),
                    models.Index(
                        condition=models.Q(("papers_id", None)),
                        fields=["changed_at"],
                        name="bundle_never_submitted",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Piece",
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
                    "kind",
                    models.CharField(
                        choices=[("person", "person"), ("document", "document")], max_length=8
                    ),
                ),
                ("type", models.CharField(max_length=10)),
                ("said", models.BinaryField()),
                ("media", models.CharField(blank=True, default="", max_length=20)),
                ("content", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["changed_at"], name="piece_by_age")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("content", None), ("media", "")),
                            models.Q(
                                ("content__isnull", False), models.Q(("media", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="piece_with_a_file_has_its_type",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "document"),
                            ("content", None),
                            _connector="OR",
                        ),
                        name="piece_of_a_person_has_no_file",
                    ),
                ],
            },
        ),
    ]
