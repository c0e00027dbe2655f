"""How many SMS a minute had (ADR 425)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0023_by_index")]
    operations = [
        migrations.CreateModel(
            name="Minute",
            fields=[
                ("minute", models.DateTimeField(primary_key=True, serialize=False)),
                ("came", models.IntegerField()),
                ("acknowledged", models.IntegerField()),
                ("refused", models.IntegerField()),
                ("left", models.IntegerField()),
                ("declined", models.IntegerField()),
            ],
        ),
    ]
