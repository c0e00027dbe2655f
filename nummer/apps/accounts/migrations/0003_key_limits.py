"""From where a key may bind to the SMPP server, and how often at once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_buyer")]
    operations = [
        migrations.AddField("apikey", "networks", models.BinaryField(null=True)),
        migrations.AddField("apikey", "binds_max", models.PositiveSmallIntegerField(null=True)),
    ]
