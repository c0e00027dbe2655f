"""A search reads what it looks at from its index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Put the searched columns into the indexes of what is free."""

    dependencies = [
        ("leases", "0010_rentable_place"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="rentable",
            name="rentable_free",
        ),
        migrations.RemoveIndex(
            model_name="rentable",
            name="rentable_free_of_city",
        ),
        migrations.AddIndex(
            model_name="rentable",
            index=models.Index(
                condition=models.Q(("lease_id", None), ("withdrawn", False)),
                fields=["country", "kind", "e164"],
                include=("region", "area", "carrier", "sms", "voice", "quarantined_until", "city"),
                name="rentable_free",
            ),
        ),
        migrations.AddIndex(
            model_name="rentable",
            index=models.Index(
                condition=models.Q(("lease_id", None), ("withdrawn", False)),
                fields=["country", "kind", "city", "e164"],
                include=("region", "area", "carrier", "sms", "voice", "quarantined_until"),
                name="rentable_free_of_city",
            ),
        ),
    ]
