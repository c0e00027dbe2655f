"""A number may be there for probes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("numbers", "0014_number_use"),
    ]

    operations = [
        migrations.AlterField(
            model_name="number",
            name="use",
            field=models.CharField(
                choices=[("codes", "Codes"), ("rent", "Rent"), ("probe", "Probe")],
                db_default="codes",
                default="codes",
                max_length=5,
            ),
        ),
    ]
