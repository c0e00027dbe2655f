"""The way of the staff's stock from place to place."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Index the places of numbers for rent."""

    dependencies = (("leases", "0009_endings"),)

    operations = (
        migrations.AddIndex(
            model_name="rentable",
            index=models.Index(
                fields=["country", "kind", "city"],
                include=["lease_id", "withdrawn", "quarantined_until"],
                name="rentable_place",
            ),
        ),
    )
