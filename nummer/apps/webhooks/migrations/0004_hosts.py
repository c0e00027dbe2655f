"""Hosts of an endpoint as digests, by which a host is known to be new."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0003_follow"),
    ]

    operations = [
        migrations.AddField(
            model_name="endpoint",
            name="hosts",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), db_default=[], size=None
            ),
        ),
        migrations.AddIndex(
            model_name="endpoint",
            index=django.contrib.postgres.indexes.GinIndex(fields=["hosts"], name="endpoint_hosts"),
        ),
    ]
