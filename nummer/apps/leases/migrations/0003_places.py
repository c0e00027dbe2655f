"""Where numbers for rent are, and two paths of their search."""

from pathlib import Path

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leases", "0002_holders"),
    ]

    operations = [
        migrations.AddField(
            model_name="lease",
            name="city",
            field=models.CharField(default="", max_length=40),
        ),
        migrations.AddField(
            model_name="rentable",
            name="area",
            field=models.CharField(default="", max_length=6),
        ),
        migrations.AddField(
            model_name="rentable",
            name="city",
            field=models.CharField(default="", max_length=40),
        ),
        migrations.AddField(
            model_name="rentable",
            name="region",
            field=models.CharField(default="", max_length=6),
        ),
        migrations.AddIndex(
            model_name="rentable",
            index=models.Index(
                condition=models.Q(("lease_id", None), ("withdrawn", False)),
                fields=["country", "kind", "city", "e164"],
                name="rentable_free_of_city",
            ),
        ),
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(),
            "DROP INDEX rentable_free_by_pieces; DROP FUNCTION leases_pieces(text);",
        ),
    ]
