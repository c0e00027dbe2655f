"""Keys that may read and nothing else."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_key_limits")]
    operations = [
        migrations.AddField(
            model_name="apikey",
            name="reads_only",
            field=models.BooleanField(default=False),
        )
    ]
