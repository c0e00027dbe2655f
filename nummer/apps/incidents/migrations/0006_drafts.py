"""What may be an outage waits for a person; planned work has words in three languages."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0005_words_and_plans"),
    ]

    operations = [
        migrations.AddField(
            model_name="maintenance",
            name="carrier",
            field=models.CharField(blank=True, db_default="", max_length=20),
        ),
        migrations.AddField(
            model_name="maintenance",
            name="words_de",
            field=models.CharField(blank=True, db_default="", max_length=500),
        ),
        migrations.AddField(
            model_name="maintenance",
            name="words_nb",
            field=models.CharField(blank=True, db_default="", max_length=500),
        ),
        migrations.CreateModel(
            name="IncidentDraft",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("carrier", models.CharField(blank=True, max_length=20)),
                ("country", models.CharField(blank=True, max_length=2)),
                ("reason", models.CharField(max_length=20)),
                ("began_at", models.DateTimeField()),
                ("raised_at", models.DateTimeField()),
                ("over_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("actor", models.CharField(blank=True, max_length=40)),
                (
                    "incident",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("carrier", ""), ("country", ""), _negated=True),
                        name="incident_draft_has_a_scope",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("actor", ""), ("decided_at", None), ("incident", None)),
                            models.Q(
                                ("decided_at__isnull", False),
                                models.Q(("actor", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="incident_draft_is_decided_by_somebody",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("decided_at", None)),
                        fields=("carrier", "country", "reason"),
                        name="incident_draft_waits_once",
                    ),
                ],
            },
        ),
    ]
