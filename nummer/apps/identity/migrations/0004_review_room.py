"""Whose task papers are, what did not fit in them, and when their holder is reminded."""

import django.contrib.postgres.fields
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("identity", "0003_copies")]

    operations = [
        migrations.AddField(
            "Papers", "taken_by", models.CharField(blank=True, default="", max_length=40)
        ),
        migrations.AddField("Papers", "taken_at", models.DateTimeField(null=True)),
        migrations.AddField("Papers", "zone_index", models.BinaryField(null=True)),
        migrations.AddField(
            "Papers",
            "findings",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20), default=list, size=None
            ),
        ),
        migrations.AddField("Papers", "grounds", models.BinaryField(null=True)),
        migrations.AddField("Papers", "remind_at", models.DateTimeField(null=True)),
        migrations.RemoveConstraint("Papers", "papers_purged_are_empty"),
        migrations.AddConstraint(
            "Papers",
            models.CheckConstraint(
                condition=Q(purged_at=None, declared__isnull=False)
                | Q(
                    purged_at__isnull=False,
                    purge_at=None,
                    declared=None,
                    words=None,
                    zone_index=None,
                    grounds=None,
                    remind_at=None,
                ),
                name="papers_purged_are_empty",
            ),
        ),
        migrations.AddIndex(
            "Papers",
            models.Index(
                fields=["zone_index"],
                name="papers_of_a_number",
                condition=Q(zone_index__isnull=False),
            ),
        ),
        migrations.AddIndex(
            "Papers",
            models.Index(
                fields=["remind_at"],
                name="papers_to_remind_of",
                condition=Q(remind_at__isnull=False),
            ),
        ),
    ]
